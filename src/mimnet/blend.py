"""A small edit put onto a photograph of any size: colours change, the photograph's own detail stays.

The network works on a small square. What it changed (edit minus what it saw) is enlarged and added to the
photograph where the weight map allows, so detail finer than the square stays, and nothing else is touched.
The enlarging follows the photograph's edges, so that a petal's new colour ends where the petal ends.
Where the network took something away, its own picture replaces the photograph: a sleeve's outline is no detail of what
comes after it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mimnet.ground import Beyond, decided, of_neighbours

FEATHER = 0.4  # the map rises from nothing to full over so much above the threshold
BAND = 1 << 20  # pixels worked on at once: some 20 MB of floats, whatever the size of the picture
STRIP = 1 << 13  # the same where many values a pixel are held: they stay in the processor's cache
GUIDE = 768  # longest side at which the change is made to follow edges; beyond it is enlarged plainly
ALIKE = 45.0  # grey levels: colours much further apart than this do not share a change
STOOD_OUT = 24.0  # grey levels by which something must have stood out to be missed
GONE, KEPT = 0.1, 0.25  # share of that which is left where it is gone, and where it is kept
NEAR = 0.7  # pixels of the small square: how far a change reaches


def full_mask(weight_map: NDArray[np.float32], size: tuple[int, int], threshold: float) -> NDArray[np.uint8]:
    """Weight map h,w in [0, 1] -> the map that pastes, uint8 H,W at `size` (H, W).

    It is exactly 0 where the enlarged map is at or below `threshold`, and rises smoothly over `FEATHER`
    above. A map that nowhere comes half that far has found nothing, and is 0 everywhere: faint patches would only
    soil the picture. It is rounded to 8 bits before it is used, so that a saved map tells which pixels were touched.
    """
    if weight_map.max() < threshold + min(FEATHER, 1 - threshold) / 2:
        return np.zeros(size, np.uint8)
    rows, wide = _enlarge(weight_map[None], size)
    mask = np.empty(size, np.uint8)
    for band in _bands(size, BAND):
        ramp = np.clip((_rows_of(rows, wide[0], band) - threshold) / min(FEATHER, 1 - threshold), 0, 1)
        mask[band] = np.rint(ramp * ramp * (3 - 2 * ramp) * 255)
    return mask


class Replaced(NamedTuple):
    """What stands where the network took something away."""

    picture: NDArray[np.float32]  # 3,h,w in grey levels: the network's
    share: NDArray[np.float32]  # h,w in [0, 1]: of it, instead of the photograph and its change


def replaced(saw: NDArray[np.float32], change: NDArray[np.float32]) -> Replaced | None:
    """Where the change, 3,h,w, leaves little of what stood out in `saw`, 3,h,w, both in grey levels; None: nowhere."""
    painted = saw + change
    before, after = (_range(x.mean(0)) for x in (saw, painted))
    left = after / np.maximum(before, STOOD_OUT)
    share = np.where(before >= STOOD_OUT, np.clip((KEPT - left) / (KEPT - GONE), 0, 1), 0).astype(np.float32)
    return Replaced(painted, of_neighbours(share, np.maximum)) if share.any() else None


def transfer(
    photograph: NDArray[np.uint8],
    change: NDArray[np.float32],
    mask: NDArray[np.uint8],
    strength: float,
    instead: Replaced | None = None,
    beside: Beyond | None = None,
) -> NDArray[np.uint8]:
    """Photograph H,W,3 plus the enlarged `change` (3,h,w in grey levels) where `mask` H,W lets it -> H,W,3.

    `instead` replaces both, beyond strength 1 no further. What is painted `beside` the object, on plain ground, gets an
    outline. Pixels where the mask is 0 are copied, not computed.
    """
    height, width = mask.shape
    rows, wide = _enlarge(change, (height, width))
    own = None if instead is None else _enlarge(np.concatenate([instead.picture, instead.share[None]]), mask.shape)
    planes = None if beside is None else _enlarge(beside.planes, mask.shape)
    result = photograph.copy()
    for band in _bands((height, width), BAND):
        touched = mask[band] > 0
        if not touched.any():
            continue
        weight = mask[band].astype(np.float32) * np.float32(strength / 255)
        full = mask[band].astype(np.float32) * np.float32(min(strength, 1) / 255)
        share = None if own is None else np.clip(_rows_of(own[0], own[1][3], band), 0, 1)
        painted = []
        for channel in range(3):
            before = photograph[band][..., channel]
            after = before + weight * _rows_of(rows, wide[channel], band)
            if own is not None and share is not None:
                replacing = before + full * (_rows_of(own[0], own[1][channel], band) - before)
                after += share * (replacing - after)
            painted.append(after)
        if beside is not None and planes is not None:
            here = np.stack([_rows_of(planes[0], plane, band) for plane in planes[1]])
            here[2] *= np.float32(min(strength, 1))
            decided(painted, photograph[band], beside.colour, here, full)
        for channel, after in enumerate(painted):
            after = np.clip(np.rint(after, out=after), 0, 255, out=after).astype(np.uint8)
            result[band][..., channel] = np.where(touched, after, photograph[band][..., channel])
    return result


def follow_edges(
    change: NDArray[np.float32], saw: NDArray[np.float32], guide: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Change 3,h,w enlarged to the guide's size: 3,H,W. `saw` is 3,h,w in grey levels, the guide H,W,3.

    Joint bilateral up-sampling (Kopf et al. 2007): a pixel takes the change of those neighbours in the small
    square that the network saw in about the pixel's own colour. Detail is not touched, for changes are averaged,
    never scaled. A guide smaller than the square gives the change back as it is.
    """
    (height, width), (h, w) = guide.shape[:2], change.shape[1:]
    if height < h or width < w:
        return change
    top, rows = _neighbours(height, h)
    left, columns = _neighbours(width, w)
    both = np.concatenate([saw, change])
    wide = [np.take(both, right, 2) for right in left]  # 6,h,W each
    result = np.empty((3, height, width), np.float32)
    for band in _bands((height, width), STRIP):
        colours = guide[band].transpose(2, 0, 1).astype(np.float32)  # 3,b,W
        total, weights = np.zeros_like(colours), np.zeros_like(colours[0])
        for column, nearness in zip(wide, columns, strict=True):
            for down, nearby in zip(top, rows, strict=True):
                cell = np.take(column, down[band], 1)  # 6,b,W
                apart = np.square(np.subtract(colours, cell[:3], out=cell[:3]), out=cell[:3])
                alike = apart[0]
                alike += apart[1]
                alike += apart[2]
                alike *= np.float32(-0.5 / ALIKE**2)
                np.exp(alike, out=alike)
                alike += np.float32(1e-3)  # never nothing at all
                alike *= nearby[band, None]
                alike *= nearness
                weights += alike
                total += np.multiply(cell[3:], alike, out=cell[3:])
        np.divide(total, weights, out=result[:, band])
    return result


