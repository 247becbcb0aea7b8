"""Which necks can come onto which objects, by what captions call them (a departure, `pictures.necked`)."""

from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mimnet.data.batches import Captions
from mimnet.data.necks import Shoulders, meet, neck_phrase, shoulders, with_neck_of
from mimnet.data.ondisk import Array
from mimnet.data.pairs import among
from mimnet.errors import MimnetError
from mimnet.ground import outline
from mimnet.text import Vocabulary

OFTEN = 8  # pictures that must have a neck by the same words for it to be asked for
TRIES = 4  # necks that are sewn onto one object before another is taken
OBJECTS = 3  # of them, before there is none


class Named(NamedTuple):
    """A picture whose first caption tells of the neck."""

    caption: list[int]  # ids of its words
    first: int  # place of the first word of them that tells of the neck
    last: int  # of the last
    shoulders: Shoulders

    @property
    def words(self) -> tuple[int, ...]:
        return tuple(self.caption[self.first : self.last + 1])


class Necked(NamedTuple):
    """A row with another one's neck."""

    row: int
    after: NDArray[np.uint8]  # S,S,3
    asked: list[int]  # its caption with the words for that neck
    words: list[int]  # these


class Necks:
    """Pictures N,S,S,3 on plain ground by the words for their necks.

    Necks are drawn by the square root of how many pictures have them: most garments of a shop have round ones. Raises
    `MimnetError` if captions do not tell two of them apart.
    """

    def __init__(self, pictures: Array, captions: Captions, vocabulary: Vocabulary) -> None:
        self.pictures = pictures
        self.named: dict[int, Named] = {}
        of: dict[tuple[int, ...], list[int]] = {}
        for row in among(len(pictures)).tolist():
            caption = captions.first(row)
            told = neck_phrase([vocabulary.words[word] for word in caption])
            where = None if told is None else shoulders(outline(pictures[row])[0])
            if told is not None and where is not None:
                self.named[row] = Named(caption, *told, where)
                of.setdefault(self.named[row].words, []).append(row)
        self.of = {words: np.array(found) for words, found in sorted(of.items()) if len(found) >= OFTEN}
        if len(self.of) < 2:
            raise MimnetError(
                f"pictures.necked: fewer than two necks are told by the same words in {OFTEN} captions or more "
                "('a round neck', 'a polo collar') of objects on plain ground; leave it at 0"
            )
        shares = np.sqrt([len(found) for found in self.of.values()])
        self._rows, self._often = np.array(list(self.named)), shares / shares.sum()

    def drawn(self, draw: np.random.Generator) -> Necked | None:
        """An object with another one's neck; None where none was found that goes."""
        words = list(self.of)[draw.choice(len(self.of), p=self._often)]
        for row in draw.choice(self._rows, OBJECTS).tolist():
            mine = self.named[row]
            if mine.words == words:
                continue
            others = (other for other in draw.permutation(self.of[words]).tolist() if self._meet(row, other))
            for other in islice(others, TRIES):
                after = with_neck_of(self.pictures[row], self.pictures[other])
                if after is not None:
                    asked = [*mine.caption[: mine.first], *words, *mine.caption[mine.last + 1 :]]
                    return Necked(row, after, asked, list(words))
        return None

    def _meet(self, row: int, other: int) -> bool:
        return meet(self.named[row].shoulders, self.named[other].shoulders)
