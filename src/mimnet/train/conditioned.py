"""What SISGAN's and TAGAN's training share: answers as losses, the condition's price, and the noise of a step."""

import torch
import torch.nn.functional as F
from torch import Tensor


def yes(logits: Tensor) -> Tensor:
    """Binary cross-entropy of logits B that should say yes.

    >>> round(yes(torch.zeros(2)).item(), 4)
    0.6931
    """
    return F.softplus(-logits).mean()


def no(logits: Tensor) -> Tensor:
    """Binary cross-entropy of logits B that should say no."""
    return F.softplus(logits).mean()


def divergence(mean: Tensor, log_deviation: Tensor) -> Tensor:
    """KL divergence of the condition's distribution from the standard normal one, a mean over B and width.

    >>> divergence(torch.ones(2, 3), torch.zeros(2, 3)).item()
    0.5
    """
    mean, log_deviation = mean.float(), log_deviation.float()
    return (-log_deviation + 0.5 * ((2 * log_deviation).exp() + mean.square() - 1)).mean()


def rolled(x: Tensor) -> Tensor:
    """The batch with every sentence moved on to the next picture: texts that do not belong.

    >>> rolled(torch.tensor([1, 2, 3])).tolist()
    [3, 1, 2]
    """
    return x.roll(1, 0)


def step_noise(shape: tuple[int, ...], *, seed: int, step: int, place: int, total: int) -> Tensor:
    """Standard normal numbers of (passes, B, width) that depend on seed, step and the pictures' place alone.

    B is one process's share, `place` its first picture in the whole batch of `total`.
    """
    passes, pictures, width = shape
    draw = torch.Generator().manual_seed(seed * 1_000_003 + step)
    return torch.randn(passes, total, width, generator=draw)[:, place : place + pictures]
