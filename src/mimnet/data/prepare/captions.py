"""Captions in the forms met in the wild, recognised by content; each is tied to a picture by the picture's name.

A text file a picture (Reed's `text_c10`, AttnGAN's `text`), a Torch7 file a picture (Reed's files of 2016, TAGAN's),
AttnGAN's `captions.pickle` with `filenames.pickle`, or one table: csv, tsv, lines, json, jsonl or a pickle of these.
"""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from mimnet.data.prepare.archives import Holder, Place, Source
from mimnet.data.prepare.torch7 import read_t7
from mimnet.errors import MimnetError
from mimnet.pickles import read_pickle

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\"/\\|_@#$%^&*~`+-=<>()[]{} "  # of Torch7 files, counted from 1
TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".pickle", ".pkl", ".token")
LARGEST_TABLE = 256 * 2**20  # bytes

# Which picture a caption belongs to: (folder, name without suffix) -> the picture's key, or None.
Match = Callable[[str, str], str | None]


@dataclass(frozen=True)
class Captions:
    """Captions by the pictures' keys, and the folder that each was in, which is its class where there are classes."""

    texts: dict[str, tuple[str, ...]]
    folders: dict[str, str]
    holder: Holder
    where: str  # for a person


def find_captions(source: Source, match: Match, wanted: int, *, classes: bool) -> Captions:
    """The fullest captions of the source; reading stops at the first that cover `wanted` pictures.

    `classes` says that a caption's file lies in a folder of its class. Raises `MimnetError` naming what was looked at.
    """
    best: Captions | None = None
    looked: list[str] = []
    for reader in (_files, _attngan, _tables):
        for holder in source.holders():
            for found in reader(holder, match, classes, looked):
                if best is None or len(found.texts) > len(best.texts):
                    best = found
                if len(best.texts) >= wanted:
                    return best
        if best is not None and len(best.texts) > wanted // 2:
            return best
    if best is None:
        seen = f"; without captions of these pictures: {', '.join(looked[:5])}" if looked else ""
        raise MimnetError(
            f"no captions in {source.label}: found {source.known()}{seen}; captions come as text_c10 (.txt), Torch7 "
            "files (.t7), captions.pickle with filenames.pickle, or a table (.csv, .json)"
        )
    return best


def sentences(text: str) -> tuple[str, ...]:
    """Lines with a word in them, without what was no UTF-8."""
    lines = (" ".join(line.replace("\ufffd", " ").split()) for line in re.split(r"[\r\n]+", text))
    return tuple(line for line in lines if any(map(str.isalnum, line)))


def _files(holder: Holder, match: Match, classes: bool, looked: list[str]) -> Iterator[Captions]:
    """A file of captions for each picture; the fullest folder first, text before Torch7."""
    groups: dict[tuple[str, str], dict[str, Place]] = defaultdict(dict)
    for place in holder.places():
        path = place.path
        if path.suffix.lower() in (".txt", ".t7"):
            key = match(path.parent.name, path.stem)
            if key is not None:
                root = path.parent.parent if classes else path.parent
                groups[str(root), path.suffix.lower()].setdefault(key, place)
    for (folder, suffix), places in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0][1] != ".txt")):
        keys = {place: key for key, place in places.items()}
        read = _t7_sentences if suffix == ".t7" else _txt_sentences
        found = {keys[place]: read(place, data) for place, data in holder.read(list(keys))}
        texts = {key: told for key, told in found.items() if told}
        if texts:
            folders = {key: place.path.parent.name for key, place in places.items()}
            yield Captions(texts, folders, holder, f"{holder.label}: {folder} ({suffix})")
        else:
            looked.append(f"{holder.label}: {folder} ({suffix})")


def _txt_sentences(place: Place, data: bytes) -> tuple[str, ...]:
    return sentences(data.decode("utf-8-sig", errors="replace"))


