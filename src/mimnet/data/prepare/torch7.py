"""Torch7's `.t7` files, in which Reed's captions of 2016 came: tables, text, numbers and tensors, nothing else.

The format: each object is its type (int32), then its content; tables and torch objects carry an index so that a second
mention of one is its index alone. Everything is little-endian.
"""

import math
import struct
from typing import Any

import numpy as np

from mimnet.errors import MimnetError

NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = range(6)
DTYPES = {
    "Byte": "u1",
    "Char": "i1",
    "Short": "<i2",
    "Int": "<i4",
    "Long": "<i8",
    "Float": "<f4",
    "Double": "<f8",
}
DEEPEST = 32  # tables in tables


def read_t7(data: bytes, *, name: str) -> Any:
    """The object of a `.t7` file: dict, str, float, bool, None or array. Raises `MimnetError` with `name`."""
    try:
        return _Reader(data).object(0)
    except (struct.error, ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise MimnetError(f"{name} is not a Torch7 file of tables, text and tensors ({reason})") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.seen: dict[int, Any] = {}

    def numbers(self, code: str, count: int = 1) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{count}{code}", self.data, self.at)
        self.at += struct.calcsize(f"<{count}{code}")
        return values

    def raw(self, length: int) -> bytes:
        if length < 0 or self.at + length > len(self.data):
            raise ValueError(f"it ends before byte {self.at + length}")
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self) -> str:
        return self.raw(*self.numbers("i")).decode("utf-8", errors="replace")

    def object(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError("its tables are nested too deep")
        (kind,) = self.numbers("i")
        if kind == NIL:
            return None
        if kind == NUMBER:
            return self.numbers("d")[0]
        if kind == STRING:
            return self.text()
        if kind == BOOLEAN:
            return self.numbers("i")[0] == 1
        if kind not in (TABLE, TORCH):
            raise ValueError(f"objects of type {kind} are not read")
        (index,) = self.numbers("i")
        if index not in self.seen:
            self.seen[index] = None  # a table that holds itself would never end
            self.seen[index] = self.table(depth) if kind == TABLE else self.tensor(depth)
        return self.seen[index]

    def table(self, depth: int) -> dict[Any, Any]:
        (size,) = self.numbers("i")
        if not 0 <= size <= len(self.data):
            raise ValueError(f"a table of {size} entries")
        return {self.object(depth + 1): self.object(depth + 1) for _ in range(size)}

    def tensor(self, depth: int) -> Any:
        version = self.text()
        name = self.text() if version.startswith("V ") else version
        kind = name.removeprefix("torch.").removesuffix("Storage").removesuffix("Tensor")
        dtype = np.dtype(DTYPES[kind]) if kind in DTYPES else None
        if dtype is None:
            raise ValueError(f"{name} is not read")
        if name.endswith("Storage"):
            (length,) = self.numbers("q")
            return np.frombuffer(self.raw(length * dtype.itemsize), dtype)
        (axes,) = self.numbers("i")
        if not 0 <= axes <= 8:
            raise ValueError(f"a tensor of {axes} axes")
        shape, strides, (first,) = self.numbers("q", axes), self.numbers("q", axes), self.numbers("q")
        storage = self.object(depth + 1)
        if storage is None or not axes:
            return np.zeros(0, dtype)
        last = first - 1 + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
        if min(shape) < 1 or min(strides) < 0 or first < 1 or last >= len(storage):
            raise ValueError(f"a tensor of shape {shape} in a storage of {len(storage)}")
        if math.prod(shape) > len(storage):
            raise ValueError(f"a tensor of shape {shape} in a storage of {len(storage)}")
        step = tuple(stride * dtype.itemsize for stride in strides)
        return np.lib.stride_tricks.as_strided(storage[first - 1 :], shape, step, writeable=False)
