"""Structure inside the map: does what is repainted keep its outlines, and its share of fine texture?

Convention: pixels where the weight map, brought to the common size, is one half or more (without a map: all). Edges:
SSIM (11x11 Gaussian window, sigma 1.5, by torchmetrics) of the Sobel gradient's size of luminance, in [0, 1], before
and after, its mean over those pixels. Fine energy: mean square there of luminance minus its 3x3 binomial blur, in
squared grey levels; the table gives the mean after over the mean before. Both over pictures that have such pixels.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.images import to_tensor
from mimnet.metrics.outside import mean_where, ssim_maps
from mimnet.nn.boundary import blur, luminance, sobel

CHUNK = 16  # pictures at a time


def edge_ssim(before: NDArray[np.uint8], after: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Pictures n,H,W,3 twice and n,H,W -> n values at most 1; NaN for a picture without such pixels.

    Raises `MimnetError` without torchmetrics, or for pictures smaller than the window.
    """
    one, other = (sobel(_grey(pictures)).numpy() for pictures in (before, after))
    return mean_where(ssim_maps(one, other), where)


def fine_energy(pictures: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Pictures n,H,W,3 and n,H,W -> n mean squares; NaN for a picture without such pixels."""
    grey = _grey(pictures)
    fine = (grey - blur(grey))[:, 0].double().numpy()
    return mean_where(fine**2, where)


def _grey(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """uint8 n,H,W,3 -> luminance n,1,H,W in [0, 255]"""
    starts = range(0, len(pictures), CHUNK)
    return torch.cat([luminance(to_tensor(pictures[start : start + CHUNK])) for start in starts])
