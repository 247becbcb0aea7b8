"""The variables of a TensorFlow checkpoint by name.

The older format (V1) is one file, a table in which one entry describes all variables and one more each holds values.
The newer (V2) is `NAME.index`, a table that says of each variable where it stands, and `NAME.data-00000-of-00001`, the
bare bytes. Field numbers are those of TensorFlow's `saved_tensor_slice.proto`, `tensor_bundle.proto`, `tensor.proto`
and `tensor_shape.proto`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.tfcheckpoint.crc32c import masked
from mimnet.tfcheckpoint.protobuf import DamagedError, Message, numbers
from mimnet.tfcheckpoint.table import Table, ends_as_table

PART = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")  # what follows the name of a checkpoint in its files' names
USUAL = re.compile(r"\.ckpt(-\d+)?$")  # how the name of a checkpoint usually ends


@dataclass(frozen=True)
class Kind:
    """A kind of values that is read."""

    type: np.dtype[Any]
    field: int  # of a V1 entry that holds values of the kind

    def of(self, message: Message) -> NDArray[Any]:
        """The values that an entry of V1 holds, in one row."""
        data = message.content(self.field)
        if self.type.kind == "i":
            return numbers(data).astype(self.type)
        return self.plain(data)

    def plain(self, data: bytes) -> NDArray[Any]:
        """Bare bytes as values in one row."""
        if len(data) % self.type.itemsize:
            raise DamagedError(f"{len(data)} bytes are no whole number of values")
        return np.frombuffer(data, self.type)


KINDS = {  # by TensorFlow's number of the type
    1: Kind(np.dtype("<f4"), field=5),
    2: Kind(np.dtype("<f8"), field=6),
    3: Kind(np.dtype("<i4"), field=7),
    9: Kind(np.dtype("<i8"), field=10),
}


@dataclass(frozen=True)
class Variable:
    """What a checkpoint says of a variable."""

    shape: tuple[int, ...]
    type: int  # TensorFlow's number
    parts: int  # in how many slices it is stored


class Checkpoint:
    """A TensorFlow checkpoint, V1 or V2; `path` is its name, or one of its files.

    Variables are read as they are asked for, with their checksums. Float32, float64, int32 and int64 are read, and of
    tables none that is compressed. Raises `MimnetError` if the files are missing, are no checkpoint, or are damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = _name_of(path)
        index = Path(f"{self.path}.index")
        with _told(index if index.is_file() else self.path):
            self._stored: _V1 | _V2 = _V2(self.path, index) if index.is_file() else _V1(self.path)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of all variables by name."""
        return {name: variable.shape for name, variable in self._stored.variables.items()}

    def read(self, name: str) -> NDArray[Any]:
        """The values of a variable. Raises `KeyError` if there is none of this name, and `MimnetError`."""
        variable = self._stored.variables[name]
        if variable.type not in KINDS:
            known = ", ".join(kind.type.name for kind in KINDS.values())
            raise MimnetError(f"{self.path}: {name} is of TensorFlow's type {variable.type}; {known} are read")
        if variable.parts > 1:
            raise MimnetError(f"{self.path}: {name} is stored in {variable.parts} slices; variables in one are read")
        with _told(self.path):
            values = self._stored.values(name, KINDS[variable.type])
            try:
                return values.reshape(variable.shape)
            except (ValueError, OverflowError) as error:
                raise DamagedError(f"{name} has {len(values)} values, not those of {variable.shape}") from error


class _V1:
    def __init__(self, path: Path) -> None:
        self.table = Table(path)
        first = self.table.from_key(b"")
        if first is None or first[0] != b"":
            raise DamagedError("it has no list of variables, so it is a table of something else")
        self.variables = {
            _printable(told.content(1)): Variable(_shape(told.message(2)), told.integer(3), len(told.contents(4)))
            for told in Message(first[1]).message(1).messages(1)
        }

    def values(self, name: str, kind: Kind) -> NDArray[Any]:
        # A key is a number, 0, the name, the end of the name, and the slice, which is the only one.
        entry = self.table.from_key(b"\x00" + name.encode() + b"\x00\x01")
        slice = Message(entry[1] if entry else b"").message(2)
        if slice.content(1) != name.encode():
            raise DamagedError(f"it holds no values of {name}")
        return kind.of(slice.message(3))


class _V2:
    def __init__(self, path: Path, index: Path) -> None:
        self.path = path
        entries = {key: Message(value) for key, value in Table(index)}
        header = entries.pop(b"", None)
        if header is None:
            raise DamagedError("it has no header, so it is a table of something else")
        if header.integer(2):
            raise DamagedError("its numbers are big-endian, which is not read")
        self.files = header.integer(1)
        self.entries = {_printable(key): told for key, told in entries.items()}
        self.variables = {
            name: Variable(_shape(told.message(2)), told.integer(1), len(told.contents(7)) or 1)
            for name, told in self.entries.items()
        }

    def values(self, name: str, kind: Kind) -> NDArray[Any]:
        told = self.entries[name]
        file = Path(f"{self.path}.data-{told.integer(3):05d}-of-{self.files:05d}")
        start, length = told.integer(4), told.integer(5)
        with _told(file):
            if start + length > file.stat().st_size:
                raise DamagedError(f"it is cut short: {name} is not there")
            with file.open("rb") as opened:
                opened.seek(start)
                data = opened.read(length)
            if int.from_bytes(told.content(6), "little") != masked(data):
                raise DamagedError(f"the checksum of {name} is wrong")
            return kind.plain(data)


def is_checkpoint(path: Path) -> bool:
    """Whether a path is that of a TensorFlow checkpoint, by the name or by the last bytes of the file.

    >>> is_checkpoint(Path("birds_valid299/model.ckpt")), is_checkpoint(Path("classifier.safetensors"))
    (True, False)
    """
    try:
        if path.is_dir():
            return bool(_inside(path))
        named = _is_name(path.name) or Path(f"{path}.index").is_file()
        return named or (path.is_file() and ends_as_table(path))
    except OSError:  # whoever opens it next says why
        return False


def _inside(folder: Path) -> list[str]:
    """Names of the checkpoints in a folder."""
    return sorted({PART.sub("", file.name) for file in folder.iterdir() if _is_name(file.name)})


def _is_name(name: str) -> bool:
    return PART.search(name) is not None or USUAL.search(name) is not None


def _name_of(path: Path) -> Path:
    """The name of a checkpoint, of a path that may be one of its files."""
    if path.is_dir():
        found = _inside(path)
        raise MimnetError(f"{path} is a folder; name the checkpoint in it: {', '.join(found) or 'it has none'}")
    name = path.with_name(PART.sub("", path.name))
    if not name.is_file() and not Path(f"{name}.index").is_file():
        raise MimnetError(f"no TensorFlow checkpoint {name}: neither that file nor {name.name}.index is there")
    return name


def _printable(name: bytes) -> str:
    """The name of a variable, as a text of one line."""
    text = name.decode("utf-8", "replace")
    if not text.isprintable():
        raise DamagedError(f"a variable has a name that cannot be printed, {text!a}")
    return text


def _shape(message: Message) -> tuple[int, ...]:
    return tuple(side.integer(1) for side in message.messages(2))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Whatever is wrong with a file as a `MimnetError` that names it."""
    try:
        yield
    except DamagedError as error:
        raise MimnetError(f"{path} is not a whole TensorFlow checkpoint: {error}; get it again") from error
    except OSError as error:
        raise MimnetError(f"cannot read {path}: {error.strerror or error}") from error
