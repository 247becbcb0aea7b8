"""Files and folders written whole or not at all, and where the package keeps its own."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mimnet.errors import MimnetError


def home() -> Path:
    """Where the package keeps what it can make again: `MIMNET_HOME`, or `~/.cache/mimnet`."""
    return Path(os.environ.get("MIMNET_HOME", "~/.cache/mimnet")).expanduser()


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is renamed to `path`, on any error removed.

    A reader therefore sees the old file or the new one, never a half. Errors of the disk are raised as
    `MimnetError` with the path.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise MimnetError(f"cannot write {path}: {error.strerror or error}") from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:  # on the disk before the name points at it
            os.fsync(written.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes private files; outputs follow the user's umask
        os.replace(temporary, path)
    except OSError as error:
        raise MimnetError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; on success it is renamed to `path`, on any error removed.

    Raises `MimnetError` if there is something at `path`, or for errors of the disk.
    """
    path = Path(path)
    try:
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise MimnetError(f"{path} is there already and not an empty folder; choose another, or delete it")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise MimnetError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise MimnetError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_writable(path: Path) -> None:
    """Raise the `MimnetError` now that writing `path` would raise after long work. It makes missing folders."""
    if path.is_dir():
        raise MimnetError(f"cannot write {path}: it is a folder; name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise MimnetError(f"cannot write {path}: {error.strerror or error}") from error


def write_whole(path: Path, data: bytes | str) -> None:
    """Write `data` to `path` whole or not at all (see `whole_file`)."""
    with whole_file(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)