def _t7_sentences(place: Place, data: bytes) -> tuple[str, ...]:
    """Sentences are the columns of `char`, letters numbered as in `ALPHABET`, filled up with 0."""
    found = read_t7(data, name=str(place))
    letters = found.get("char") if isinstance(found, dict) else None
    if not isinstance(letters, np.ndarray) or letters.ndim != 2 or letters.max(initial=0) > len(ALPHABET):
        raise MimnetError(f"{place} holds no captions (a table with the matrix char)")
    table = np.array([" ", *ALPHABET])
    return sentences("\n".join("".join(table[column]) for column in letters.astype(np.int64).T))


def _attngan(holder: Holder, match: Match, classes: bool, looked: list[str]) -> Iterator[Captions]:
    """AttnGAN's captions.pickle, whose captions stand in the order of train/ and test/filenames.pickle."""
    by_name = {place.name: place for place in holder.places()}
    for place in holder.places():
        if place.path.name != "captions.pickle":
            continue
        root = place.path.parent
        lists = [by_name.get(str(root / split / "filenames.pickle")) for split in ("train", "test")]
        if None in lists:
            looked.append(f"{place} (train/filenames.pickle and test/filenames.pickle are not beside it)")
            continue
        content = dict(holder.read([place, *(p for p in lists if p)]))
        numbered = read_pickle(content[place], what="AttnGAN's captions.pickle", name=str(place))
        names = [read_filenames(content[p], str(p)) for p in lists if p]
        texts: dict[str, tuple[str, ...]] = {}
        folders: dict[str, str] = {}
        try:
            words = numbered[2]
            for half, listed in zip(numbered[:2], names, strict=True):
                each = len(half) // max(len(listed), 1)
                for index, name in enumerate(listed):
                    path = PurePosixPath(name)
                    key = match(path.parent.name, path.name)
                    if key is not None:
                        told = half[each * index : each * (index + 1)]
                        texts[key] = sentences("\n".join(" ".join(words[i] for i in ids) for ids in told))
                        folders[key] = path.parent.name
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise MimnetError(f"{place} is not AttnGAN's captions.pickle ({error})") from error
        if texts:
            yield Captions(texts, folders, holder, f"{place} (words without case and punctuation)")


def read_filenames(data: bytes, name: str) -> list[str]:
    """AttnGAN's filenames.pickle: names of pictures without suffix. Raises `MimnetError`."""
    found = read_pickle(data, what="a list of names", name=name)
    if not isinstance(found, list) or not all(isinstance(x, str) for x in found):
        raise MimnetError(f"{name} is not a list of names")
    return [re.sub(r"\.jpe?g$|\.png$", "", x, flags=re.IGNORECASE) for x in found]


def _tables(holder: Holder, match: Match, classes: bool, looked: list[str]) -> Iterator[Captions]:
    """One file with all captions."""
    tables = [
        place
        for place in holder.places()
        if place.path.suffix.lower() in TABLES
        and place.size <= LARGEST_TABLE
        and match(place.path.parent.name, place.path.stem) is None
        and place.path.name not in ("captions.pickle", "filenames.pickle")
    ]
    # small text files are many (attributes, parts) and never hold captions of a whole data set
    for place, data in holder.read(sorted(tables, key=lambda p: -p.size)[:20]):
        texts: dict[str, list[str]] = defaultdict(list)
        for key, said in _rows(place, data, match):
            texts[key] += said
        if texts:
            found = {key: tuple(said) for key, said in texts.items()}
            yield Captions(found, {}, holder, str(place))
        else:
            looked.append(str(place))


