"""A copy of a checked folder without what cannot be read and without copies."""

import json
import shutil
from collections import Counter
from pathlib import Path

from mimnet.data.check.report import Report
from mimnet.data.check.splits import read_splits

TRAIN = "train"


def write_clean(report: Report, out: Path) -> str:
    """Write what a check found fit into the empty folder `out`, split by split, and say so in a line.

    Of pictures that show the same one stays, of a split other than `train` where there is one: what tests was never
    trained on. Pictures that cannot be read go, and so do lines that name none. Names, captions, classes and boundary
    maps stay as they were; captions without a word are not read and not written.
    """
    gone = {report.looks.files[place] for place in report.looks.failure} | _copies(report)
    told = []
    for split in read_splits(report.root):
        (out / split.name).mkdir()
        lines, kept = [], Counter[Path]()
        for row in split.rows:
            if row.file.resolve() in gone:
                continue
            line: dict[str, object] = {"file_name": _put(row.file, split.folder, out), "text": list(row.captions)}
            if row.kind is not None:
                line["class"] = row.kind
            if row.edges is not None:
                line["edges"] = _put(row.edges, split.folder, out)
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
            kept[row.file.resolve()] += 1
        (out / split.name / "metadata.jsonl").write_text("".join(lines), encoding="utf-8")
        told.append(f"{split.name} {len(kept):,} pictures")
    return f"{', '.join(told)}; {len(gone):,} copies and unreadable ones left out"


def _copies(report: Report) -> set[Path]:
    """All but one of those that show the same."""
    copies: set[Path] = set()
    for group in report.groups.members:
        kept = next((place for place in group if report.places.split_of(place) != TRAIN), group[0])
        copies |= {report.looks.files[place] for place in group if place != kept}
    return copies


def _put(file: Path, folder: Path, out: Path) -> str:
    """Copy a file below a split's folder to the same place below `out`; its name there."""
    name = file.relative_to(folder)
    there = out / folder.name / name
    there.parent.mkdir(parents=True, exist_ok=True)
    if not there.exists():
        shutil.copyfile(file, there)
    return name.as_posix()
