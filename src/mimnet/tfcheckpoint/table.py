"""A table of sorted keys and values (SSTable, as LevelDB's), which both formats of checkpoints are made of.

A file is blocks and, at its end, a footer of 48 bytes: where the index stands, and a mark. A block is entries, each
with the number of bytes that its key shares with the key before, then places where no key shares any, then five bytes:
how it is compressed, and a CRC. The index is a block too: for every block a key not below its last, and its place.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

from mimnet.tfcheckpoint.crc32c import masked
from mimnet.tfcheckpoint.protobuf import DamagedError, number

FOOTER = 48
MARK = bytes.fromhex("57fb808b247547db")
COMPRESSIONS = {1: "snappy"}

Entry = tuple[bytes, bytes]  # key and value


def ends_as_table(path: Path) -> bool:
    """Whether a file ends with the mark of a table. Raises `OSError`."""
    with path.open("rb") as opened:
        if opened.seek(0, 2) < FOOTER:
            return False
        opened.seek(-len(MARK), 2)
        return opened.read() == MARK


class Table:
    """A table in a file. Blocks are read as they are asked for. Everything raises `DamagedError` or `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.length = path.stat().st_size
        if not ends_as_table(path):
            raise DamagedError("it does not end as a table does")
        with path.open("rb") as opened:
            opened.seek(-FOOTER, 2)
            footer = opened.read()
        _, _, at = _place(footer, 0)  # of a second index, which is empty
        start, length, _ = _place(footer, at)
        index = _entries(self._read(start, length))
        self.last = [key for key, _ in index]  # of every block: a key not below its own, below all that follow
        self.places = [_place(value, 0)[:2] for _, value in index]
        self._kept: tuple[int, list[Entry]] = (-1, [])

    def block(self, i: int) -> list[Entry]:
        """The entries of a block; that which was read last is at hand."""
        if self._kept[0] != i:
            self._kept = (i, _entries(self._read(*self.places[i])))
        return self._kept[1]

    def __iter__(self) -> Iterator[Entry]:
        """All entries in order."""
        for i in range(len(self.places)):
            yield from self.block(i)

    def from_key(self, key: bytes) -> Entry | None:
        """The first entry whose key is `key` or follows it; None where all are before it."""
        for i in range(bisect_left(self.last, key), len(self.places)):
            for entry in self.block(i):
                if entry[0] >= key:
                    return entry
        return None

    def _read(self, start: int, length: int) -> bytes:
        """The bytes of a block, which are as they were written."""
        if start + length + 5 > self.length:
            raise DamagedError(f"a block of {length} bytes at {start} reaches beyond its end")
        with self.path.open("rb") as opened:
            opened.seek(start)
            data = opened.read(length + 5)
        if len(data) < length + 5:
            raise DamagedError(f"a block of {length} bytes at {start} is cut short")
        if struct.unpack("<I", data[-4:])[0] != masked(data[:-4]):
            raise DamagedError(f"the checksum of the block of {length} bytes at {start} is wrong")
        if data[length]:
            how = COMPRESSIONS.get(data[length], f"method {data[length]}")
            raise DamagedError(f"it is compressed ({how}), as checkpoints of TensorFlow are not")
        return data[:length]


def _place(data: bytes, at: int) -> tuple[int, int, int]:
    """Start and length of a block, written at a place; and the place behind them."""
    start, at = number(data, at)
    length, at = number(data, at)
    return start, length, at


def _entries(block: bytes) -> list[Entry]:
    if len(block) < 4:
        raise DamagedError("a block is too short")
    end = len(block) - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    if end < 0:
        raise DamagedError("a block has more places to begin at than bytes")
    found: list[Entry] = []
    key, at = b"", 0
    while at < end:
        shared, at = number(block, at)
        own, at = number(block, at)
        length, at = number(block, at)
        if shared > len(key) or own + length > end - at:
            raise DamagedError("an entry of a block reaches beyond it")
        key = key[:shared] + block[at : at + own]
        at += own
        found.append((key, block[at : at + length]))
        at += length
    return found
