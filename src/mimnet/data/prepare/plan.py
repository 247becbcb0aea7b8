"""What will be written: the pictures and captions of both halves, and how they differ from what was published."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mimnet.data.prepare.archives import Place

SPLITS = ("train", "test")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be written: where it lies, its name below OUT/train or OUT/test, what is said of it."""

    place: Place
    name: str
    captions: tuple[str, ...]
    kind: str | int | None = None  # class
    box: tuple[float, float, float, float] | None = None  # left, top, width, height of the object in pixels


@dataclass(frozen=True)
class Published:
    """What the literature says of a data set."""

    train: int  # pictures
    test: int
    train_classes: int | None = None
    test_classes: int | None = None
    captions: int | None = None  # of each picture


@dataclass(frozen=True)
class Plan:
    """A data set as it was found."""

    data: str
    published: Published
    train: list[Picture]
    test: list[Picture]
    used: list[str]  # which files, one line each
    deviations: list[str] = field(default_factory=list)  # what is not as published, one line each

    def halves(self) -> tuple[tuple[str, list[Picture]], ...]:
        """The two splits by name."""
        return ("train", self.train), ("test", self.test)


def compared(published: Published, halves: Mapping[str, Sequence[Picture]]) -> list[str]:
    """Each count that is not the published one, a line each."""
    told = []
    for split in SPLITS:
        pictures = halves[split]
        found, wanted = len(pictures), getattr(published, split)
        if found != wanted:
            told.append(f"{split} has {found:,} pictures; published are {wanted:,}")
        classes = getattr(published, f"{split}_classes")
        seen = len({picture.kind for picture in pictures})
        if classes is not None and seen != classes:
            told.append(f"{split} has {seen:,} classes; published are {classes:,}")
    if published.captions is not None:
        odd = [p for split in SPLITS for p in halves[split] if len(p.captions) != published.captions]
        if odd:
            first = odd[0]
            told.append(
                f"pictures without exactly {published.captions} captions: {len(odd):,}, "
                f"such as {first.name} with {len(first.captions)}"
            )
    if published.train_classes is not None:
        both = {p.kind for p in halves["train"]} & {p.kind for p in halves["test"]}
        if both:
            told += missing("classes in train and in test", map(str, both))
    return told


def missing(what: str, names: Iterable[str]) -> list[str]:
    """One line that counts names and shows the first, or none.

    >>> missing("without captions", ["b", "a"])
    ['without captions: 2, such as a']
    """
    listed = sorted(names)
    return [f"{what}: {len(listed):,}, such as {listed[0]}"] if listed else []


def random_halves(names: Iterable[str], share: float, seed: int) -> tuple[set[str], set[str]]:
    """A seeded split that depends on the names alone, not on their order or any library: a hash orders them.

    The first half gets `share` of the names, rounded.

    >>> train, test = random_halves(map(str, range(10)), 0.8, seed=0)
    >>> len(train), len(test)
    (8, 2)
    """
    ordered = sorted(set(names), key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    count = round(share * len(ordered))
    return set(ordered[:count]), set(ordered[count:])
