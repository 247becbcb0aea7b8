"""The plain folder of captioned pictures.

`ROOT/{train,test}/metadata.jsonl`, one object a line: `file_name`, `text` (a string or a list), optional `class`.
Or `image.jpg` beside `image.txt` with one caption a line. A picture's own boundary map is the file named by `edges`, or
`image.edges.png` beside it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimnet.edges import edges_beside
from mimnet.errors import MimnetError
from mimnet.images import READABLE


@dataclass(frozen=True)
class Captioned:
    """A picture and its captions; `kind` is the class label, or None."""

    file: Path
    captions: tuple[str, ...]
    kind: str | None
    edges: Path | None = None  # the picture's own boundary map


def read_split(root: Path, split: str) -> list[Captioned]:
    """Pictures of one split, in the order of their file names. Raises `MimnetError` for what cannot be used."""
    folder = Path(root) / split
    if not folder.is_dir():
        raise MimnetError(f"{folder} is not a folder; captioned pictures lie in {Path(root)}/train and /test")
    metadata = folder / "metadata.jsonl"
    rows = _from_metadata(metadata) if metadata.is_file() else _from_captions_beside(folder)
    if not rows:
        raise MimnetError(
            f"{folder} has no captioned picture; write metadata.jsonl, or IMAGE.txt beside each IMAGE.jpg"
        )
    return sorted(rows, key=lambda row: str(row.file))


def _from_metadata(metadata: Path) -> list[Captioned]:
    rows = []
    for number, line in enumerate(_text(metadata).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{metadata}, line {number}"
        try:
            row: Any = json.loads(line)
            name, text = row["file_name"], row["text"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise MimnetError(f"{where} is not an object with file_name and text ({error})") from error
        if not isinstance(name, str) or "\0" in name:
            raise MimnetError(f"{where}: file_name must be a path as a string, not {name!r}")
        captions = (text,) if isinstance(text, str) else text
        if not isinstance(captions, list | tuple) or not all(isinstance(c, str) for c in captions):
            raise MimnetError(f"{where}: text must be a string or a list of strings")
        kept = _with_a_word(captions)
        if not kept:
            raise MimnetError(f"{where}: {name} has no caption with a word in it")
        file = metadata.parent / name
        if not file.resolve().is_relative_to(metadata.parent.resolve()):
            raise MimnetError(f"{where}: {name} lies outside the folder")
        if not file.is_file():
            raise MimnetError(f"{where}: no file {file}")
        kind = str(row["class"]) if row.get("class") is not None else None
        rows.append(Captioned(file, kept, kind, _edges(row.get("edges"), file, metadata.parent, where)))
    return rows


def _from_captions_beside(folder: Path) -> list[Captioned]:
    rows = []
    for file in folder.rglob("*"):
        beside = file.with_suffix(".txt")
        if file.suffix.lower() in READABLE and beside.is_file():
            captions = _with_a_word([c.strip() for c in _text(beside).splitlines()])
            if captions:
                rows.append(Captioned(file, captions, None, edges_beside(file)))
    return rows


def _edges(named: Any, picture: Path, folder: Path, where: str) -> Path | None:
    """The boundary map that a row names, or that lies beside its picture."""
    if named is None:
        return edges_beside(picture)
    if not isinstance(named, str) or "\0" in named:
        raise MimnetError(f"{where}: edges must be a path as a string, not {named!r}")
    file = folder / named
    if not file.resolve().is_relative_to(folder.resolve()) or not file.is_file():
        raise MimnetError(f"{where}: no boundary map {file} in the folder")
    return file


def _with_a_word(captions: Sequence[str]) -> tuple[str, ...]:
    return tuple(caption for caption in captions if any(c.isalnum() for c in caption))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MimnetError(f"{file} is not UTF-8 text ({error.reason} at byte {error.start})") from error
