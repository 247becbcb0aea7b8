"""Colour words, and the natural range of shades each of them covers."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

# word -> (hue degrees low, high), (saturation low, high), (value low, high)
_Range = tuple[float, float]
SHADES: Final[dict[str, tuple[_Range, _Range, _Range]]] = {
    "red": ((-9.0, 5.0), (0.80, 0.95), (0.68, 0.88)),
    "orange": ((20.0, 30.0), (0.82, 0.98), (0.92, 1.00)),
    "yellow": ((48.0, 57.0), (0.70, 0.95), (0.90, 1.00)),
    "pink": ((325.0, 348.0), (0.28, 0.48), (0.92, 1.00)),
    "purple": ((268.0, 290.0), (0.50, 0.78), (0.52, 0.76)),
    "blue": ((212.0, 232.0), (0.62, 0.85), (0.66, 0.90)),
    "white": ((30.0, 60.0), (0.00, 0.06), (0.95, 1.00)),
    "brown": ((18.0, 28.0), (0.50, 0.68), (0.36, 0.48)),
    "black": ((200.0, 260.0), (0.05, 0.25), (0.06, 0.13)),
    "grey": ((200.0, 240.0), (0.00, 0.08), (0.47, 0.60)),
    "green": ((92.0, 122.0), (0.50, 0.75), (0.42, 0.66)),
}
# The same of dyed cloth, which is found in more shades.
DYES: Final[dict[str, tuple[_Range, _Range, _Range]]] = {
    "red": ((-9.0, 5.0), (0.80, 0.95), (0.55, 0.88)),
    "orange": ((16.0, 30.0), (0.75, 0.95), (0.90, 1.00)),
    "yellow": ((47.0, 56.0), (0.55, 0.92), (0.90, 1.00)),
    "pink": ((332.0, 352.0), (0.22, 0.50), (0.90, 1.00)),
    "purple": ((268.0, 295.0), (0.40, 0.70), (0.40, 0.70)),
    "blue": ((205.0, 228.0), (0.50, 0.85), (0.60, 0.90)),
    "navy": ((220.0, 236.0), (0.55, 0.75), (0.20, 0.30)),
    "white": ((30.0, 60.0), (0.00, 0.03), (0.91, 0.97)),
    "brown": ((16.0, 28.0), (0.45, 0.62), (0.34, 0.48)),
    "black": ((200.0, 260.0), (0.03, 0.18), (0.07, 0.12)),
    "grey": ((200.0, 240.0), (0.00, 0.06), (0.42, 0.66)),
    "green": ((90.0, 155.0), (0.40, 0.75), (0.28, 0.62)),
}
COLOURS: Final[tuple[str, ...]] = tuple(SHADES)


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A random generator of its own for (seed, names): other names never disturb it.

    >>> bool(stream(1, "light").random() == stream(1, "light").random())
    True
    >>> bool(stream(1, "light").random() == stream(1, "noise").random())
    False
    """
    words = [n if isinstance(n, int) else zlib.crc32(n.encode()) for n in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def shade(
    word: str, rng: np.random.Generator, shades: Mapping[str, tuple[_Range, _Range, _Range]] = SHADES
) -> FloatArray:
    """One shade of a colour word: float32 (3,), RGB in 0..1; ValueError for an unknown word."""
    if word not in shades:
        raise ValueError(f"unknown colour {word!r}; use one of {', '.join(shades)}")
    low, high = zip(*shades[word], strict=True)
    hue, saturation, value = rng.uniform(low, high)
    return np.array(colorsys.hsv_to_rgb((hue / 360.0) % 1.0, saturation, value), np.float32)


def as_ink(colour: FloatArray) -> tuple[int, int, int]:
    """A colour, RGB in 0..1 or beyond, as Pillow draws with it.

    >>> as_ink(np.array([0.0, 0.5, 1.2], np.float32))
    (0, 127, 255)
    """
    r, g, b = (int(v) for v in np.clip(colour * 255, 0, 255))
    return r, g, b


def part_shade(seed: int, part: str, word: str) -> FloatArray:
    """The shade that a word has on one part of one scene: the same whatever the other parts are."""
    return shade(word, stream(seed, "shade", part, word))


def dye(seed: int, part: str, word: str) -> FloatArray:
    """The same of cloth: its shade of that word."""
    return shade(word, stream(seed, "dye", part, word), DYES)
