"""Tests of drawn places, which hold no object: determinism, views, and the set that is written of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.data.drawn import VIEWS, paint_place, read_drawn, view_of, write_drawn_set
from mimnet.data.folder import read_split


@pytest.mark.parametrize("view", VIEWS)
def test_a_place_is_always_the_same_at_any_size(view: str) -> None:
    seeds = [seed for seed in range(60) if view_of(seed) == view][:3]
    assert len(seeds) == 3
    for seed in seeds:
        large = paint_place(seed, 96)
        assert large.shape == (96, 96, 3)
        assert large.dtype == np.float32
        assert 0 <= large.min() <= large.max() <= 1
        assert np.array_equal(large, paint_place(seed, 96))
        halved = large.reshape(48, 2, 48, 2, 3).mean((1, 3))
        assert np.abs(halved - paint_place(seed, 48)).mean() < 0.1  # thin lines differ, and pictures on screens
        assert np.abs(large - paint_place(seed + 1000, 96)).mean() > 0.1


def test_a_set_of_places_is_read_as_pictures_without_known_edits(tmp_path: Path) -> None:
    for out in ("a", "b"):
        write_drawn_set(tmp_path / out, train=6, test=3, seed=4, size=32, kinds=("place",))
    rows = [*read_split(tmp_path / "a", "train"), *read_split(tmp_path / "a", "test")]
    assert len(rows) == 9
    for row in rows:
        assert row.captions[0] in {f"a drawn {view}" for view in VIEWS}
        assert row.file.read_bytes() == (tmp_path / "b" / row.file.relative_to(tmp_path / "a")).read_bytes()
    pictures = [np.asarray(Image.open(row.file)) for row in rows]
    assert len({picture.tobytes() for picture in pictures}) == 9
    with pytest.raises(ValueError, match="stated"):
        read_drawn(tmp_path / "a" / "train")


def test_places_do_not_go_with_objects(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="place alone"):
        write_drawn_set(tmp_path / "s", train=1, test=1, seed=0, kinds=("flower", "place"))
    assert not (tmp_path / "s").exists()
