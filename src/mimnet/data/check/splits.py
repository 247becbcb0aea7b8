"""The splits of a folder as they are checked: usable rows, flaws of lines and files, pictures that nobody names."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mimnet.data.check.finding import Finding
from mimnet.data.folder import Captioned, Flaw, nothing_in, rows_and_flaws, split_folder
from mimnet.edges import BESIDE
from mimnet.errors import MimnetError
from mimnet.images import READABLE

FLAWS = {
    "line": ("lines of metadata.jsonl are no object with file_name and text", "write each as one JSON object"),
    "encoding": ("lines or caption files are not UTF-8 text", "save them as UTF-8"),
    "outside": ("lines name a picture outside the folder", "put the pictures below the folder"),
    "missing": ("lines name a picture that is not there", "add the pictures, or delete the lines"),
    "wordless": ("pictures have no caption with a word in it", "write captions, or take the pictures out"),
    "edges": ("lines name a boundary map that is not there", "add the maps, or take the names out"),
    "blank": ("pictures have captions without a word beside good ones", "nothing need be done: they are not read"),
}


@dataclass(frozen=True)
class Split:
    """One folder of captioned pictures."""

    name: str
    folder: Path
    rows: tuple[Captioned, ...]  # as `read_split` sorts them
    flaws: tuple[Flaw, ...]
    unlisted: tuple[Path, ...]  # pictures without a caption


def read_splits(root: Path) -> list[Split]:
    """`train`, `test` and every other folder with metadata.jsonl. Raises `MimnetError` if this is no such folder."""
    if (root / "metadata.jsonl").is_file() and not (root / "train").is_dir():
        raise MimnetError(f"{root} is a split itself; name the folder above it, in which train and test lie")
    split_folder(root, "train")
    names = ["train", "test"] + sorted(file.parent.name for file in root.glob("*/metadata.jsonl"))
    splits = [_read(root, name) for name in dict.fromkeys(names) if (root / name).is_dir()]
    if not splits[0].rows and not splits[0].flaws:
        raise MimnetError(nothing_in(root / "train"))
    return splits


def _read(root: Path, name: str) -> Split:
    folder = root / name
    found = list(rows_and_flaws(folder))
    rows = sorted((row for row in found if isinstance(row, Captioned)), key=lambda row: str(row.file))
    flaws = [flaw for flaw in found if isinstance(flaw, Flaw)]
    known = {row.file.resolve() for row in rows} | {flaw.file.resolve() for flaw in flaws if flaw.file is not None}
    known |= {row.edges.resolve() for row in rows if row.edges is not None}
    unlisted = [file for file in _pictures(folder) if file.resolve() not in known]
    return Split(name, folder, tuple(rows), tuple(flaws), tuple(sorted(unlisted)))


def _pictures(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.suffix.lower() in READABLE and file.is_file() and file.name[0] != "." and not file.match(f"*{BESIDE}"):
            yield file


def findings(split: Split) -> Iterator[Finding]:
    """Lines without a picture, pictures without a line, and pictures named twice."""
    total = len(split.rows) + sum(flaw.stops for flaw in split.flaws)
    for kind, (said, mend) in FLAWS.items():
        for stops in (True, False):
            flaws = [flaw for flaw in split.flaws if flaw.kind == kind and flaw.stops == stops]
            if flaws:
                files = tuple(flaw.file for flaw in flaws if flaw.file is not None)
                yield Finding(
                    f"{kind}-text" if kind in ("wordless", "blank") else f"{kind}-line",
                    "error" if stops else "remark",
                    split.name,
                    len(flaws),
                    total,
                    said,
                    mend,
                    files if kind in ("wordless", "blank") else (),
                    tuple(flaw.said for flaw in flaws),
                )
    if split.unlisted:
        yield Finding(
            "uncaptioned",
            "remark",
            split.name,
            len(split.unlisted),
            len(split.unlisted) + total,
            "pictures have no caption and are not used",
            "give each a line or a text file, or take it out",
            split.unlisted,
        )
    times = Counter(row.file.resolve() for row in split.rows)
    twice = tuple(dict.fromkeys(row.file for row in split.rows if times[row.file.resolve()] > 1))
    if twice:
        yield Finding(
            "listed-twice",
            "remark",
            split.name,
            len(twice),
            len(times),
            "pictures have more than one line; training shows them so much more often",
            "put the captions of a picture into one list",
            twice,
        )
    if not split.rows:
        said = "no captioned picture can be used"
        yield Finding("nothing", "error", split.name, 0, total, said, "mend the lines named here", ())
