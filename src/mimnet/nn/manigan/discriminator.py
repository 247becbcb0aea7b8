"""ManiGAN's discriminator of one size: is the picture real, is it real with this sentence, and do its words show?"""

import torch
from torch import Tensor, nn

from mimnet.nn.layers import activation
from mimnet.nn.manigan.words import WordCorrelation


class _Block(nn.Module):
    """Convolution without bias, batch normalisation, leaky ReLU; it halves the size unless `keep`."""

    def __init__(self, inputs: int, outputs: int, *, keep: bool = False) -> None:
        super().__init__()
        kernel, stride = (3, 1) if keep else (4, 2)
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,outputs,H,W or half the size"""
        return activation(self.norm(self.conv(x)))


class ManiGANDiscriminator(nn.Module):
    """Down to 4x4, doubling the width at each level; then back to `ends`, the width at which the smallest one ends.

    `correlation` is the word-level discriminator, where there is one; it sees what a frozen encoder makes of pictures.
    """

    def __init__(
        self, *, size: int, width: int, ends: int, words: int, correlation: WordCorrelation | None = None
    ) -> None:
        super().__init__()
        self.correlation = correlation
        self.first = nn.Conv2d(3, width, 4, 2, 1, bias=False)
        layers: list[nn.Module] = []
        side = size // 2
        while side > 4:
            layers.append(_Block(width, 2 * width))
            side, width = side // 2, 2 * width
        while width > ends:
            layers.append(_Block(width, width // 2, keep=True))
            width //= 2
        self.layers = nn.Sequential(*layers)
        self.real = nn.Conv2d(width, 1, 4)
        self.join = _Block(width + words, width, keep=True)
        self.match = nn.Conv2d(width, 1, 4)

    def features(self, image: Tensor) -> Tensor:
        """RGB B,3,size,size in [-1, 1] -> B,ends,4,4"""
        x: Tensor = self.layers(activation(self.first(image)))
        return x

    def reality(self, features: Tensor) -> Tensor:
        """-> logits B"""
        logits: Tensor = self.real(features)
        return logits.flatten().float()

    def matching(self, features: Tensor, sentence: Tensor) -> Tensor:
        """Features B,ends,4,4 and sentences B,d -> logits B"""
        tiled = sentence[:, :, None, None].expand(-1, -1, 4, 4)
        logits: Tensor = self.match(self.join(torch.cat([features, tiled.to(features.dtype)], 1)))
        return logits.flatten().float()
