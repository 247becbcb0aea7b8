"""Pictures and sentences that an export is calibrated and compared with."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimnet.data.drawn import write_drawn_set
from mimnet.data.folder import Captioned, read_split
from mimnet.images import open_picture, to_array
from mimnet.text import Encoded, Vocabulary

COMPARED = 24  # pictures of the test split
CALIBRATED = 48  # pictures of the training split
SEED = 0


@dataclass(frozen=True)
class Samples:
    """Pictures as the network sees them and a sentence for each."""

    pictures: NDArray[np.uint8]  # n,S,S,3
    sentences: list[Encoded]


def samples(rows: Sequence[Captioned], count: int, vocabulary: Vocabulary, *, size: int, max_words: int) -> Samples:
    """Pictures evenly through `rows`, each with a caption of the next: an edit, not a reconstruction.

    A caption without a word that the model knows is replaced by words that it knows.
    """
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int)]
    draw = np.random.default_rng([SEED, len(chosen)])
    sentences = []
    for other in [*chosen[1:], chosen[0]]:
        caption = other.captions[int(draw.integers(len(other.captions)))]
        encoded = vocabulary.encode(caption, max_words)
        if len(encoded.unknown) == encoded.length:
            known = [vocabulary.words[2 + int(i)] for i in draw.integers(len(vocabulary) - 2, size=encoded.length)]
            encoded = vocabulary.encode(" ".join(known), max_words)
        sentences.append(encoded)
    return Samples(np.stack([to_array(open_picture(row.file), size) for row in chosen]), sentences)


@contextlib.contextmanager
def captioned(data: Path | None, *, size: int) -> Iterator[tuple[Sequence[Captioned], Sequence[Captioned]]]:
    """Training and test rows of `data`, or of pictures drawn for it. Raises `MimnetError` for an unfit folder."""
    if data is not None:
        yield read_split(data, "train"), read_split(data, "test")
        return
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn"
        write_drawn_set(drawn, train=CALIBRATED, test=COMPARED, seed=SEED, size=min(256, size))
        yield read_split(drawn, "train"), read_split(drawn, "test")
