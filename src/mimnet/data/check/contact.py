"""The contact sheet of a check: what every split looks like, pictures that show the same, and odd ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mimnet.data.check.finding import Finding, name_of, printable
from mimnet.data.check.report import Report
from mimnet.images import open_picture, to_rgb
from mimnet.sheet import Row, contact_sheet

ACROSS = 6  # pictures in a row
GROUPS = 24  # groups of pictures that show the same, leaks first
ODD = ("one-colour", "tiny", "long", "grey", "turned", "animated", "cmyk", "clear")
NAMED = 12  # unreadable pictures that are named


def findings_sheet(report: Report, *, side: int = 128) -> Image.Image:
    """One picture with all that a person should see, `side` pixels a picture."""
    rows = [*_samples(report), *_same(report), *(row for finding in report.findings for row in _odd(report, finding))]
    return contact_sheet(rows, side=side)


def _samples(report: Report) -> Iterator[Row]:
    """Some of every split, evenly through its files."""
    bounds = [*report.places.first, len(report.looks.files)]
    for k, split in enumerate(report.places.splits):
        readable = [place for place in range(bounds[k], bounds[k + 1]) if report.looks.readable[place]]
        chosen = np.unique(np.linspace(0, len(readable) - 1, min(ACROSS, len(readable))).astype(int))
        pictures = [_shown(report.looks.files[readable[i]]) for i in chosen]
        yield Row(pictures, f"{split}: evenly through {bounds[k + 1] - bounds[k]:,} pictures")


def _same(report: Report) -> Iterator[Row]:
    """Groups of pictures that show the same, those across splits first."""
    how = {place: link.how for link in report.groups.links for place in (link.one, link.other)}

    def across(group: Sequence[int]) -> bool:
        return len({report.places.split_of(place) for place in group}) > 1

    def told(group: Sequence[int]) -> str:
        kinds = ", ".join(sorted({how[place] for place in group}))
        names = " = ".join(name_of(report.looks.files[place], report.root) for place in group[:ACROSS])
        more = f" = {len(group) - ACROSS} more" if len(group) > ACROSS else ""
        return f"{'LEAK' if across(group) else 'the same'} ({kinds}): {names}{more}"

    groups = sorted(report.groups.members, key=lambda group: not across(group))
    for row in _filled([group[:ACROSS] for group in groups[:GROUPS]]):
        pictures = [_shown(report.looks.files[place]) for k in row for place in groups[k][:ACROSS]]
        yield Row(pictures, "\n".join(told(groups[k]) for k in row))
    if len(groups) > GROUPS:
        yield Row([], f"and {len(groups) - GROUPS:,} more groups of pictures that show the same")


def _filled(groups: Sequence[Sequence[int]]) -> list[list[int]]:
    """Numbers of the groups, row by row, as many in a row as have room.

    >>> _filled([(0, 1), (2, 3), (4, 5, 6), (7, 8)])
    [[0, 1], [2, 3]]
    """
    rows: list[list[int]] = []
    room = 0
    for k, group in enumerate(groups):
        if len(group) > room:
            rows.append([])
            room = ACROSS
        rows[-1].append(k)
        room -= len(group)
    return rows


def _odd(report: Report, finding: Finding) -> Iterator[Row]:
    told = f"{finding.split}: {finding.count:,} {finding.said}"
    if finding.code == "unreadable":
        lines = [told, *(name_of(file, report.root) for file in finding.files[:NAMED])]
        yield Row([], "\n".join(lines))
    elif finding.code in ODD:
        chosen = finding.files[:ACROSS]
        names = ", ".join(name_of(file, report.root / finding.split) for file in chosen)
        pictures = [_shown(file) for file in chosen]
        yield Row(pictures, printable(f"{told}: {names}"))


def _shown(file: Path) -> Image.Image:
    return to_rgb(open_picture(file))
