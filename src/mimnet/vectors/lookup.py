"""Vectors for the words that are needed, out of a file of any size; what is not in it is looked for and reported."""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.files import home
from mimnet.tensorfile import read_tensors, write_tensors
from mimnet.vectors.formats import open_vectors
from mimnet.vectors.opened import content_key
from mimnet.vectors.reader import NOWHERE, Reader
from mimnet.vectors.spelling import WAYS, Nearest, fold, forms

FORMAT = "mimnet-word-vectors-1"
NAMED = 8  # missing words named in the report


@dataclass(frozen=True)
class Found:
    """Vectors of some words and where each came from."""

    vectors: NDArray[np.float32]  # words,width; zeros for missing words
    forms: dict[str, str]  # words with another form in the file: case, accents, British or American, plural
    composed: list[str]  # words made of their subwords (fastText .bin)
    spelled: dict[str, str]  # words taken for the nearest spelling in the file
    missing: list[str]  # words without a vector

    def report(self) -> str:
        """One line: how many words were found in which way, with an example each, and what is missing."""
        other = len(self.forms) + len(self.composed) + len(self.spelled) + len(self.missing)
        parts = [f"{len(self.vectors) - other:,} found"]
        for name, taken in (("in another form", self.forms), ("by spelling", self.spelled)):
            if taken:
                word, instead = next(iter(taken.items()))
                parts.append(f"{len(taken):,} {name} (e.g. {word} -> {instead})")
        if self.composed:
            parts.append(f"{len(self.composed):,} from subwords (e.g. {self.composed[0]})")
        if self.missing:
            more = len(self.missing) - NAMED
            names = ", ".join(self.missing[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
            parts.append(f"{len(self.missing):,} missing: {names}")
        return f"{len(self.vectors):,} words: " + ", ".join(parts)


def find_vectors(path: Path, words: Sequence[str]) -> Found:
    """Vectors for distinct `words` from a file; the result is kept in the cache for the next time.

    Words outside the file get the vector of another form, else that of their subwords, else that of the nearest
    spelling, else zeros. Raises `MimnetError` if the file cannot be read or has none of the words.
    """
    path = Path(path)
    key = hashlib.sha256(f"1 {content_key(path)} {json.dumps(list(words))}".encode()).hexdigest()[:24]
    kept = home() / "vectors" / f"{key}.safetensors"
    if kept.is_file():
        with contextlib.suppress(MimnetError):  # a damaged one is made again
            return _load(kept)
    found = _find(path, words)
    told = {"forms": found.forms, "composed": found.composed, "spelled": found.spelled, "missing": found.missing}
    write_tensors(kept, {"vectors": torch.from_numpy(found.vectors)}, {"found": json.dumps(told)}, format=FORMAT)
    return found


def _load(file: Path) -> Found:
    tensors, metadata = read_tensors(file, format=FORMAT)
    return Found(vectors=tensors["vectors"].numpy(), **json.loads(metadata["found"]))


def _find(path: Path, words: Sequence[str]) -> Found:
    reader = open_vectors(path)
    chosen = match(reader, words)
    if not chosen:
        raise MimnetError(f"{path} has a vector for none of the {len(words)} words")
    other = {w: name.decode(errors="replace") for w, (name, _) in chosen.items() if name != w.encode()}
    rest = [word for word in words if word not in chosen]
    composed = [word for word in rest if reader.composes(word.encode())]
    chosen |= {word: (word.encode(), NOWHERE) for word in composed}
    likely = [chosen[word][0] for word in words if word in chosen]
    nearest = Nearest([word for word in rest if word not in chosen], likely)
    if nearest.waiting:
        for name, place in reader.entries():
            nearest.meet(name, place)
    chosen |= {word: (name, place) for word, (_, name, place) in nearest.best.items()}
    vectors = np.zeros((len(words), reader.width), np.float32)
    have = [i for i, word in enumerate(words) if word in chosen]
    vectors[have] = reader.read([chosen[words[i]] for i in have])
    spelled = {word: name.decode(errors="replace") for word, (_, name, _) in nearest.best.items()}
    return Found(vectors, other, composed, spelled, [word for word in words if word not in chosen])


def match(reader: Reader, words: Sequence[str]) -> dict[str, tuple[bytes, int]]:
    """For each word that the file has in some form its best entry: itself, else the nearest form, the earliest."""
    exact = {word.encode(): word for word in words}
    wanted: dict[str, list[tuple[str, int]]] = {}
    for word in words:
        for form, way in forms(word).items():
            wanted.setdefault(form, []).append((word, way))
    best: dict[str, tuple[int, bytes, int]] = {}
    for name, place in reader.entries():
        if name in exact and best.get(exact[name], (0, b"", 0))[0] >= 0:
            best[exact[name]] = (-1, name, place)
        for word, way in wanted.get(fold(name.decode(errors="replace")), ()):
            if way < best.get(word, (len(WAYS), b"", 0))[0]:
                best[word] = (way, name, place)
    return {word: (name, place) for word, (_, name, place) in best.items()}
