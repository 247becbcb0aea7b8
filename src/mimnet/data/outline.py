"""The outline of an object on plain ground: finding it, cutting along another's, sewing on, dyeing what is inside."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.ground import outline

Places = tuple[NDArray[np.float64], NDArray[np.float64]]

FAINT = 20  # grey levels from the ground below which a rim cannot be told from it
SLIVER = 0.03  # what is cut must be wider than this share of the picture's side, or it stays
BODY = 0.5  # heights of an object that count as the middle of its width, where its body is
SCALED = 1.25  # factor up to which another object is enlarged or made smaller where a part of it is sewn on
PRINTED = (1.3, 6.0)  # what is sewn on may vary so much more than the object that gets it: a factor, grey levels
GRID = 32  # side of the grid on which outlines are compared, all brought to one height and place
ROWS, COLUMNS = 1.2, 1.6  # heights of an object that the grid holds


def cut_along(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What an object has outside another's outline becomes ground, slivers left as they are; both S,S,3."""
    (mine, ground), (theirs, _) = outline(picture), outline(other)
    theirs = _brought(theirs, _frame(theirs), _frame(mine))
    width = sliver(mine)
    off = grown(opened(mine & ~theirs, width), 2) & ~theirs  # with the own soft rim
    kept = mine & ~off
    scraps = kept & ~opened(kept, width) & grown(off, 2 * width)  # of a cuff along the body
    off, kept = off | scraps, kept & ~scraps
    weight = np.where(off[..., None], around(kept.astype(np.float32)[..., None]), 1)  # a soft rim along what stays
    return (weight * picture + (1 - weight) * ground).astype(np.uint8)


