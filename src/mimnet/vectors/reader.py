"""What every reader of word vectors offers, and the choice among them by what a file begins with."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError

WIDEST = 4096  # numbers of a word vector; a file that says more is not one
NOWHERE = -1  # the place of a word that the file lacks, whose vector is made of its subwords


class Reader(Protocol):
    """A file of word vectors. It is streamed: words first, then the vectors that are wanted."""

    width: int  # numbers of a vector

    def entries(self) -> Iterator[tuple[bytes, int]]:
        """Words in the order of the file, commonest first, with the place of each."""
        ...

    def composes(self, word: bytes) -> bool:
        """Whether a vector can be made for a word that the file lacks."""
        ...

    def read(self, wanted: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]:
        """Vectors (words, width) of entries, in the order given. Raises `MimnetError` for what is no vector."""
        ...


def check_width(path: Path, width: int) -> int:
    """The width, or a `MimnetError` if no word vector is that wide."""
    if not 1 <= width <= WIDEST:
        raise MimnetError(
            f"{path} says vectors of {width} numbers; word vectors have 1 to {WIDEST}: it is another file"
        )
    return width


def check_numbers(path: Path, word: bytes, vector: NDArray[np.float32]) -> None:
    """Raise `MimnetError` unless all numbers are finite."""
    if not np.isfinite(vector).all():
        raise MimnetError(f"{path}: the vector of {word.decode(errors='replace')!r} is not all finite; get it again")
