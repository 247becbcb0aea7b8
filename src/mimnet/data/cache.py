"""Resized pictures and boundary maps, decoded once and read from a memory-mapped file ever after."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mimnet.data.folder import Captioned
from mimnet.edges import BESIDE, refuse_light
from mimnet.errors import MimnetError
from mimnet.files import home, whole_file
from mimnet.images import open_picture, to_array, to_grey_array


def resized_pictures(rows: Sequence[Captioned], size: int, *, quiet: bool = False) -> NDArray[np.uint8]:
    """uint8 n,size,size,3 of all pictures, memory-mapped; made on the first call, keyed by the files' state."""
    files = [row.file for row in rows]
    return _resized(files, "pictures", (size, size, 3), lambda file: to_array(open_picture(file), size), quiet)


def resized_edges(rows: Sequence[Captioned], size: int, *, quiet: bool = False) -> NDArray[np.uint8]:
    """uint8 n,size,size of the boundary maps that lie in files, as `resized_pictures`.

    Raises `MimnetError` if a picture has none, or if they are black on white.
    """
    lacking = [row.file for row in rows if row.edges is None]
    if lacking:
        raise MimnetError(
            f"{len(lacking)} of {len(rows)} pictures have no boundary map (model.boundary is files), as {lacking[0]}: "
            f"name it as edges in metadata.jsonl, or lay it beside the picture as {lacking[0].stem}{BESIDE}"
        )
    files = [row.edges for row in rows if row.edges is not None]
    maps = _resized(files, "edges", (size, size), lambda file: to_grey_array(open_picture(file), size), quiet)
    some = np.linspace(0, len(files) - 1, min(64, len(files))).astype(int)
    refuse_light([maps[i] for i in some], f"the boundary map {files[0]}, with others like it,")
    return maps


def _resized(
    files: Sequence[Path], name: str, shape: tuple[int, ...], read: Callable[[Path], NDArray[np.uint8]], quiet: bool
) -> NDArray[np.uint8]:
    key = hashlib.sha256(f"1 {shape[0]}".encode())
    for file in files:
        state = file.stat()
        key.update(f"{file.resolve()} {state.st_size} {state.st_mtime_ns}\n".encode())
    path = home() / name / f"{key.hexdigest()[:24]}.npy"
    if not path.is_file():
        _build(files, shape, path, f"reading {name} at {shape[0]} px", read, quiet)
    mapped: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    if mapped.shape != (len(files), *shape):
        raise MimnetError(f"{path} does not hold these {name}; delete it and start again")
    return mapped


def _build(
    files: Sequence[Path],
    shape: tuple[int, ...],
    path: Path,
    title: str,
    read: Callable[[Path], NDArray[np.uint8]],
    quiet: bool,
) -> None:
    with whole_file(path) as temporary, ThreadPoolExecutor(os.cpu_count()) as pool:
        array = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=(len(files), *shape))
        bar = tqdm(total=len(files), desc=title, unit="", disable=quiet or None)
        for index, picture in enumerate(pool.map(read, files)):
            array[index] = picture
            bar.update()
        bar.close()
        array.flush()
