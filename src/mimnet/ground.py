"""Plain ground: finding it, and what paint on it shows.

A photograph has edges for a change to follow, but plain ground has none where a sleeve is to come. So the outline of
what the network paints there is drawn here: paint is the object or ground, nothing between, and it hangs on the object.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)

GROUND = 8  # a pixel this near to the ground's colour is ground, in grey levels of 255
PLAIN = 0.9  # share of a picture's rim that must be ground for it to count as plain
REACH = 1 / 32  # of the side: from so near comes the colour by which paint is judged
FAINT, FULL = 0.35, 0.5  # shares of its distance from the ground: ground below, the object above
CRACK = 0.25  # share of the colours beside it that a crack must have
LEAST = 0.6  # share of the object's own distance that counts at least


def outline(picture: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """RGB H,W,3 -> the object H,W and the ground's colour 3.

    Ground is what a straight line from the rim reaches through nothing but the rim's own colour. A picture whose rim
    is not of one colour has no outline: nothing of it is the object.
    """
    rim = _rim(picture)
    colour = ground_of(picture)
    differs = _apart(picture, colour) > GROUND
    inside = np.ones_like(differs)
    for axis in (0, 1):
        for way in (slice(None), slice(None, None, -1)):
            line = (way, slice(None)) if axis == 0 else (slice(None), way)
            inside &= np.logical_or.accumulate(differs[line], axis)[line]  # every line to a pixel meets the object
    plain = (_apart(rim, colour) <= GROUND).mean() >= PLAIN
    return inside & plain, colour


def ground_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colour 3 of the ground of RGB H,W,3, where that is plain."""
    return np.asarray(np.median(_rim(picture), 0).astype(np.uint8))


