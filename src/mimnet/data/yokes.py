"""Another object's shoulders on an object that lies on plain ground: its neck, yoke and sleeves, down to the chest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.data.outline import around, grown, joined, most_varied, opened, shrunk, sliver, varies
from mimnet.ground import ground_of, outline

WAIST = (0.5, 0.55, 0.6, 0.65)  # heights of an object, from its top, at which its body is measured
STRAPS = (0.2, 0.38)  # widths of the body from its middle between which a strap or a shoulder lies
SLANT = 0.1  # widths by which the one may lie higher than the other
ASKEW = 0.05  # widths between the middles of body and object beyond which a sleeve was taken for the body's side
CHEST = 0.5  # widths below the shoulders where the one object becomes the other
ARMPIT = 0.3  # widths below that down to which sleeves may differ by little
SCALED = 1.2  # factor up to which the other object is enlarged or made smaller
ASIDE = 0.4  # widths from the middle beyond which a sleeve may hang
SOFT = 4  # pixels over which the one becomes the other, to either side
UNLIKE = 14.0  # mean difference of the two there, in grey levels, beyond which a print ends
LEAST = 20  # pixels there in which their difference can be measured
HEM = 0.15  # widths above the shorter one's end from which their sides need not agree
WHOLE = 0.99  # share of the new object that must hang together


class Placed(NamedTuple):
    """An object's outline, and where its body and its shoulders lie, in pixels."""

    shape: NDArray[np.bool_]  # S,S
    centre: float  # the middle of the body
    width: float  # of the body
    low: float  # the lowest row
    level: float  # the mean row of the upper rim of both shoulders

    @property
    def chest(self) -> float:
        """The row down to which its upper part goes."""
        return self.level + CHEST * self.width


def placed(shape: NDArray[np.bool_]) -> Placed | None:
    """Where an outline S,S lies; None where it has no body in the middle, or no two shoulders that are nearly level."""
    if not shape.any():
        return None
    rows, middle = np.flatnonzero(shape.any(1)), float(np.nonzero(shape)[1].mean())
    low, height = float(rows[-1]), float(rows[-1] - rows[0])
    runs = [_run(shape[int(rows[0] + height * share)], int(middle)) for share in WAIST]
    ends = np.array([run for run in runs if run is not None], np.float64)
    if len(ends) < len(WAIST):
        return None
    width, centre = float(np.median(ends[:, 1] - ends[:, 0])), float(np.median(ends.mean(1)))
    if abs(middle + 0.5 - centre) > ASKEW * width:
        return None
    rim = np.where(shape.any(0), shape.argmax(0), np.inf)
    away = (np.arange(len(shape)) + 0.5 - centre) / width
    heights = [rim[(away * side > STRAPS[0]) & (away * side < STRAPS[1])].min(initial=np.inf) for side in (-1, 1)]
    if np.isinf(heights).any() or abs(heights[0] - heights[1]) > SLANT * width:
        return None
    return Placed(shape, centre, width, low, float(np.mean(heights)))


class Fitted(NamedTuple):
    """How another object's shoulders come onto an object."""

    placing: tuple[float, ...]  # places of the one to places of the other, as Pillow takes them
    donated: NDArray[np.bool_]  # S,S: the other object there
    taken: NDArray[np.bool_]  # S,S: where the other picture shows


def fitted(mine: Placed, theirs: Placed) -> Fitted | None:
    """Another object's shoulders brought to those of an object; None for bodies, or sides, that do not go together."""
    shape, scale = mine.shape, theirs.width / mine.width
    if not 1 / SCALED < scale < SCALED:
        return None
    placing = (scale, 0, theirs.centre - mine.centre * scale, 0, scale, theirs.level - mine.level * scale)
    donated = outline_at(theirs.shape, placing)
    places = np.arange(len(shape)) + 0.5
    above = np.broadcast_to((places < mine.chest)[:, None], shape.shape)
    aside = (np.abs(places - mine.centre) > ASIDE * mine.width)[None]
    # Sleeves, the one's and the other's, hang from there; what else differs, as hems do, stays.
    near = (places < mine.chest + ARMPIT * mine.width)[:, None]
    thin = sliver(shape)
    hang = [x & aside & (near | opened(x, thin)) for x in (donated & ~shape, shape & ~donated)]
    sleeves = [joined(x | (above & aside), above, len(shape)) for x in hang]
    taken = above | grown(sleeves[0] | sleeves[1], 2)
    new = np.where(taken, donated, shape)
    ends = float(np.flatnonzero(donated.any(1)).max(initial=0))
    upper = (places < min(mine.low, ends) - HEM * mine.width)[:, None]
    left = opened((new ^ donated) & aside & upper, thin)
    return Fitted(placing, donated, taken) if left.sum() < LEAST and _hangs_together(new) else None


