"""Protocol buffers, as far as checkpoints use them: numbers of variable length, and messages as fields by number."""

import numpy as np
from numpy.typing import NDArray


class DamagedError(ValueError):
    """A part of a checkpoint is not what it has to be; the text says which and how."""


def number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned number (varint) that begins at a place -> it, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise DamagedError("a number is cut short")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
    raise DamagedError("a number is longer than 64 bits")


def numbers(data: bytes) -> NDArray[np.int64]:
    """All numbers (varints) of packed bytes, signed.

    >>> numbers(bytes([1, 172, 2])).tolist()
    [1, 300]
    """
    read, at = [], 0
    while at < len(data):
        value, at = number(data, at)
        read.append(value)
    return np.array(read, np.uint64).view(np.int64)


class Message:
    """The fields of a message by number. What a field is, number or bytes, is said when it is asked for."""

    def __init__(self, data: bytes) -> None:
        self.fields: dict[int, list[int | bytes]] = {}
        at = 0
        while at < len(data):
            tag, at = number(data, at)
            wire = tag & 7
            value: int | bytes
            if wire == 0:
                value, at = number(data, at)
            else:
                if wire == 2:
                    length, at = number(data, at)
                elif wire in (1, 5):
                    length = 8 if wire == 1 else 4
                else:
                    raise DamagedError(f"a message has a field of the unknown kind {wire}")
                if length > len(data) - at:
                    raise DamagedError("a message is cut short")
                value = data[at : at + length]
                at += length
            self.fields.setdefault(tag >> 3, []).append(value)

    def integer(self, field: int) -> int:
        """A number; 0 where the field is not there."""
        value = self.fields.get(field, [0])[-1]
        if not isinstance(value, int):
            raise DamagedError(f"field {field} of a message is no number")
        return value

    def contents(self, field: int) -> list[bytes]:
        """Every value of a field that holds bytes."""
        values = self.fields.get(field, [])
        return [value for value in values if isinstance(value, bytes)]

    def content(self, field: int) -> bytes:
        """The bytes of a field, none where it is not there."""
        return b"".join(self.contents(field)[-1:])

    def message(self, field: int) -> "Message":
        """The message in a field, an empty one where it is not there."""
        return Message(self.content(field))

    def messages(self, field: int) -> "list[Message]":
        """Every message of a repeated field."""
        return [Message(value) for value in self.contents(field)]