def sewn_on(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """An object with what another one has outside its outline, in its own colours; both S,S,3, slivers left out.

    None where that does not go: nothing to sew on, objects of other sizes, a part with a print that the object has not.
    """
    mine, (theirs, their_ground) = outline(picture)[0], outline(other)
    frame, from_frame = _frame(mine), _frame(theirs)
    colours = colours_of(other)
    if frame is None or from_frame is None or colours is None:
        return None
    scale = from_frame.height / frame.height
    if not 1 / SCALED < scale < SCALED:
        return None
    shift = np.median(picture[shrunk(mine)], 0) - np.median(other[shrunk(theirs)], 0)  # a print moves it little
    donor = dyed(other, Colours((colours.mean + shift).astype(np.float32), colours.deviation))
    left, top = from_frame.centre - frame.centre * scale, from_frame.top - frame.top * scale
    brought = Image.fromarray(donor).transform(
        (len(mine), len(mine)),
        Image.Transform.AFFINE,
        (scale, 0, left, 0, scale, top),
        Image.Resampling.BICUBIC,
        fillcolor=tuple(their_ground.tolist()),
    )
    there = np.asarray(brought).astype(np.float32)
    theirs = _brought(theirs, from_frame, frame)
    width = sliver(mine)
    more = opened(theirs & ~mine, width) & theirs & ~mine
    if not more.any() or varies(there, more) > most_varied(picture, mine):
        return None
    aside = np.abs(np.arange(len(mine)) + 0.5 - frame.centre) / frame.height > BODY / 2
    # A short sleeve stands off where a long one hangs down.
    wings = joined(mine & ~theirs & aside, grown(more, 3 * width), 12 * width)
    on = grown(more, 2 * width) | grown(wings, 2)
    on &= ~shrunk(shrunk(mine & ~wings))  # no more of the object than its soft rim
    weight = np.where(on[..., None], 1, around(on.astype(np.float32)[..., None]))
    sewn: NDArray[np.uint8] = np.rint((weight * there + (1 - weight) * picture).clip(0, 255)).astype(np.uint8)
    return sewn


class Colours(NamedTuple):
    """Those of an object, in grey levels."""

    mean: NDArray[np.float32]  # 3
    deviation: NDArray[np.float32]  # 3


def colours_of(picture: NDArray[np.uint8]) -> Colours | None:
    """The colours of the object in S,S,3; None where there is none."""
    return _colours(picture, shrunk(outline(picture)[0]))


def dyed(picture: NDArray[np.uint8], colours: Colours) -> NDArray[np.uint8]:
    """The object of S,S,3 with another's mean and, within a factor of two, deviation; the ground as it is."""
    shape, ground = outline(picture)
    inner, levels = shrunk(shape), picture.astype(np.float32)
    own = _colours(picture, inner)
    if own is None:
        return picture
    ratio = np.clip(colours.deviation / (own.deviation + 1e-3), 0.5, 2)
    painted = (levels - own.mean) * ratio + colours.mean
    # A pixel of the rim is part object and part ground, by how far its colour lies from the one to the other.
    away = own.mean - ground
    part = ((levels - ground) @ away / max(float(away @ away), FAINT**2))[..., None].clip(0, 1)
    rim = ground + part * (colours.mean - ground)
    soft = grown(inner, 2) & ~inner
    result = np.where(inner[..., None], painted, np.where(soft[..., None], rim, levels))
    rounded: NDArray[np.uint8] = np.rint(result.clip(0, 255)).astype(np.uint8)
    return rounded


def varies(picture: NDArray[np.float32], part: NDArray[np.bool_]) -> float:
    """The deviation of colours within a part, less its soft rim where it has an inside."""
    inner = shrunk(shrunk(part))
    return float(picture[inner if inner.any() else part].std(0).mean())


def most_varied(picture: NDArray[np.uint8], shape: NDArray[np.bool_]) -> float:
    """The deviation that something sewn on to an object may have."""
    factor, more = PRINTED
    return factor * varies(picture.astype(np.float32), shape) + more


def _colours(picture: NDArray[np.uint8], inner: NDArray[np.bool_]) -> Colours | None:
    if not inner.any():
        return None
    levels = picture[inner].astype(np.float32)
    return Colours(levels.mean(0), levels.std(0))


class Frame(NamedTuple):
    """Where an object lies, in pixels: the middle column's upper end and height, and that column."""

    top: float
    height: float
    centre: float


def _frame(shape: NDArray[np.bool_]) -> Frame | None:
    """The frame of an outline; None if nothing lies in the middle."""
    if not shape.any():
        return None
    centre = float(np.nonzero(shape)[1].mean())
    rows = np.flatnonzero(shape[:, round(centre)])
    return Frame(float(rows[0]), float(len(rows)), centre + 0.5) if len(rows) > 1 else None


def _within(frame: Frame | None, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Places:
    """Places in pixels as shares of an object's height, from its top and its middle column."""
    if frame is None:
        return rows * np.inf, columns * np.inf
    return (rows - frame.top) / frame.height, (columns - frame.centre) / frame.height


def _seen_from(
    shape: NDArray[np.bool_], frame: Frame | None, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """An outline at places that are given as shares of its height; nothing beyond the picture."""
    if frame is None:
        return np.zeros((len(rows), len(columns)), bool)
    lines = []
    for places, start, length in ((rows, frame.top, frame.height), (columns, frame.centre, frame.height)):
        at = np.nan_to_num(start + places * length, nan=-1, posinf=-1, neginf=-1)
        lines.append(np.clip(np.floor(at) + 1, 0, len(shape) + 1).astype(np.int64))
    padded: NDArray[np.bool_] = np.pad(shape, 1)
    return padded[np.ix_(*lines)]


def _brought(shape: NDArray[np.bool_], frame: Frame | None, to: Frame | None) -> NDArray[np.bool_]:
    """An outline S,S from its frame to another one."""
    places = np.arange(len(shape), dtype=np.float64) + 0.5
    return _seen_from(shape, frame, *_within(to, places, places))


def on_grid(shape: NDArray[np.bool_]) -> NDArray[np.float32]:
    """An outline S,S on the grid GRID,GRID, 1 on the object."""
    places = (np.arange(GRID) + 0.5) / GRID
    seen = _seen_from(shape, _frame(shape), places * ROWS - (ROWS - 1) / 2, (places - 0.5) * COLUMNS)
    return seen.astype(np.float32)


def sliver(shape: NDArray[np.bool_]) -> int:
    """Half the width in pixels of what is too thin to count."""
    return max(1, round(SLIVER * len(shape) / 2))


def joined(shape: NDArray[np.bool_], start: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """What of a shape can be reached from `start` within it, in so many steps along rows and columns."""
    reached, count = shape & start, -1
    for step in range(by):
        if step % 8 == 0 and (now := int(reached.sum())) == count:
            break
        if step % 8 == 0:
            count = now
        reached = shape & grown(reached, 1)
    return reached


def opened(shape: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Without what is thinner than `width` to either side."""
    return grown(~grown(~shape, width), width)


def shrunk(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without its outermost pixels."""
    return ~grown(~shape, 1)


def grown(shape: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """With every pixel that is at most `by` away along rows and columns, one after the other."""
    more = shape.copy()
    for _ in range(by):
        last = more.copy()
        more[1:] |= last[:-1]
        more[:-1] |= last[1:]
        more[:, 1:] |= last[:, :-1]
        more[:, :-1] |= last[:, 1:]
    return more


def around(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of every pixel and its eight neighbours, S,S,c; beyond the rim there is nothing."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    mean: NDArray[np.float32] = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
    return mean
