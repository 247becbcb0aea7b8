"""Another object's neck on an object that lies on plain ground: the upper middle, between its shoulders."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.config.training import COLOURS
from mimnet.data.claims import BREAKS
from mimnet.data.outline import around, shrunk
from mimnet.ground import outline

NAMES = frozenset({"neck", "neckline", "collar"})
BEFORE = 2  # words that may tell its form: "peter pan collar"
_OTHERS = BREAKS | frozenset(COLOURS) | {"and", "sleeve", "sleeves", "sleeved", "sleeveless"}

WAIST = (0.5, 0.55, 0.6, 0.65)  # heights of an object, from its top, at which its body is measured
NEAR = 0.3  # heights from the middle within which the neck lies
BESIDE = 0.05  # widths of the body beyond the wider neck, where both shoulders must meet
SLOPE = 0.06  # widths to either side of that place where they must meet as well
OFF = 0.07  # widths by which they may miss each other
SCALED = 1.3  # factor up to which the other object is enlarged or made smaller
DEEP = 0.3  # heights of an object below its shoulders down to which the neck reaches: buttons, the point of a V
SOFT = 4  # pixels over which the one becomes the other, to either side
UNLIKE = 14.0  # mean difference of the two there, in grey levels, beyond which a print ends
LEAST = 20  # pixels there in which that can be measured


def neck_phrase(words: Sequence[str]) -> tuple[int, int] | None:
    """The places of the first and of the last word that tell of the neck; None where nothing does.

    >>> neck_phrase("a round neck short sleeve black shirt".split())
    (1, 2)
    >>> neck_phrase("a sleeveless red dress with a peter pan collar".split())
    (6, 8)
    >>> neck_phrase("a red dress".split()) is None
    True
    """
    last = next((place for place, word in enumerate(words) if word in NAMES), None)
    if last is None:
        return None
    first = last
    while first > max(0, last - BEFORE) and words[first - 1] not in _OTHERS:
        first -= 1
    return first, last


class Shoulders(NamedTuple):
    """Where an object's body and its upper rim lie, in pixels."""

    centre: float  # the middle of the body
    width: float  # of the body
    neck: float  # from the middle to the further end of the neck
    low: float  # the lowest row
    rim: NDArray[np.float64]  # S: the uppermost row of every column, infinite where there is none

    def at(self, column: float) -> float:
        """The uppermost row at a column; infinite where there is none."""
        return float(self.rim[int(column)]) if 0 <= column < len(self.rim) else np.inf


def shoulders(shape: NDArray[np.bool_]) -> Shoulders | None:
    """Those of an outline S,S; None where it has no body in the middle or no rim to either side of it."""
    if not shape.any():
        return None
    rows = np.flatnonzero(shape.any(1))
    low, height = float(rows[-1]), float(rows[-1] - rows[0])
    middle = int(np.nonzero(shape)[1].mean())
    runs = [_run(shape[int(rows[0] + height * share)], middle) for share in WAIST]
    ends = np.array([run for run in runs if run is not None], np.float64)
    if len(ends) < len(WAIST):
        return None
    width, centre = float(np.median(ends[:, 1] - ends[:, 0])), float(np.median(ends.mean(1)))
    rim = np.where(shape.any(0), shape.argmax(0), np.inf)
    away = np.arange(len(shape)) + 0.5 - centre
    neck = 0.0
    for side in (away[away < 0], away[away >= 0]):
        near = np.flatnonzero(np.isin(away, side) & (np.abs(away) < NEAR * height))
        if not len(near) or np.isinf(rim[near].min()):
            return None
        highest = near[rim[near] <= rim[near].min() + 1]
        neck = max(neck, float(np.abs(away[highest]).max()))
    return Shoulders(centre, width, neck, low, rim)


def meet(mine: Shoulders, theirs: Shoulders) -> bool:
    """Whether shoulders go over into those of another object once its body is as wide."""
    scale = theirs.width / mine.width
    if not 1 / SCALED < scale < SCALED:
        return False
    return all(
        abs(one - other) <= OFF * mine.width
        for beyond in (-SLOPE, 0.0, SLOPE)
        for one, other in zip(*_levels(mine, theirs, beyond), strict=True)
    )


