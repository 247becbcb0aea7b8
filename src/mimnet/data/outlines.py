"""Pictures in each other's outlines, for objects on plain ground (a departure, `loss.restoration`).

A long sleeve is cut, a short one drawn on, and the picture's own caption says what was there: truth for edits of shape,
out of nothing but captioned pictures.
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from mimnet.data.batches import Batch, Captions, Outlined, Source, shared
from mimnet.data.ondisk import Array
from mimnet.errors import MimnetError
from mimnet.images import to_tensor

GROUND = 8  # a pixel this near to the ground's colour is ground, in grey levels of 255
PLAIN = 0.9  # share of a picture's rim that must be ground for it to count as plain
GRID = 32  # side of the grid on which outlines are compared
ALIKE = 0.9  # intersection over union that two outlines need in the middle half: the same cut, in the same place
APART = 0.05  # share of the picture by which they must differ at the sides
RANGE = (2, 98)  # percentiles of the own colours that dyed ones stay within
PARTNERS = 8  # outlines that a picture can be shown in


class InOutlines:
    """Pictures N,S,S,3 as stored, each to be shown in outlines of some others.

    Raises `MimnetError` if no two have outlines that go together.
    """

    def __init__(self, pictures: Array, captions: Captions, *, size: int, beside: int, flip: bool, seed: int) -> None:
        self.pictures, self.captions = pictures, captions
        self.size, self.beside, self.flip, self.seed = size, beside, flip, seed
        self.partners = partners(pictures, captions.kind)
        self.rows = np.flatnonzero(self.partners[:, 0] >= 0)
        if not len(self.rows):
            raise MimnetError(
                "loss.restoration shows objects in outlines of others, and no two of these pictures have outlines that "
                "go together; it is for objects on plain ground, seen from the same side (leave it at 0)"
            )

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Outlined:
        """The share of process `rank` of `world` in those of `step`, `beside` together."""
        share = shared(self.beside, rank, world)
        draw = np.random.default_rng([self.seed, 4, step])
        rows = draw.choice(self.rows, self.beside)
        found = self.partners[rows]
        partner = found[np.arange(len(rows)), (draw.random(len(rows)) * (found >= 0).sum(1)).astype(np.int64)]
        own = self.captions.of(rows, draw)
        left, top = draw.integers(0, self.pictures.shape[1] - self.size + 1, (2, len(rows)))
        mirrored = draw.random(len(rows)) < (0.5 if self.flip else 0.0)
        pieces: list[NDArray[np.uint8]] = []
        for i in range(share.start, share.stop):
            picture = self.pictures[rows[i]]
            both = np.stack([in_outline(picture, self.pictures[partner[i]]), picture])
            both = both[:, top[i] : top[i] + self.size, left[i] : left[i] + self.size]
            pieces.append(both[:, :, ::-1] if mirrored[i] else both)
        whole = self.captions.kept(self.captions.phrases(own, 0, draw), 0, draw)
        shown, image = np.stack(pieces, 1)
        return Outlined(to_tensor(shown), to_tensor(image), *self.captions.ids(own[share], whole[share]))


class WithOutlined:
    """Batches with some of the object's pictures beside them in outlines of others."""

    def __init__(self, source: Source, pictures: InOutlines) -> None:
        self.source, self.pictures, self.per_epoch = source, pictures, source.per_epoch

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`."""
        outlined = self.pictures.at(step, rank=rank, world=world)
        return dataclasses.replace(self.source.at(step, rank=rank, world=world), outlined=outlined)


def outline(picture: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """RGB S,S,3 -> the object S,S and the ground's colour 3.

    Ground is what a straight line from the rim reaches through nothing but the rim's own colour. A picture whose rim
    is not of one colour has no outline: nothing of it is the object.
    """
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    ground = np.median(rim, 0).astype(np.uint8)
    differs = np.abs(picture.astype(np.int16) - ground).max(-1) > GROUND
    inside = np.ones_like(differs)
    for axis in (0, 1):
        for way in (slice(None), slice(None, None, -1)):
            line = (way, slice(None)) if axis == 0 else (slice(None), way)
            inside &= np.logical_or.accumulate(differs[line], axis)[line]  # every line to a pixel meets the object
    plain = (np.abs(rim.astype(np.int16) - ground).max(-1) <= GROUND).mean() >= PLAIN
    return inside & plain, ground


def in_outline(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The object of one picture in the outline of another's; both S,S,3, on plain ground.

    What the outline cuts off becomes ground. What it adds is the other object there, its colours brought to the own
    mean and, within a factor of two, deviation, within its own range.
    """
    (mine, ground), (theirs, _) = outline(picture), outline(other)
    own, foreign = picture.astype(np.float32), other.astype(np.float32)
    inner = _shrunk(theirs)[..., None].astype(np.float32)  # rims are half ground: colours are taken from within
    weight = _around(inner)
    foreign = np.where(inner > 0, foreign, _around(foreign * inner) / np.maximum(weight, 1e-6))
    deviation = np.clip(own[mine].std(0) / (foreign[theirs].std(0) + 0.5), 0.5, 2.0)
    dyed = (foreign - foreign[theirs].mean(0)) * deviation + own[mine].mean(0)
    dyed = np.clip(dyed, *np.percentile(own[mine], RANGE, axis=0))
    rim = mine & ~_shrunk(mine) & (inner[..., 0] > 0)  # within the new outline it would show as a line
    kept = (mine & ~rim)[..., None]
    alpha = np.maximum(weight, kept & theirs[..., None])  # soft, but where the own rim is the new one too
    return (alpha * np.where(kept, own, dyed) + (1 - alpha) * ground).astype(np.uint8)


def partners(pictures: Array, kind: NDArray[np.int64]) -> NDArray[np.int64]:
    """For every picture N,S,S,3 some others of other classes in whose outlines it can be: N,`PARTNERS`, -1 for none.

    Outlines that agree in the middle half and differ at the sides, the best agreeing first: so sleeves make the
    difference, and not the camera.
    """
    shapes = np.stack([_small(outline(pictures[i])[0]) for i in range(len(pictures))])  # N,GRID,GRID
    middle = np.zeros(GRID, bool)
    middle[GRID // 4 : GRID * 3 // 4] = True
    core, sides = (shapes[:, :, part].reshape(len(shapes), -1) for part in (middle, ~middle))
    found = np.full((len(shapes), PARTNERS), -1)
    for i, (mine, aside) in enumerate(zip(core, sides, strict=True)):
        both = core @ mine
        alike = both / np.maximum(core.sum(1) + mine.sum() - both, 1)
        apart = (sides.sum(1) + aside.sum() - 2 * (sides @ aside)) / GRID**2
        fits = np.flatnonzero((alike >= ALIKE) & (apart >= APART) & (kind != kind[i]))
        best = fits[np.argsort(-alike[fits], kind="stable")[:PARTNERS]]
        found[i, : len(best)] = best
    return found


def _small(shape: NDArray[np.bool_]) -> NDArray[np.float32]:
    places = (np.arange(GRID) * 2 + 1) * len(shape) // (2 * GRID)
    return shape[np.ix_(places, places)].astype(np.float32)


def _shrunk(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without the outermost pixel all round."""
    inner = shape.copy()
    inner[1:] &= shape[:-1]
    inner[:-1] &= shape[1:]
    inner[:, 1:] &= shape[:, :-1]
    inner[:, :-1] &= shape[:, 1:]
    return inner


def _around(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of every pixel and its eight neighbours, S,S,c; beyond the rim there is nothing."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    mean: NDArray[np.float32] = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
    return mean
