"""The boundary image: structure without texture, by Canny or Sobel in torch (Sec. 3.2).

The paper does not name its detector. These run on batches, on any device, and export.
"""

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

LUMINANCE = (0.299, 0.587, 0.114)
# As for OpenCV's detector on 8-bit pictures with an L1 gradient: thresholds of the sum |dx| + |dy|.
CANNY_LOW, CANNY_HIGH = 100.0, 200.0
HYSTERESIS_STEPS = 16

Detector: TypeAlias = Callable[[Tensor], Tensor]  # luminance B,1,H,W in [0, 255] -> boundary B,1,H,W in [0, 1]


def boundary_channels(*, detail: bool) -> int:
    """Channels of `boundary_image`."""
    return 2 if detail else 1


def boundary_image(image: Tensor, *, edges: Detector | Tensor, detail: bool) -> Tensor:
    """RGB B,3,H,W in [-1, 1] -> boundary image B,1,H,W in [0, 1]; with `detail` B,2,H,W, the second in [-1, 1].

    `edges` finds the boundary, or is the boundary B,1,H,W itself.
    """
    grey = luminance(image)
    found = edges if isinstance(edges, Tensor) else edges(grey)
    return torch.cat([found, fine_detail(grey)], 1) if detail else found


def luminance(image: Tensor) -> Tensor:
    """RGB B,3,H,W in [-1, 1] -> B,1,H,W in [0, 255]"""
    weights = image.new_tensor(LUMINANCE)[None, :, None, None]
    return ((image.float() + 1) * 127.5 * weights).sum(1, keepdim=True)


def gradients(grey: Tensor) -> tuple[Tensor, Tensor]:
    """Sobel's dx and dy of B,1,H,W, border replicated."""
    row = grey.new_tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    kernels = torch.stack([row, row.T])[:, None]  # 2,1,3,3
    both = F.conv2d(F.pad(grey, (1, 1, 1, 1), mode="replicate"), kernels)
    return both[:, :1], both[:, 1:]


def sobel(grey: Tensor) -> Tensor:
    """Gradient size B,1,H,W in [0, 1] of luminance in [0, 255]."""
    dx, dy = gradients(grey)
    return (dx.square() + dy.square()).sqrt().div(4 * 255).clamp(0, 1)


def canny(grey: Tensor) -> Tensor:
    """Canny's edges, 0 or 1, B,1,H,W, of luminance in [0, 255].

    Gradient by Sobel, suppression of what is no maximum across the edge, and hysteresis of a fixed number of steps
    (a fixed number exports; an edge longer than that many pixels of weak gradient alone is cut).
    """
    dx, dy = gradients(blur(grey))
    size = dx.abs() + dy.abs()
    padded = F.pad(size, (1, 1, 1, 1))
    height, width = grey.shape[-2:]

    def neighbour(down: int, right: int) -> Tensor:
        return padded[..., 1 + down : 1 + down + height, 1 + right : 1 + right + width]

    steep, flat = 2.414213562, 0.414213562  # tan 67.5 and 22.5 degrees part the four directions
    along_x = dy.abs() <= flat * dx.abs()
    along_y = dy.abs() >= steep * dx.abs()
    same_sign = dx * dy >= 0
    diagonal_one = torch.where(same_sign, neighbour(-1, -1), neighbour(-1, 1))
    diagonal_two = torch.where(same_sign, neighbour(1, 1), neighbour(1, -1))
    before = torch.where(along_x, neighbour(0, -1), torch.where(along_y, neighbour(-1, 0), diagonal_one))
    after = torch.where(along_x, neighbour(0, 1), torch.where(along_y, neighbour(1, 0), diagonal_two))
    thin = (size > before) & (size >= after)  # of two equal neighbours one is kept
    weak = (thin & (size > CANNY_LOW)).float()
    strong = (thin & (size > CANNY_HIGH)).float()
    for _ in range(HYSTERESIS_STEPS):
        strong = _grown(strong) * weak
    return strong


def _grown(x: Tensor) -> Tensor:
    """Maximum over 3x3, border zero. Slices cost a tenth of a pooling kernel on one channel."""
    tall = F.pad(x, (0, 0, 1, 1))
    tall = torch.maximum(torch.maximum(tall[..., :-2, :], tall[..., 1:-1, :]), tall[..., 2:, :])
    wide = F.pad(tall, (1, 1, 0, 0))
    return torch.maximum(torch.maximum(wide[..., :-2], wide[..., 1:-1]), wide[..., 2:])


def blur(grey: Tensor) -> Tensor:
    """A 3x3 binomial blur, border replicated: without it, noise and JPEG blocks become edges."""
    row = grey.new_tensor([0.25, 0.5, 0.25])
    padded = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    return F.conv2d(F.conv2d(padded, row.view(1, 1, 3, 1)), row.view(1, 1, 1, 3))


def fine_detail(grey: Tensor) -> Tensor:
    """Luminance minus its mean over a sixteenth of the picture, B,1,H,W in [-1, 1]: shading and veins, no colour.

    A departure (`model.detail`): a thin edge alone cannot say how a petal is shaded.
    """
    window = max(3, 2 * (min(grey.shape[-2], grey.shape[-1]) // 32) + 1)
    padded = F.pad(grey, (window // 2,) * 4, mode="replicate")
    mean = F.avg_pool2d(F.avg_pool2d(padded, (window, 1), 1), (1, window), 1)
    return ((grey - mean) / 64).clamp(-1, 1)
