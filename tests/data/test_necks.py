"""Tests of necks that come from another garment, on drawn tops, whose true edits are known."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mimnet.data.batches import Captions
from mimnet.data.drawn import Scene, render, sample_scene, species_of, true_edit
from mimnet.data.folder import Captioned
from mimnet.data.neck_pairs import OFTEN, Necks
from mimnet.data.necks import meet, shoulders, with_neck_of
from mimnet.data.plain_pairs import PlainPairs
from mimnet.errors import MimnetError
from mimnet.ground import outline
from mimnet.text import Vocabulary

SIDE = 96
SLEEVES = ("long sleeve", "short sleeve")


def plain_tops(count: int) -> list[Scene]:
    ids = species_of("top")
    scenes = [sample_scene(i, "top", ids[7 * i % len(ids)]) for i in range(count)]
    return [true_edit(scene, {"pattern": "plain", "neck": "round", "sleeve": "short sleeve"}) for scene in scenes]


def drawn(scene: Scene, **changes: str) -> NDArray[np.uint8]:
    return render(true_edit(scene, changes), SIDE).image


def another_colour(scene: Scene) -> str:
    return "blue" if scene.attributes["colour"] == "red" else "red"


def error_left(before: NDArray[np.uint8], after: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """Of the difference to the truth where an edit should change something."""
    where = np.abs(truth.astype(int) - before).max(-1) > 24
    left, start = (np.abs(truth.astype(int) - one)[where].mean() for one in (after, before))
    return float(left / start)


@pytest.mark.parametrize("neck", ["v", "high"])
def test_the_neck_of_the_same_garment_in_another_colour_makes_the_true_edit(neck: str) -> None:
    left = []
    for scene in plain_tops(8):
        before = drawn(scene)
        after = with_neck_of(before, drawn(scene, neck=neck, colour=another_colour(scene)))
        assert after is not None
        left.append(error_left(before, after, drawn(scene, neck=neck)))
        assert (after[SIDE // 2 :] == before[SIDE // 2 :]).all()
    assert np.mean(left) < 0.15


def test_so_does_one_that_lies_elsewhere_and_is_larger() -> None:
    left = []
    for scene in plain_tops(8):
        before, larger = drawn(scene), true_edit(scene, {"neck": "v", "colour": another_colour(scene)})
        after = with_neck_of(before, render(larger, SIDE + 8).image[:SIDE, 8:])
        if after is not None:
            left.append(error_left(before, after, drawn(scene, neck="v")))
    assert len(left) >= 4  # shoulders seem not to meet where half a pixel tells
    assert np.mean(left) < 0.25


def test_shoulders_that_are_not_there_or_lie_otherwise_do_not_meet() -> None:
    scene = plain_tops(1)[0]
    shape = outline(drawn(scene))[0]
    mine = shoulders(shape)
    assert mine is not None
    assert meet(mine, mine)
    assert shoulders(np.zeros_like(shape)) is None
    tilted = shoulders(np.stack([np.roll(column, max(0, i - SIDE // 2) // 2) for i, column in enumerate(shape.T)], 1))
    assert tilted is not None
    assert not meet(mine, tilted)
    narrow = shape.copy()
    narrow[:, : SIDE // 2 - 8] = narrow[:, SIDE // 2 + 8 :] = False
    strip = shoulders(narrow)
    assert strip is None or not meet(mine, strip)
    assert with_neck_of(drawn(scene), np.full((SIDE, SIDE, 3), 255, np.uint8)) is None


def test_a_print_does_not_end_at_a_line() -> None:
    scene = plain_tops(1)[0]
    donor = drawn(scene, neck="v")
    assert with_neck_of(drawn(scene), donor) is not None
    checked = np.where(
        outline(donor)[0][..., None] & (np.indices((SIDE, SIDE)).sum(0) // 4 % 2 == 0)[..., None], 9, donor
    )
    assert with_neck_of(drawn(scene), checked.astype(np.uint8)) is None


def a_set() -> tuple[NDArray[np.uint8], Captions, Vocabulary]:
    """Tops with two necks and two sleeves each, and one caption each."""
    pictures, captions = [], []
    for number, scene in enumerate(plain_tops(2 * OFTEN)):
        neck, sleeve = ("round", "v")[number % 2], SLEEVES[number // 2 % 2]
        pictures.append(drawn(scene, neck=neck, sleeve=sleeve, colour="red"))
        captions.append(f"a {neck} neck {sleeve} red shirt number{number}")
    vocabulary = Vocabulary.from_captions(captions, least=1)
    given = [Captioned(Path(f"{i}.png"), (text,), None) for i, text in enumerate(captions)]
    return np.stack(pictures), Captions(given, vocabulary, 12), vocabulary


def test_pairs_end_with_a_neck_that_the_caption_asks_for() -> None:
    pictures, captions, vocabulary = a_set()
    necks = Necks(pictures, captions, vocabulary)
    draw = np.random.default_rng(0)
    found = [one for one in (necks.drawn(draw) for _ in range(40)) if one is not None]
    asked = set()
    for row, after, ids, neck in found:
        own, words = ([vocabulary.words[i] for i in sentence] for sentence in (captions.first(row), ids))
        assert {own[1], words[1]} == {"round", "v"}
        assert own[:1] + own[2:] == words[:1] + words[2:]
        assert [vocabulary.words[i] for i in neck] == words[1:3]
        assert not np.array_equal(after, pictures[row])
        assert (after[SIDE // 2 :] == pictures[row][SIDE // 2 :]).all()
        asked.add(words[1])
    assert len(found) > 10
    assert asked == {"round", "v"}


def test_a_share_of_pairs_is_such_and_half_of_these_are_dyed_before() -> None:
    pictures, captions, vocabulary = a_set()

    def made(share: float) -> PlainPairs:
        necks = Necks(pictures, captions, vocabulary) if share else None
        return PlainPairs(pictures, captions, size=SIDE, beside=120, flip=False, seed=3, necks=necks, necked=share)

    pairs = made(0.6).made(0)
    necked = [pair for pair in pairs if pair.kind == "necked"]
    assert 30 < len(necked) < 84  # some find no neck that goes
    as_they_are = [any(np.array_equal(pair.before, picture) for picture in pictures) for pair in necked]
    assert 0.25 < np.mean(as_they_are) < 0.75
    assert all(pair.kind != "necked" for pair in made(0.0).made(0))


def test_what_keeps_its_colour_can_be_asked_for_without_one() -> None:
    pictures, captions, vocabulary = a_set()
    necks, red = Necks(pictures, captions, vocabulary), vocabulary.ids["red"]
    source = PlainPairs(
        pictures, captions, size=SIDE, beside=150, flip=False, seed=3, necks=necks, necked=0.5, colourless=0.6
    )
    silent = [pair for pair in source.made(0) if pair.kind != "dyed" and red not in pair.asked]
    short = [pair for pair in silent if len(pair.asked) == 2]
    for pair in silent:
        inside = outline(pair.before)[0] & outline(pair.after)[0]
        assert np.abs(np.median(pair.before[inside], 0) - np.median(pair.after[inside], 0)).max() <= 2
    assert {pair.kind for pair in silent} == {"cut", "grown", "necked"}
    assert {pair.kind for pair in short} == {"necked"}
    assert {tuple(vocabulary.words[i] for i in pair.asked) for pair in short} == {("v", "neck"), ("round", "neck")}


def test_captions_that_tell_no_two_necks_apart_are_refused() -> None:
    pictures, captions, vocabulary = a_set()
    alike = [Captioned(Path(f"{i}.png"), ("a round neck red shirt",), None) for i in range(len(pictures))]
    with pytest.raises(MimnetError, match="fewer than two necks"):
        Necks(pictures, Captions(alike, vocabulary, captions.words), vocabulary)
