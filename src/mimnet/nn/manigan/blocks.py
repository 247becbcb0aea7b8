"""ManiGAN's building blocks: gated convolutions, and the affine combination module (ACM).

All 3x3 convolutions are without bias; instance normalisation has no parameters. Shapes as everywhere in `nn`: B batch,
L words, d width of words and regions, c features, H W grid.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv(inputs: int, outputs: int) -> nn.Conv2d:
    """A 3x3 convolution that keeps the size, without bias."""
    return nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)


class Gated(nn.Module):
    """Convolution to twice the width, instance normalisation, and one half gated by the sigmoid of the other."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = conv(inputs, 2 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,outputs,H,W"""
        return F.glu(F.instance_norm(self.conv(x)), 1)


class Up(Gated):
    """Twice the size by nearest neighbours, then `Gated`."""

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,outputs,2H,2W"""
        return super().forward(F.interpolate(x, scale_factor=2, mode="nearest"))


class Residual(nn.Module):
    """A gated and a plain convolution, added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = Gated(width, width)
        self.second = conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """B,width,H,W -> B,width,H,W"""
        return x + F.instance_norm(self.second(self.first(x)))


class AffineCombination(nn.Module):
    """ACM: the picture scales and shifts hidden features, place by place; no normalisation, no activation."""

    def __init__(self, *, width: int, image: int, hidden: int) -> None:
        super().__init__()
        self.image = conv(image, hidden)
        self.scale = conv(hidden, width)
        self.shift = conv(hidden, width)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """Hidden features B,width,H,W and the picture's B,image,H,W -> B,width,H,W"""
        t = self.image(image)  # B,hidden,H,W
        combined: Tensor = x * self.scale(t) + self.shift(t)
        return combined


class Colour(nn.Module):
    """From hidden features to a picture, steered by the input picture once more."""

    def __init__(self, *, width: int, hidden: int) -> None:
        super().__init__()
        self.combine = AffineCombination(width=width, image=width, hidden=hidden)
        self.colour = conv(width, 3)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """Hidden features and the picture's, both B,width,H,W -> B,3,H,W in [-1, 1]"""
        return torch.tanh(self.colour(self.combine(x, image)))
