"""What files hold, as short hashes, without reading them anew: an index remembers (path, size, time) -> content."""

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mimnet.data.store import alone
from mimnet.errors import MimnetError
from mimnet.files import home, whole_file
from mimnet.images import picture_bytes

ENTRY = np.dtype([("state", "S16"), ("content", "S16")])
MOST = 1_000_000  # entries of the index, 32 MB; the oldest go first
AT_ONCE = 20_000  # files between two writings of the index
SETTLED = 2.0  # seconds: a file younger than that may change again within one tick of its clock


def contents(files: Sequence[str], *, quiet: bool = False) -> NDArray[np.bytes_]:
    """The first 16 bytes of BLAKE2b of every file, n. Raises `MimnetError` that names a file that is not there.

    A file whose path, size and time of change are known is not read. Paths may lie inside a tar (see `picture_bytes`).
    """
    now = time.time()
    states, settled = np.empty(len(files), "S16"), np.empty(len(files), bool)
    for i, file in enumerate(files):
        states[i], settled[i] = _state(file, now)
    known = _index()
    found = np.empty(len(files), "S16")
    missing = np.ones(len(files), bool)
    if len(known):
        order = np.argsort(known["state"])
        place = np.searchsorted(known["state"], states, sorter=order).clip(max=len(known) - 1)
        there = known[order[place]]
        missing = there["state"] != states
        found = np.where(missing, b"", there["content"])
    todo = missing.nonzero()[0]
    with (
        ThreadPoolExecutor(workers()) as pool,
        tqdm(total=len(todo), desc="looking at files", unit="", disable=quiet or len(todo) < 1000 or None) as bar,
    ):
        for start in range(0, len(todo), AT_ONCE):
            some = todo[start : start + AT_ONCE]
            for i, content in zip(some, pool.map(_content, (files[i] for i in some)), strict=True):
                found[i] = content
                bar.update()
            new = some[settled[some]]
            _remember(states[new], found[new])
    return found


def digest(parts: Iterable[bytes | str]) -> str:
    """A name of 24 hexadecimal digits for all parts together."""
    total = hashlib.blake2b(digest_size=12)
    for part in parts:
        total.update(part.encode() if isinstance(part, str) else part)
    return total.hexdigest()


def workers() -> int:
    """Threads that decode and hash: one for each core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _state(file: str, now: float) -> tuple[bytes, bool]:
    try:
        state = os.stat(file)
    except NotADirectoryError:  # a picture in a tar changes with the tar
        state = os.stat(os.path.dirname(file))
    except FileNotFoundError as error:
        raise MimnetError(f"{file}: no such file") from error
    except OSError as error:
        raise MimnetError(f"{file} cannot be read ({error.strerror})") from error
    told = f"{os.path.abspath(file)}\0{state.st_size}\0{state.st_mtime_ns}".encode(errors="surrogateescape")
    return hashlib.blake2b(told, digest_size=16).digest(), now - state.st_mtime > SETTLED


def _content(file: str) -> bytes:
    return hashlib.blake2b(picture_bytes(Path(file)), digest_size=16).digest()


def _file() -> Path:
    return home() / "contents" / "index.npy"


def _index() -> NDArray[np.void]:
    try:
        index: NDArray[np.void] = np.load(_file(), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return np.empty(0, ENTRY)
    return index if index.dtype == ENTRY and index.ndim == 1 else np.empty(0, ENTRY)


def _remember(states: NDArray[np.bytes_], found: NDArray[np.bytes_]) -> None:
    new = np.empty(len(states), ENTRY)
    new["state"], new["content"] = states, found
    with alone(_file().parent):  # another process may have written since we read
        index = np.concatenate([_index(), new])[-MOST:]
        with whole_file(_file()) as temporary:
            np.save(temporary, index, allow_pickle=False)
