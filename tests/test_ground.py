"""Paint on plain ground: an outline, nothing that hangs in the air, and nothing else touched."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mimnet.blend import transfer
from mimnet.ground import beyond, mended

SIDE, LARGE = 64, 256
BODY = (slice(16, 56), slice(24, 40))
SLEEVE = (slice(16, 28), slice(40, 56))
APART = (slice(40, 48), slice(50, 58))
Planes = NDArray[np.float32]


def on(ground: int, *parts: tuple[tuple[slice, slice], tuple[int, int, int]]) -> NDArray[np.uint8]:
    picture = np.full((SIDE, SIDE, 3), ground, np.uint8)
    for where, colour in parts:
        picture[where] = colour
    return picture


def large(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return picture.repeat(LARGE // SIDE, 0).repeat(LARGE // SIDE, 1)


def blurred(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(2)))


def planes(picture: NDArray[np.uint8]) -> Planes:
    return picture.transpose(2, 0, 1).astype(np.float32)


EVERYWHERE = np.ones((SIDE, SIDE), np.float32)


def edited(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    *,
    strength: float = 1.0,
    outlined: bool = True,
) -> NDArray[np.int64]:
    """The edit of a large picture by a network that paints `after` where it sees `before`."""
    change = planes(after) - planes(before)
    beside = beyond(planes(before), change, EVERYWHERE) if outlined else None
    mask = np.full((LARGE, LARGE), 255, np.uint8)
    return transfer(large(before), change, mask, strength, None, beside).astype(np.int64)


RED, BLUE = (180, 30, 40), (30, 40, 160)
BARE, SLEEVED = on(250, (BODY, BLUE)), on(250, (BODY, RED), (SLEEVE, RED))


@pytest.mark.parametrize("strength", [1.0, 0.6, 1.2])
def test_a_blurred_sleeve_gets_an_outline(strength: float) -> None:
    end = slice(4 * 46, 4 * 64), 4 * 22  # beyond the sleeve's middle, on one row

    def faint(picture: NDArray[np.int64]) -> int:
        """How many pixels are nearer to ground than to cloth, and not ground."""
        green = picture[end[1], end[0], 1]
        depth = (250 - green) / (250 - green.min())
        return int(((depth > 0.05) & (depth < 0.5)).sum())

    soft = edited(BARE, blurred(SLEEVED), strength=strength, outlined=False)
    sharp = edited(BARE, blurred(SLEEVED), strength=strength)
    assert faint(soft) >= 10
    assert faint(sharp) < faint(soft) / 2
    cloth = 250 + min(strength, 1) * (np.array(RED) - 250)
    assert np.abs(sharp[4 * 22, 4 * 46] - cloth).max() < 45
    assert (sharp[4 * 4, 4 * 10] == 250).all()


def test_paint_that_hangs_on_nothing_goes_and_a_sleeve_stays() -> None:
    after = on(250, (BODY, RED), (SLEEVE, RED), (APART, RED))
    plain, decided = edited(BARE, after, outlined=False), edited(BARE, after)
    assert (plain[4 * 44, 4 * 54] < 200).any()
    assert np.abs(decided[4 * 40 : 4 * 48, 4 * 50 : 4 * 58] - 250).max() <= 1
    assert np.abs(decided[4 * 22, 4 * 48] - np.array(RED)).max() < 12
    blank = on(250)
    assert (edited(blank, on(250, (BODY, RED))) == 250).all()  # there is nothing to hang on


def test_the_object_and_other_grounds_are_as_they_were() -> None:
    hole = (slice(30, 34), slice(30, 34))
    before = on(250, (BODY, BLUE), (hole, (251, 250, 249)))  # light cloth, of the ground's colour
    after = on(250, (BODY, RED), (hole, (240, 200, 205)))  # tinged
    inside = np.zeros((LARGE, LARGE), bool)
    inside[4 * 18 : 4 * 54, 4 * 26 : 4 * 38] = True
    assert (edited(before, after)[inside] == edited(before, after, outlined=False)[inside]).all()
    uneven = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    assert beyond(planes(uneven), planes(blurred(uneven)) - planes(uneven), EVERYWHERE) is None
    assert beyond(planes(BARE), 0 * planes(BARE), EVERYWHERE) is None  # nothing is painted


def test_nothing_is_touched_where_the_map_is_shut_and_little_where_it_hardly_opens() -> None:
    speckled = large(BARE)
    speckled[::7, ::5] -= 3  # ground as files have it
    change, beside = planes(SLEEVED) - planes(BARE), beyond(planes(BARE), planes(SLEEVED) - planes(BARE), EVERYWHERE)
    assert beside is not None
    mask = np.zeros((LARGE, LARGE), np.uint8)
    mask[:, LARGE // 2 :] = 255
    mask[: LARGE // 8] = 20
    result = transfer(speckled, change, mask, 1.0, None, beside)
    assert (result[mask == 0] == speckled[mask == 0]).all()
    assert np.abs(result[: LARGE // 8].astype(int) - speckled[: LARGE // 8]).max() <= 1  # a faint map: as good as shut
    assert (result[-20:, LARGE // 2 :] == 250).all()  # an open one brings the ground's own colour


@pytest.mark.parametrize("ground", [250, 5])
def test_cracks_between_the_object_and_its_paint_are_closed_and_wider_gaps_are_not(ground: int) -> None:
    sleeve, gap = (slice(16, 28), slice(42, 56)), (slice(30, 40), slice(44, 56))
    before = on(ground, (BODY, BLUE))
    r, g, b = (int(ground + 0.3 * (level - ground)) for level in RED)
    faint = (r, g, b)
    crack, thin = (slice(16, 28), slice(40, 42)), (slice(30, 40), slice(40, 44))
    cracked = on(ground, (BODY, RED), (sleeve, RED), (gap, RED), (crack, faint), (thin, faint))
    change = planes(cracked) - planes(before)
    after = planes(before) + mended(planes(before), change)
    red = np.array(RED, np.float32)[:, None, None]
    assert np.abs(after[:, 17:27, 40:42] - red).max() < 1e-3  # two cells
    assert (after[:, 31:39, 40:44] == planes(cracked)[:, 31:39, 40:44]).all()  # four
    cracked[crack] = ground
    change = planes(cracked) - planes(before)
    assert (mended(planes(before), change)[:, 17:27, 40:42] == 0).all()  # no paint at all: a gap that is meant
    assert (after[:, 20:50, 26:38] == red).all()
    hole = on(ground, (BODY, RED))
    hole[30:32, 30:32] = ground
    holed = planes(hole) - planes(before)
    assert (mended(planes(before), holed)[:, 28:34, 28:34] == holed[:, 28:34, 28:34]).all()  # a print is no crack
    own = on(ground, (BODY, BLUE), (sleeve, BLUE))  # it hangs so close that the object has a crack itself
    dyed = planes(on(ground, (BODY, RED), (sleeve, RED))) - planes(own)
    assert (mended(planes(own), dyed)[:, 17:27, 40:42] == 0).all()
    uneven = planes(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8))
    assert mended(uneven, change) is change
