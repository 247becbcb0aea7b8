"""Edits of all pairs by one model, kept on disk in chunks: a comparison that was broken off goes on."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.evaluation.painter import Painted, Painter
from mimnet.evaluation.pairs import Pair, Pairs, load_pairs, save_pairs
from mimnet.evaluation.store import keep_arrays, kept_arrays
from mimnet.images import from_tensor, open_picture, to_array, to_tensor

CHUNK = 64  # pairs edited, scored and kept together: what a broken-off comparison loses at most


def chunks(pairs: Pairs) -> Iterator[tuple[int, Sequence[Pair]]]:
    """First place and pairs of every chunk."""
    for start in range(0, len(pairs), CHUNK):
        yield start, pairs.pairs[start : start + CHUNK]


def inputs(pairs: Pairs, some: Sequence[Pair], size: int) -> NDArray[np.uint8]:
    """The pictures n,size,size,3 that are edited."""
    return np.stack([to_array(open_picture(pairs.split / pair.file), size) for pair in some])


def edits(painter: Painter, pairs: Pairs, start: int, some: Sequence[Pair], store: Path | None) -> Painted:
    """The edits of one chunk: from the store, or made and put there."""
    file = None if store is None else _folder(store, painter, pairs) / f"{start:06d}.npz"
    kept = kept_arrays(file) if file is not None else None
    if kept is not None:
        return Painted([kept[f"stage{i}"] for i in range(len(painter.sizes))], kept.get("map"))
    painted = painter.paint(inputs(pairs, some, painter.size), [pair.caption for pair in some])
    if file is not None:
        arrays = {f"stage{i}": stage for i, stage in enumerate(painted.stages)}
        if painted.weight_map is not None:
            arrays["map"] = painted.weight_map
        keep_arrays(file, arrays)
    return painted


def missing(painter: Painter, pairs: Pairs, store: Path) -> int:
    """How many pairs of the model are not in the store yet."""
    folder = _folder(store, painter, pairs)
    return sum(len(some) for start, some in chunks(pairs) if not (folder / f"{start:06d}.npz").is_file())


def seconds_per_edit(painter: Painter, pairs: Pairs) -> float:
    """Measured on two pictures, after one to warm up."""
    some = pairs.pairs[: min(2, len(pairs))]
    pictures, texts = inputs(pairs, some, painter.size), [pair.caption for pair in some]
    painter.paint(pictures[:1], texts[:1])
    begun = time.perf_counter()
    painter.paint(pictures, texts)
    return (time.perf_counter() - begun) / len(some)


def resized(pictures: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Pictures n,s,s,3 at the common size: bilinear, averaged over area where they shrink."""
    if pictures.shape[1] == size:
        return pictures
    parts = []
    for start in range(0, len(pictures), CHUNK):
        x = to_tensor(pictures[start : start + CHUNK])
        x = F.interpolate(x, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
        parts.append(from_tensor(x))
    return np.concatenate(parts)


def settled_pairs(data: Path, out: Path | None, draw: Callable[[], Pairs], *, split: str) -> Pairs:
    """The pairs of OUT/pairs.json, or newly drawn ones that are saved there.

    Raises `MimnetError` if those there are others than would be drawn: results of both would mix.
    """
    file = None if out is None else out / "pairs.json"
    drawn = draw()
    if file is not None and file.is_file():
        kept = load_pairs(file, data / split)
        if kept.fingerprint != drawn.fingerprint:
            raise MimnetError(
                f"{file} holds other pairs than --seed, --limit and the data ask for; choose another --out"
            )
    elif file is not None:
        save_pairs(file, drawn)
    return drawn


def _folder(store: Path, painter: Painter, pairs: Pairs) -> Path:
    return store / "edits" / f"{painter.fingerprint}-{pairs.fingerprint}-{pairs.pictures}"
