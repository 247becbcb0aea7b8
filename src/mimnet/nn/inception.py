"""Inception v3 for evaluation only (IS, FID, and the image half of AttnGAN's matcher); it takes no part in the paper.

Module names are torchvision's, so its state dictionaries load. Every network here sees RGB in [-1, 1] at 299x299; they
differ in their pools (`Variant`), and in how a picture gets there:

* torchvision: ImageNet's mean and deviation, undone again inside its network (`transform_input`), so 2 p - 1 for p in
  [0, 1];
* AttnGAN: pictures in [-1, 1] as they are, resized by `bilinear`;
* the FID network: `fid_input`;
* TensorFlow's slim library: as whoever trained there did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE = 299

Kernel = int | tuple[int, int]
Stage = Sequence[tuple[str, int, Kernel]]  # convolutions side by side: name, channels out, kernel
Pool = Literal["average", "average without padding", "max"]
Variant = Literal["torchvision", "fid", "slim"]  # whose network; see `InceptionV3`


class Conv(nn.Module):
    """Convolution without bias, batch normalisation with its stored statistics, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel, *, stride: int = 1, same: bool = False) -> None:
        super().__init__()
        rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (rows // 2, columns // 2) if same else (0, 0)
        self.conv = nn.Conv2d(inputs, outputs, (rows, columns), stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,outputs,H',W'"""
        y: Tensor = self.bn(self.conv(x))
        return y.relu_()


class Mixed(nn.Module):
    """Branches side by side, their channels joined in order; the pooling branch comes last.

    A branch is a row of stages; convolutions within one stage read the same input and their outputs are joined. With
    `shrink` the last stage of every branch, and the pooling, halve the size and pad nothing; all else keeps the size.
    """

    def __init__(
        self,
        inputs: int,
        branches: Sequence[Sequence[Stage]],
        *,
        pool: Pool,
        pool_width: int | None = None,
        shrink: bool = False,
    ) -> None:
        super().__init__()
        self.branches = [[[name for name, _, _ in stage] for stage in branch] for branch in branches]
        self.pool = pool
        self.shrink = shrink
        self.width = inputs if pool_width is None else pool_width
        for branch in branches:
            width = inputs
            for stage in branch:
                last = shrink and stage is branch[-1]
                for name, outputs, kernel in stage:
                    conv = Conv(width, outputs, kernel, stride=2 if last else 1, same=not last)
                    self.add_module(name, conv)
                width = sum(outputs for _, outputs, _ in stage)
            self.width += width
        if pool_width is not None:
            self.branch_pool = Conv(inputs, pool_width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,width,H,W, or half the size with `shrink`"""
        joined = []
        for branch in self.branches:
            y = x
            for stage in branch:
                y = torch.cat([self.get_submodule(name)(y) for name in stage], 1)
            joined.append(y)
        if self.shrink:
            pooled = F.max_pool2d(x, 3, stride=2)
        elif self.pool == "max":
            pooled = F.max_pool2d(x, 3, stride=1, padding=1)
        else:
            pooled = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=self.pool == "average")
        return torch.cat([*joined, self.branch_pool(pooled) if hasattr(self, "branch_pool") else pooled], 1)


def _a(inputs: int, pool_width: int, pool: Pool) -> Mixed:
    branches: list[list[Stage]] = [
        [[("branch1x1", 64, 1)]],
        [[("branch5x5_1", 48, 1)], [("branch5x5_2", 64, 5)]],
        [[("branch3x3dbl_1", 64, 1)], [("branch3x3dbl_2", 96, 3)], [("branch3x3dbl_3", 96, 3)]],
    ]
    return Mixed(inputs, branches, pool=pool, pool_width=pool_width)


def _b(inputs: int) -> Mixed:
    branches: list[list[Stage]] = [
        [[("branch3x3", 384, 3)]],
        [[("branch3x3dbl_1", 64, 1)], [("branch3x3dbl_2", 96, 3)], [("branch3x3dbl_3", 96, 3)]],
    ]
    return Mixed(inputs, branches, pool="max", shrink=True)


def _c(inputs: int, narrow: int, pool: Pool) -> Mixed:
    row, column = (1, 7), (7, 1)
    double: list[Stage] = [[("branch7x7dbl_1", narrow, 1)]]
    double += [[(f"branch7x7dbl_{i}", narrow, kernel)] for i, kernel in ((2, column), (3, row), (4, column))]
    branches: list[list[Stage]] = [
        [[("branch1x1", 192, 1)]],
        [[("branch7x7_1", narrow, 1)], [("branch7x7_2", narrow, row)], [("branch7x7_3", 192, column)]],
        [*double, [("branch7x7dbl_5", 192, row)]],
    ]
    return Mixed(inputs, branches, pool=pool, pool_width=192)


def _d(inputs: int) -> Mixed:
    large: list[Stage] = [
        [("branch7x7x3_1", 192, 1)],
        [("branch7x7x3_2", 192, (1, 7))],
        [("branch7x7x3_3", 192, (7, 1))],
    ]
    branches: list[list[Stage]] = [
        [[("branch3x3_1", 192, 1)], [("branch3x3_2", 320, 3)]],
        [*large, [("branch7x7x3_4", 192, 3)]],
    ]
    return Mixed(inputs, branches, pool="max", shrink=True)


def _e(inputs: int, pool: Pool) -> Mixed:
    def fork(name: str) -> Stage:
        return [(f"{name}a", 384, (1, 3)), (f"{name}b", 384, (3, 1))]

    branches: list[list[Stage]] = [
        [[("branch1x1", 320, 1)]],
        [[("branch3x3_1", 384, 1)], fork("branch3x3_2")],
        [[("branch3x3dbl_1", 448, 1)], [("branch3x3dbl_2", 384, 3)], fork("branch3x3dbl_3")],
    ]
    return Mixed(inputs, branches, pool=pool, pool_width=192)


@dataclass(frozen=True)
class Seen:
    """What Inception v3 says of pictures of 299x299."""

    regions: Tensor  # B,768,17,17: after Mixed_6e
    pooled: Tensor  # B,2048: mean of Mixed_7c over places
    logits: Tensor | None  # B,classes


class InceptionV3(nn.Module):
    """Inception v3 without its auxiliary classifier and without dropout: it stays in evaluation mode.

    `classes=None` leaves out `fc`. "fid" is the network of 2015-12-05 that FID is defined by: average pools do not
    count their padding, Mixed_7c pools by maximum, and `classes` is 1008 (0 is background, those beyond 1000 unused).
    "slim" is that of TensorFlow's slim library of 2016: average pools do not count their padding, 0 is background.
    """

    def __init__(self, *, classes: int | None, variant: Variant = "torchvision") -> None:
        super().__init__()
        pool: Pool = "average" if variant == "torchvision" else "average without padding"
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3, same=True)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3)
        self.Mixed_5b = _a(192, 32, pool)
        self.Mixed_5c = _a(256, 64, pool)
        self.Mixed_5d = _a(288, 64, pool)
        self.Mixed_6a = _b(288)
        self.Mixed_6b = _c(768, 128, pool)
        self.Mixed_6c = _c(768, 160, pool)
        self.Mixed_6d = _c(768, 160, pool)
        self.Mixed_6e = _c(768, 192, pool)
        self.Mixed_7a = _d(768)
        self.Mixed_7b = _e(1280, pool)
        self.Mixed_7c = _e(2048, "max" if variant == "fid" else pool)
        self.fc = None if classes is None else nn.Linear(2048, classes)
        self.train(False).requires_grad_(False)

    def train(self, mode: bool = True) -> Self:
        """Stays in evaluation mode, whatever a parent asks."""
        return super().train(False)

    def forward(self, x: Tensor) -> Seen:
        """RGB B,3,299,299 in [-1, 1]; other sizes from 75 on give other `regions`."""
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))  # B,64,147,147
        x = F.max_pool2d(x, 3, stride=2)  # B,64,73,73
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))  # B,192,71,71
        x = F.max_pool2d(x, 3, stride=2)  # B,192,35,35
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))  # B,288,35,35
        x = self.Mixed_6a(x)  # B,768,17,17
        regions = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(x))))  # B,768,17,17
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(regions)))  # B,2048,8,8
        pooled = x.mean((2, 3))  # B,2048
        return Seen(regions, pooled, None if self.fc is None else self.fc(pooled))


def bilinear(image: Tensor, size: int = SIZE) -> Tensor:
    """B,3,H,W -> B,3,size,size: bilinear between pixel centres, without antialiasing, as torch since 0.4 by default."""
    return F.interpolate(image, size=(size, size), mode="bilinear", align_corners=False)


def fid_input(image: Tensor, size: int = SIZE) -> Tensor:
    """RGB B,3,H,W in [-1, 1] -> what FID's network sees: resized as TensorFlow 1 does, then (value - 128) / 128.

    TensorFlow 1's bilinear resize reads output pixel i at i H / size, not between pixel centres, and does not smooth
    before it shrinks; torch-fidelity does the same. pytorch-fid resizes between centres and scales by 127.5, which
    moves FID in about its third digit.
    """
    x = (image + 1) * 127.5
    for axis in (2, 3):
        length = x.shape[axis]
        at = torch.arange(size, device=x.device, dtype=torch.float32) * (length / size)
        low = at.floor().long().clamp_(max=length - 1)
        high = (low + 1).clamp_(max=length - 1)
        part = (at - low).to(x.dtype)
        part = part[:, None] if axis == 2 else part
        below, above = x.index_select(axis, low), x.index_select(axis, high)
        x = below + (above - below) * part
    return (x - 128) / 128
