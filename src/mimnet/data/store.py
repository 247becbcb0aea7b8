"""The cache on disk: folders made once, shared by processes, never half, bounded together.

A folder is whole when its file `whole` stands in it, with the sizes of the others. It has two locks: whoever makes or
uses it shares one for as long as it lives, so that nobody deletes it; whoever makes it holds the other alone until it
is whole. (With one lock for both, a process that waits to make it would wait for the end of all that use it.) The
kernel lets go of the locks of a killed process, so the next one takes its place, finds what is there, and goes on.
"""

import contextlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from mimnet.errors import MimnetError
from mimnet.files import home, write_whole

if sys.platform != "win32":  # there, two processes at once are not kept apart
    import fcntl

WHOLE, USING, MAKING = "whole", "using.lock", "making.lock"


def bound() -> int:
    """Bytes that the cache may take: `MIMNET_CACHE_GB`, 20 GB if it is not set."""
    told = os.environ.get("MIMNET_CACHE_GB", "20")
    try:
        gigabytes = float(told)
    except ValueError:
        gigabytes = -1.0
    if not gigabytes > 0:
        raise MimnetError(f"MIMNET_CACHE_GB is {told!r}; it must be a positive number of gigabytes")
    return int(gigabytes * 1e9)


class Kept:
    """A whole folder of the cache, in use: nobody deletes it while this object lives."""

    def __init__(self, folder: Path, lock: "Lock") -> None:
        self.folder, self._lock = folder, lock


def kept(name: str, build: Callable[[Path], None], *, size: int, what: str) -> Kept:
    """The folder `name` of the cache, made by `build(folder)` if it is not whole.

    `size` is what it will take in bytes, for which the least recently used folders give way; `what` names it in
    messages. `build` may find what a killed process left of its work, and may go on from that. Raises `MimnetError`
    where the bound or the disk is too small.
    """
    folder = home() / "cache" / name
    while True:
        using = Lock(folder, USING)
        using.share()
        if not using.stands():
            continue
        if _is_whole(folder):
            with contextlib.suppress(OSError):  # a cache that others own may be read
                os.utime(folder / WHOLE)
            return Kept(folder, using)
        making = Lock(folder, MAKING)
        if not making.own(wait=False):
            print(f"another process is making {what}; waiting for it", file=sys.stderr)
            making.own()
        if not _is_whole(folder):
            (folder / WHOLE).unlink(missing_ok=True)
            _make_room(size, folder, what)
            try:
                build(folder)
            except OSError as error:
                raise MimnetError(f"cannot write {folder}: {error.strerror or error}") from error
            sizes = {file.name: file.stat().st_size for file in folder.iterdir() if file.suffix != ".lock"}
            write_whole(folder / WHOLE, json.dumps(sizes))


def folders() -> list[tuple[Path, int, float, bool]]:
    """What is in the cache, least recently used first: folder, bytes, time of its last use, whether it is whole."""
    found = []
    for folder in (home() / "cache").glob("*/"):
        with contextlib.suppress(OSError):  # another process may be deleting it
            size = sum(file.stat().st_size for file in folder.iterdir())
            whole = _is_whole(folder)
            used = ((folder / WHOLE) if whole else folder).stat().st_mtime
            found.append((folder, size, used, whole))
    return sorted(found, key=lambda row: row[2])


def delete(folder: Path) -> bool:
    """Delete a folder of the cache, unless a living process uses or makes it."""
    if folder.name.startswith("."):  # what a killed process had begun to delete
        shutil.rmtree(folder, ignore_errors=True)
        return True
    using = Lock(folder, USING)
    if not using.own(wait=False) or not using.stands():
        return False
    gone = folder.with_name(f".{uuid.uuid4().hex}")
    folder.rename(gone)  # at one stroke: nobody finds half of it
    shutil.rmtree(gone, ignore_errors=True)
    return True


def _make_room(size: int, own: Path, what: str) -> None:
    limit = bound()
    others = [row for row in folders() if row[0] != own]
    taken = sum(row[1] for row in others)
    for folder, bytes_, _, _ in others if size <= limit else []:
        if taken + size <= limit:
            break
        if delete(folder):
            taken -= bytes_
    if taken + size > limit:
        used = "" if size > limit else f", of which running processes use {taken / 1e9:.2f}"
        raise MimnetError(
            f"{what} need {size / 1e9:.2f} GB and the cache may have {limit / 1e9:.2f}{used}; set MIMNET_CACHE_GB "
            "higher, or train from shards (mimnet data shard)"
        )


def _is_whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / WHOLE).read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


class Lock:
    """A lock of a folder, which it makes; let go when the object is gone, or the process."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / name
        while True:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("a")
                return
            except FileNotFoundError:  # deleted between the two lines
                continue
            except OSError as error:
                raise MimnetError(f"cannot write {folder}: {error.strerror or error}") from error

    def share(self) -> None:
        """Hold it together with others."""
        if sys.platform != "win32":
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def own(self, *, wait: bool = True) -> bool:
        """Hold it alone. Without `wait`, False if others hold it."""
        if sys.platform != "win32":
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def stands(self) -> bool:
        """Whether the folder still has this lock; it may have been deleted while we waited."""
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        return False


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of making in `folder` alone for the length of a block."""
    lock = Lock(folder, MAKING)
    lock.own()
    yield
