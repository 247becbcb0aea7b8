"""The reader that fits a file of word vectors, told by what it begins with."""

from pathlib import Path

from mimnet.errors import MimnetError
from mimnet.vectors.fasttext import MAGIC, FastText
from mimnet.vectors.opened import opened
from mimnet.vectors.reader import Reader
from mimnet.vectors.text import TextVectors
from mimnet.vectors.word2vec import Word2Vec

LOOK = 4096  # bytes to tell by


def open_vectors(path: Path) -> Reader:
    """A reader for fastText's .bin, word2vec's binary, or text. Raises `MimnetError` for other files."""
    path = Path(path)
    with opened(path) as file:
        start = file.read(LOOK)
    if start[:4] == MAGIC:
        return FastText(path)
    head, _, rest = start.partition(b"\n")
    fields = head.split()
    if len(fields) == 2 and all(field.isdigit() for field in fields) and not _number(rest.partition(b" ")[2]):
        return Word2Vec(path)
    if not fields or b"\0" in start:
        raise MimnetError(f"{path} is no file of word vectors; GloVe, fastText (.vec, .bin) and word2vec can be read")
    return TextVectors(path)


def _number(text: bytes) -> bool:
    """Whether `text` begins with a number in digits."""
    try:
        float(text.split(None, 1)[0][:40].decode())
    except (IndexError, ValueError):
        return False
    return True
