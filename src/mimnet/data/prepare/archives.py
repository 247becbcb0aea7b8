"""What a person has downloaded: folders, zips and tars alike, read where they lie and never unpacked.

Nothing is written from a name that stands in an archive, so no such name can lead outside; an archive with one that
would is refused all the same. A file in an archive is read to `MAX_FILE` bytes at most.
"""

import io
import os
import re
import sys
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from mimnet.errors import MimnetError

NOTE = "prepared.json"  # of a folder that mimnet data prepare has written; such a one is no source
MAX_FILE = 512 * 2**20  # bytes of one file in an archive, an archive within it included
MAX_FILES = 5_000_000  # files of one archive
_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
_FOREIGN = re.compile(r"\.(7z(\.\d+)?|rar)$", re.IGNORECASE)
_TEXT = re.compile(r"\.(txt|csv|tsv|json|jsonl|mat|pickle|pkl)$", re.IGNORECASE)
_KEEP_EACH, _KEEP = 4 * 2**20, 256 * 2**20  # small texts of a compressed tar are kept from the first pass through it
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, zlib.error, LZMAError)


@dataclass(frozen=True, slots=True)
class Place:
    """One file: who holds it, its name there with "/" between folders, its size in bytes."""

    holder: "Holder"
    name: str
    size: int

    @property
    def path(self) -> PurePosixPath:
        """Its name, as a path."""
        return PurePosixPath(self.name)

    @property
    def file(self) -> Path | None:
        """The file on the disk, if it lies there by itself."""
        return self.holder.root / self.name if isinstance(self.holder, Folder) else None

    def __str__(self) -> str:
        return f"{self.holder.label}/{self.name}"


class Holder(Protocol):
    """A folder or an archive, listed when it is first asked."""

    label: str  # as messages call it

    def places(self) -> Sequence[Place]:
        """All its files, in order; hidden ones and what macOS adds are left out. Raises `MimnetError`."""
        ...

    def read(self, places: Sequence[Place]) -> Iterator[tuple[Place, bytes]]:
        """The contents of some of them, in an order of its own choice. Raises `MimnetError`."""
        ...


class Source:
    """All folders and archives that were given, and the archives that lie in those folders.

    Raises `MimnetError` for a path that does not exist or is neither.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.label = ", ".join(str(path) for path in paths)
        self._holders: list[Holder] = []
        archives: list[Path] = []
        for path in paths:
            if path.is_dir():
                folder = Folder(path)
                self._holders.append(folder)
                archives += [path / place.name for place in folder.places() if _ARCHIVE.search(place.name)]
            elif path.is_file():
                archives.append(path)
            else:
                raise MimnetError(f"{path} does not exist; --source names a folder of downloads, or an archive")
        self._holders += [_archive(path, str(path)) for path in archives]
        self._inner: dict[str, list[Holder]] = {}  # by the label of the archive that they lie in

    def holders(self) -> Iterator[Holder]:
        """Folders first, then archives, each followed by the archives within it; listed as far as one reads on."""
        for holder in self._holders:
            yield holder
            if not isinstance(holder, Folder):
                yield from self._archives_in(holder)

    def _archives_in(self, holder: Holder) -> list[Holder]:
        if holder.label not in self._inner:
            packed = [p for p in holder.places() if _ARCHIVE.search(p.name) and p.size <= MAX_FILE]
            found = holder.read(packed) if packed else ()
            self._inner[holder.label] = [_archive(io.BytesIO(data), str(place)) for place, data in found]
        return self._inner[holder.label]

    def known(self) -> str:
        """What there is, in words, for a message."""
        told = []
        for holder in self._holders:
            kinds = Counter(PurePosixPath(place.name).suffix.lower() or "no suffix" for place in holder.places())
            parts = [f"{count:,} {kind}" for kind, count in kinds.most_common(4)]
            packed = [place.name for place in holder.places() if _FOREIGN.search(place.name)]
            parts += [f"{packed[0]}, which has to be unpacked by hand"] if packed else []
            told.append(f"{holder.label} ({', '.join(parts) or 'empty'})")
        return "; ".join(told[:6]) + ("; and more" if told[6:] else "")


class Folder:
    """`Holder`: files that lie unpacked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.label = str(root)
        self._places: list[Place] | None = None

    def places(self) -> Sequence[Place]:
        """Linked folders count, each once."""
        if self._places is None:
            found, seen = [], set()
            for folder, below, names in os.walk(self.root, followlinks=True):
                real = os.path.realpath(folder)
                if real in seen or NOTE in names:
                    below.clear()
                    continue
                seen.add(real)
                below[:] = sorted(name for name in below if _visible(name))
                inside = Path(folder).relative_to(self.root)
                for name in sorted(filter(_visible, names)):
                    file = Path(folder, name)
                    if file.is_file():
                        found.append(Place(self, (inside / name).as_posix(), file.stat().st_size))
            self._places = found
        return self._places

    def read(self, places: Sequence[Place]) -> Iterator[tuple[Place, bytes]]:
        """In the given order."""
        for place in places:
            file = self.root / place.name
            try:
                yield place, file.read_bytes()
            except OSError as error:
                raise MimnetError(f"cannot read {file}: {error.strerror or error}") from error


