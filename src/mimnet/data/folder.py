"""The plain folder of captioned pictures.

`ROOT/{train,test}/metadata.jsonl`, one object a line: `file_name`, `text` (a string or a list), optional `class`.
Or `image.jpg` beside `image.txt` with one caption a line. A picture's own boundary map is the file named by `edges`, or
`image.edges.png` beside it.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mimnet.data.contents import contents, digest
from mimnet.data.rows import Captioned, Rows, Table
from mimnet.data.shards import INDEX, read_shards
from mimnet.data.store import kept
from mimnet.edges import BESIDE, edges_beside
from mimnet.errors import MimnetError
from mimnet.images import READABLE

__all__ = ["Captioned", "Flaw", "nothing_in", "read_split", "rows_and_flaws", "split_folder"]

FORMAT = "1"  # of the arrays that a large metadata.jsonl is kept as
LARGE = 4_000_000  # bytes of a metadata.jsonl from which on its rows are kept on disk


@dataclass(frozen=True)
class Flaw:
    """A line or file of a split that gives no captioned picture, or less than it seems to."""

    kind: Literal["line", "encoding", "outside", "missing", "wordless", "blank", "edges"]
    said: str  # one line: where and what
    file: Path | None = None  # the picture that it speaks of, where it names one
    stops: bool = True  # False: the pictures are read without it


def read_split(root: Path, split: str) -> Rows:
    """Pictures of one split, in the order of their file names. Raises `MimnetError` for what cannot be used.

    The rows of a large metadata.jsonl are checked once and then kept; a picture that goes missing later is named by
    whoever opens it.
    """
    folder = split_folder(root, split)
    if (folder / INDEX).is_file():
        return read_shards(folder)
    metadata = folder / "metadata.jsonl"
    large = metadata.is_file() and metadata.stat().st_size >= LARGE
    rows = Rows(_kept(metadata) if large else Table.of(_rows(folder), folder))
    if not len(rows):
        raise MimnetError(nothing_in(folder))
    return rows


def _rows(folder: Path) -> Iterator[Captioned]:
    for found in rows_and_flaws(folder):
        if isinstance(found, Captioned):
            yield found
        elif found.stops:
            raise MimnetError(found.said)


def _kept(metadata: Path) -> Table:
    folder = metadata.parent
    beside = sorted(
        os.path.relpath(os.path.join(inside, name), folder)
        for inside, _, names in os.walk(folder, followlinks=True)
        for name in names
        if name.endswith(BESIDE)  # the only files that rows speak of though the metadata may not
    )
    key = digest([FORMAT, *contents([str(metadata)]).tolist(), "\0".join(beside)])
    held = kept(
        f"captions-{key}",
        lambda to: Table.of(_rows(folder), folder).save(to),
        size=2 * metadata.stat().st_size,
        what=f"the captions of {folder}",
    )
    return Table.load(held.folder, folder, key, keep=held)


def split_folder(root: Path, split: str) -> Path:
    """ROOT/SPLIT. Raises `MimnetError` if it is no folder."""
    folder = Path(root) / split
    if not folder.is_dir():
        raise MimnetError(f"{folder} is not a folder; captioned pictures lie in {Path(root)}/train and /test")
    return folder


def nothing_in(folder: Path) -> str:
    """What is said of a split without any captioned picture."""
    return f"{folder} has no captioned picture; write metadata.jsonl, or IMAGE.txt beside each IMAGE.jpg"


def rows_and_flaws(folder: Path) -> Iterator[Captioned | Flaw]:
    """All that a split's folder holds, good and bad, in the order in which it is met."""
    metadata = folder / "metadata.jsonl"
    yield from _from_metadata(metadata) if metadata.is_file() else _from_captions_beside(folder)


