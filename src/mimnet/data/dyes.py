"""Colours that captions name, as other objects show them (a departure, `pictures.dyes`).

A hue means the same on any object. No bird is purple, and "purple" of a garment is plum; but flowers are, and whoever
has seen those knows what to paint. The pictures of --absent tell: their objects, where captions name one colour alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mimnet.config.training import COLOURS
from mimnet.data.cache import cut_objects, resized_pictures
from mimnet.data.colours import NAMED, colours_within, typical_of_names
from mimnet.data.outline import Colours
from mimnet.data.rows import Rows
from mimnet.errors import MimnetError
from mimnet.text import tokenise

SIDE = 64  # of the pictures whose colours are taken
AGREE = 2  # captions of a picture that must name its colour, where it has as many


class Dye(NamedTuple):
    """A colour's name and what one object so called looks like."""

    name: str
    word: int  # its id
    colours: Colours


class Dyes:
    """Dyes to draw from: every name as often as any other, of a name the more often what tells it better."""

    def __init__(self, dyes: Sequence[Dye]) -> None:
        names = [dye.name for dye in dyes]
        typical = typical_of_names(np.stack([d.colours.mean for d in dyes]), [(d.word,) for d in dyes])
        self.dyes = {name: [dye for dye in dyes if dye.name == name] for name in sorted(set(names))}
        worth = {name: typical[[given == name for given in names]] for name in self.dyes}
        self._often = {name: some / some.sum() for name, some in worth.items()}

    def drawn(self, draw: np.random.Generator) -> Dye:
        """One of them."""
        name = list(self.dyes)[int(draw.integers(len(self.dyes)))]
        return self.dyes[name][int(draw.choice(len(self.dyes[name]), p=self._often[name]))]


def dyes_of(folders: Sequence[Rows], known: Mapping[str, int], *, quiet: bool) -> Dyes:
    """The dyes of pictures of which `AGREE` captions name one colour alone, a word that is `known`, and none another.

    Of names that at least `NAMED` pictures have. Raises `MimnetError` if there are none, or without OpenCV.
    """
    if not folders:
        raise MimnetError("pictures.dyes takes colours from the objects of --absent; name captioned folders there")
    found: list[Dye] = []
    for rows in folders:
        pictures = resized_pictures(rows, SIDE, quiet=quiet)
        objects = cut_objects(rows, SIDE, quiet=quiet)
        for i, row in enumerate(rows):
            name = named_alone(row.captions)
            if name in known:
                colours = colours_within(pictures[i], objects[i].astype(np.float32) / np.float32(255))
                if colours is not None:
                    found.append(Dye(name, known[name], colours))
    counts = Counter(dye.name for dye in found)
    often = [dye for dye in found if counts[dye.name] >= NAMED]
    if not often:
        raise MimnetError(
            f"pictures.dyes: no colour stands alone in the captions of {NAMED} pictures of --absent; leave it at 0"
        )
    return Dyes(often)


def named_alone(captions: Sequence[str]) -> str:
    """The colour that captions name, if they agree on one; else nothing.

    >>> named_alone(["a purple flower with a yellow centre", "purple petals", "it has purple petals"])
    'purple'
    >>> named_alone(["a purple flower", "a pink flower", "a pink one"])
    ''
    """
    each = [set(tokenise(caption)) & set(COLOURS) for caption in captions]
    alone = Counter(name for named in each if len(named) == 1 for name in named)
    return next(iter(alone)) if len(alone) == 1 and alone.total() >= min(AGREE, len(captions)) else ""
