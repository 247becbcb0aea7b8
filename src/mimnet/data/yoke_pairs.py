"""Which shoulders can come onto which objects (a departure, `pictures.yoked`)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mimnet.data.batches import Captions
from mimnet.data.neck_pairs import neck_of
from mimnet.data.ondisk import Array
from mimnet.data.pairs import among
from mimnet.data.yokes import ASIDE, CHEST, Placed, placed, with_yoke_of
from mimnet.errors import MimnetError
from mimnet.ground import outline

GRID = 24  # side of the grid on which bodies are compared, all brought to one width and place
DOWN = 2.0  # widths of a body below its shoulders down to which it is
ALIKE = 0.92  # intersection over union that two bodies need below the chest
HEMS = 0.25  # widths by which one may be longer than the other
PARTNERS = 24  # objects whose shoulders can be tried on one
TRIES = 4  # of them, before another object is taken
OBJECTS = 4  # objects, before there is none
AT_ONCE = 256  # objects that are compared with all others


class Yoked(NamedTuple):
    """A row with another one's shoulders."""

    row: int
    after: NDArray[np.uint8]  # S,S,3
    asked: list[int]  # the other one's caption, in the own colour
    neck: list[int]  # the words of it that tell of the neck, where that alone is said to be another; else none


class Yokes:
    """Pictures N,S,S,3 on plain ground, each with others whose shoulders may go onto it.

    Those of `found`, by row, of which the first captions name one colour each. Others come by what `often` N says.
    `shaping` are the ids of words that tell of sleeves. Raises `MimnetError` if there are none.
    """

    def __init__(
        self,
        pictures: Array,
        captions: Captions,
        found: dict[int, Placed],
        *,
        shaping: set[int],
        often: NDArray[np.float64],
        seed: int,
    ) -> None:
        self.pictures, self.captions, self.shaping = pictures, captions, shaping
        self.found = found = {row: it for row, it in found.items() if len(set(captions.colours(row))) == 1}
        self.partners = _partners(found, captions, often, np.random.default_rng([seed, 8]))
        if not self.partners:
            raise MimnetError(
                "pictures.yoked: no two of these objects on plain ground have bodies alike below their shoulders and "
                "captions of one colour that say otherwise; leave it at 0"
            )
        self._rows = np.array(list(self.partners))
        worth = captions.worth(self._rows)
        self._often = worth / worth.sum()

    def drawn(self, draw: np.random.Generator) -> Yoked | None:
        """An object with another one's shoulders; None where those that were tried do not go."""
        for row in draw.choice(self._rows, OBJECTS, p=self._often).tolist():
            for other in draw.permutation(self.partners[row])[:TRIES].tolist():
                after = with_yoke_of(self.pictures[row], self.pictures[other], self.found[row], self.found[other])
                if after is not None:
                    own, theirs = self.captions.first(row), self.captions.first(other)
                    colour = self.captions.colours(row)[0]
                    asked = [colour if self.captions.is_colour(word) else word for word in theirs]
                    return Yoked(row, after, asked, self._neck_alone(own, theirs))
        return None

    def _neck_alone(self, own: list[int], theirs: list[int]) -> list[int]:
        mine, other = neck_of(self.captions, own), neck_of(self.captions, theirs)
        sleeves = [
            [w for w in caption if w in self.shaping and w not in neck]
            for caption, neck in ((own, mine), (theirs, other))
        ]
        return other if mine != other and sleeves[0] == sleeves[1] else []


def all_placed(pictures: Array) -> dict[int, Placed]:
    """How the objects of pictures N,S,S,3 lie on plain ground, by row, where that can be told."""
    rows = among(len(pictures)).tolist()
    return {row: it for row in rows if (it := placed(outline(pictures[row])[0])) is not None}


def _partners(
    found: dict[int, Placed], captions: Captions, often: NDArray[np.float64], draw: np.random.Generator
) -> dict[int, NDArray[np.int64]]:
    """By row the others whose bodies are as wide below the chest and end as low, at most `PARTNERS` of each."""
    if len(found) < 2:
        return {}
    rows = np.array(list(found))
    down = (np.arange(GRID) + 0.5) / GRID * (DOWN - CHEST) + CHEST
    across = ((np.arange(GRID) + 0.5) / GRID - 0.5) * 2 * ASIDE
    bodies = np.stack([_on_grid(it, down, across) for it in found.values()]).reshape(len(rows), -1)
    lengths = np.array([(it.low - it.level) / it.width for it in found.values()])
    numbers: dict[tuple[int, ...], int] = {}  # of what captions say beside colours
    without = [tuple(captions.without_colours(captions.first(row))) for row in rows.tolist()]
    said = np.array([numbers.setdefault(words, len(numbers)) for words in without])
    sizes, partners = bodies.sum(1), {}
    for start in range(0, len(rows), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        both = bodies @ bodies[some].T
        union = sizes[:, None] + sizes[some] - both
        fits = (both >= ALIKE * union) & (np.abs(lengths[:, None] - lengths[some]) <= HEMS)
        fits &= said[:, None] != said[some]
        for row, fit in zip(rows[some].tolist(), fits.T, strict=True):
            those = rows[fit]
            chances = often[those]
            if len(those) and chances.sum() > 0:
                count = min(PARTNERS, int((chances > 0).sum()))
                partners[row] = draw.choice(those, count, replace=False, p=chances / chances.sum())
    return partners


def _on_grid(it: Placed, down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.float32]:
    """Of an outline what lies at places in widths of the body, from its shoulders and its middle."""
    width, padded = it.width, np.pad(it.shape, 1)
    rows = np.clip(np.floor(it.level + down * width) + 1, 0, len(padded) - 1).astype(int)
    columns = np.clip(np.floor(it.centre + across * width) + 1, 0, len(padded) - 1).astype(int)
    return padded[np.ix_(rows, columns)].astype(np.float32)