def _rows(place: Place, data: bytes, match: Match) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(picture's key, sentences) of a table."""
    suffix = place.path.suffix.lower()
    text = "" if suffix in (".pickle", ".pkl") else data.decode("utf-8-sig", errors="replace")
    if suffix in (".pickle", ".pkl"):
        try:
            yield from _objects(read_pickle(data, what="a table of captions", name=str(place)), match)
        except MimnetError as error:
            if "which is not loaded" not in str(error):  # arrays, as of embeddings, are no captions
                raise
    elif suffix == ".json":
        try:
            yield from _objects(json.loads(text), match)
        except (json.JSONDecodeError, RecursionError):
            return
    elif suffix == ".jsonl":
        for line in filter(str.strip, text.split("\n")):
            try:
                yield from _objects([json.loads(line)], match)
            except (json.JSONDecodeError, RecursionError):
                return
    else:
        yield from _lines(text, match)


def _lines(text: str, match: Match) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A table with a separator: its column of names and its columns of sentences are found by looking."""
    head = text[: 2**16].split("\n")[:100]
    for separator in (",", "\t", "|", ";", " "):
        sample = list(csv.reader(head[:-1] if len(head) > 1 else head, delimiter=separator, skipinitialspace=True))
        column = _column_of_names(sample, match)
        if column is None:
            continue
        headed = column >= len(sample[0]) or _key(sample[0][column], match) is None
        width = len(sample[0]) if headed else min(map(len, sample))
        joint = " " if separator.isspace() else f"{separator} "
        for cells in csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True):
            key = _key(cells[column], match) if column < len(cells) else None
            if key is not None:
                if len(cells) > width > column + 1:  # a last column whose separators were not quoted
                    cells = [*cells[: width - 1], joint.join(cells[width - 1 :])]
                rest = cells[:column] + cells[column + 1 :]
                said = [" ".join(rest)] if separator == " " else rest
                told = tuple(s for cell in said if _is_sentence(cell) for s in sentences(cell))
                if told:
                    yield key, told
        return


def _column_of_names(rows: list[list[str]], match: Match) -> int | None:
    """The column that names a picture in most rows; the first row may be a heading."""
    width = max(map(len, rows), default=0)
    for column in range(min(width, 8)):
        hits = sum(1 for row in rows if column < len(row) and _key(row[column], match) is not None)
        if hits and hits >= 0.5 * max(len(rows) - 1, 1):
            return column
    return None


def _key(cell: str, match: Match) -> str | None:
    """The picture that a cell names, with a folder and a suffix or without, perhaps with the number of its caption."""
    path = PurePosixPath(re.sub(r"#\w*\d+$", "", cell.strip().replace("\\", "/")))
    stem = path.stem if re.fullmatch(r"\.(jpe?g|png|webp|bmp|txt|t7)", path.suffix, re.IGNORECASE) else path.name
    return match(path.parent.name, stem)


def _is_sentence(cell: str) -> bool:
    return len(re.findall(r"[^\W\d_]{2,}", cell)) >= 2 and len(cell.split()) >= 2


def _objects(found: Any, match: Match) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A mapping from names to sentences, or a list of objects that each hold a name and sentences somewhere."""
    if isinstance(found, Mapping):
        pairs: Iterable[tuple[str | None, Any]] = (
            (_key(name, match), said) for name, said in found.items() if isinstance(name, str)
        )
        direct = [(key, _all_sentences(said)) for key, said in pairs if key is not None]
        if direct:
            yield from ((key, said) for key, said in direct if said)
        else:  # {"images": [...]}
            for inner in found.values():
                if isinstance(inner, list):
                    yield from _objects(inner, match)
    elif isinstance(found, list):
        for item in found:
            if isinstance(item, Mapping):
                keys = [key for x in item.values() if isinstance(x, str) and (key := _key(x, match)) is not None]
                said = _all_sentences(item)
                if keys and said:
                    yield keys[0], said


def _all_sentences(found: Any, depth: int = 0) -> tuple[str, ...]:
    if isinstance(found, str):
        return sentences(found) if _is_sentence(found) else ()
    if depth < 4 and isinstance(found, list | tuple):
        return tuple(s for item in found for s in _all_sentences(item, depth + 1))
    if depth < 4 and isinstance(found, Mapping):
        return tuple(s for item in found.values() for s in _all_sentences(item, depth + 1))
    return ()
