"""Text files of word vectors: GloVe's, fastText's .vec, word2vec's text. One word a line with its numbers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.vectors.opened import opened
from mimnet.vectors.reader import check_numbers, check_width

LONGEST = 1 << 18  # bytes of a line


class TextVectors:
    """A head line with count and width may come first. Places are those of the lines, in bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened(path) as file:
            first = self._line(file, 0)
        fields = first.split()
        head = len(fields) == 2 and all(field.isdigit() for field in fields)
        self.start = len(first) if head else 0
        self.width = check_width(path, int(fields[1]) if head else len(fields) - 1)

    def entries(self) -> Iterator[tuple[bytes, int]]:
        """The words, some of which have blanks in them; a line with too few numbers is told only when it is read."""
        with opened(self.path) as file:
            file.seek(self.start)
            place = self.start
            while line := self._line(file, place):
                fields = line.rstrip()
                blanks = fields.count(b" ")
                yield (fields.partition(b" ") if blanks <= self.width else fields.rsplit(b" ", self.width))[0], place
                place += len(line)

    def composes(self, word: bytes) -> bool:
        """Never: text files have no subwords."""
        return False

    def read(self, wanted: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]:
        """See `Reader.read`."""
        vectors = np.zeros((len(wanted), self.width), np.float32)
        with opened(self.path) as file:
            for i in sorted(range(len(wanted)), key=lambda i: wanted[i][1]):
                word, place = wanted[i]
                file.seek(place)
                numbers = self._line(file, place).rstrip()[len(word) :].decode(errors="replace").split()
                if len(numbers) != self.width:
                    told = f"{len(numbers)} numbers where the file has {self.width}" if numbers else "no numbers"
                    raise MimnetError(f"{self._where(place)}: {told} after {word.decode(errors='replace')!r}")
                try:
                    vectors[i] = [float(x) for x in numbers]
                except ValueError as error:
                    raise MimnetError(f"{self._where(place)}: {error}") from error
                check_numbers(self.path, word, vectors[i])
        return vectors

    def _line(self, file: IO[bytes], place: int) -> bytes:
        line = file.readline(LONGEST + 1)
        if len(line) > LONGEST:
            raise MimnetError(f"{self._where(place)} is longer than {LONGEST:,} bytes: no text file of word vectors")
        return line

    def _where(self, place: int) -> str:
        """The line that begins at `place`; it is counted only when something is wrong with it."""
        number = 1
        with opened(self.path) as file:
            while place > 0 and (block := file.read(min(place, 1 << 20))):
                number += block.count(b"\n")
                place -= len(block)
        return f"{self.path}, line {number}"
