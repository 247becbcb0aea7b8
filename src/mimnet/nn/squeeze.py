"""SqueezeNet 1.1's convolutions, by which judges look (LPIPS, KID and FID by other features); no part of the paper."""

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CAFFE = {"mean": (123.68, 116.779, 103.939), "std": (1.0, 1.0, 1.0)}
IMAGENET = {"mean": (123.675, 116.28, 103.53), "std": (58.395, 57.12, 57.375)}  # torchvision's, times 255


class Fire(nn.Module):
    """Few channels by 1x1, then half of the outputs by 1x1 and half by 3x3; ReLU after each."""

    def __init__(self, inputs: int, few: int, outputs: int) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(inputs, few, 1)
        self.expand1x1 = nn.Conv2d(few, outputs // 2, 1)
        self.expand3x3 = nn.Conv2d(few, outputs // 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,outputs,H,W"""
        x = self.squeeze1x1(x).relu()
        return torch.cat([self.expand1x1(x), self.expand3x3(x)], 1).relu()


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 from conv1 to fire9, without its classifier. It stays in evaluation mode.

    `mean` and `std` are what the weights were trained with, RGB on the scale 0..255 (`CAFFE` or `IMAGENET`); conv1
    reads RGB, so weights for BGR have their input channels turned round before they are put in.
    """

    widths = (64, 128, 256, 384, 384, 512, 512)
    mean: Tensor
    std: Tensor

    def __init__(self, *, mean: tuple[float, float, float], std: tuple[float, float, float]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, stride=2)
        self.fire2 = Fire(64, 16, 128)
        self.fire3 = Fire(128, 16, 128)
        self.fire4 = Fire(128, 32, 256)
        self.fire5 = Fire(256, 32, 256)
        self.fire6 = Fire(256, 48, 384)
        self.fire7 = Fire(384, 48, 384)
        self.fire8 = Fire(384, 64, 512)
        self.fire9 = Fire(512, 64, 512)
        self.register_buffer("mean", torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(std)[:, None, None], persistent=False)
        self.train(False).requires_grad_(False)

    def train(self, mode: bool = True) -> Self:
        """Stays in evaluation mode, whatever a parent asks."""
        return super().train(False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """RGB B,3,H,W in [-1, 1] -> LPIPS's seven maps: conv1, fire3, fire5, fire6, fire7, fire8 and fire9, after ReLU.

        Their widths are `widths`, their strides 2, 4, 8, 16, 16, 16, 16; H and W are 17 or more.
        """
        one = self.conv1(((image + 1) * 127.5 - self.mean) / self.std).relu()  # B,64,H/2,W/2
        two = self.fire3(self.fire2(half(one)))  # B,128,H/4,W/4
        three = self.fire5(self.fire4(half(two)))  # B,256,H/8,W/8
        four = self.fire6(half(three))  # B,384,H/16,W/16
        five = self.fire7(four)
        six = self.fire8(five)  # B,512,H/16,W/16
        return [one, two, three, four, five, six, self.fire9(six)]


def half(x: Tensor) -> Tensor:
    """Caffe's max-pool: a window that only begins inside the map counts too."""
    return F.max_pool2d(x, 3, stride=2, ceil_mode=True)
