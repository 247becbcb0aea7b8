"""Which necks can come onto which objects (a departure, `pictures.necked`)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mimnet.data.batches import Captions
from mimnet.data.necklines import meet, neck_on_grid, shoulders, with_neck_of
from mimnet.data.necks import neck_phrase
from mimnet.data.ondisk import Array
from mimnet.data.pairs import among
from mimnet.data.yokes import Placed
from mimnet.errors import MimnetError

NAMED = 0.02  # share of all captions' necks that one must have for some to be typical of it
SHOULDERS = 0.5  # share of the objects so called that must have shoulders beside it: straps are no neck
TYPICAL = 3  # necks of each name that others get
OTHERS = 400  # of a name to which each is compared, evenly through the folder
TRIES = 8  # objects and necks, before there is none


class Necked(NamedTuple):
    """A row with another neck."""

    row: int
    after: NDArray[np.uint8]  # S,S,3
    asked: list[int]  # its caption, with that neck in it
    neck: list[int]  # the words of it that tell of the neck


class Necks:
    """Pictures N,S,S,3 on plain ground, each with necks of others between whose shoulders it could be.

    "A v neck" may be as deep as anyone likes, and the mean over all of them is none: so every name that captions have
    gets `TYPICAL` looks, those that are the least unlike all others of that name. `found` tells how objects lie, by
    row. Raises `MimnetError` if no object can get another neck.
    """

    def __init__(self, pictures: Array, captions: Captions, found: dict[int, Placed]) -> None:
        self.pictures, self.captions, self.found = pictures, captions, found
        lie = {row: there for row, it in found.items() if (there := shoulders(it)) is not None}
        told = {row: neck_phrase(captions.spelled(captions.first(row))) for row in among(len(pictures)).tolist()}
        self._places = {row: places for row, places in told.items() if places is not None}
        by_name: dict[tuple[int, ...], list[int]] = {}
        for row in self._places:
            by_name.setdefault(self._name(row), []).append(row)
        self.typical: dict[tuple[int, ...], NDArray[np.int64]] = {}
        least = max(TYPICAL, NAMED * len(self._places))
        for name, rows in by_name.items():
            with_shoulders = [row for row in rows if row in lie]
            if len(with_shoulders) >= SHOULDERS * len(rows) and len(with_shoulders) >= least:
                necks = np.stack([neck_on_grid(pictures[row], found[row]) for row in with_shoulders])
                self.typical[name] = _least_unlike(necks, with_shoulders)
        self.donors = {
            row: {name: those for name, rows in self._others(row) if (those := [x for x in rows if meet(it, lie[x])])}
            for row, it in lie.items()
            if row in self._places
        }
        self._rows = np.array([row for row, donors in self.donors.items() if donors])
        if not len(self._rows):
            raise MimnetError(
                "pictures.necked: captions must name two kinds of necks, as 'v neck' and 'polo collar' do, of objects "
                "on plain ground whose shoulders lie alike; leave it at 0"
            )
        worth = captions.worth(self._rows)
        self._often = worth / worth.sum()

    def drawn(self, draw: np.random.Generator) -> Necked | None:
        """An object with another neck, each name as often; None where those that were tried do not go."""
        for row in draw.choice(self._rows, TRIES, p=self._often).tolist():
            donors, own, (first, last) = self.donors[row], self.captions.first(row), self._places[row]
            name = list(donors)[int(draw.integers(len(donors)))]
            other = int(draw.choice(donors[name]))
            after = with_neck_of(self.pictures[row], self.pictures[other], self.found[row], self.found[other])
            if after is not None:
                return Necked(row, after, [*own[:first], *name, *own[last + 1 :]], list(name))
        return None

    def _name(self, row: int) -> tuple[int, ...]:
        first, last = self._places[row]
        return tuple(self.captions.first(row)[first : last + 1])

    def _others(self, row: int) -> list[tuple[tuple[int, ...], list[int]]]:
        """The typical necks of other names than its own."""
        return [(name, rows.tolist()) for name, rows in self.typical.items() if name != self._name(row)]


def neck_of(captions: Captions, caption: list[int]) -> list[int]:
    """The words of a caption that tell of the neck."""
    told = neck_phrase(captions.spelled(caption))
    return [] if told is None else caption[told[0] : told[1] + 1]


def _least_unlike(necks: NDArray[np.float32], rows: list[int]) -> NDArray[np.int64]:
    """Those of necks n,GRID,GRID whose median distance to the others is smallest, as rows."""
    flat = necks.reshape(len(necks), -1)
    others = flat[np.unique(np.linspace(0, len(flat) - 1, min(OTHERS, len(flat))).astype(int))]
    apart = np.array([np.median(np.abs(others - one).mean(1)) for one in flat])
    typical: NDArray[np.int64] = np.array(rows)[np.argsort(apart, kind="stable")[:TYPICAL]]
    return typical