def _from_metadata(metadata: Path) -> Iterator[Captioned | Flaw]:
    before = 0  # bytes of the lines above
    for number, line in enumerate(_lines(metadata), 1):
        where, start = f"{metadata}, line {number}", before
        before += len(line) + 1
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            yield Flaw("encoding", f"{metadata} is not UTF-8 text ({_at(error, start)}, line {number})")
            continue
        if text.strip():
            yield from _from_line(metadata.parent, text, where)


def _from_line(folder: Path, line: str, where: str) -> Iterator[Captioned | Flaw]:
    try:
        row: Any = json.loads(line)
        name, text = row["file_name"], row["text"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        yield Flaw("line", f"{where} is not an object with file_name and text ({error})")
        return
    if not isinstance(name, str) or "\0" in name:
        yield Flaw("line", f"{where}: file_name must be a path as a string, not {name!r}")
        return
    captions = (text,) if isinstance(text, str) else text
    if not isinstance(captions, list | tuple) or not all(isinstance(c, str) for c in captions):
        yield Flaw("line", f"{where}: text must be a string or a list of strings", folder / name)
        return
    file, kept = folder / name, _with_a_word(captions)
    if not kept:
        yield Flaw("wordless", f"{where}: {name} has no caption with a word in it", file)
        return
    try:
        inside, there = file.resolve().is_relative_to(folder.resolve()), file.is_file()
    except (OSError, ValueError) as error:  # a name too long, or one that no disk can hold
        yield Flaw("missing", f"{where}: no file of the name {name[:80]!r} ({error})")
        return
    if not inside:
        yield Flaw("outside", f"{where}: {name} lies outside the folder")
    elif not there:
        yield Flaw("missing", f"{where}: no file {file}", file)
    elif isinstance(edges := _edges(row.get("edges"), file, folder, where), Flaw):
        yield edges
    else:
        if len(kept) < len(captions):
            lost = len(captions) - len(kept)
            yield Flaw("blank", f"{where}: {lost} of {len(captions)} captions have no word", file, stops=False)
        yield Captioned(file, kept, str(row["class"]) if row.get("class") is not None else None, edges)


def _from_captions_beside(folder: Path) -> Iterator[Captioned | Flaw]:
    for file in folder.rglob("*"):
        beside = file.with_suffix(".txt")
        if file.suffix.lower() in READABLE and beside.is_file():
            try:
                captions = _with_a_word([c.strip() for c in beside.read_text(encoding="utf-8-sig").splitlines()])
            except UnicodeDecodeError as error:
                yield Flaw("encoding", f"{beside} is not UTF-8 text ({_at(error, 0)})", file)
                continue
            if captions:
                yield Captioned(file, captions, None, edges_beside(file))
            else:
                yield Flaw("wordless", f"{beside} has no caption with a word in it", file, stops=False)


def _edges(named: Any, picture: Path, folder: Path, where: str) -> Path | Flaw | None:
    """The boundary map that a row names, or that lies beside its picture."""
    if named is None:
        return edges_beside(picture)
    if not isinstance(named, str) or "\0" in named:
        return Flaw("edges", f"{where}: edges must be a path as a string, not {named!r}", picture)
    file = folder / named
    try:
        there = file.resolve().is_relative_to(folder.resolve()) and file.is_file()
    except (OSError, ValueError):  # a name that no disk can hold
        there = False
    return file if there else Flaw("edges", f"{where}: no boundary map {file} in the folder", picture)


def _with_a_word(captions: Sequence[str]) -> tuple[str, ...]:
    return tuple(caption for caption in captions if any(c.isalnum() for c in caption))


def _lines(file: Path) -> Iterator[bytes]:
    """Lines as every system ends them; a character that Unicode calls a line's end stays inside its line."""
    with file.open("rb") as opened:
        for line in opened:
            yield from line.removesuffix(b"\n").removesuffix(b"\r").split(b"\r")


def _at(error: UnicodeDecodeError, before: int) -> str:
    return f"{error.reason} at byte {before + error.start}"
