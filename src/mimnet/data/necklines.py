"""Another object's neck on an object that lies on plain ground, between shoulders that stay."""

import numpy as np
from numpy.typing import NDArray

from mimnet.data.outline import most_varied, varies
from mimnet.data.yokes import Fitted, Placed, laid_over, outline_at

WIDE = 0.27  # widths of the body to either side of its middle within which its neck lies
DEEP = 0.45  # widths below its shoulders down to which it goes
HIGH = 0.3  # widths above them up to which it may stand
BESIDE = (0.23, 0.36)  # widths from the middle between which shoulders must lie as the other's do
LEVEL = 0.07  # widths by which they may differ
STEEP = 0.1  # widths by which a shoulder may fall there; else it is a strap, or its rim
UNLIKE = 12.0  # mean difference of the two where they meet, in grey levels, beyond which a print or a wide neck ends
GRID = 32  # side of the grid on which necks are compared
BRIGHTEST = 1.3  # how much lighter than the object's own median a place counts at most


def neck_fitted(mine: Placed, theirs: Placed) -> Fitted | None:
    """Another object's neck brought between the shoulders of an object; None where those lie otherwise."""
    own, other = shoulders(mine), shoulders(theirs)
    if own is None or other is None or not meet(own, other):
        return None
    apart = own - other
    scale, level = theirs.width / mine.width, mine.level + float(apart.mean()) * mine.width
    placing = (scale, 0, theirs.centre - mine.centre * scale, 0, scale, theirs.level - level * scale)
    places = np.arange(len(mine.shape)) + 0.5
    within = (np.abs(places - mine.centre) < WIDE * mine.width)[None]
    taken = within & (places < mine.level + DEEP * mine.width)[:, None]
    return Fitted(placing, outline_at(theirs.shape, placing), taken)


def with_neck_of(
    picture: NDArray[np.uint8], other: NDArray[np.uint8], mine: Placed, theirs: Placed
) -> NDArray[np.uint8] | None:
    """An object with another one's neck, in its own colours; both S,S,3.

    None where that does not go: shoulders that do not meet, a print that would end at a line, a neck so wide that it
    would show beside the other's.
    """
    fit = neck_fitted(mine, theirs)
    if fit is None or varies(other.astype(np.float32), theirs.shape) > most_varied(picture, mine.shape):
        return None
    return laid_over(picture, other, mine, theirs, fit, unlike=UNLIKE)


def neck_on_grid(picture: NDArray[np.uint8], it: Placed) -> NDArray[np.float32]:
    """What a neck looks like: how light it is as a share of the object's own median, `GRID` squared; 0 on ground."""
    light, last = picture.mean(-1, dtype=np.float32), len(picture) - 1
    usual = max(float(np.median(light[it.shape])), 1.0)
    across = ((np.arange(GRID) + 0.5) / GRID - 0.5) * 2 * BESIDE[1]
    down = (np.arange(GRID) + 0.5) / GRID * (DEEP + HIGH) - HIGH
    columns, rows = (
        np.clip(np.floor(start + places * it.width), 0, last).astype(int)
        for start, places in ((it.centre, across), (it.level, down))
    )
    there = np.ix_(rows, columns)
    return np.where(it.shape[there], np.minimum(light[there] / usual, BRIGHTEST), 0.0).astype(np.float32)


def shoulders(it: Placed) -> NDArray[np.float64] | None:
    """How far below their level the upper rim lies beside the neck, at eight places left and right, in widths.

    None for an object that has no shoulders there.
    """
    places = np.linspace(*BESIDE, 8) * it.width
    columns = np.floor(np.stack([it.centre - places, it.centre + places])).astype(int)
    if columns.min() < 0 or columns.max() >= len(it.shape) or not it.shape[:, columns].any(0).all():
        return None
    heights: NDArray[np.float64] = (it.shape[:, columns].argmax(0) - it.level) / it.width
    return heights if np.ptp(heights, axis=1).max() <= STEEP else None


def meet(own: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two objects' shoulders lie alike."""
    apart = own - other
    return bool(np.ptp(apart) <= LEVEL and abs(apart.mean()) <= LEVEL)
