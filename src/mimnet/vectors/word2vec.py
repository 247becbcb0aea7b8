"""word2vec's binary format: a head line with count and width, then each word, a blank and its float32 numbers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.vectors.opened import Stream, opened
from mimnet.vectors.reader import check_numbers, check_width

LONGEST = 4096  # bytes of a word


class Word2Vec:
    """Places are those of the numbers, in bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened(path) as file:
            head = file.readline(LONGEST)
        fields = head.split()
        self.start = len(head)
        self.count, width = int(fields[0]), int(fields[1])
        self.width = check_width(path, width)

    def entries(self) -> Iterator[tuple[bytes, int]]:
        """See `Reader.entries`."""
        with opened(self.path) as file:
            stream = Stream(file, self.path)
            stream.take(self.start)
            for _ in range(self.count):
                word = stream.until(b" ", LONGEST).lstrip(b"\n")  # some writers end each vector with a line's end
                yield word, stream.place
                stream.take(4 * self.width)

    def composes(self, word: bytes) -> bool:
        """Never: the format has no subwords."""
        return False

    def read(self, wanted: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]:
        """See `Reader.read`."""
        vectors = np.zeros((len(wanted), self.width), np.float32)
        with opened(self.path) as file:
            for i in sorted(range(len(wanted)), key=lambda i: wanted[i][1]):
                word, place = wanted[i]
                file.seek(place)
                numbers = file.read(4 * self.width)
                if len(numbers) < 4 * self.width:
                    raise MimnetError(f"{self.path} is cut short; get it again")
                vectors[i] = np.frombuffer(numbers, "<f4")
                check_numbers(self.path, word, vectors[i])
        return vectors
