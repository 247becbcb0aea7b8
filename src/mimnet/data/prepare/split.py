"""Splits by class: Reed's lists of classes, or AttnGAN's lists of pictures, from the archives of captions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath

from mimnet.data.prepare.archives import Holder, Place, Source
from mimnet.data.prepare.captions import Match, read_filenames
from mimnet.errors import MimnetError

CLASS_LISTS = ("trainvalclasses.txt", "trainclasses.txt", "valclasses.txt", "testclasses.txt")


@dataclass(frozen=True)
class Split:
    """Which half a picture (by its key and its class's number) belongs to: "train", "test" or None."""

    half: Callable[[str, int | None], str | None]
    where: str


def find_split(source: Source, match: Match, first: Holder, *, data: str, fetch: str) -> Split:
    """The split of the archive that held the captions (`first`), or of any other.

    Raises `MimnetError`, which says what to `fetch`, if there is no list.
    """
    for reader in (_by_class, _by_picture):
        for holder in chain([first], source.holders()):
            split = reader(holder, match)
            if split is not None:
                return split
    raise MimnetError(
        f"no list of {data}'s training and test classes in {source.label}: put trainvalclasses.txt and testclasses.txt "
        f"(or AttnGAN's train/filenames.pickle and test/filenames.pickle) there; {fetch}"
    )


def class_number(name: str) -> int | None:
    """
    >>> class_number("001.Black_footed_Albatross"), class_number("class_00077"), class_number("text")
    (1, 77, None)
    """
    found = re.search(r"\d+", name)
    return int(found.group()) if found else None


def _by_class(holder: Holder, match: Match) -> Split | None:
    lists: dict[str, dict[str, Place]] = {}
    for place in holder.places():
        if place.path.name in CLASS_LISTS:
            lists.setdefault(str(place.path.parent), {})[place.path.name] = place
    for folder, found in lists.items():
        if "testclasses.txt" not in found or not {"trainvalclasses.txt", "trainclasses.txt"} & found.keys():
            continue
        texts = {
            place.path.name: data.decode("utf-8", errors="replace") for place, data in holder.read([*found.values()])
        }
        numbers = {name: {n for line in text.split() if (n := class_number(line))} for name, text in texts.items()}
        # training takes in the classes of validation, as Reed's and TAGAN's does
        parts = ["trainvalclasses.txt"] if "trainvalclasses.txt" in numbers else ["trainclasses.txt", "valclasses.txt"]
        train = set().union(*(numbers.get(part, set()) for part in parts))
        test = numbers["testclasses.txt"]
        both = sorted(train & test)
        if both:
            raise MimnetError(f"{holder.label}/{folder}: class {both[0]} is a training and a test class")
        if train and test:
            halves = dict.fromkeys(train, "train") | dict.fromkeys(test, "test")
            where = f"{holder.label}: {len(train)} training classes ({', '.join(parts)}), {len(test)} test classes"
            return Split(lambda key, number, halves=halves: halves.get(number), where)  # type: ignore[misc]
    return None


def _by_picture(holder: Holder, match: Match) -> Split | None:
    by_name = {place.name: place for place in holder.places()}
    for name, place in by_name.items():
        if not name.endswith("train/filenames.pickle"):
            continue
        other = by_name.get(name.removesuffix("train/filenames.pickle") + "test/filenames.pickle")
        if other is None:
            continue
        halves: dict[str | None, str] = {}
        for found, data in holder.read([place, other]):
            for listed in read_filenames(data, str(found)):
                path = PurePosixPath(listed)
                key = match(path.parent.name, path.name)
                half = "train" if found is place else "test"
                if key is not None and halves.setdefault(key, half) != half:
                    raise MimnetError(f"{holder.label}: {listed} is in the lists of train and of test")
        if halves:
            where = f"{holder.label}: train/filenames.pickle and test/filenames.pickle"
            return Split(lambda key, number, halves=halves: halves.get(key), where)  # type: ignore[misc]
    return None
