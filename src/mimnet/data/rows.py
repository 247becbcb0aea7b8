"""The rows of a split: pictures with their captions and classes, as arrays.

A row is a `Captioned` only while somebody looks at it; 200,000 of them with ten captions each would be 400 MB of Python
objects. The arrays of a large split lie on disk, and the captions there are read when they are asked for.
"""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from mimnet.data.contents import digest
from mimnet.data.ondisk import Array, DiskArray
from mimnet.data.store import kept
from mimnet.errors import MimnetError
from mimnet.files import write_whole
from mimnet.text import Vocabulary, count_words

AT_ONCE = 20_000  # captions encoded at a time


@dataclass(frozen=True)
class Captioned:
    """A picture and its captions; `kind` is the class label, or None."""

    file: Path
    captions: tuple[str, ...]
    kind: str | None
    edges: Path | None = None  # the picture's own boundary map


class Strings:
    """Strings as one array of bytes (UTF-8) and the places where they begin and end, n + 1."""

    def __init__(self, text: Array, ends: Array) -> None:
        self.text, self.ends = text, ends

    @classmethod
    def of(cls, strings: Iterable[str]) -> "Strings":
        """In memory."""
        text, ends = bytearray(), array("q", [0])
        for string in strings:
            text += string.encode("utf-8", "surrogateescape")
            ends.append(len(text))
        return cls(np.frombuffer(text, np.uint8), np.frombuffer(ends, np.int64))

    def __len__(self) -> int:
        return len(self.ends) - 1

    def between(self, start: int, stop: int) -> list[str]:
        """Strings `start` to `stop`, without the last."""
        ends = self.ends[start : stop + 1].tolist()
        text = self.text[ends[0] : ends[-1]].tobytes()
        return [text[a - ends[0] : b - ends[0]].decode("utf-8", "surrogateescape") for a, b in pairwise(ends)]

    def __getitem__(self, place: int) -> str:
        return self.between(place, place + 1)[0]


@dataclass(frozen=True)
class Table:
    """All rows of a split. k captions in all; row i has the captions first[i] to first[i] + count[i]."""

    key: str  # of what the arrays hold
    folder: Path  # names begin here
    names: Strings  # n, of the pictures
    edges: Strings | None  # n, of their boundary maps; "" where there is none
    captions: Strings  # k
    first: NDArray[np.int64]  # n
    count: NDArray[np.int32]  # n
    kind: NDArray[np.int32]  # n, places in `kinds`; -1: no class
    kinds: Strings
    large: bool = False  # what is worked out from the captions is kept on disk too
    shards: tuple[tuple[str, int], ...] = ()  # tars in `folder` with their numbers of pictures, in the rows' order
    words: Mapping[str, int] | None = None  # how often each occurs in all captions, where that is known

    @classmethod
    def of(cls, rows: Iterable[Captioned], folder: Path | None = None) -> "Table":
        """In memory, in the order given; or, for files in `folder`, in the order of their names."""
        names: list[str] = []
        edges: list[str] = []
        counts: list[int] = []
        kind: list[int] = []
        kinds: dict[str, int] = {}

        def name(file: Path) -> str:
            return str(file if folder is None else file.relative_to(folder))

        def captions() -> Iterator[str]:
            for row in rows:
                names.append(name(row.file))
                edges.append(name(row.edges) if row.edges is not None else "")
                counts.append(len(row.captions))
                kind.append(kinds.setdefault(row.kind, len(kinds)) if row.kind is not None else -1)
                yield from row.captions

        texts = Strings.of(captions())
        order = list(range(len(names)))
        if folder is not None:
            order.sort(key=names.__getitem__)
        count = np.array(counts, np.int32)
        return cls(
            "",
            folder or Path(),
            Strings.of(names[i] for i in order),
            Strings.of(edges[i] for i in order) if any(edges) else None,
            texts,
            (np.cumsum(count, dtype=np.int64) - count)[order],
            count[order],
            np.array(kind, np.int32)[order],
            Strings.of(kinds),
        )

    def save(self, to: Path) -> None:
        """Write the arrays into the folder `to`, which `load` reads."""
        to.mkdir(parents=True, exist_ok=True)
        for name in ("names", "edges", "captions", "kinds"):
            strings = getattr(self, name)
            if strings is not None and len(strings):
                np.save(to / f"{name}.npy", np.asarray(strings.text), allow_pickle=False)
                np.save(to / f"{name}.ends.npy", np.asarray(strings.ends), allow_pickle=False)
        for name in ("first", "count", "kind"):
            np.save(to / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, saved: Path, folder: Path, key: str, keep: object = None) -> "Table":
        """What `save` wrote. Captions stay on disk. Raises `MimnetError` for files that are damaged."""
        try:
            return cls._load(saved, folder, key, keep)
        except (OSError, ValueError, EOFError) as error:
            raise MimnetError(f"{saved} does not hold captions that can be read ({error}); make it again") from error

    @classmethod
    def _load(cls, saved: Path, folder: Path, key: str, keep: object) -> "Table":

        def strings(name: str, load: Callable[[Path], Array]) -> Strings:
            return Strings(load(saved / f"{name}.npy"), load(saved / f"{name}.ends.npy"))

        def whole(file: Path) -> NDArray[Any]:
            array: NDArray[Any] = np.load(file, allow_pickle=False)
            return array

        has_edges, has_kinds = ((saved / f"{name}.npy").is_file() for name in ("edges", "kinds"))
        return cls(
            key,
            folder,
            strings("names", whole),
            strings("edges", whole) if has_edges else None,
            strings("captions", lambda file: DiskArray(file, keep=keep)),
            whole(saved / "first.npy"),
            whole(saved / "count.npy"),
            whole(saved / "kind.npy"),
            strings("kinds", whole) if has_kinds else Strings.of(()),
            large=True,
        )