def _rim(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def mended(saw: NDArray[np.float32], change: NDArray[np.float32]) -> NDArray[np.float32]:
    """A change 3,h,w of what was seen, in grey levels, without cracks in what it paints on plain ground.

    Where a new sleeve begins at the rim of a short one, networks leave a line of ground, for that rim was an edge.
    Lines of at most two cells that have some paint get the colours beside them (a closing by 3x3 of the distance from
    the ground, channel by channel); between a sleeve that hangs close and the body there is none. Inside the object, a
    cell from its rim, and where the object has such lines itself, all is as it was.
    """
    inside, colour = outline(_bytes(saw))
    if not inside.any():
        return change
    level = colour[:, None, None].astype(np.float32)
    away = saw + change - level
    filled = _filled(away)
    here = _beside(~inside) & (np.abs(_filled(saw - level)) <= GROUND).all(0)
    here &= np.abs(away).sum(0) >= np.float32(CRACK) * np.abs(away + filled).sum(0)
    return np.where(here, change + filled, change)


class Beyond(NamedTuple):
    """What is painted on plain ground, on the network's square."""

    colour: NDArray[np.uint8]  # 3: the ground's
    planes: NDArray[np.float32]  # 3,h,w: 1 on ground, else 0; 1 where paint hangs on nothing; `full`, in grey levels


def beyond(saw: NDArray[np.float32], change: NDArray[np.float32], shown: NDArray[np.float32]) -> Beyond | None:
    """What was seen and its change, 3,h,w in grey levels, and how much of it shows, h,w in [0, 1] -> `Beyond`.

    `full` is how far from the ground's colour the object around is. None where there is no plain ground, or nothing on
    it is painted.
    """
    seen = _bytes(saw)
    inside, colour = outline(seen)
    ground = ~inside
    if not inside.any() and _apart(seen, colour).max() > GROUND:
        return None
    apart = np.abs(saw + change * shown - colour[:, None, None].astype(np.float32)).mean(0)
    if not (apart[ground] > GROUND).any():
        return None
    full = np.maximum(_around(apart), np.float32(LEAST) * _own(apart, inside))
    paint = apart >= np.float32(FAINT) * full
    loose = _beside(ground & paint & ~_hanging(ground & paint, inside & paint))
    return Beyond(colour, np.stack([ground, loose, full]).astype(np.float32))


def decided(
    after: Sequence[NDArray[np.float32]],
    photograph: NDArray[np.uint8],
    colour: NDArray[np.uint8],
    planes: NDArray[np.float32],
    shown: NDArray[np.float32],
) -> None:
    """Give paint on plain ground an outline, in place: channels `after` b,W each in grey levels, of photograph b,W,3.

    `planes` 3,b,W are those of `Beyond`, enlarged, the third of them for the strength of the edit; `shown` b,W in
    [0, 1] is how much of ground may replace what was there.
    """
    ground, loose, full = planes
    bare = (ground > 0.5) & (shown > 0) & (_apart(photograph, colour) <= GROUND)
    away = sum(np.abs(channel[bare] - level) for channel, level in zip(after, colour.astype(np.float32), strict=True))
    share = away / np.maximum(3 * full[bare], np.float32(1))
    ramp = ((share - np.float32(FAINT)) / np.float32(FULL - FAINT)).clip(0, 1)
    gain = ramp * ramp * (3 - 2 * ramp) / np.sqrt(share.clip(1e-3, 1))
    gain[loose[bare] > 0.5] = 0
    for channel, before, level in zip(after, np.moveaxis(photograph, -1, 0), colour.astype(np.float32), strict=True):
        target = before[bare].astype(np.float32)
        target += shown[bare] * (level - target)
        channel[bare] = target + (channel[bare] - target) * gain


def _bytes(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Planes 3,h,w in grey levels as a picture h,w,3."""
    picture: NDArray[np.uint8] = np.rint(planes.clip(0, 255)).astype(np.uint8).transpose(1, 2, 0)
    return picture


def _filled(away: NDArray[np.float32]) -> NDArray[np.float32]:
    """What closing adds to planes c,h,w of differences from the ground, to either side of it."""
    return _closed(np.maximum(away, 0)) - _closed(np.maximum(-away, 0)) - away


def _closed(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest value of every cell of c,h,w and its eight neighbours, then the smallest of those."""
    return of_neighbours(of_neighbours(planes, np.maximum), np.minimum)


def _apart(pixels: NDArray[np.uint8], colour: NDArray[np.uint8]) -> NDArray[np.int16]:
    """How far pixels are from a colour in the channel in which they are furthest."""
    most: NDArray[np.int16] = np.abs(pixels.astype(np.int16) - colour).max(-1)
    return most


def _own(apart: NDArray[np.float32], inside: NDArray[np.bool_]) -> np.float32:
    """How far the object is from the ground: the mean, what is further counting more, for a sleeve may have gone."""
    own = apart[inside]
    return np.float32(np.square(own).sum() / max(float(own.sum()), 1e-3))


def _around(apart: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest value within reach of every cell, then the mean of those."""
    reach = max(1, round(REACH * apart.shape[1]))
    for of in (np.max, np.mean):
        apart = np.pad(apart, reach, mode="edge")
        for axis in (0, 1):
            apart = of(np.lib.stride_tricks.sliding_window_view(apart, 2 * reach + 1, axis), -1)
    return apart


def _hanging(paint: NDArray[np.bool_], start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What of the paint h,w can be reached from the object through nothing but paint."""
    reached = start
    while True:
        further = reached | (_beside(reached) & paint)
        if (further == reached).all():
            return reached & paint
        reached = further


def _beside(x: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any of a cell and its eight neighbours is true."""
    return of_neighbours(x, np.logical_or)


def of_neighbours(x: NDArray[T], of: np.ufunc) -> NDArray[T]:
    """The largest value (`of` is np.maximum), the smallest or any of every cell of ...,h,w and its eight neighbours."""
    x = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(1, 1)] * 2, mode="edge")
    rows = of(of(x[..., :-2, :], x[..., 1:-1, :]), x[..., 2:, :])
    found: NDArray[T] = of(of(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])
    return found
