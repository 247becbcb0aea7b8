"""Convolutions with batch normalisation: the blocks that SISGAN and TAGAN are made of, and their random start.

MIM-Net's own blocks (`layers.py`) normalise each picture by itself. In evaluation mode these do so too; in training a
picture's features depend on its batch.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.layers import activation


def normed(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    """A convolution that keeps the size, without bias, and batch normalisation."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(outputs))


def down(inputs: int, outputs: int) -> nn.Sequential:
    """A 4x4 convolution of stride 2, without bias, and batch normalisation."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs))


class PictureEncoder(nn.Module):
    """A 3x3 convolution to `width`, then `halvings` convolutions of stride 2, each of twice the width; ReLU."""

    def __init__(self, *, width: int, halvings: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.down = nn.ModuleList(down(width << i, width << (i + 1)) for i in range(halvings))
        self.width = width << halvings

    def forward(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,width,h,w"""
        x: Tensor = self.first(image).relu()
        for layer in self.down:
            x = layer(x).relu()
        return x


class PictureDecoder(nn.Module):
    """`doublings` times nearest up-sampling and a convolution to half the width with ReLU; then colours, tanh."""

    def __init__(self, *, inputs: int, doublings: int) -> None:
        super().__init__()
        self.up = nn.ModuleList(normed(inputs >> i, inputs >> (i + 1)) for i in range(doublings))
        self.colour = nn.Conv2d(inputs >> doublings, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,h,w -> B,3,H,W in [-1, 1]"""
        for layer in self.up:
            x = layer(F.interpolate(x, scale_factor=2, mode="nearest")).relu()
        picture: Tensor = self.colour(x)
        return picture.tanh()


class Trunk(nn.Module):
    """A discriminator's eye: 4x4 convolutions of stride 2 with leaky ReLU, the first without normalisation.

    The width doubles at every level, up to eightfold.
    """

    def __init__(self, *, width: int, levels: int) -> None:
        super().__init__()
        self.widths = [width * min(2**level, 8) for level in range(levels)]
        self.first = nn.Conv2d(3, width, 4, 2, 1)
        self.down = nn.ModuleList(down(self.widths[i], self.widths[i + 1]) for i in range(levels - 1))

    def forward(self, image: Tensor) -> list[Tensor]:
        """RGB B,3,H,W in [-1, 1] -> the map of every level, finest first, of the widths `widths`."""
        maps = [activation(self.first(image))]
        for layer in self.down:
            maps.append(activation(layer(maps[-1])))
        return maps


def random_start(*parts: nn.Module) -> None:
    """Convolutions and linear layers from N(0, 0.02) without bias, normalisation's scales from N(1, 0.02)."""
    for part in parts:
        for module in part.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0 if isinstance(module, nn.BatchNorm2d) else 0.0, 0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)


def levels_for(size: int) -> int:
    """How often a picture of `size` is halved to the smallest grid that a 4x4 convolution fits on.

    >>> [levels_for(size) for size in (32, 48, 64, 128)]
    [3, 3, 4, 5]
    """
    return (size // 4).bit_length() - 1
