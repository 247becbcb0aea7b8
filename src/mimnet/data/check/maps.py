"""Boundary maps that lie beside the pictures: unreadable ones, ones of another shape, black ones on white."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mimnet.data.check.finding import Finding, Level, Needs
from mimnet.data.check.pictures import SIDE
from mimnet.data.check.splits import Split
from mimnet.edges import map_of
from mimnet.errors import MimnetError
from mimnet.images import open_picture


def findings(split: Split, needs: Needs) -> Iterator[Finding]:
    """Errors where the training needs the maps, otherwise remarks."""
    level: Level = "error" if needs.maps else "remark"
    given = [(row.file, row.edges) for row in split.rows if row.edges is not None]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(_trouble, given))
    bad = [(file, why) for (file, _), why in zip(given, said, strict=True) if why]
    if bad:
        yield Finding(
            "boundary-maps",
            level,
            split.name,
            len(bad),
            len(given),
            "boundary maps cannot be used",
            "draw them anew, white on black and of the picture's shape",
            tuple(file for file, _ in bad),
            tuple(why for _, why in bad),
        )
    without = tuple(row.file for row in split.rows if row.edges is None)
    if without and needs.maps:
        yield Finding(
            "no-boundary-maps",
            "error",
            split.name,
            len(without),
            len(split.rows),
            "pictures have no boundary map, which model.boundary = files needs",
            "put NAME.edges.png beside each, or take another model.boundary",
            without,
        )


def _trouble(given: tuple[Path, Path]) -> str:
    """Why a picture's map cannot be used; nothing where it can, or where the picture itself cannot be read."""
    picture, edges = given
    try:
        size = open_picture(picture).size
    except MimnetError:
        return ""  # told among the pictures
    try:
        map_of(open_picture(edges), size, SIDE, what=edges.name)
    except MimnetError as error:
        return str(error)
    return ""
