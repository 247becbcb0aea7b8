"""A folder of pictures in, a folder of edits out: which picture gets which text and which name."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from mimnet.edges import BESIDE
from mimnet.errors import MimnetError
from mimnet.images import READABLE
from mimnet.outputs import Job
from mimnet.recipe import FORMATS


def plan_folder(folder: Path, out: Path, texts: str | dict[str, str], extras: tuple[str, ...]) -> list[Job]:
    """A job for each picture below `folder`, in the order of names; `texts` is one for all, or one by name.

    A result has its picture's name and format; where that format is not written, `.png` is added to the name.
    Raises `MimnetError` if there are no pictures, or some have no text.
    """
    pictures = _pictures(folder, out)
    if not pictures:
        raise MimnetError(f"{folder} has no picture in it ({', '.join(READABLE)})")
    names = [picture.relative_to(folder) for picture in pictures]
    if isinstance(texts, dict):
        lacking = [name.as_posix() for name in names if name.as_posix() not in texts]
        if lacking:
            more = f" and {len(lacking) - 10} more" if len(lacking) > 10 else ""
            raise MimnetError(f"--texts has no row for {len(lacking)} pictures: {', '.join(lacking[:10])}{more}")
    stems = Counter(name.with_suffix("") for name in names)
    jobs = []
    for picture, name in zip(pictures, names, strict=True):
        text = texts if isinstance(texts, str) else texts[name.as_posix()]
        result = name if name.suffix.lower() in FORMATS else name.with_name(name.name + ".png")
        stem = name.with_suffix("") if stems[name.with_suffix("")] == 1 else name  # a.jpg beside a.png
        jobs.append(Job(picture, text, out / result, out / stem, extras))
    twice = [str(file) for file, n in Counter(f for job in jobs for f in job.files()).items() if n > 1]
    if twice:
        raise MimnetError(f"two pictures would both be written to {twice[0]}; rename one of them")
    return jobs


def _pictures(folder: Path, out: Path) -> list[Path]:
    """Pictures below `folder`, but not below `out`, which may lie inside it."""
    inside = out.resolve() != folder.resolve() and out.resolve().is_relative_to(folder.resolve())
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in READABLE
        and file.is_file()
        and not file.name.startswith(".")
        and not _is_map(file)
        and not (inside and file.resolve().is_relative_to(out.resolve()))
    )


def _is_map(file: Path) -> bool:
    """A boundary map beside its picture, which is none of the folder's pictures."""
    stem = file.name.removesuffix(BESIDE)
    return stem != file.name and any(file.with_name(stem + end).is_file() for end in READABLE)


def read_texts(file: Path) -> dict[str, str]:
    """Texts by picture name, from metadata.jsonl (`file_name`, `text`; of a list the first) or CSV."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise MimnetError(f"cannot read --texts {file}: {reason}") from error
    rows = _csv_rows(content) if file.suffix.lower() == ".csv" else _json_rows(content, file)
    texts: dict[str, str] = {}
    for number, row in rows:
        name, text = (row.get("file_name"), row.get("text")) if isinstance(row, dict) else (None, None)
        text = text[0] if isinstance(text, list) and text else text
        if not isinstance(name, str) or not isinstance(text, str):
            raise MimnetError(f"{file}, line {number}: a row needs file_name and text")
        if name in texts:
            raise MimnetError(f"{file}, line {number}: {name} has a text already")
        texts[name] = text
    if not texts:
        raise MimnetError(f"{file} has no rows; each needs file_name and text")
    return texts


def _csv_rows(content: str) -> list[tuple[int, Any]]:
    reader = csv.DictReader(content.splitlines())
    return [(reader.line_num, row) for row in reader]


def _json_rows(content: str, file: Path) -> list[tuple[int, Any]]:
    rows = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                rows.append((number, json.loads(line)))
            except json.JSONDecodeError as error:
                raise MimnetError(f"{file}, line {number} is not JSON: {error}") from error
    return rows
