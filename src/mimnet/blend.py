"""A small edit put onto a photograph of any size: colours change, the photograph's own detail stays.

The network works on a small square. What it changed (edit minus what it saw) is enlarged and added to the
photograph where the weight map allows, so detail finer than the square stays, and nothing else is touched.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

FEATHER = 0.3  # the map rises from nothing to full over so much above the threshold
BAND = 1 << 21  # pixels worked on at once: about 100 MB of floats, whatever the size of the picture


def full_mask(weight_map: NDArray[np.float32], size: tuple[int, int], threshold: float) -> NDArray[np.uint8]:
    """Weight map h,w in [0, 1] -> the map that pastes, uint8 H,W at `size` (H, W).

    It is exactly 0 where the enlarged map is at or below `threshold`, and rises smoothly over `FEATHER`
    above. It is rounded to 8 bits before it is used, so that a saved map tells which pixels were touched.
    """
    rows, wide = _enlarge(weight_map[None], size)
    mask = np.empty(size, np.uint8)
    for band in _bands(size):
        ramp = np.clip(((rows[band] @ wide[0]) - threshold) / min(FEATHER, 1 - threshold), 0, 1)
        mask[band] = np.rint(ramp * ramp * (3 - 2 * ramp) * 255)
    return mask


def transfer(
    photograph: NDArray[np.uint8], change: NDArray[np.float32], mask: NDArray[np.uint8], strength: float
) -> NDArray[np.uint8]:
    """Photograph H,W,3 plus the enlarged `change` (3,h,w in grey levels) where `mask` H,W lets it -> H,W,3.

    Pixels where the mask is 0 are copied, not computed.
    """
    height, width = mask.shape
    rows, wide = _enlarge(change, (height, width))
    result = photograph.copy()
    for band in _bands((height, width)):
        touched = mask[band] > 0
        if not touched.any():
            continue
        weight = mask[band].astype(np.float32) * np.float32(strength / 255)
        for channel in range(3):
            before = photograph[band][..., channel]
            after = before + weight * (rows[band] @ wide[channel])
            after = np.clip(np.rint(after, out=after), 0, 255, out=after).astype(np.uint8)
            result[band][..., channel] = np.where(touched, after, before)
    return result


def _enlarge(x: NDArray[np.float32], size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Row weights H,h and the columns already done c,h,W: `rows[band] @ wide[c]` is a band at full size."""
    rows = interpolation(x.shape[1], size[0]).T
    return np.ascontiguousarray(rows), x @ interpolation(x.shape[2], size[1])


def interpolation(inputs: int, outputs: int) -> NDArray[np.float32]:
    """Cubic weights inputs,outputs; where it shrinks they average.

    >>> interpolation(3, 3).tolist() == np.eye(3).tolist()
    True
    """
    one_by_one = torch.eye(inputs)[None, None]
    weights = F.interpolate(one_by_one, (inputs, outputs), mode="bicubic", antialias=True, align_corners=False)
    array: NDArray[np.float32] = weights[0, 0].numpy()
    return array


def _bands(size: tuple[int, int]) -> Iterator[slice]:
    height, width = size
    step = max(1, BAND // width)
    for top in range(0, height, step):
        yield slice(top, min(height, top + step))
