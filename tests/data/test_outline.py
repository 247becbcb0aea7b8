"""Tests of outlines of objects on plain ground."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mimnet.data.outline import GRID, Colours, colours_of, cut_along, dyed, on_grid, sewn_on
from mimnet.ground import outline
from tops import BLUE, BODY, INSIDE, LONG, RED, SHORT, STORED, Place, top


@pytest.mark.parametrize("sleeves", [LONG, SHORT, ()])
def test_an_outline_is_what_lines_from_the_rim_meet(sleeves: tuple[tuple[slice, slice], ...]) -> None:
    shape, ground = outline(top(RED, sleeves))
    expected = np.zeros((STORED, STORED), bool)
    for place in (BODY, *sleeves):
        expected[place] = True
    assert (shape == expected).all()
    assert ground.tolist() == [255, 255, 255]


def test_a_print_in_the_colour_of_the_ground_belongs_to_the_object() -> None:
    ring = top(RED)
    ring[16:24, 16:24] = 255
    assert outline(ring)[0][16:24, 16:24].all()


def test_a_picture_that_fills_its_rim_has_no_outline() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (STORED, STORED, 3)).astype(np.uint8)
    assert not outline(noise)[0].any()
    assert (cut_along(top(RED), noise)[INSIDE] == 255).all()  # nothing of it lies in nothing


def moved(picture: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    return np.roll(picture, (down, right), (0, 1))


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 0), (-5, 4)])
def test_sleeves_are_cut_off_along_an_outline_without_them_wherever_it_lies(down: int, right: int) -> None:
    whole = top(RED, LONG)
    cut = cut_along(whole, moved(top((9, 9, 90)), down, right))
    for rows, columns in LONG:
        assert (cut[rows, columns.start + 1 : columns.stop - 1] == 255).all()
    assert (cut[INSIDE] == whole[INSIDE]).all()


def test_long_sleeves_become_short_ones() -> None:
    whole = top(RED, LONG)
    cut = cut_along(whole, top((9, 9, 90), SHORT))
    for (rows, columns), (short, _) in zip(LONG, SHORT, strict=True):
        beside = slice(columns.start + 1, columns.stop - 1)  # what stays has a soft rim
        assert (cut[short.stop + 1 : rows.stop, beside] == 255).all()
        assert (cut[short.start : short.stop, beside] == whole[short.start : short.stop, beside]).all()
    assert (cut[INSIDE] == whole[INSIDE]).all()


@pytest.mark.parametrize("own", [(), SHORT])
@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 0), (-5, 3)])
def test_what_another_one_has_more_of_is_sewn_on_in_the_own_colour(
    own: tuple[Place, ...], down: int, right: int
) -> None:
    small, expected = top(RED, own).astype(int), top(RED, LONG).astype(int)
    longer = sewn_on(top(RED, own), moved(top(BLUE, LONG), down, right))
    assert longer is not None
    assert np.abs(longer - expected).max() <= 3  # no seam, no hem, nothing beyond
    assert (longer[INSIDE] == small[INSIDE]).all()


def test_a_wide_short_sleeve_does_not_stand_off_a_long_one() -> None:
    wide = top(RED, ((slice(8, 18), slice(1, 12)), (slice(8, 18), slice(28, 39))))
    longer = sewn_on(wide, top(BLUE, LONG))
    assert longer is not None
    assert np.abs(longer.astype(int) - top(RED, LONG)).max() <= 3


def stretched(picture: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    places = ((np.arange(STORED) - STORED / 2) / factor + STORED / 2).round().astype(int).clip(0, STORED - 1)
    larger: NDArray[np.uint8] = picture[np.ix_(places, places)]
    return larger


def test_what_does_not_go_is_not_sewn_on() -> None:
    plain, printed = top(RED), top(BLUE, LONG)
    printed[::2, 28:36][printed[::2, 28:36, 0] < 255] = (250, 240, 0)
    noise = np.random.default_rng(0).integers(0, 256, plain.shape).astype(np.uint8)
    for other in (top(BLUE), printed, stretched(top(BLUE, LONG), 0.6), noise):
        assert sewn_on(plain, other) is None
    assert sewn_on(noise, top(BLUE, LONG)) is None
    assert sewn_on(plain, stretched(top(BLUE, LONG), 0.9)) is not None


def test_slivers_stay() -> None:
    whole = top(RED, SHORT)
    wider = whole.copy()
    wider[BODY[0], BODY[1].stop : BODY[1].stop + 1] = RED  # a body one pixel wider
    assert (cut_along(wider, whole) == wider).all()


def test_the_grid_brings_outlines_to_one_height_and_place() -> None:
    small = np.zeros((STORED, STORED), bool)
    small[10:26, 14:26] = True
    large = np.zeros((2 * STORED, 2 * STORED), bool)
    large[7:39, 31:55] = True
    assert (on_grid(small) == on_grid(large)).all()
    assert on_grid(small).shape == (GRID, GRID)
    assert on_grid(small).any()
    assert not on_grid(np.zeros((STORED, STORED), bool)).any()


def test_a_dyed_object_has_the_other_colours_and_its_own_shading() -> None:
    own = top(RED, LONG)
    colours = colours_of(top(BLUE))
    assert colours is not None
    assert colours.mean == pytest.approx(np.array(BLUE) + 1, abs=0.1)  # shades of 0, 1 and 2
    blue = dyed(own, colours).astype(int)
    assert np.abs(blue[INSIDE] - top(BLUE)[INSIDE]).max() <= 1
    outside = ~outline(own)[0]
    assert (blue[outside] == 255).all()
    double = dyed(own, Colours(colours.mean, colours.deviation * 2)).astype(int)
    assert np.ptp(double[INSIDE], axis=(0, 1)).tolist() == [4, 4, 4]
    more = dyed(own, Colours(colours.mean, colours.deviation * 9)).astype(int)
    assert (more == double).all()  # not beyond a factor of two


def test_a_soft_rim_is_dyed_by_its_part_of_the_object() -> None:
    own = top((55, 55, 55))
    own[6:36, 11] = 155  # half object, half ground
    blue = dyed(own, Colours(np.array([15, 35, 175], np.float32), np.zeros(3, np.float32)))
    assert np.abs(blue[10:30, 11].astype(int) - (135, 145, 215)).max() <= 2


def test_what_has_no_outline_is_not_dyed() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (STORED, STORED, 3)).astype(np.uint8)
    assert colours_of(noise) is None
    colours = colours_of(top(BLUE))
    assert colours is not None
    assert (dyed(noise, colours) == noise).all()
