"""Boundary maps from the user's own files (Sec. 3.2)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.errors import MimnetError
from mimnet.images import to_grey_array

BESIDE = ".edges.png"  # `a.edges.png` is the boundary map of `a.jpg`
LIGHT = 0.6  # a map whose mean is above this is black on white


def edges_beside(picture: Path) -> Path | None:
    """The boundary map that lies beside a picture, `a.edges.png` beside `a.jpg`, if there is one."""
    beside = picture.with_suffix(BESIDE)
    return beside if beside.is_file() else None


def map_of(picture: Image.Image, size: tuple[int, int], side: int, *, what: str) -> NDArray[np.uint8]:
    """A boundary map as a picture -> uint8 side,side.

    Raises `MimnetError` if it has another shape than the picture of `size` (width, height), or is black on white.
    """
    width, height = picture.size
    if abs(width / height - size[0] / size[1]) > 0.02 * size[0] / size[1]:
        raise MimnetError(f"{what} is {width}x{height}, its picture {size[0]}x{size[1]}; both must have one shape")
    array = to_grey_array(picture, side)
    refuse_light([array], what)
    return array


def refuse_light(maps: Sequence[NDArray[np.uint8]], what: str) -> None:
    """Raise `MimnetError` if maps are black on white, as some detectors draw them."""
    mean = float(np.mean([array.mean() for array in maps])) / 255
    if mean > LIGHT:
        raise MimnetError(f"{what} has a mean of {mean:.2f} of white; boundaries are white on black: invert it")
