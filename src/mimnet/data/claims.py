"""Which colours a caption gives to which part of the object: "a red head and white belly", "wings that are brown"."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mimnet.config.training import COLOURS

BETWEEN = 2  # words that may stand between a colour and the part after it: "yellow pointed bill"
AFTER = 4  # words after a part among which "is" and its colour are looked for
VERBS = frozenset({"is", "are", "that"})
BREAKS = frozenset({"with", "has", "a", "the", "it", "its", "on", "of", "in", "to"}) | VERBS
_COLOURS = frozenset(COLOURS)


class Claim(NamedTuple):
    """One part with its colours."""

    part: int
    colours: frozenset[str]
    first: int  # place of the first word of it, a colour or the part
    last: int  # of the last


def claims(words: Sequence[str], parts: Mapping[str, int]) -> list[Claim]:
    """What a caption says of parts, given the number of the part that each word names.

    A part has the colours right before it, or those that "is", "are" or "that" give it, or those of the part before it
    with which it stands in a row.

    >>> of = {"head": 0, "belly": 1, "chest": 1, "wings": 2}
    >>> [(c.part, sorted(c.colours)) for c in claims("a red head and chest with black and white wings".split(), of)]
    [(0, ['red']), (1, ['red']), (2, ['black', 'white'])]
    >>> claims("its wings are dark brown and its head is small".split(), of)
    [Claim(part=2, colours=frozenset({'brown'}), first=1, last=4)]
    """
    found: list[Claim] = []
    for place, word in enumerate(words):
        if word not in parts:
            continue
        claim = _before(words, place, parts, found) or _after(words, place, parts)
        if claim is not None:
            found.append(claim)
    return found


def unclaimed(words: Sequence[str], found: Sequence[Claim]) -> bool:
    """Whether a caption names a colour that none of its claims has.

    >>> words = "a red head and black eyes".split()
    >>> unclaimed(words, claims(words, {"head": 0})), unclaimed(words[:3], claims(words[:3], {"head": 0}))
    (True, False)
    """
    covered = {place for claim in found for place in range(claim.first, claim.last + 1)}
    return any(word in _COLOURS and place not in covered for place, word in enumerate(words))


def _before(words: Sequence[str], place: int, parts: Mapping[str, int], found: Sequence[Claim]) -> Claim | None:
    joined = False  # by "and", beyond which a colour is another thing's
    for at in range(place - 1, max(place - 2 - BETWEEN, -1), -1):
        word = words[at]
        joined |= word == "and"
        if word in _COLOURS and not joined:
            first, colours = at, set[str]()
            while first >= 0 and (words[first] in _COLOURS or _joins(words, first, -1)):
                colours |= {words[first]} & _COLOURS
                first -= 1
            return Claim(parts[words[place]], frozenset(colours), first + 1, place)
        if word in parts:
            last = found[-1] if found else None
            if last is not None and last.last == at and last.first < at and set(words[at + 1 : place]) <= {"and"}:
                return Claim(parts[words[place]], last.colours, last.first, place)
            return None
        if word in BREAKS:
            return None
    return None


def _after(words: Sequence[str], place: int, parts: Mapping[str, int]) -> Claim | None:
    said = False
    for at in range(place + 1, min(place + 2 + AFTER, len(words))):
        word = words[at]
        if word in VERBS:
            said = True
        elif word in _COLOURS and said:
            last, colours = at, set[str]()
            while last < len(words) and (words[last] in _COLOURS or _joins(words, last, 1)):
                colours |= {words[last]} & _COLOURS
                last += 1
            return Claim(parts[words[place]], frozenset(colours), place, last - 1)
        elif word in parts or word in {"with", "has", "and"}:
            return None
    return None


def _joins(words: Sequence[str], at: int, way: int) -> bool:
    """Whether "and" at a place stands between two colours."""
    return words[at] in {"and", "or"} and 0 <= at + way < len(words) and words[at + way] in _COLOURS
