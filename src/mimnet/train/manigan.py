"""ManiGAN's losses and its training step, for the main module and for the detail correction after it."""

from collections.abc import Iterator, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mimnet.config import Config, ManiGANLoss, ManiGANModel
from mimnet.damsm import damsm
from mimnet.data.batches import Batch
from mimnet.errors import MimnetError
from mimnet.nn.damsm import Viewed
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.layers import resize
from mimnet.nn.manigan.build import begin
from mimnet.nn.manigan.discriminator import ManiGANDiscriminator
from mimnet.nn.manigan.generator import ManiGAN, ManiGANEdit, Seen, Sentence
from mimnet.train.condition import divergence
from mimnet.train.damsm import damsm_stage
from mimnet.train.editing import EditingSystem
from mimnet.train.grids import Fixed
from mimnet.train.stages import Stage
from mimnet.train.system import Phase, frozen


def discriminator(
    *, real: Tensor, real_matched: Tensor, real_wrong: Tensor, fake: Tensor, fake_matched: Tensor
) -> Tensor:
    """A discriminator's loss: logits of real pictures, alone, with their own and with a wrong sentence, and of edits.

    What should be real counts by halves, what should not by thirds.
    """
    right = F.softplus(-real).mean() + F.softplus(-real_matched).mean()
    wrong = F.softplus(fake).mean() + F.softplus(fake_matched).mean() + F.softplus(real_wrong).mean()
    return right / 2 + wrong / 3


def adversarial(logits: Sequence[Tensor]) -> Tensor:
    """Edits must convince the discriminator of every size: the sum of -log sigmoid of their logits."""
    return torch.stack([F.softplus(-x).mean() for x in logits]).sum()


