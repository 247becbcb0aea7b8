"""TAGAN's training (Nam et al., 2018): a picture must be real, and every word of the sentence must show in it."""

from torch import Tensor

from mimnet.losses import conformity, log1mexp
from mimnet.train.conditioned import no, yes


def discriminator_loss(
    *, real: Tensor, fake: Tensor, log_matched: Tensor, log_rolled: Tensor, conformity_weight: float
) -> Tensor:
    """Reality logits B of pictures and edits; log conformity B of pictures with own and with rolled sentences."""
    fitting = (conformity(log_matched) - log1mexp(log_rolled).mean()) / 2
    return yes(real) + conformity_weight * fitting + no(fake)


def generator_loss(
    *,
    fake: Tensor,
    log_conforming: Tensor,
    reconstruction: Tensor,
    divergences: Tensor,
    conformity_weight: float,
    reconstruction_weight: float,
    divergence_weight: float,
) -> Tensor:
    """Of edits with rolled sentences: reality logits B and log conformity B; of the reconstruction: its mean absolute
    difference; of both passes' conditions: the sum of their divergences -> scalar."""
    told = yes(fake) + conformity_weight * conformity(log_conforming)
    return told + reconstruction_weight * reconstruction + divergence_weight * divergences
