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
ROWS, COLUMNS = 32, 8192  # pictures compared in one step; its arrays stay in the processor's cache
RADIUS = 18  # signs that may differ; copies that are cropped by a twentieth need so many
MOST = 4_000_000  # pairs that are looked at more closely,
PER_PICTURE = 50  # and so many for each picture; where pictures are more alike, the radius shrinks
SAMPLE = 512  # pictures by which their likeness is estimated


@dataclass(frozen=True)
class Signs:
    """Of n pictures: the coefficients (n,64, of unit length, even half first) and their signs (uint32 n, twice)."""

    coefficients: NDArray[np.float32]
    even: NDArray[np.uint32]
    odd: NDArray[np.uint32]

    def part(self, chosen: slice | NDArray[np.int64]) -> "Signs":
        """Of some of the pictures."""
        return Signs(self.coefficients[chosen], self.even[chosen], self.odd[chosen])


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


class Apart:
    """Counts the signs that differ; its arrays are used again and again, for new ones take longer than the counting."""

    def __init__(self, rows: int, columns: int) -> None:
        self._xor = np.empty((rows, columns), np.uint32)
        self._even, self._odd, self._mirrored = np.empty((3, rows, columns), np.uint8)

    def __call__(self, one: Signs, other: Signs) -> NDArray[np.uint8]:
        """uint8 a,b between each of `one` and each of `other`, as it is or mirrored, whichever differs less.

        The array is overwritten by the next call.
        """
        part = slice(len(one.even)), slice(len(other.even))
        xor = self._xor[part]
        even, odd, mirrored = self._even[part], self._odd[part], self._mirrored[part]
        np.bitwise_count(np.bitwise_xor(one.even[:, None], other.even[None], out=xor), out=even)
        np.bitwise_count(np.bitwise_xor(one.odd[:, None], other.odd[None], out=xor), out=odd)
        np.subtract(HALF, odd, out=mirrored)
        np.add(even, np.minimum(odd, mirrored, out=odd), out=even)
        return even


def fitting_radius(of: Signs, *, most: int = MOST) -> int:
    """`RADIUS`, or less where more pairs than `most`, or `PER_PICTURE` a picture, would lie within it (an estimate)."""
    n = len(of.even)
    chosen = of.part(np.unique(np.linspace(0, n - 1, min(n, SAMPLE)).astype(int)))
    apart = Apart(len(chosen.even), COLUMNS)
    counts = np.zeros(2 * HALF + 1, np.int64)
    for start in range(0, n, COLUMNS):
        differing = apart(chosen, of.part(slice(start, start + COLUMNS)))
        counts += np.bincount(differing.ravel(), minlength=len(counts))
    counts[0] -= len(chosen.even)  # each with itself
    within = np.cumsum(counts) * (n / max(1, len(chosen.even))) / 2
    return next((r for r in range(RADIUS, 0, -1) if within[r] <= min(most, PER_PICTURE * n)), 0)


def pairs_within(of: Signs, radius: int) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs i < j of which at most `radius` signs differ, mirrored or not: rows done so far, i's, j's."""
    n, apart = len(of.even), Apart(ROWS, COLUMNS)
    for top in range(0, n, ROWS):
        rows = of.part(slice(top, top + ROWS))
        found: list[NDArray[np.int64]] = []
        for left in range(top, n, COLUMNS):
            near = apart(rows, of.part(slice(left, left + COLUMNS))) <= radius
            if near.any():
                found.append(np.stack(np.divmod(np.flatnonzero(near), near.shape[1])) + [[top], [left]])
        i, j = np.concatenate(found, axis=1) if found else np.zeros((2, 0), np.int64)
        later = i < j
        yield top + len(rows.even), i[later], j[later]
