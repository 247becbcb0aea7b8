"""VGG-16: its layers, and two uses of it: normalised to relu4_3 (SISGAN's pictures), and to fc7 (its text stage).

Names are torchvision's, so its files load.
"""

from collections.abc import Sequence
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PictureScale(nn.Module):
    """RGB in [-1, 1] to the scale that networks of ImageNet were trained on; `imagenet=False` leaves it as it is."""

    mean: Tensor
    std: Tensor

    def __init__(self, *, imagenet: bool = True) -> None:
        super().__init__()
        mean, std = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)) if imagenet else ((0.5,) * 3, (0.5,) * 3)
        self.register_buffer("mean", torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(std)[:, None, None], persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """B,3,H,W, both"""
        return ((image + 1) / 2 - self.mean) / self.std


def plain_layers(widths: Sequence[int]) -> nn.Sequential:
    """VGG's layers without normalisation: a 3x3 convolution and ReLU for each width, a pooling for each 0."""
    layers: list[nn.Module] = []
    inputs = 3
    for outputs in widths:
        if outputs:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
            inputs = outputs
        else:
            layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers)


class VGG16BNFeatures(nn.Module):
    """VGG-16 with batch normalisation to relu4_3, the third pooling left out: 512 channels at a quarter of the size.

    `dilate` spreads the convolutions behind the missing pooling, so that they see as far as they would after it.
    """

    width = 512

    def __init__(self, *, dilate: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs in (64, 64, 0, 128, 128, 0, 256, 256, 256):
            layers += _normalised(inputs, outputs) if outputs else [nn.MaxPool2d(2)]
            inputs = outputs or inputs
        layers.append(nn.Identity())  # keeps torchvision's numbers of the layers behind it
        for outputs in (512, 512, 512):
            layers += _normalised(inputs, outputs, dilation=2 if dilate else 1)
            inputs = outputs
        self.scale = PictureScale()
        self.features = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,512,H/4,W/4"""
        features: Tensor = self.features(self.scale(image))
        return features


def _normalised(inputs: int, outputs: int, dilation: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


class VGG16FC7(nn.Module):
    """All of VGG-16 to the last layer before its classes (fc7, after ReLU), in evaluation mode, frozen.

    `width` is 4096 in torchvision's.
    """

    def __init__(self, *, width: int = 4096) -> None:
        super().__init__()
        blocks = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)
        self.scale = PictureScale()
        self.features = plain_layers(blocks)
        hidden = [nn.Linear(512 * 7 * 7, width), nn.ReLU(), nn.Dropout(), nn.Linear(width, width), nn.ReLU()]
        self.classifier = nn.Sequential(*hidden)
        self.train(False).requires_grad_(False)

    def train(self, mode: bool = True) -> Self:
        """Stays in evaluation mode, whatever a parent asks: its dropout would be noise."""
        return super().train(False)

    def forward(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1], 224x224 as it was trained or any size from 32 -> B,width"""
        grid = F.adaptive_avg_pool2d(self.features(self.scale(image)), 7)
        seen: Tensor = self.classifier(grid.flatten(1))
        return seen
