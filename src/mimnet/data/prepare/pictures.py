"""Finding the pictures of a data set by their names, in whichever folder or archive holds the most of them."""

import re
from collections import defaultdict

from mimnet.data.prepare.archives import Holder, Place, Source
from mimnet.errors import MimnetError

# How the pictures of each data set are called, from the folder that is theirs on.
NAMES = {
    "cub": re.compile(r"(?P<key>\d{3}\.[^/]+/[^/]+_\d+)\.jpg$"),
    "oxford102": re.compile(r"(?:^|/)(?P<key>image_\d{5})\.jpg$"),
    "celeba": re.compile(r"(?:^|/)(?P<key>\d{6})\.(?:jpg|png)$"),
    "deepfashion": re.compile(r"(?:^|/)(?P<key>img_\d{8}|language_original|G2)\.(?:jpg|mat|h5|zip)$"),
}


def find_pictures(source: Source, data: str, wanted: int, *, expected: str) -> tuple[dict[str, Place], str]:
    """Pictures by key, and where they lie; the first place with `wanted` of them, else the fullest.

    A place whose name has "align" in it goes before others. Raises `MimnetError` that says what was found, what was
    `expected` and which data set it looks like.
    """
    best: dict[str, Place] = {}
    where = ""
    for holder in source.holders():
        groups: dict[str, dict[str, Place]] = defaultdict(dict)
        for place in holder.places():
            found = NAMES[data].search(place.name)
            if found:
                groups[place.name[: found.start("key")]].setdefault(found["key"], place)
        for root, places in sorted(groups.items(), key=lambda g: ("align" not in g[0], -len(g[1]))):
            if len(places) > len(best):
                best, where = places, f"{holder.label}: {root or './'}"
            if len(best) >= wanted:
                return best, where
    if best:
        return best, where
    raise MimnetError(
        f"{source.label} holds no pictures of {data}: found {source.known()}; expected {expected}{looks_like(source)}"
    )


def looks_like(source: Source) -> str:
    """The data set that the source looks like, as the end of a message; empty if like none."""
    for holder in source.holders():
        for data, names in NAMES.items():
            if any(names.search(place.name) for place in holder.places()):
                return f"; it looks like {data}: mimnet data prepare {data}"
    return ""


def files_in(holder: Holder, pattern: str) -> list[Place]:
    """The files of a folder or an archive whose name (without folders) fits the pattern, whole, in any case."""
    fits = re.compile(pattern, re.IGNORECASE)
    return [place for place in holder.places() if fits.fullmatch(place.path.name)]


def find_file(source: Source, pattern: str) -> Place | None:
    """The first such file of all folders and archives."""
    return next((place for holder in source.holders() for place in files_in(holder, pattern)), None)


def content(place: Place) -> bytes:
    """What is in a file."""
    return next(data for _, data in place.holder.read([place]))
