"""SISGAN's training (Dong et al., 2017): one answer for picture and sentence together."""

from collections.abc import Iterator

import torch
from torch import Tensor

from mimnet.config import Config, SISGANLoss
from mimnet.data.batches import Batch
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.sisgan import SISGANDiscriminator, SISGANGenerator
from mimnet.train.condition import divergence
from mimnet.train.conditioned import ConditionedSystem, no, rolled, yes
from mimnet.train.grids import Fixed
from mimnet.train.reader import reader_stage
from mimnet.train.stages import Stage
from mimnet.train.system import Phase, frozen


def relevant(x: Tensor) -> Tensor:
    """Sentences that edits are made with: the first half of the batch rolled back by one within itself, the rest kept.

    >>> relevant(torch.tensor([1, 2, 3, 4, 5, 6])).tolist()
    [2, 3, 1, 4, 5, 6]
    """
    half = len(x) // 2
    return torch.cat([x[:half].roll(-1, 0), x[half:]])


def discriminator_loss(*, match: Tensor, mismatch: Tensor, fake: Tensor, weights: SISGANLoss) -> Tensor:
    """Logits B of pictures with their own sentences, of pictures with others, and of edits with theirs."""
    return yes(match) + weights.mismatch * no(mismatch) + weights.fake * no(fake)


def generator_loss(terms: dict[str, Tensor], weights: SISGANLoss) -> Tensor:
    """The sum of `matching` and `divergence`."""
    return terms["matching"] + weights.divergence * terms["divergence"]


class SISGANSystem(ConditionedSystem):
    """The discriminator, then the generator."""

    least = 4  # the first half of the batch exchanges its sentences

    def __init__(self, config: Config, generator: EditingNetwork, *, fixed: Fixed) -> None:
        super().__init__(config, generator, fixed=fixed)
        (discriminator,) = self.discriminators
        assert isinstance(generator, SISGANGenerator)
        assert isinstance(discriminator, SISGANDiscriminator)
        assert isinstance(config.loss, SISGANLoss)
        self.generator, self.discriminator, self.loss = generator, discriminator, config.loss

    @classmethod
    def stages(cls, config: Config) -> list[Stage]:
        """The sentence reader is learned last, against the finished picture CNN."""
        return [*super().stages(config), reader_stage(config)]

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """Two phases. Edits are painted once: the generator has not moved when it is judged anew."""
        self.enough(len(batch.ids))
        generator, judge, image = self.generator, self.discriminator, batch.image
        own = generator.sentence(batch.ids, batch.length)
        asked = generator.read(relevant(batch.ids), relevant(batch.length))
        with self.autocast(image):
            edit = generator.paint(generator.see(image), asked, noise=self.draw(batch, step, generator.noise_width))
            real, fake = judge.features(image), judge.features(edit.last.detach())
            loss = discriminator_loss(
                match=judge.matching(real, own),
                mismatch=judge.matching(real, rolled(own)),
                fake=judge.matching(fake, asked.features),
                weights=self.loss,
            )
        yield Phase("discriminators", loss, {"discriminator": loss})

        with frozen(judge):
            with self.autocast(image):
                logits = judge.matching(judge.features(edit.last), asked.features)
            terms = {"matching": yes(logits), "divergence": divergence(edit.mean, 2 * edit.log_deviation)}
            yield Phase("generator", generator_loss(terms, self.loss), terms)