def perceptual(made: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """Mean squared difference of a CNN's features of edits and of real pictures, averaged over the sizes."""
    return torch.stack([F.mse_loss(a.float(), b.float()) for a, b in zip(made, real, strict=True)]).mean()


def correlation(matched: Tensor, wrong: Tensor) -> Tensor:
    """The word-level discriminator's loss: correlations B of real pictures with their own and with wrong sentences.

    >>> correlation(torch.tensor([0.75]), torch.tensor([0.5])).item()
    0.75
    """
    return (1 - matched).mean() + wrong.mean()


def difference(picture: Tensor, image: Tensor) -> Tensor:
    """Mean absolute difference of edit and picture."""
    return (picture.float() - image.float()).abs().mean()


def total(terms: Mapping[str, Tensor], weights: ManiGANLoss) -> Tensor:
    """The generator's loss: the weighted sum of its terms, by the names of `ManiGANLoss`."""
    return torch.stack([getattr(weights, name) * value for name, value in terms.items()]).sum()


def wrong_pairs(length: Tensor) -> tuple[Tensor, Tensor]:
    """Places of pictures and of sentences that do not belong together: each with the next, from long to short.

    >>> [places.tolist() for places in wrong_pairs(torch.tensor([3, 9, 5]))]
    [[1, 2], [2, 0]]
    """
    order = length.argsort(descending=True, stable=True)
    return order[:-1], order[1:]


class ManiGANSystem(EditingSystem):
    """Every picture is edited with its own caption: discriminators first, then the generator against the updated ones.

    With `model.correct` the main module is frozen, and the detail correction learns against one discriminator.
    """

    def __init__(self, config: Config, generator: EditingNetwork, *, fixed: Fixed) -> None:
        super().__init__(config, generator, fixed=fixed)
        assert isinstance(generator, ManiGAN)
        assert isinstance(config.model, ManiGANModel)
        assert isinstance(config.loss, ManiGANLoss)
        self.generator, self.model, self.loss = generator, config.model, config.loss
        begin(generator.main if generator.correct is None else generator.correct)
        begin(self.discriminators)
        last = self.discriminators[-1]
        assert isinstance(last, ManiGANDiscriminator)
        self.word_level = last.correlation

    @classmethod
    def stages(cls, config: Config) -> list[Stage]:
        """DAMSM's encoders."""
        return [damsm_stage(config)]

    @classmethod
    def needs_start(cls, config: Config) -> bool:
        """The detail correction stands on a trained main module."""
        assert isinstance(config.model, ManiGANModel)
        return config.model.correct

    def start(self, networks: dict[str, Tensor]) -> None:
        """Begin with another run's networks; a detail correction with those of a main module, or of another one."""
        if self.model.correct and not any(name.startswith("generator.correct.") for name in networks):
            own = ("generator.correct.", "discriminators.")  # new beside a main module
            networks = {name: x for name, x in networks.items() if not name.startswith("discriminators.")}
            networks |= self._own(*own)
        super().start(networks)

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """Discriminators, then the generator's part that learns."""
        if len(batch.ids) < 2:
            raise MimnetError("ManiGAN's batch normalisation needs 2 pictures or more in a process; raise train.batch")
        generator = self.generator.train()
        self.discriminators.train()
        read, sentence = generator.damsm.read(batch.ids, batch.length), generator.read(batch.ids, batch.length)
        noise = self.draw(batch, step, generator.noise_width)
        with self.autocast(batch.image):
            seen = generator.see(batch.image)
            edit = generator.paint(seen, sentence, noise=noise)
        pictures = edit.stages[-1:] if self.model.correct else edit.stages
        yield self._discriminator_phase(batch, seen, sentence, [picture.detach() for picture in pictures])

        with frozen(self.discriminators):
            terms = self._adversarial_terms(pictures, sentence.sentence)
            with self.autocast(pictures[-1]):
                viewed = generator.view(pictures[-1])
            matched = damsm(read, Viewed(viewed.regions.float(), viewed.whole.float()), batch.length, batch.kind)
            terms["damsm"] = matched["words"] + matched["sentence"]
            if self.word_level is not None:
                shows = self.word_level(generator.scaled(viewed.regions), sentence.words, sentence.mask)
                terms["correlation"] = 1 - shows.mean()
            terms |= self._own_terms(edit, pictures, batch.image)
            yield Phase("generator", total(terms, self.loss), {**terms, **matched})

    def _discriminator_phase(self, batch: Batch, seen: Seen, read: Sentence, fakes: Sequence[Tensor]) -> Phase:
        pictures, sentences = wrong_pairs(batch.length)
        sentence, losses = read.sentence, {}
        for i, (network, fake) in enumerate(zip(self.discriminators, fakes, strict=True)):
            assert isinstance(network, ManiGANDiscriminator)
            image = resize(batch.image, (fake.shape[-2], fake.shape[-1]))
            with self.autocast(image):
                real_features, fake_features = network.features(image), network.features(fake)
                losses[f"discriminator_{i + 1}"] = discriminator(
                    real=network.reality(real_features),
                    real_matched=network.matching(real_features, sentence),
                    real_wrong=network.matching(real_features[pictures], sentence[sentences]),
                    fake=network.reality(fake_features),
                    fake_matched=network.matching(fake_features, sentence),
                )
        loss = torch.stack(list(losses.values())).sum()
        if self.word_level is not None:
            matched = self.word_level(seen.regions, read.words, read.mask)
            wrong = self.word_level(seen.regions[pictures], read.words[sentences], read.mask[sentences])
            losses["discriminator_words"] = correlation(matched, wrong)
            loss = loss + self.loss.correlation * losses["discriminator_words"]
        return Phase("discriminators", loss, losses)

    def _adversarial_terms(self, pictures: Sequence[Tensor], sentence: Tensor) -> dict[str, Tensor]:
        reality, matching = [], []
        for network, picture in zip(self.discriminators, pictures, strict=True):
            assert isinstance(network, ManiGANDiscriminator)
            with self.autocast(picture):
                features = network.features(picture)
                reality.append(network.reality(features))
                matching.append(network.matching(features, sentence))
        return {"reality": adversarial(reality), "matching": adversarial(matching)}

    def _own_terms(self, edit: ManiGANEdit, pictures: Sequence[Tensor], image: Tensor) -> dict[str, Tensor]:
        """What only the main module, or only the detail correction, learns from."""
        if self.model.correct:
            return {"difference": difference(pictures[-1], image)}
        with self.autocast(image):
            made = [self.generator.image(picture) for picture in pictures]
            with torch.no_grad():
                real = [self.generator.image(resize(image, (x.shape[-2], x.shape[-1]))) for x in pictures]
        return {"perceptual": perceptual(made, real), "divergence": divergence(edit.mu, edit.logvar)}
