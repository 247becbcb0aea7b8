"""Outside the map: is what the sentence does not mean left as it was?

Convention: pixels where the weight map, brought to the common size, is below one half. SSIM there: mean of the SSIM
map (11x11 Gaussian window, sigma 1.5, RGB, values in [0, 1], by torchmetrics); PSNR there: of the mean squared error
over those pixels, at most 100 dB; both over pictures that have such pixels.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from mimnet.errors import MimnetError

MOST = 100.0  # dB: no change at all would be infinite, and spoil every mean


def outside(weight_map: NDArray[np.uint8], size: int) -> NDArray[np.bool_]:
    """Weight maps n,h,w (0..255) -> n,size,size, True where the map is below one half."""
    maps = [np.asarray(Image.fromarray(w).resize((size, size), Image.Resampling.BILINEAR)) < 128 for w in weight_map]
    return np.stack(maps)


def psnr_outside(before: NDArray[np.uint8], after: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Pictures n,H,W,3 twice and n,H,W -> n values in dB; NaN for a picture without such pixels."""
    squared = ((before.astype(np.float64) - after.astype(np.float64)) / 255) ** 2
    error = mean_where(squared.mean(-1), where)
    with np.errstate(divide="ignore", invalid="ignore"):
        decibels: NDArray[np.float64] = np.minimum(-10 * np.log10(error), MOST)
    return decibels


def ssim_outside(before: NDArray[np.uint8], after: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The same for SSIM. Raises `MimnetError` without torchmetrics, or for pictures smaller than the window."""
    return mean_where(ssim_maps(_channels_first(before), _channels_first(after)), where)


def _channels_first(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """n,H,W,3 -> n,3,H,W in [0, 1]"""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255)


def ssim_maps(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """SSIM around every pixel n,H,W, mean over channels, of values in [0, 1], n,c,H,W twice.

    Raises `MimnetError` without torchmetrics, or for pictures smaller than the window.
    """
    try:
        from torchmetrics.functional.image import structural_similarity_index_measure
    except ImportError as error:
        raise MimnetError("FID, KID and SSIM need torchmetrics: pip install 'mimnet[metrics]'") from error
    if one.shape[-1] < 11:
        raise MimnetError(f"SSIM needs pictures of at least 11 pixels; these have {one.shape[-1]}")
    maps = []
    for a, b in zip(one, other, strict=True):  # one at a time: the full map of a batch would be large
        x, y = (torch.from_numpy(p)[None] for p in (a, b))
        _, full = structural_similarity_index_measure(x, y, data_range=1.0, return_full_image=True)
        maps.append(full[0].mean(0).double().numpy())
    return np.stack(maps)


def mean_where(values: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Means of n,H,W over the pixels of n,H,W -> n; NaN where there is none."""
    count = where.reshape(len(where), -1).sum(1)
    total = (values * where).reshape(len(where), -1).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)
