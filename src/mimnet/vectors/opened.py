"""A file of word vectors as a stream of bytes: plain, gzip, or a member of a zip."""

import contextlib
import gzip
import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from mimnet.errors import MimnetError

BLOCK = 1 << 18  # bytes read at a time
SAMPLES = 64  # blocks of a large file that its key looks at
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The unpacked bytes of `path`, to read forward. A member of a zip is named as in `glove.6B.zip/glove.6B.50d.txt`.

    What goes wrong while it is open (missing, cut short, damaged) is raised as `MimnetError` with the path.
    """
    file, member = _archive(Path(path))
    try:
        with file.open("rb") as plain:
            start = plain.read(4)
            plain.seek(0)
            if start[:2] == b"\x1f\x8b":
                with gzip.open(plain) as unpacked:
                    yield cast(IO[bytes], unpacked)
            elif start == b"PK\x03\x04":
                with zipfile.ZipFile(plain) as archive, archive.open(_member(archive, file, member)) as unpacked:
                    yield unpacked
            else:
                yield plain
    except BROKEN as error:
        reason = getattr(error, "strerror", None) or error
        raise MimnetError(f"cannot read word vectors {path}: {reason}; get the file again") from error


def plain_size(path: Path) -> int | None:
    """Bytes of an unpacked file; None for gzip and zip, whose size is known only at their end."""
    file, member = _archive(Path(path))
    with opened(path) as stream:
        packed = member is not None or isinstance(stream, gzip.GzipFile | zipfile.ZipExtFile)
    return None if packed else file.stat().st_size


def content_key(path: Path) -> str:
    """What tells this content from another without reading it all: size, time of change and evenly spread blocks."""
    file, member = _archive(Path(path))
    try:
        state = file.stat()
        digest = hashlib.sha256(f"{state.st_size} {state.st_mtime_ns} {member}".encode())
        with file.open("rb") as plain:
            for i in range(SAMPLES):
                plain.seek(max(0, state.st_size - 4096) * i // (SAMPLES - 1))
                digest.update(plain.read(4096))
    except OSError as error:
        raise MimnetError(f"cannot read word vectors {path}: {error.strerror}") from error
    return digest.hexdigest()


class Stream:
    """Reads forward in an open file: so many bytes, or up to a mark; a file that ends early is a `MimnetError`."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.file, self.path = file, path
        self.held, self.at = b"", 0
        self.begin = 0  # place in the file of the first byte held

    @property
    def place(self) -> int:
        """Bytes before the next one."""
        return self.begin + self.at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        while len(self.held) - self.at < count:
            self._more()
        self.at += count
        return self.held[self.at - count : self.at]

    def until(self, mark: bytes, most: int) -> bytes:
        """The bytes before `mark`, which is passed; at most `most`."""
        end = self.held.find(mark, self.at, self.at + most + 1)
        while end < 0:
            if len(self.held) - self.at > most:
                raise MimnetError(f"{self.path}: no word ends within {most} bytes at byte {self.place}; get it again")
            self._more()
            end = self.held.find(mark, self.at, self.at + most + 1)
        found = self.held[self.at : end]
        self.at = end + 1
        return found

    def _more(self) -> None:
        new = self.file.read(BLOCK)
        if not new:
            raise MimnetError(f"{self.path} is cut short: it ends at byte {self.begin + len(self.held)}; get it again")
        self.begin += self.at
        self.held, self.at = self.held[self.at :] + new, 0


def _archive(path: Path) -> tuple[Path, str | None]:
    """The file on the disk, and the member that the path names inside it."""
    if path.exists():
        return path, None
    for parent in path.parents:
        if parent.is_file() and zipfile.is_zipfile(parent):
            return parent, path.relative_to(parent).as_posix()
    return path, None


def _member(archive: zipfile.ZipFile, file: Path, name: str | None) -> zipfile.ZipInfo:
    members = [info for info in archive.infolist() if not info.is_dir()]
    chosen = [info for info in members if name in (None, info.filename)]
    if len(chosen) != 1:
        names = ", ".join(info.filename for info in members[:8]) or "nothing"
        raise MimnetError(f"{file} holds {names}; name one, as in {file}/{members[0].filename if members else 'FILE'}")
    if chosen[0].flag_bits & 1:
        raise MimnetError(f"{file} is encrypted; unpack it first")
    return chosen[0]
