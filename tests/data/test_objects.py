"""Tests of finding a photograph's object by its colours."""

import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from mimnet.data.objects import object_of, objects_of
from mimnet.errors import MimnetError

SIZE = 72


def picture(colour: tuple[int, int, int], centre: tuple[float, float] = (0.5, 0.5)) -> tuple[NDArray[np.uint8], ...]:
    """An ellipse with stripes on grass with a trunk, and where it is."""
    draw = np.random.default_rng(0)
    rows, columns = (np.arange(SIZE) + 0.5)[:, None] / SIZE, (np.arange(SIZE) + 0.5)[None] / SIZE
    ground = np.array([70, 130, 50]) + draw.normal(0, 12, (SIZE, SIZE, 3))
    ground[:, : SIZE // 6] = np.array([90, 70, 50]) + draw.normal(0, 8, (SIZE, SIZE // 6, 3))
    there = ((rows - centre[0]) / 0.2) ** 2 + ((columns - centre[1]) / 0.26) ** 2 < 1
    stripes = np.array(colour) + 20 * np.sin(columns * 60)[..., None] * np.ones((SIZE, 1, 3))
    return np.where(there[..., None], stripes, ground).clip(0, 255).astype(np.uint8), there


@pytest.mark.parametrize("colour", [(220, 60, 40), (235, 225, 210), (30, 30, 40)])
@pytest.mark.parametrize("centre", [(0.5, 0.5), (0.42, 0.6)])
def test_the_object_and_little_else_is_found(colour: tuple[int, int, int], centre: tuple[float, float]) -> None:
    image, there = picture(colour, centre)
    found = object_of(image)
    assert found.shape == (SIZE, SIZE)
    assert (found[there] > 127).mean() > 0.97
    assert (found > 127).sum() < 1.5 * there.sum()  # with a rim around
    assert (found == object_of(image)).all()


def test_nothing_is_told_where_nothing_stands_out() -> None:
    plain = np.full((SIZE, SIZE, 3), 90, np.uint8)
    speck = plain.copy()
    speck[34:38, 34:38] = 250
    full = np.full((SIZE, SIZE, 3), 200, np.uint8)
    full[:, :2] = full[:2] = 20
    found = objects_of(np.stack([plain, speck, full]))
    assert found.shape == (3, SIZE, SIZE)
    assert (found == 255).all()


def test_without_opencv_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MimnetError, match=r"pip install 'mimnet\[opencv\]'"):
        object_of(np.zeros((SIZE, SIZE, 3), np.uint8))
