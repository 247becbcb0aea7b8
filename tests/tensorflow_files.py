"""Checkpoints as TensorFlow writes them, from the documented format; nothing is shared with the reader."""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

Variables = Mapping[str, NDArray[Any]]

NUMBER = {"float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int64": 9}
VALUES = {"float32": 5, "float64": 6, "int32": 7, "int64": 10}


def plain_crc(data: bytes) -> int:
    """CRC-32C a bit at a time, as its definition reads."""
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


def stored_crc(data: bytes, crc: Callable[[bytes], int] = plain_crc) -> bytes:
    """Rotated right by 15 bits, and a constant added."""
    value = crc(data)
    return struct.pack("<I", ((value >> 15 | value << 17 & 0xFFFFFFFF) + 0xA282EAD8) % 2**32)


def varint(value: int) -> bytes:
    value %= 2**64
    told = []
    while value > 127:
        told.append(value % 128 + 128)
        value //= 128
    return bytes([*told, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def shape_message(shape: tuple[int, ...]) -> bytes:
    return b"".join(field(2, field(1, side)) for side in shape)


def alike(a: bytes, b: bytes) -> int:
    """With how many equal bytes both begin."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def block(entries: list[tuple[bytes, bytes]], *, kind: int = 0, whole_every: int = 3) -> bytes:
    """A block with its kind of compression and CRC; every so many keys one is written whole."""
    data, places, before = b"", [], b""
    for i, (key, value) in enumerate(entries):
        shared = 0 if i % whole_every == 0 else alike(before, key)
        if i % whole_every == 0:
            places.append(len(data))
        data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    data += struct.pack(f"<{len(places) + 1}I", *places, len(places)) + bytes([kind])
    return data + stored_crc(data)


def table(entries: Mapping[bytes, bytes], *, together: int = 4, kind: int = 0) -> bytes:
    """A table of blocks with so many entries each; the index has keys between the blocks, where there are shorter."""
    keys = sorted(entries)
    groups = [keys[i : i + together] for i in range(0, len(keys), together)]
    data, index = b"", []
    for group, following in zip(groups, [*groups[1:], [b"\xff" * 99]], strict=False):
        made = block([(key, entries[key]) for key in group], kind=kind)
        last, limit = group[-1], following[0]
        same = alike(last, limit)
        if same < len(last) and last[same] + 1 < limit[same]:
            last = last[:same] + bytes([last[same] + 1])
        index.append((last, varint(len(data)) + varint(len(made) - 5)))
        data += made
    ends = []
    for made in (block([]), block(index)):
        ends.append(varint(len(data)) + varint(len(made) - 5))
        data += made
    return data + b"".join(ends).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def v1_entries(variables: Variables) -> dict[bytes, bytes]:
    """Entries of the older format: the first tells of all variables, every other has the values of one."""
    told, entries = b"", {}
    for name, x in variables.items():
        whole = field(1, b"") * x.ndim  # the slice that is the whole variable
        described = field(1, name.encode()) + field(2, shape_message(x.shape)) + field(3, NUMBER[x.dtype.name])
        told += field(1, described + field(4, whole))
        bare = b"".join(varint(int(i)) for i in x.ravel()) if x.dtype.kind == "i" else x.tobytes()
        values = field(VALUES.get(x.dtype.name, 4), bare)
        key = b"\x00" + name.encode() + b"\x00\x01" + (b"\x01" + bytes([x.ndim]) if x.ndim else b"\x00")
        entries[key + b"\x80\x7f" * x.ndim] = field(2, field(1, name.encode()) + field(2, whole) + field(3, values))
    return {b"": field(1, told), **entries}


def write_v1(file: Path, variables: Variables, *, together: int = 4, kind: int = 0) -> Path:
    """The older format; `kind` is said to be how its blocks are compressed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(table(v1_entries(variables), together=together, kind=kind))
    return file


def write_v2(file: Path, variables: Variables, *, files: int = 1, crc: Callable[[bytes], int] = plain_crc) -> Path:
    """The newer format, values spread over so many files; `file` is the name before their endings."""
    file.parent.mkdir(parents=True, exist_ok=True)
    data = [bytearray() for _ in range(files)]
    entries = {b"": field(1, files) + field(3, field(1, 1))}
    for i, (name, x) in enumerate(variables.items()):
        part, bare = data[i % files], x.tobytes()
        told = field(1, NUMBER[x.dtype.name]) + field(2, shape_message(x.shape))
        told += field(3, i % files) + field(4, len(part)) + field(5, len(bare))
        entries[name.encode()] = told + varint(6 << 3 | 5) + stored_crc(bare, crc)
        part += bare
    file.with_name(f"{file.name}.index").write_bytes(table(entries))
    for i, part in enumerate(data):
        file.with_name(f"{file.name}.data-{i:05d}-of-{files:05d}").write_bytes(part)
    return file