class Zip:
    """`Holder`: a zip."""

    def __init__(self, file: Path | IO[bytes], label: str) -> None:
        self.label = label
        self._zip = zipfile.ZipFile(file)
        self._places: list[Place] | None = None

    def places(self) -> Sequence[Place]:
        """In the order of the archive."""
        if self._places is None:
            listed = [info for info in self._zip.infolist() if not info.is_dir()]
            _check_count(self.label, len(listed))
            names = [(info, _checked(info.filename, self.label)) for info in listed]
            self._places = [Place(self, name, info.file_size) for info, name in names if name]
            self._infos = {name: info for info, name in names if name}
        return self._places

    def read(self, places: Sequence[Place]) -> Iterator[tuple[Place, bytes]]:
        """In the order of the archive."""
        for place in sorted(places, key=lambda p: self._infos[p.name].header_offset):
            info = self._infos[place.name]
            if info.flag_bits & 1:
                raise MimnetError(f"{self.label} is locked with a password; unpack it by hand and give the folder")
            _check_size(place)
            try:
                with self._zip.open(info) as file:
                    yield place, _bounded(file, place)
            except NotImplementedError as error:
                raise MimnetError(f"{self.label} is packed in a way not known here ({error}); unpack it") from error
            except _DAMAGED as error:
                raise _broken(self.label, error) from error


class Tar:
    """`Holder`: a tar, compressed or not, read from front to back. Links and devices in it do not count."""

    def __init__(self, file: Path | IO[bytes], label: str) -> None:
        self.label = label
        self._file = file
        self._places: list[Place] | None = None
        self._kept: dict[str, bytes] = {}

    def places(self) -> Sequence[Place]:
        """In the order of the archive; this first pass keeps small texts."""
        if self._places is None:
            if isinstance(self._file, Path) and self._file.stat().st_size > 100 * 2**20:
                print(f"listing {self.label}", file=sys.stderr)
            found, kept = {}, 0
            for member, name, tar in self._members():
                found[name] = Place(self, name, member.size)
                _check_count(self.label, len(found))
                if _TEXT.search(name) and member.size <= _KEEP_EACH and kept + member.size <= _KEEP:
                    self._kept[name] = self._content(tar, member, found[name])
                    kept += member.size
            self._places = list(found.values())
        return self._places

    def read(self, places: Sequence[Place]) -> Iterator[tuple[Place, bytes]]:
        """In the order of the archive."""
        wanted = {place.name: place for place in places}
        for name in self._kept.keys() & wanted.keys():
            yield wanted.pop(name), self._kept[name]
        if wanted:
            for member, name, tar in self._members():
                if name in wanted:
                    place = wanted.pop(name)
                    _check_size(place)
                    yield place, self._content(tar, member, place)
                    if not wanted:
                        return

    def _members(self) -> Iterator[tuple[tarfile.TarInfo, str, tarfile.TarFile]]:
        try:
            if not isinstance(self._file, Path):
                self._file.seek(0)
            with (
                tarfile.open(self._file, "r")
                if isinstance(self._file, Path)
                else tarfile.open(fileobj=self._file, mode="r") as tar
            ):
                for member in tar:
                    name = _checked(member.name, self.label)
                    if member.isreg() and name:
                        yield member, name, tar
                    tar.members = []  # type: ignore[attr-defined]  # a list that would grow with every file
        except _DAMAGED as error:
            raise _broken(self.label, error) from error

    def _content(self, tar: tarfile.TarFile, member: tarfile.TarInfo, place: Place) -> bytes:
        try:
            file = tar.extractfile(member)
            assert file is not None  # of regular files it never is
            data = _bounded(file, place)
        except _DAMAGED as error:
            raise _broken(self.label, error) from error
        if len(data) != member.size:
            raise MimnetError(f"{self.label} is cut short: {place.name} ends early; fetch it again")
        return data


def _archive(file: Path | IO[bytes], label: str) -> Holder:
    """A zip or a tar by its content, whatever its name."""
    try:
        if tarfile.is_tarfile(file):  # asked first: a tar that ends with a zip passes for a zip
            return Tar(file, label)
        if not isinstance(file, Path):
            file.seek(0)
        if zipfile.is_zipfile(file):
            return Zip(file, label)
        if isinstance(file, Path):
            with file.open("rb") as opened:
                start = opened.read(64)
        else:
            file.seek(0)
            start = file.read(64)
    except _DAMAGED as error:
        raise _broken(label, error) from error
    if start.lstrip()[:1] == b"<":
        raise MimnetError(f"{label} is a web page, not an archive: the download was not allowed; fetch it in a browser")
    raise MimnetError(f"{label} is not a zip or tar that can be read (it starts with {start[:8]!r}); fetch it again")


def _broken(label: str, error: Exception) -> MimnetError:
    reason = " ".join(str(error).split())[:120]
    return MimnetError(f"{label} is damaged or cut short ({reason or type(error).__name__}); fetch it again")


def _visible(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _checked(name: str, label: str) -> str:
    """A name without "./"; empty for what is hidden. Raises `MimnetError` if it leads outside."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or re.match(r"[A-Za-z]:", name):
        raise MimnetError(f"{label} holds {name!r}, a path that leads outside of it; such an archive is not used")
    return "/".join(parts) if all(map(_visible, parts)) else ""


def _check_count(label: str, count: int) -> None:
    if count > MAX_FILES:
        raise MimnetError(f"{label} holds more than {MAX_FILES:,} files; such an archive is not used")


def _check_size(place: Place) -> None:
    if place.size > MAX_FILE:
        raise MimnetError(
            f"{place} has {place.size / 2**30:.1f} GB; unpack it by hand and give the folder "
            f"(files of up to {MAX_FILE // 2**20} MB are read in place)"
        )


def _bounded(file: IO[bytes], place: Place) -> bytes:
    """A zip or tar states sizes that may be lies; what is read never passes what was stated."""
    data = file.read(min(place.size, MAX_FILE) + 1)
    if len(data) > place.size:
        raise MimnetError(f"{place} is larger than its archive says; such an archive is not used")
    return data
