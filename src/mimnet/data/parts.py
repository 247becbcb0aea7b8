"""Words of the object's parts, and what captions say of their colours (a departure, `pictures.parts`)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimnet.data.claims import Claim, claims, unclaimed
from mimnet.data.objects import bare_object_of
from mimnet.data.ondisk import Array

SIDE = 64  # of the pictures in which parts are found
COMMON = 20  # times that a colour must be given to parts, all captions together, or it tells nothing


@dataclass(frozen=True)
class Sentence:
    """One caption of a picture that gives parts a colour."""

    row: int
    words: list[str]
    claims: list[Claim]
    all_told: bool  # no other colour is named


@dataclass(frozen=True)
class Said:
    """What all captions say of parts."""

    groups: tuple[str, ...]  # the words of each part
    sentences: list[Sentence]
    counts: NDArray[np.float32]  # N,parts,names: how often a picture's captions give a part a colour; shared by several


def words_of(groups: Sequence[str], whole: str) -> dict[str, int]:
    """The number of the part that each word names; the whole object has the number after the last.

    >>> words_of(["head crown", "belly"], "bird body")
    {'head': 0, 'crown': 0, 'belly': 1, 'bird': 2, 'body': 2}
    """
    return {word: number for number, group in enumerate([*groups, whole]) for word in group.split()}


def said_of(captions: Sequence[Sequence[Sequence[str]]], groups: Sequence[str], whole: str) -> Said:
    """What the captions of every picture say, N times any number of lists of words."""
    parts = words_of(groups, whole)
    sentences = [
        Sentence(row, list(words), found, not unclaimed(words, found))
        for row, of_row in enumerate(captions)
        for words in of_row
        if (found := claims(words, parts))
    ]
    names = Counter(name for s in sentences for claim in s.claims for name in claim.colours)
    common = {name: i for i, name in enumerate(sorted(n for n, count in names.items() if count >= COMMON))}
    counts = np.zeros((len(captions), len(groups), len(common)), np.float32)
    for sentence in sentences:
        for claim in sentence.claims:
            for name in claim.colours:
                if claim.part < len(groups) and name in common:
                    counts[sentence.row, claim.part, common[name]] += 1 / len(claim.colours)
    return Said(tuple(groups), sentences, counts)


def objects_for_parts(pictures: Array) -> NDArray[np.uint8]:
    """The objects of pictures N,S,S,3, N,S,S: 255 on them; all 0 where none is found. Needs OpenCV."""
    return np.stack([bare_object_of(pictures[row]) for row in range(len(pictures))])
