"""Another object's shoulders on an object that lies on plain ground: its neck, yoke and sleeves, down to the chest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.data.necks import UNLIKE, Shoulders, in_one_colour, moved, shoulders
from mimnet.data.outline import around, grown, joined, most_varied, opened, shrunk, sliver, varies
from mimnet.ground import ground_of, outline

STRAPS = (0.2, 0.38)  # widths of the body from its middle between which a strap or a shoulder lies
SLANT = 0.1  # widths by which the one may lie higher than the other
ARMPIT = 0.3  # widths below that down to which sleeves may differ by little
ASKEW = 0.05  # widths between the middles of body and object beyond which a sleeve was taken for the body's side
CHEST = 0.5  # widths below them where the one object becomes the other
SCALED = 1.2  # factor up to which the other object is enlarged or made smaller
ASIDE = 0.4  # widths from the middle beyond which a sleeve may hang
SOFT = 4  # pixels over which the one becomes the other, to either side
LEAST = 20  # pixels there in which their difference can be measured
HEM = 0.15  # widths above the shorter one's end from which their sides need not agree
WHOLE = 0.99  # share of the new object that must hang together


class Placed(NamedTuple):
    """An object's outline, where its shoulders lie, and the mean row of their upper rim."""

    shape: NDArray[np.bool_]  # S,S
    shoulders: Shoulders
    level: float

    @property
    def chest(self) -> float:
        """The row down to which its upper part goes."""
        return self.level + CHEST * self.shoulders.width


def placed(shape: NDArray[np.bool_]) -> Placed | None:
    """Where the shoulders of an outline S,S lie; None where it has none, to both sides and nearly level."""
    found = shoulders(shape)
    if found is None or abs(np.nonzero(shape)[1].mean() + 0.5 - found.centre) > ASKEW * found.width:
        return None
    away = (np.arange(len(shape)) + 0.5 - found.centre) / found.width
    heights = [found.rim[(away * side > STRAPS[0]) & (away * side < STRAPS[1])].min(initial=np.inf) for side in (-1, 1)]
    if np.isinf(heights).any() or abs(heights[0] - heights[1]) > SLANT * found.width:
        return None
    return Placed(shape, found, float(np.mean(heights)))


class Fitted(NamedTuple):
    """How another object's shoulders come onto an object."""

    placing: tuple[float, ...]  # places of the one to places of the other, as Pillow takes them
    donated: NDArray[np.bool_]  # S,S: the other object there
    taken: NDArray[np.bool_]  # S,S: where the other picture shows


def fitted(mine: Placed, theirs: Placed) -> Fitted | None:
    """Another object's shoulders brought to those of an object; None for bodies, or sides, that do not go together."""
    body, shape = mine.shoulders, mine.shape
    scale = theirs.shoulders.width / body.width
    if not 1 / SCALED < scale < SCALED:
        return None
    placing = (scale, 0, theirs.shoulders.centre - body.centre * scale, 0, scale, theirs.level - mine.level * scale)
    donated = moved(theirs.shape.astype(np.uint8) * 255, placing, Image.Resampling.NEAREST, 0) > 0
    places = np.arange(len(shape)) + 0.5
    above = np.broadcast_to((places < mine.chest)[:, None], shape.shape)
    aside = (np.abs(places - body.centre) > ASIDE * body.width)[None]
    # Sleeves, the one's and the other's, hang from there; what else differs, as hems do, stays.
    near = (places < mine.chest + ARMPIT * body.width)[:, None]
    thin = sliver(shape)
    hang = [x & aside & (near | opened(x, thin)) for x in (donated & ~shape, shape & ~donated)]
    sleeves = [joined(x | (above & aside), above, len(shape)) for x in hang]
    taken = above | grown(sleeves[0] | sleeves[1], 2)
    new = np.where(taken, donated, shape)
    ends = float(np.flatnonzero(donated.any(1)).max(initial=0))
    upper = (places < min(body.low, ends) - HEM * body.width)[:, None]
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
    shape, (ground, their_ground) = mine.shape, (ground_of(x) for x in (picture, other))
    if varies(other.astype(np.float32), theirs.shape) > most_varied(picture, shape):
        return None
    donor = np.where(theirs.shape[..., None], in_one_colour(other, theirs.shape, picture[shape]), other)
    there = moved(donor, fit.placing, Image.Resampling.BICUBIC, tuple(their_ground.tolist())).astype(np.float32)
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
    if np.abs(differ - light).mean() > UNLIKE:
        return None
    there += np.where(fit.donated[..., None], light, ground.astype(np.float32) - their_ground)
    weight = np.where(both[..., None], soft, around(taken))
    weight[0] = 1  # nothing lies beyond the rim
    yoked: NDArray[np.uint8] = np.rint((weight * there + (1 - weight) * picture).clip(0, 255)).astype(np.uint8)
    return yoked


def _hangs_together(shape: NDArray[np.bool_]) -> bool:
    """Whether nearly all of an outline can be reached from its middle."""
    rows = np.flatnonzero(shape.any(1))
    start = np.zeros_like(shape)
    start[int(rows.mean()) if len(rows) else 0] = True
    return bool(joined(shape, start, shape.size).sum() >= WHOLE * shape.sum())
