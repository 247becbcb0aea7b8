"""Resized pictures and boundary maps: kept once, and told in one line where they cannot be had."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.data.cache import cut_objects, found_objects, resized_edges, resized_pictures
from mimnet.data.folder import Captioned
from mimnet.data.objects import objects_of
from mimnet.data.parts import objects_for_parts
from mimnet.errors import MimnetError


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Captioned]:
    """Three pictures with maps: a bright column in the map, at another place in each."""
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    made = []
    for i in range(3):
        picture, edges = np.full((20, 20, 3), 40 * i, np.uint8), np.zeros((20, 20), np.uint8)
        edges[:, 5 * i : 5 * i + 5] = 255
        file, beside = tmp_path / f"{i}.png", tmp_path / f"{i}.edges.png"
        Image.fromarray(picture).save(file)
        Image.fromarray(edges).save(beside)
        made.append(Captioned(file, ("red",), None, beside))
    return made


def test_maps_are_kept_beside_pictures_at_one_size(rows: list[Captioned]) -> None:
    pictures, edges = resized_pictures(rows, 20, quiet=True), resized_edges(rows, 20, quiet=True)
    assert pictures.shape == (3, 20, 20, 3)
    assert edges.shape == (3, 20, 20)
    for i in range(3):
        assert (pictures[i] == 40 * i).all()
        np.testing.assert_array_equal(edges[i].mean(0) > 127, (np.arange(20) // 5) == i)
    assert resized_edges(rows, 10, quiet=True).shape == (3, 10, 10)


def test_a_map_that_was_changed_is_read_again(rows: list[Captioned]) -> None:
    before = np.array(resized_edges(rows, 20, quiet=True))
    assert rows[0].edges is not None
    Image.fromarray(np.eye(20, dtype=np.uint8) * 255).save(rows[0].edges)
    after = resized_edges(rows, 20, quiet=True)
    assert not np.array_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1:], before[1:])


def test_a_missing_map_is_one_line(rows: list[Captioned]) -> None:
    rows[1] = Captioned(rows[1].file, ("red",), None)
    with pytest.raises(
        MimnetError,
        match=r"^1 of 3 pictures have no boundary map .*, as .*1\.png: .* metadata\.jsonl, or .* as 1\.edges\.png$",
    ):
        resized_edges(rows, 20, quiet=True)


def test_objects_are_found_once(rows: list[Captioned], monkeypatch: pytest.MonkeyPatch) -> None:
    """As they are found in the pictures themselves; what is read again is not looked for again."""
    place = np.arange(64) - 31.5
    disc = np.hypot(place[:, None], place) < 18
    for i, row in enumerate(rows[:2]):
        noise = np.random.default_rng(i).integers(0, 30, (64, 64, 3))
        Image.fromarray((noise + np.where(disc[..., None], (200, 30 + 90 * i, 20), 60)).astype(np.uint8)).save(row.file)
    pictures = resized_pictures(rows, 40, quiet=True)
    found, bare = found_objects(rows, 40, quiet=True), cut_objects(rows, 40, quiet=True)
    np.testing.assert_array_equal(found, objects_of(pictures))
    np.testing.assert_array_equal(bare, objects_for_parts(pictures))
    assert 0 < (bare[0] > 0).mean() < (found[0] > 0).mean() < 1
    assert found[2].min() == 255  # a plain picture: nothing is told
    assert bare[2].max() == 0

    def never(*_: object) -> None:
        raise AssertionError("looked for again")

    monkeypatch.setattr("mimnet.data.objects.cut_out", never)
    np.testing.assert_array_equal(found_objects(rows, 40, quiet=True), found)


def test_maps_that_are_black_on_white_are_refused(rows: list[Captioned]) -> None:
    for row in rows:
        assert row.edges is not None
        Image.fromarray(255 - np.asarray(Image.open(row.edges))).save(row.edges)
    with pytest.raises(MimnetError, match=r"0\.edges\.png, .* has a mean of 0\.75 of white; .* invert it"):
        resized_edges(rows, 20, quiet=True)
