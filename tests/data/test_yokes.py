"""Tests of shoulders that come from another garment, on drawn tops, whose true edits are known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from top_case import SIDE, another_colour, captioned_tops, drawn, error_left, plain_tops

from mimnet.data.batches import Captions
from mimnet.data.drawn import render, true_edit
from mimnet.data.necks import neck_phrase
from mimnet.data.pairs import Pair
from mimnet.data.plain_pairs import PlainPairs
from mimnet.data.yoke_pairs import Yokes, all_placed
from mimnet.data.yokes import fitted, placed, with_yoke_of
from mimnet.errors import MimnetError
from mimnet.ground import outline
from mimnet.text import Vocabulary


@pytest.mark.parametrize(
    ("neck", "sleeve", "most"),
    [
        ("v", "short sleeve", 0.15),
        ("high", "short sleeve", 0.25),
        ("round", "sleeveless", 0.05),
        ("v", "sleeveless", 0.05),
    ],
)
def test_shoulders_of_the_same_garment_in_another_colour_make_the_true_edit(
    neck: str, sleeve: str, most: float
) -> None:
    left = []
    for scene in plain_tops(10):
        before = drawn(scene)
        after = with_yoke_of(before, drawn(scene, neck=neck, sleeve=sleeve, colour=another_colour(scene)))
        if after is not None:
            left.append(error_left(before, after, drawn(scene, neck=neck, sleeve=sleeve)))
    assert len(left) >= 6  # some lie askew
    assert np.mean(left) < most


def test_sleeves_come_back_with_shoulders() -> None:
    left = []
    for scene in plain_tops(10):
        before, donor = drawn(scene, sleeve="sleeveless"), drawn(scene, colour=another_colour(scene))
        after = with_yoke_of(before, donor)
        if after is not None:
            left.append(error_left(before, after, drawn(scene)))
    assert len(left) >= 6
    assert np.mean(left) < 0.15


def test_so_they_do_from_one_that_lies_elsewhere_and_is_larger() -> None:
    left = []
    for scene in plain_tops(10):
        before, larger = drawn(scene), true_edit(scene, {"neck": "v", "colour": another_colour(scene)})
        after = with_yoke_of(before, render(larger, SIDE + 8).image[:SIDE, 8:])
        if after is not None:
            left.append(error_left(before, after, drawn(scene, neck="v")))
            low = outline(before)[0].any(1).nonzero()[0][-1]
            assert (after[low - 8 :] == before[low - 8 :]).all()  # the hem stays
    assert len(left) >= 5
    assert np.mean(left) < 0.3


def test_bodies_that_are_not_alike_do_not_go_together() -> None:
    shape = outline(drawn(plain_tops(1)[0]))[0]
    mine = placed(shape)
    assert mine is not None
    fit = fitted(mine, mine)
    assert fit is not None
    np.testing.assert_array_equal(fit.donated, shape)
    assert placed(np.zeros_like(shape)) is None
    slanting = np.stack([np.roll(column, max(0, i - SIDE // 2) // 2) for i, column in enumerate(shape.T)], 1)
    assert placed(slanting) is None
    arm = shape.copy()
    arm[SIDE // 3 : 2 * SIDE // 3, SIDE // 2 :] = True  # a sleeve before the body
    assert placed(arm) is None
    narrow = shape.copy()
    narrow[:, : SIDE // 2 - 8] = narrow[:, SIDE // 2 + 8 :] = False
    strip = placed(narrow)
    assert strip is None or fitted(mine, strip) is None
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    assert with_yoke_of(drawn(plain_tops(1)[0]), white) is None


def test_a_print_does_not_end_at_a_line() -> None:
    scene = plain_tops(1)[0]
    donor = drawn(scene, neck="v")
    assert with_yoke_of(drawn(scene), donor) is not None
    checked = np.where(
        outline(donor)[0][..., None] & (np.indices((SIDE, SIDE)).sum(0) // 4 % 2 == 0)[..., None], 9, donor
    )
    assert with_yoke_of(drawn(scene), checked.astype(np.uint8)) is None


def a_set() -> tuple[NDArray[np.uint8], Captions, Vocabulary]:
    return captioned_tops(16, ("short sleeve", "sleeveless"))


def test_pairs_end_with_what_another_caption_says_in_the_own_colour() -> None:
    pictures, captions, vocabulary = a_set()
    shaping = {vocabulary.ids[word] for word in ("short", "sleeve", "sleeveless")}
    placed_at = all_placed(pictures)
    yokes = Yokes(pictures, captions, placed_at, shaping=shaping, often=np.ones(len(pictures)), seed=0)
    draw = np.random.default_rng(0)
    found = [one for one in (yokes.drawn(draw) for _ in range(60)) if one is not None]
    assert len(found) > 20
    alone = 0
    for row, after, ids, neck in found:
        own, asked = captions.spelled(captions.first(row)), captions.spelled(ids)
        assert own != asked
        assert ("red" in own) == ("red" in asked)
        changed = np.abs(after.astype(int) - pictures[row]).max(-1) > 24
        there = placed(outline(pictures[row])[0])
        assert there is not None
        assert not changed[int(there.chest) + 30 :].any()
        same_sleeves = ("sleeveless" in own) == ("sleeveless" in asked)
        if not same_sleeves:
            assert changed.sum() > 40
        assert captions.spelled(neck) == (asked[1:3] if same_sleeves and own[1] != asked[1] else [])
        alone += bool(neck)
    assert alone > 3


def test_others_come_by_how_often_they_should() -> None:
    pictures, captions, vocabulary = a_set()
    often = np.zeros(len(pictures))
    often[[1, 2, 5]] = 1.0
    placed_at = all_placed(pictures)
    yokes = Yokes(pictures, captions, placed_at, shaping={vocabulary.ids["sleeve"]}, often=often, seed=0)
    assert {int(other) for others in yokes.partners.values() for other in others} <= {1, 2, 5}
    with pytest.raises(MimnetError, match="have bodies alike below their shoulders"):
        Yokes(pictures, captions, placed_at, shaping=set(), often=np.zeros(len(pictures)), seed=0)


def made(share: float, **more: float) -> tuple[list[Pair], Vocabulary, NDArray[np.uint8]]:
    pictures, captions, vocabulary = a_set()
    source = PlainPairs(pictures, captions, size=SIDE, beside=120, flip=False, seed=3, yoked=share, **more)
    return source.made(0), vocabulary, pictures


def test_a_share_of_pairs_is_such_and_half_of_these_are_dyed_before() -> None:
    pairs, _, pictures = made(0.7)
    yoked = [pair for pair in pairs if pair.kind == "yoked"]
    assert 30 < len(yoked) < 100  # some find no shoulders that go
    as_they_are = [any(np.array_equal(pair.before, picture) for picture in pictures) for pair in yoked]
    assert 0.25 < np.mean(as_they_are) < 0.75
    assert all(pair.reshaped is not None and pair.reshaped.any() for pair in yoked)
    assert all(pair.kind != "yoked" for pair in made(0.0)[0])


def test_what_keeps_its_colour_can_be_asked_for_without_one() -> None:
    pairs, vocabulary, _ = made(0.6, colourless=0.7)
    colours = {vocabulary.ids["red"], vocabulary.ids["blue"]}
    silent = [pair for pair in pairs if pair.kind != "dyed" and not colours & set(pair.asked)]
    short = [pair for pair in silent if len(pair.asked) == 2]
    for pair in silent:
        inside = outline(pair.before)[0] & outline(pair.after)[0]
        assert np.abs(np.median(pair.before[inside], 0) - np.median(pair.after[inside], 0)).max() <= 3
    assert {pair.kind for pair in silent} == {"cut", "grown", "yoked"}
    assert {pair.kind for pair in short} == {"yoked"}
    assert {tuple(vocabulary.words[i] for i in pair.asked) for pair in short} == {("v", "neck"), ("round", "neck")}


@pytest.mark.parametrize(
    ("caption", "neck"),
    [
        ("a polo collar short sleeve shirt", "polo collar"),
        ("a shirt with a round neckline", "round neckline"),
        ("a shirt", ""),
    ],
)
def test_the_words_that_tell_of_the_neck(caption: str, neck: str) -> None:
    words = caption.split()
    told = neck_phrase(words)
    assert (" ".join(words[told[0] : told[1] + 1]) if told else "") == neck