def with_yoke_of(
    picture: NDArray[np.uint8],
    other: NDArray[np.uint8],
    mine: Placed | None = None,
    theirs: Placed | None = None,
) -> NDArray[np.uint8] | None:
    """An object with another one's shoulders, neck and sleeves, in its own colours; both S,S,3.

    None where that does not go: bodies of other widths, a print that would end at a line, sides that would be neither
    the one's nor the other's. `mine` and `theirs` where it is known already how they are placed.
    """
    mine, theirs = mine or placed(outline(picture)[0]), theirs or placed(outline(other)[0])
    fit = None if mine is None or theirs is None else fitted(mine, theirs)
    if mine is None or theirs is None or fit is None:
        return None
    if varies(other.astype(np.float32), theirs.shape) > most_varied(picture, mine.shape):
        return None
    return laid_over(picture, other, mine, theirs, fit, unlike=UNLIKE)


def laid_over(
    picture: NDArray[np.uint8],
    other: NDArray[np.uint8],
    mine: Placed,
    theirs: Placed,
    fit: Fitted,
    *,
    unlike: float,
) -> NDArray[np.uint8] | None:
    """A picture S,S,3 with what a fit takes of another one, in the own colours.

    None where the two differ, beside their usual difference, by more than `unlike` grey levels where they meet.
    """
    shape, (ground, their_ground) = mine.shape, (ground_of(x) for x in (picture, other))
    donor = np.where(theirs.shape[..., None], _in_one_colour(other, theirs.shape, picture[shape]), other)
    there = _moved(donor, fit.placing, Image.Resampling.BICUBIC, tuple(their_ground.tolist())).astype(np.float32)
    taken = fit.taken.astype(np.float32)[..., None]
    soft = taken
    for _ in range(SOFT):
        soft = around(soft)
    both = shrunk(shrunk(shape)) & shrunk(shrunk(fit.donated))
    seam = both & (soft[..., 0] > 0.05) & (soft[..., 0] < 0.95)
    if seam.sum() < LEAST:
        return None
    differ = picture[seam] - there[seam]
    light = np.median(differ, 0)
    if np.abs(differ - light).mean() > unlike:
        return None
    there += np.where(fit.donated[..., None], light, ground.astype(np.float32) - their_ground)
    weight = np.where(both[..., None], soft, around(taken))
    weight[0] = 1  # nothing lies beyond the rim
    laid: NDArray[np.uint8] = np.rint((weight * there + (1 - weight) * picture).clip(0, 255)).astype(np.uint8)
    return laid


def outline_at(shape: NDArray[np.bool_], placing: tuple[float, ...]) -> NDArray[np.bool_]:
    """An outline S,S moved by a placing as in `Fitted`."""
    return _moved(shape.astype(np.uint8) * 255, placing, Image.Resampling.NEAREST, 0) > 0


def _hangs_together(shape: NDArray[np.bool_]) -> bool:
    """Whether nearly all of an outline can be reached from its middle."""
    rows = np.flatnonzero(shape.any(1))
    start = np.zeros_like(shape)
    start[int(rows.mean()) if len(rows) else 0] = True
    return bool(joined(shape, start, shape.size).sum() >= WHOLE * shape.sum())


def _in_one_colour(picture: NDArray[np.uint8], shape: NDArray[np.bool_], cloth: NDArray[np.uint8]) -> NDArray[np.uint8]:
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


def _moved(
    picture: NDArray[np.uint8],
    placing: tuple[float, ...],
    by: Image.Resampling,
    beyond: int | tuple[int, ...],
) -> NDArray[np.uint8]:
    size = (len(picture), len(picture))
    image = Image.fromarray(picture).transform(size, Image.Transform.AFFINE, placing, by, fillcolor=beyond)
    return np.asarray(image)
