"""Tests of objects on plain ground."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mimnet.data.folder import Captioned
from mimnet.data.plain_ground import OnPlainGround, training_pictures

COUNT, SIDE = 40, 32


@pytest.fixture
def shown() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Noisy pictures, and a square object of each but the first."""
    pictures = np.random.default_rng(0).integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
    objects = np.zeros((COUNT, SIDE, SIDE), np.uint8)
    objects[1:, 8:24, 8:24] = 255
    objects[1:, 7, 8:24] = 190  # half inside
    return pictures, objects


def test_the_object_stays_and_all_else_is_plain(shown: tuple[NDArray[np.uint8], ...]) -> None:
    pictures, objects = shown
    moved = OnPlainGround(pictures, objects, share=1.0, seed=0)
    assert moved.shape == pictures.shape
    assert len(moved) == COUNT
    assert (moved[0] == pictures[0]).all()  # no object is known
    grounds = []
    for row in range(1, COUNT):
        inside = objects[row] == 255
        assert (moved[row][inside] == pictures[row][inside]).all()
        ground = moved[row][objects[row] == 0].astype(int)
        assert (ground.max(0) - ground.min(0) <= 35).all()  # a slope of 24 levels, along a diagonal
        rim = moved[row][7, 8:24].astype(float)
        halves = (pictures[row][7, 8:24] + moved[row][6, 8:24].astype(float)) / 2
        assert np.abs(rim - halves).max() < 8
        grounds.append(ground.mean(0))
    white = (np.array(grounds) > 220).all(1).mean()
    assert 0.3 < white < 0.75
    assert np.std(np.array(grounds)[:, 0] - np.array(grounds)[:, 2]) > 20  # others have colours


def test_the_same_rows_stand_on_the_same_ground_however_they_are_asked_for(
    shown: tuple[NDArray[np.uint8], ...],
) -> None:
    pictures, objects = shown
    some = OnPlainGround(pictures, objects, share=0.5, seed=3)
    again = OnPlainGround(pictures, objects, share=0.5, seed=3)
    each = np.stack([again[row] for row in range(COUNT)])
    assert (np.asarray(some) == each).all()
    assert (some[5:30:4] == each[5:30:4]).all()
    assert (some[np.array([7, 3])] == each[[7, 3]]).all()
    assert (some[-1] == each[-1]).all()
    assert len(some[np.array([], int)]) == 0
    moved = (each != pictures).any((1, 2, 3))
    assert 0.25 < moved.mean() < 0.75
    assert (np.asarray(OnPlainGround(pictures, objects, share=0.5, seed=4)) != each).any()
    assert (np.asarray(OnPlainGround(pictures, objects, share=0.0, seed=3)) == pictures).all()


def test_pictures_of_a_folder_come_with_their_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    place = np.arange(64) - 31.5
    disc = np.hypot(place[:, None], place) < 18
    rows = []
    for i in range(4):
        noise = np.random.default_rng(i).integers(0, 30, (64, 64, 3))
        there = disc[..., None] & (i < 3)  # of the last one nothing is found
        file = tmp_path / f"{i}.png"
        Image.fromarray((noise + np.where(there, (200, 30 + 50 * i, 20), 60)).astype(np.uint8)).save(file)
        rows.append(Captioned(file, ("red",), None))
    as_they_are = training_pictures(rows, 48, plain=0.0, seed=0, quiet=True)
    moved = training_pictures(rows, 48, plain=1.0, seed=0, quiet=True)
    assert moved.shape == as_they_are.shape
    otherwise = (moved[:] != as_they_are[:]).any(-1)
    assert otherwise.any((1, 2)).tolist() == [True, True, True, False]
    middle = slice(16, 32)
    assert not otherwise[:, middle, middle].any()
    assert otherwise[:3, 0].all()
