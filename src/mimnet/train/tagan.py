"""TAGAN's training (Nam et al., 2018): a picture must be real, and every word of the sentence must show in it."""

from collections.abc import Iterator

import torch
from torch import Tensor

from mimnet import losses
from mimnet.config import Config, TAGANLoss
from mimnet.data.batches import Batch
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.tagan import TAGANDiscriminator, TAGANGenerator
from mimnet.train.condition import divergence
from mimnet.train.conditioned import ConditionedSystem, no, rolled, yes
from mimnet.train.grids import Fixed
from mimnet.train.system import Phase, frozen


def discriminator_loss(
    *, real: Tensor, fake: Tensor, log_matched: Tensor, log_rolled: Tensor, weights: TAGANLoss
) -> Tensor:
    """Reality logits B of pictures and of edits; log conformity B of pictures with own and with rolled sentences.

    Edits are judged for reality alone.
    """
    fitting = (losses.conformity(log_matched) - losses.log1mexp(log_rolled).mean()) / 2
    return yes(real) + weights.conformity * fitting + no(fake)


def generator_loss(terms: dict[str, Tensor], weights: TAGANLoss) -> Tensor:
    """The sum of `reality`, `conformity`, `reconstruction` and `divergence`."""
    told = terms["reality"] + weights.conformity * terms["conformity"]
    return told + weights.reconstruction * terms["reconstruction"] + weights.divergence * terms["divergence"]


class TAGANSystem(ConditionedSystem):
    """The discriminator, then the generator: edits with rolled sentences, and reconstructions, as one sum."""

    def __init__(self, config: Config, generator: EditingNetwork, *, fixed: Fixed) -> None:
        super().__init__(config, generator, fixed=fixed)
        (discriminator,) = self.discriminators
        assert isinstance(generator, TAGANGenerator)
        assert isinstance(discriminator, TAGANDiscriminator)
        assert isinstance(config.loss, TAGANLoss)
        self.generator, self.discriminator, self.loss = generator, discriminator, config.loss

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """Two phases. Edits are painted once: the generator has not moved when it is judged anew."""
        self.enough(len(batch.ids))
        generator, judge = self.generator, self.discriminator
        image, vectors = batch.image, generator.vectors
        ids, length = rolled(batch.ids), rolled(batch.length)
        other, own = generator.read(ids, length), generator.read(batch.ids, batch.length)
        with self.autocast(image):
            seen = generator.see(image)
            edit = generator.paint(seen, other, noise=self.draw(batch, step, generator.noise_width))
            again = generator.paint(seen, own, noise=self.draw(batch, step, generator.noise_width, of=1))
            real, fake = judge.features(image), judge.features(edit.last.detach())
            real_logits, fake_logits = judge.reality(real), judge.reality(fake)
        loss = discriminator_loss(
            real=real_logits,
            fake=fake_logits,
            log_matched=judge.conformity(real, vectors(batch.ids), batch.length),
            log_rolled=judge.conformity(real, vectors(ids), length),
            weights=self.loss,
        )
        yield Phase("discriminators", loss, {"discriminator": loss})

        with frozen(judge):
            with self.autocast(image):
                fake = judge.features(edit.last)
                fake_logits = judge.reality(fake)
            spread = (divergence(x.mean, 2 * x.log_deviation) for x in (edit, again))
            terms = {
                "reality": yes(fake_logits),
                "conformity": losses.conformity(judge.conformity(fake, vectors(ids), length)),
                "reconstruction": losses.reconstruction(again.stages, image),
                "divergence": torch.stack(list(spread)).sum(),
            }
            yield Phase("generator", generator_loss(terms, self.loss), terms)
