"""Image and boundary encoders: picture to the feature maps V and Vb (Sec. 3.2)."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.layers import Residual, activation, conv3x3, norm, up
from mimnet.nn.squeeze import IMAGENET, Fire, half
from mimnet.nn.vgg import PictureScale, plain_layers


class ImageCNN(nn.Module):
    """A CNN of pictures: B,channels,H,W -> B,width,H/stride,W/stride; those of others read RGB in [-1, 1], frozen."""

    width: int
    stride = 4


class VGG16Features(ImageCNN):
    """VGG-16 up to relu3_3 or relu2_2. Names are torchvision's, so its file loads.

    `imagenet=False` feeds it pictures in [-1, 1] as they are, as ManiGAN did, instead of ImageNet's mean and deviation.
    """

    width = 256  # of relu3_3

    def __init__(self, *, last: Literal["relu2_2", "relu3_3"] = "relu3_3", imagenet: bool = True) -> None:
        super().__init__()
        blocks = (64, 64, 0, 128, 128) if last == "relu2_2" else (64, 64, 0, 128, 128, 0, 256, 256, 256)
        self.scale = PictureScale(imagenet=imagenet)
        self.features = plain_layers(blocks)
        self.width, self.stride = blocks[-1], 2 if last == "relu2_2" else 4
        self.requires_grad_(False)

    def forward(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,256,H/4,W/4, or B,128,H/2,W/2 to relu2_2"""
        features: Tensor = self.features(self.scale(image))
        return features


class SqueezeNetFeatures(ImageCNN):
    """SqueezeNet 1.1 up to fire3: 128 channels at a quarter of the size.

    Its borders are repeated by a pixel, as SqueezeNet's own are not: the grid then is a quarter of the side, and a
    cell lies on the pixels that it stands for. The scale of the input goes with the weights. A picture's features are
    divided by the root of their mean square: those of Caffe's weights are some 70, and the textures of Eq. 15 near 1.
    """

    width = 128
    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, stride=2)
        self.fire2 = Fire(64, 16, 128)
        self.fire3 = Fire(128, 16, 128)
        self.register_buffer("mean", torch.tensor(IMAGENET["mean"])[:, None, None])
        self.register_buffer("std", torch.tensor(IMAGENET["std"])[:, None, None])
        self.requires_grad_(False)

    def near(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """RGB B,3,H,W in [-1, 1] -> features of conv1 and of fire3, as they come: B,64,H/2,W/2 and B,128,H/4,W/4"""
        x = ((image + 1) * 127.5 - self.mean) / self.std
        x = self.conv1(F.pad(x, (1, 1, 1, 1), mode="replicate")).relu()  # B,64,H/2,W/2
        return x, self.fire3(self.fire2(half(x)))  # B,128,H/4,W/4

    def forward(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,128,H/4,W/4 (H and W multiples of 4)"""
        return _unit(self.near(image)[1])


class SqueezeNetDetail(SqueezeNetFeatures):
    """Its features at half the size: conv1's beside those of fire3, brought up."""

    width, stride = 192, 2

    def forward(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,192,H/2,W/2 (H and W multiples of 4)"""
        first, quarter = self.near(image)
        return torch.cat([_unit(first), up(_unit(quarter))], 1)


def _unit(features: Tensor) -> Tensor:
    size = features.float().square().mean((1, 2, 3), keepdim=True)
    return features / (size + 1e-6).sqrt()


class OwnNear(ImageCNN):
    """The near-sighted part of the project's own small CNN: down to the quarter-size grid."""

    def __init__(self, *, inputs: int, width: int) -> None:
        super().__init__()
        self.stem = conv3x3(inputs, width // 2, stride=2)
        self.grid = conv3x3(width // 2, width, stride=2)
        self.grid_norm = norm(width)
        self.local = Residual(width, width)

    def near(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features at a half (half the width) and at a quarter of the size, without context."""
        half = activation(self.stem(x))
        return half, self.local(activation(self.grid_norm(self.grid(half))))


class OwnDetail(OwnNear):
    """Its features at half the size: the first layer's beside those of the grid, brought up."""

    stride = 2

    def __init__(self, *, width: int) -> None:
        super().__init__(inputs=3, width=width)
        self.width = width // 2 + width

    def forward(self, image: Tensor) -> Tensor:
        """RGB B,3,H,W in [-1, 1] -> B,3/2 width,H/2,W/2 (H and W multiples of 4)"""
        half, quarter = self.near(image)
        return torch.cat([half, up(quarter)], 1)


class OwnCNN(OwnNear):
    """The project's own small CNN: the quarter-size grid, with context from two coarser grids added back.

    Without the context a cell would see some 15 pixels, too few to tell an object from its background.
    """

    def __init__(self, *, inputs: int, width: int) -> None:
        super().__init__(inputs=inputs, width=width)
        self.width = width
        self.eighth = conv3x3(width, width, stride=2)
        self.eighth_block = Residual(width, width)
        self.sixteenth = conv3x3(width, 2 * width, stride=2)
        self.sixteenth_block = Residual(2 * width, 2 * width)
        self.sixteenth_back = nn.Conv2d(2 * width, width, 1)
        self.eighth_back = nn.Conv2d(width, width, 1)

    def deep(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features at a quarter, an eighth and a sixteenth of the size, before context is added back."""
        _, grid = self.near(x)
        eighth = self.eighth_block(activation(self.eighth(grid)))
        return grid, eighth, self.sixteenth_block(activation(self.sixteenth(eighth)))

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,width,H/4,W/4 (H and W multiples of 16)"""
        grid, eighth, sixteenth = self.deep(x)
        eighth = eighth + up(self.sixteenth_back(sixteenth))
        return grid + up(self.eighth_back(eighth))
