"""A writer of Torch7 files, by the format as Torch wrote it: tables, text, numbers, byte and float tensors."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

KINDS = {np.dtype("u1"): "Byte", np.dtype("f4"): "Float", np.dtype("i8"): "Long"}


def t7(thing: Any) -> bytes:
    return _object(thing, iter(range(1, 10_000)))


def _text(text: str) -> bytes:
    return struct.pack("<i", len(text.encode())) + text.encode()


def _object(thing: Any, index: Any) -> bytes:
    if thing is None:
        return struct.pack("<i", 0)
    if isinstance(thing, bool):
        return struct.pack("<ii", 5, thing)
    if isinstance(thing, int | float):
        return struct.pack("<id", 1, thing)
    if isinstance(thing, str):
        return struct.pack("<i", 2) + _text(thing)
    if isinstance(thing, Mapping):
        head = struct.pack("<iii", 3, next(index), len(thing))
        return head + b"".join(_object(k, index) + _object(v, index) for k, v in thing.items())
    assert isinstance(thing, np.ndarray)
    kind = KINDS[thing.dtype]
    steps = [stride // thing.itemsize for stride in np.empty(thing.shape, thing.dtype).strides]
    made = struct.pack("<ii", 4, next(index)) + _text("V 1") + _text(f"torch.{kind}Tensor")
    made += struct.pack(f"<i{2 * thing.ndim + 1}q", thing.ndim, *thing.shape, *steps, 1)
    made += struct.pack("<ii", 4, next(index)) + _text("V 1") + _text(f"torch.{kind}Storage")
    return made + struct.pack("<q", thing.size) + thing.tobytes()


ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\"/\\|_@#$%^&*~`+-=<>()[]{} "


def caption_file(captions: tuple[str, ...], picture: str) -> bytes:
    """As Reed's: a letter's number down a column of 201 for each caption, and vectors that nobody here reads."""
    letters = np.zeros((201, len(captions)), np.uint8)
    for column, caption in enumerate(captions):
        letters[: len(caption), column] = [ALPHABET.index(c) + 1 for c in caption]
    vectors = np.zeros((len(captions), 8), np.float32)
    return t7({"char": letters, "img": picture, "txt": vectors, "word": np.zeros((3, 10), np.int64)})