class Rows(Sequence[Captioned]):
    """Some rows of a table, all of them if `places` is not given."""

    def __init__(self, table: Table, places: NDArray[np.int64] | None = None) -> None:
        self.table = table
        self.places = np.arange(len(table.first)) if places is None else places

    @classmethod
    def of(cls, rows: Sequence[Captioned]) -> "Rows":
        """Rows from any sequence, in its order."""
        return rows if isinstance(rows, Rows) else cls(Table.of(rows))

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, which: int) -> Captioned: ...

    @overload
    def __getitem__(self, which: slice) -> "Rows": ...

    def __getitem__(self, which: int | slice) -> "Captioned | Rows":
        if isinstance(which, slice):
            return self.take(self.places[which])
        table, place = self.table, int(self.places[which])
        first, kind = int(table.first[place]), int(table.kind[place])
        edges = table.edges[place] if table.edges is not None else ""
        return Captioned(
            table.folder / table.names[place],
            tuple(table.captions.between(first, first + int(table.count[place]))),
            table.kinds[kind] if kind >= 0 else None,
            table.folder / edges if edges else None,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(Captioned.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # as of a list

    def take(self, places: NDArray[np.int64]) -> "Rows":
        """Other rows of the same table, by their places there."""
        return Rows(self.table, places)

    def captions(self) -> Iterator[str]:
        """All captions, row by row."""
        for first, count in zip(self.table.first[self.places], self.table.count[self.places], strict=True):
            yield from self.table.captions.between(first, first + count)


class Paths(Sequence[str]):
    """Paths of the rows' files as strings, made when they are asked for."""

    def __init__(self, rows: Rows, names: Strings) -> None:
        folder = rows.table.folder
        self._folder = "" if folder == Path() else f"{folder}/"
        self._places, self._names = rows.places, names

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            return [self[i] for i in range(*which.indices(len(self)))]
        name = self._names[int(self._places[which])]
        return self._folder + name if name else ""


def paths_of(rows: Sequence[Captioned]) -> Sequence[str]:
    """Paths of the pictures."""
    rows = Rows.of(rows)
    return Paths(rows, rows.table.names)


def edge_paths(rows: Sequence[Captioned]) -> Sequence[str]:
    """Paths of the boundary maps, "" where a row has none."""
    rows = Rows.of(rows)
    return Paths(rows, rows.table.edges) if rows.table.edges is not None else [""] * len(rows)


def vocabulary_of(*sets: Sequence[Captioned]) -> Vocabulary:
    """The words of all captions of one or several sets of rows."""
    counts: Counter[str] = Counter()
    for rows in sets:
        counts.update(_words_of(Rows.of(rows)))
    return Vocabulary.from_counts(counts)


def _words_of(rows: Rows) -> Mapping[str, int]:
    """How often every word occurs; counted once and kept, where captions are many."""
    if rows.table.words is not None and len(rows) == len(rows.table.first):
        return rows.table.words
    if not rows.table.large:
        return count_words(rows.captions())

    def build(folder: Path) -> None:
        write_whole(folder / "words.json", json.dumps(count_words(rows.captions())))

    name = f"words-{digest(['1', rows.table.key, rows.places.tobytes()])}"
    folder = kept(name, build, size=1_000_000, what="the words of the captions").folder
    counts: dict[str, int] = json.loads((folder / "words.json").read_text())
    return counts


def encoded(rows: Rows, vocabulary: Vocabulary, words: int) -> Array:
    """All captions of the rows' table as numbers, k,words+1: ids, padded with 0, and in the last column their count."""
    table, total = rows.table, len(rows.table.captions)
    kind = np.uint16 if len(vocabulary) <= 1 << 16 and words < 1 << 16 else np.int32

    def pieces() -> Iterator[NDArray[Any]]:
        for start in range(0, total, AT_ONCE):
            ids, length = vocabulary.batch(table.captions.between(start, min(total, start + AT_ONCE)), words)
            yield np.concatenate([ids.numpy(), length.numpy()[:, None]], 1).astype(kind)

    if not table.large:
        return np.concatenate(list(pieces()))

    def build(folder: Path) -> None:
        out = np.lib.format.open_memmap(folder / "ids.npy", mode="w+", dtype=kind, shape=(total, words + 1))
        place = 0
        for piece in pieces():
            out[place : place + len(piece)] = piece
            place += len(piece)
        out.flush()

    name = f"ids-{digest(['1', table.key, str(words), vocabulary.to_json()])}"
    size = total * (words + 1) * np.dtype(kind).itemsize
    folder = kept(name, build, size=size, what="the numbers of the captions")
    return DiskArray(folder.folder / "ids.npy", keep=folder)
