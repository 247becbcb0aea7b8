"""Pictures that may show the same: 64 signs of each, compared all with all.

The signs are those of the lowest frequencies of the small picture's discrete cosine transform. Mirroring a picture
turns the signs of its odd horizontal frequencies alone, so the two halves are kept apart, and a picture is compared
with another and with its mirror image in one pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HALF = 32  # signs of even, and of odd horizontal frequencies
ROWS, COLUMNS = 64, 8192  # pictures compared in one step; its arrays stay in the processor's cache
RADIUS = 12  # signs that may differ; small crops need so many
MOST = 8_000_000  # pairs that are looked at more closely; where pictures are too alike, the radius shrinks
SAMPLE = 512  # pictures by which their likeness is estimated


@dataclass(frozen=True)
class Signs:
    """Of n pictures: the coefficients (n,64, of unit length, even half first) and their signs (uint32 n, twice)."""

    coefficients: NDArray[np.float32]
    even: NDArray[np.uint32]
    odd: NDArray[np.uint32]


def signs(grey: NDArray[np.uint8]) -> Signs:
    """Of the small pictures, uint8 n,side,side."""
    side = grey.shape[1]
    places = _lowest(0) + _lowest(1)
    most = 1 + max(max(place) for place in places)
    angle = np.pi * (np.arange(side) + 0.5) * np.arange(most)[:, None] / side
    basis = np.cos(angle).astype(np.float32)  # frequency,side; lengths do not matter for signs
    flat = np.empty((len(grey), 2 * HALF), np.float32)
    for start in range(0, len(grey), 4096):  # float32 of a part at a time
        part = grey[start : start + 4096].astype(np.float32)
        spectrum = basis @ part @ basis.T  # n,vertical,horizontal
        flat[start : start + 4096] = spectrum[:, [v for v, _ in places], [h for _, h in places]]
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    packed = np.packbits(flat > 0, axis=1)  # n,8
    even, odd = (np.ascontiguousarray(packed[:, half]).view(np.uint32)[:, 0] for half in (slice(0, 4), slice(4, 8)))
    return Signs(flat, even, odd)


def _lowest(parity: int) -> list[tuple[int, int]]:
    """The 32 lowest frequencies (vertical, horizontal) whose horizontal one is even or odd; the mean is none."""
    all_ = [(v, h) for v in range(12) for h in range(parity, 12, 2) if v + h > 0]
    return sorted(all_, key=lambda place: (place[0] ** 2 + place[1] ** 2, place))[:HALF]


def distance(
    even: NDArray[np.uint32], odd: NDArray[np.uint32], others_even: NDArray[np.uint32], others_odd: NDArray[np.uint32]
) -> NDArray[np.uint8]:
    """Signs that differ between each of a and each of b, or the mirrored b, whichever are fewer: uint8 a,b."""
    first = np.bitwise_count(even[:, None] ^ others_even[None])
    second = np.bitwise_count(odd[:, None] ^ others_odd[None])
    apart: NDArray[np.uint8] = np.minimum(second, HALF - second) + first
    return apart


def fitting_radius(of: Signs, *, most: int = MOST) -> int:
    """`RADIUS`, or less where about more than `most` pairs would lie within it."""
    n = len(of.even)
    chosen = np.unique(np.linspace(0, n - 1, min(n, SAMPLE)).astype(int))
    counts = np.zeros(2 * HALF + 1, np.int64)
    for start in range(0, n, COLUMNS):
        part = slice(start, start + COLUMNS)
        apart = distance(of.even[chosen], of.odd[chosen], of.even[part], of.odd[part])
        counts += np.bincount(apart.ravel(), minlength=len(counts))
    counts[0] -= len(chosen)  # each with itself
    within = np.cumsum(counts) * (n / max(1, len(chosen))) / 2
    return next((radius for radius in range(RADIUS, 0, -1) if within[radius] <= most), 0)


def pairs_within(of: Signs, radius: int) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs i < j of which at most `radius` signs differ, mirrored or not: rows done so far, i's, j's."""
    n = len(of.even)
    for top in range(0, n, ROWS):
        rows = slice(top, min(top + ROWS, n))
        found: list[NDArray[np.int64]] = []
        for left in range(top, n, COLUMNS):
            columns = slice(left, left + COLUMNS)
            near = distance(of.even[rows], of.odd[rows], of.even[columns], of.odd[columns]) <= radius
            if near.any():
                found.append(np.argwhere(near) + (top, left))
        i, j = np.concatenate(found).T if found else np.zeros((2, 0), np.int64)
        later = i < j
        yield rows.stop, i[later], j[later]