def _range(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far the values of a cell h,w and its eight neighbours lie apart."""
    return of_neighbours(x, np.maximum) - of_neighbours(x, np.minimum)


def _neighbours(outputs: int, inputs: int) -> tuple[list[NDArray[np.intp]], list[NDArray[np.float32]]]:
    """For each output the four inputs around it along one axis, and how near each is."""
    place = (np.arange(outputs) + 0.5) * inputs / outputs - 0.5
    first = np.floor(place).astype(np.intp)
    steps = [first + step for step in (-1, 0, 1, 2)]
    nearness = [np.exp(-np.square(step - place) / (2 * NEAR**2)).astype(np.float32) for step in steps]
    return [np.clip(step, 0, inputs - 1) for step in steps], nearness


def _enlarge(x: NDArray[np.float32], size: tuple[int, int]) -> tuple[NDArray[np.float32] | None, NDArray[np.float32]]:
    """Row weights H,h, none where h is H, and the columns already done c,h,W, for `_rows_of`."""
    rows = None if x.shape[1] == size[0] else np.ascontiguousarray(interpolation(x.shape[1], size[0]).T)
    return rows, x if x.shape[2] == size[1] else x @ interpolation(x.shape[2], size[1])


def _rows_of(rows: NDArray[np.float32] | None, wide: NDArray[np.float32], band: slice) -> NDArray[np.float32]:
    """A band of `rows @ wide` without the part of `wide` that it has no weight for, which is most of it."""
    if rows is None:
        return wide[band]
    used = np.flatnonzero(rows[band].any(0))
    part = slice(int(used[0]), int(used[-1]) + 1)
    enlarged: NDArray[np.float32] = rows[band, part] @ wide[part]
    return enlarged


def interpolation(inputs: int, outputs: int) -> NDArray[np.float32]:
    """Cubic weights inputs,outputs; where it shrinks they average.

    >>> interpolation(3, 3).tolist() == np.eye(3).tolist()
    True
    """
    scale = float(np.float32(inputs) / np.float32(outputs))
    reach, stretch = (2 * scale, 1 / scale) if scale >= 1 else (2.0, 1.0)
    centre = (scale * (np.arange(outputs) + 0.5)).astype(np.float32)
    begin, end = (centre - np.float32(reach)).astype(np.float64), (centre + np.float32(reach)).astype(np.float64)
    first = np.maximum(begin + 0.5, 0).astype(np.int64)
    last = np.minimum((end + 0.5).astype(np.int64), inputs)
    taps = first + np.arange((last - first).max())[:, None]  # taps,outputs
    apart = (taps.astype(np.float32) - centre).astype(np.float64)
    away = np.abs((apart + 0.5) * np.float32(stretch)).astype(np.float32)
    weights = np.where(taps < last, _cubic(away), np.float32(0))
    weights /= np.add.accumulate(weights)[-1]  # summed in order
    array = np.zeros((inputs, outputs), np.float32)
    np.add.at(array, (np.minimum(taps, inputs - 1), np.arange(outputs)), weights)
    return array


def _cubic(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keys's kernel with a = -1/2 at distances x; every step is rounded once, as with fused multiply-add."""

    def step(a: NDArray[np.float32], b: NDArray[np.float32] | float, c: float) -> NDArray[np.float32]:
        return (a.astype(np.float64) * b + c).astype(np.float32)

    near = step(step(x, 1.5, -2.5) * x, x, 1)
    far = step(step(step(x, -0.5, 2.5), x, -4), x, 2)
    return np.where(x < 1, near, np.where(x < 2, far, np.float32(0)))


def _bands(size: tuple[int, int], pixels: int) -> Iterator[slice]:
    height, width = size
    step = max(1, pixels // width)
    for top in range(0, height, step):
        yield slice(top, min(height, top + step))
