"""fastText's binary models (.bin): settings, dictionary, and one matrix with rows of words and of subword buckets."""

import io
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.vectors.opened import Stream, opened, plain_size
from mimnet.vectors.reader import NOWHERE, check_numbers, check_width
from mimnet.vectors.subwords import subword_hashes

MAGIC = struct.pack("<i", 793712314)
VERSIONS = (11, 12)
SUPERVISED = 3  # its number among fastText's models
END = b"</s>"  # stands for the end of a line; the one word that has no subwords
LONGEST = 4096  # bytes of a word
QUANTISED = "is a quantised model (.ftz), which has lost the exact vectors; take the .bin it was made from"
DICTIONARY = 100 << 20  # bytes of all words; two million words need 20 MB


class FastText:
    """A word's vector is the mean of its own row and those of its subwords; places are rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened(path) as file:
            stream = Stream(file, path)
            if stream.take(4) != MAGIC:
                raise MimnetError(f"{path} is no fastText model")
            (version,) = struct.unpack("<i", stream.take(4))
            if version not in VERSIONS:
                raise MimnetError(f"{path} has version {version} of fastText's format; versions 11 and 12 can be read")
            self._settings(stream, version)
            self._dictionary(stream)
            self._matrix(stream)

    def _settings(self, stream: Stream, version: int) -> None:
        """dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate, and t."""
        args = struct.unpack("<12id", stream.take(56))
        self.width = check_width(self.path, args[0])
        self.buckets, self.least, self.most = args[8], args[9], args[10]
        if version == 11 and args[7] == SUPERVISED:
            self.most = 0  # these files say otherwise, but were trained without subwords
        if self.buckets < 0 or not 0 <= self.least <= 100 or not 0 <= self.most <= 100:
            raise MimnetError(f"{self.path} is damaged: its settings make no sense; get it again")

    def _dictionary(self, stream: Stream) -> None:
        entries, self.count, labels, _, pruned = struct.unpack("<3i2q", stream.take(28))
        if pruned >= 0:
            raise MimnetError(f"{self.path} {QUANTISED}")
        if min(entries, self.count, labels) < 0 or self.count + labels != entries:
            raise MimnetError(f"{self.path} is damaged: its dictionary makes no sense; get it again")
        words = bytearray()
        for number in range(entries):
            word = stream.until(b"\0", LONGEST)
            if stream.take(9)[8] == 0 and number < self.count:  # a count of 8 bytes, and 0 for a word
                words += word.replace(b"\n", b" ") + b"\n"
            if len(words) > DICTIONARY:
                raise MimnetError(f"{self.path}: its words alone take more than {DICTIONARY >> 20} MB; another file?")
        self.words = bytes(words)  # one a line: a list would take five times the memory

    def _matrix(self, stream: Stream) -> None:
        if stream.take(1) != b"\0":
            raise MimnetError(f"{self.path} {QUANTISED}")
        rows, width = struct.unpack("<2q", stream.take(16))
        if width != self.width or rows < self.count + (self.buckets if self.most else 0):
            raise MimnetError(f"{self.path} is damaged: a matrix of {rows} by {width} does not fit its dictionary")
        self.start = stream.place
        size = plain_size(self.path)
        if size is not None and size < self.start + 4 * rows * width:
            raise MimnetError(f"{self.path} is cut short: {size:,} bytes, {self.start + 4 * rows * width:,} wanted")

    def entries(self) -> Iterator[tuple[bytes, int]]:
        """See `Reader.entries`."""
        for row, line in enumerate(io.BytesIO(self.words)):
            yield line[:-1], row

    def composes(self, word: bytes) -> bool:
        """True for every word that has a subword."""
        return bool(self._subwords(word))

    def _subwords(self, word: bytes) -> list[int]:
        if not self.most or not self.buckets or word == END:
            return []
        return [self.count + h % self.buckets for h in subword_hashes(word, least=self.least, most=self.most)]

    def read(self, wanted: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]:
        """See `Reader.read`; with place `NOWHERE` from subwords alone."""
        needs: list[tuple[int, int]] = []  # row, and which of `wanted` it goes into
        parts = np.ones(len(wanted))
        for i, (word, row) in enumerate(wanted):
            rows = ([] if row == NOWHERE else [row]) + self._subwords(word)
            needs += [(r, i) for r in rows]
            parts[i] = max(1, len(rows))
        sums = np.zeros((len(wanted), self.width))
        size, last, numbers = 4 * self.width, NOWHERE, np.zeros(self.width, np.float32)
        with opened(self.path) as file:
            for row, i in sorted(needs):  # forward through the matrix, each row once
                if row != last:
                    file.seek(self.start + size * row)
                    data = file.read(size)
                    if len(data) < size:
                        raise MimnetError(f"{self.path} is cut short; get it again")
                    numbers, last = np.frombuffer(data, "<f4"), row
                sums[i] += numbers
        vectors = (sums / parts[:, None]).astype(np.float32)
        for (word, _), vector in zip(wanted, vectors, strict=True):
            check_numbers(self.path, word, vector)
        return vectors
