"""Files of word vectors in the exact formats, written without the package."""

import struct
from pathlib import Path

import numpy as np

TEXT = {"the": [9.0, 9, 9], "blue": [-1.0, 0.2, 0.5], "fish": [7.0, 7, 7], "red": [1.0, 2, 3]}


def write_text(path: Path, vectors: dict[str, list[float]], head: str = "", end: str = "") -> Path:
    lines = [" ".join([word, *map(str, numbers)]) + end for word, numbers in vectors.items()]
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def word2vec_bytes(vectors: dict[str, list[float]], end: bytes = b"\n") -> bytes:
    width = len(next(iter(vectors.values())))
    body = b"".join(
        word.encode() + b" " + struct.pack(f"<{width}f", *numbers) + end for word, numbers in vectors.items()
    )
    return f"{len(vectors)} {width}\n".encode() + body


def fasttext_bytes(
    words: list[str],
    matrix: np.ndarray,
    *,
    labels: tuple[str, ...] = (),
    buckets: int = 0,
    least: int = 3,
    most: int = 6,
    version: int = 12,
    model: int = 2,
    quantised: bool = False,
    pruned: int = -1,
) -> bytes:
    """A model of fastText, as its source writes one: header, settings, dictionary, input and output matrix."""
    width = matrix.shape[1]
    data = struct.pack("<ii", 793712314, version)
    data += struct.pack("<12i", width, 5, 5, 1, 5, 1, 2, model, buckets, least, most, 100) + struct.pack("<d", 1e-4)
    data += struct.pack("<3i2q", len(words) + len(labels), len(words), len(labels), 1000, pruned)
    for names, kind in ((words, 0), (labels, 1)):
        for name in names:
            data += name.encode() + b"\0" + struct.pack("<qb", 7, kind)
    data += struct.pack("<?2q", quantised, *matrix.shape) + matrix.astype("<f4").tobytes()
    output = np.zeros((len(words), width), "<f4")
    return data + struct.pack("<?2q", False, *output.shape) + output.tobytes()
