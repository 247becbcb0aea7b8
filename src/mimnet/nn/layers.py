"""Building blocks shared by the networks.

Shapes everywhere in `nn`: B batch, L words, N memories, d texture width, c feature width, H W grid.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """A 3x3 convolution that keeps the size, or halves it with stride 2."""
    return nn.Conv2d(inputs, outputs, 3, stride, 1)


def norm(width: int) -> nn.GroupNorm:
    """Group normalisation, independent of the batch: a picture's edit does not depend on its neighbours."""
    return nn.GroupNorm(min(8, width), width)


def up(x: Tensor, factor: int = 2) -> Tensor:
    """Bilinear up-sampling; unlike nearest or transposed convolution it leaves no checkerboard."""
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear to `size`, averaging over area when it shrinks."""
    if x.shape[-2:] == size:
        return x
    if size[0] < x.shape[-2]:
        return F.adaptive_avg_pool2d(x, size)
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def activation(x: Tensor) -> Tensor:
    """Leaky ReLU with slope 0.2, as in the networks that the paper follows."""
    return F.leaky_relu(x, 0.2)


class Residual(nn.Module):
    """Two convolutions with activation around a shortcut; the shortcut is 1x1 where the width changes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = conv3x3(inputs, outputs)
        self.first_norm = norm(outputs)
        self.second = conv3x3(outputs, outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,outputs,H,W"""
        residual: Tensor = self.second(activation(self.first_norm(self.first(x))))
        shortcut: Tensor = self.shortcut(x)
        return activation(shortcut + residual)


def word_mask(length: Tensor, words: int) -> Tensor:
    """True on words, False on padding.

    >>> word_mask(torch.tensor([1, 3]), 3).tolist()
    [[True, False, False], [True, True, True]]
    """
    return torch.arange(words, device=length.device)[None, :] < length[:, None]  # B,L


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean over words, padding left out: B,L,d and B,L -> B,d"""
    weights = mask.to(x.dtype)
    return torch.einsum("bld,bl->bd", x, weights) / weights.sum(1, keepdim=True).clamp(min=1)


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis with exactly zero weight where `mask` is False."""
    return torch.softmax(scores.masked_fill(~mask, -1e9), -1) * mask.to(scores.dtype)
