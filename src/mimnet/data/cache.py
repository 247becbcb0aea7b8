"""Resized pictures, decoded once and read from a memory-mapped file ever after."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mimnet.data.folder import Captioned
from mimnet.errors import MimnetError
from mimnet.files import home, whole_file
from mimnet.images import open_picture, to_array


def resized_pictures(rows: Sequence[Captioned], size: int, *, quiet: bool = False) -> NDArray[np.uint8]:
    """uint8 n,size,size,3 of all pictures, memory-mapped; made on the first call, keyed by the files' state."""
    key = hashlib.sha256(f"1 {size}".encode())
    for row in rows:
        state = row.file.stat()
        key.update(f"{row.file.resolve()} {state.st_size} {state.st_mtime_ns}\n".encode())
    path = home() / "pictures" / f"{key.hexdigest()[:24]}.npy"
    if not path.is_file():
        _build(rows, size, path, quiet)
    mapped: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    if mapped.shape != (len(rows), size, size, 3):
        raise MimnetError(f"{path} does not hold these pictures; delete it and start again")
    return mapped


def _build(rows: Sequence[Captioned], size: int, path: Path, quiet: bool) -> None:
    def decode(index: int) -> tuple[int, NDArray[np.uint8]]:
        return index, to_array(open_picture(rows[index].file), size)

    with whole_file(path) as temporary, ThreadPoolExecutor(os.cpu_count()) as pool:
        shape = (len(rows), size, size, 3)
        array = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
        bar = tqdm(total=len(rows), desc=f"reading pictures at {size} px", unit="", disable=quiet or None)
        for index, picture in pool.map(decode, range(len(rows))):
            array[index] = picture
            bar.update()
        bar.close()
        array.flush()