def with_neck_of(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """An object with another one's neck, in its own colours; both S,S,3.

    None where that does not go: shoulders that do not meet, a print that would end at a line.
    """
    (shape, ground), (their_shape, their_ground) = outline(picture), outline(other)
    mine, theirs = shoulders(shape), shoulders(their_shape)
    if mine is None or theirs is None or not meet(mine, theirs):
        return None
    donor = np.where(their_shape[..., None], in_one_colour(other, their_shape, picture[shape]), other)
    scale, side = theirs.width / mine.width, len(shape)
    reach, (level, their_level) = _reach(mine, theirs), _level(mine, theirs)
    placing = (scale, 0, theirs.centre - mine.centre * scale, 0, scale, their_level - level * scale)
    there = moved(donor, placing, Image.Resampling.BICUBIC, tuple(their_ground.tolist())).astype(np.float32)
    donated = moved(their_shape.astype(np.uint8) * 255, placing, Image.Resampling.NEAREST, 0) > 0
    places = np.arange(side) + 0.5
    down = (places - level).clip(0)[:, None] / (DEEP * (mine.low - level))
    weight = ((down**2 + ((places - mine.centre)[None] / reach) ** 2 <= 1) * np.float32(1))[..., None]
    for _ in range(SOFT):
        weight = around(weight)
    both = shrunk(shrunk(shape)) & shrunk(shrunk(donated))
    seam = both & (weight[..., 0] > 0.05) & (weight[..., 0] < 0.95)
    if seam.sum() < LEAST:
        return None
    differ = picture[seam] - there[seam]
    light = np.median(differ, 0)
    if np.abs(differ - light).mean() > UNLIKE:
        return None
    there += np.where(donated[..., None], light, ground.astype(np.float32) - their_ground)
    necked: NDArray[np.uint8] = np.rint((weight * there + (1 - weight) * picture).clip(0, 255)).astype(np.uint8)
    return necked


def in_one_colour(picture: NDArray[np.uint8], shape: NDArray[np.bool_], cloth: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The lights and darks of an object S,S,3 about its own median, about the median of a cloth's pixels n,3.

    What is darker stays as much darker by a factor, for the inside of a neck lies in shade, and what is lighter goes as
    far towards white, as labels and buttons do. Colours of its own are lost.
    """
    light = picture.mean(-1, keepdims=True, dtype=np.float32)
    usual, colour = np.median(light[shape]), np.median(cloth, 0).astype(np.float32)
    darker = np.minimum(light / max(usual, 1.0), 1.0)
    lighter = ((light - usual) / max(255.0 - usual, 1.0)).clip(0)
    toned: NDArray[np.uint8] = np.rint(colour * darker + (255 - colour) * lighter).astype(np.uint8)
    return toned


def _run(row: NDArray[np.bool_], middle: int) -> tuple[int, int] | None:
    """Where the object that lies around the middle of a row begins, and where it has ended."""
    if not row[middle]:
        return None
    gaps = np.flatnonzero(~row)
    before, after = gaps[gaps < middle], gaps[gaps > middle]
    return int(before[-1]) + 1 if len(before) else 0, int(after[0]) if len(after) else len(row)


def _reach(mine: Shoulders, theirs: Shoulders) -> float:
    """How far from the middle of an object the one becomes the other."""
    return max(mine.neck, theirs.neck * mine.width / theirs.width) + BESIDE * mine.width


def _level(mine: Shoulders, theirs: Shoulders) -> tuple[float, float]:
    """The mean rows of both pairs of shoulders where they are to meet, each in its own picture."""
    reach, scale = _reach(mine, theirs), theirs.width / mine.width
    return (
        (mine.at(mine.centre - reach) + mine.at(mine.centre + reach)) / 2,
        (theirs.at(theirs.centre - reach * scale) + theirs.at(theirs.centre + reach * scale)) / 2,
    )


def _levels(mine: Shoulders, theirs: Shoulders, beyond: float) -> tuple[list[float], list[float]]:
    """How far both lie under where they are to meet, left and right, so many widths beyond that place."""
    scale, (level, their_level) = theirs.width / mine.width, _level(mine, theirs)
    out = _reach(mine, theirs) + beyond * mine.width
    return (
        [mine.at(mine.centre + way * out) - level for way in (-1, 1)],
        [(theirs.at(theirs.centre + way * out * scale) - their_level) / scale for way in (-1, 1)],
    )


def moved(
    picture: NDArray[np.uint8],
    placing: tuple[float, ...],
    by: Image.Resampling,
    beyond: int | tuple[int, ...],
) -> NDArray[np.uint8]:
    size = (len(picture), len(picture))
    image = Image.fromarray(picture).transform(size, Image.Transform.AFFINE, placing, by, fillcolor=beyond)
    return np.asarray(image)
