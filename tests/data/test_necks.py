"""Tests of necks that come from the most typical garments of their name, on drawn tops, whose true edits are known."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from top_case import SIDE, another_colour, captioned_tops, drawn, error_left, plain_tops

from mimnet.data.batches import Captions
from mimnet.data.folder import Captioned
from mimnet.data.neck_pairs import Necks
from mimnet.data.necklines import neck_fitted, shoulders, with_neck_of
from mimnet.data.pairs import Pair
from mimnet.data.plain_pairs import PlainPairs
from mimnet.data.yoke_pairs import all_placed
from mimnet.data.yokes import Placed, placed
from mimnet.errors import MimnetError
from mimnet.ground import outline
from mimnet.text import Vocabulary


def lies(picture: NDArray[np.uint8]) -> Placed:
    there = placed(outline(picture)[0])
    assert there is not None
    return there


@pytest.mark.parametrize(("neck", "most"), [("v", 0.15), ("high", 0.2)])
def test_the_neck_of_the_same_garment_in_another_colour_makes_the_true_edit(neck: str, most: float) -> None:
    left = []
    for scene in plain_tops(12):
        before, truth = drawn(scene), drawn(scene, neck=neck)
        donor = drawn(scene, neck=neck, colour=another_colour(scene))
        there = [placed(outline(picture)[0]) for picture in (before, donor)]
        if there[0] is None or there[1] is None:
            continue
        after = with_neck_of(before, donor, there[0], there[1])
        if after is None:
            continue
        left.append(error_left(before, after, truth))
        below = int(there[0].level + 0.6 * there[0].width)
        assert (after[below:] == before[below:]).all()  # sleeves' ends, body and hem stay
    assert len(left) >= 6
    assert np.mean(left) < most


def test_no_neck_comes_between_straps_or_from_another_height() -> None:
    mine = lies(drawn(plain_tops(1)[0]))
    assert neck_fitted(mine, mine) is not None
    steep = mine.shape.copy()
    column = int(mine.centre + 0.33 * mine.width)
    steep[: int(mine.level + 0.4 * mine.width), column:] = False  # a strap, and nothing beside it
    assert shoulders(mine._replace(shape=steep)) is None
    assert neck_fitted(mine._replace(shape=steep), mine) is None
    slanting = mine.shape.copy()
    left = int(mine.centre - 0.2 * mine.width)
    slanting[:, :left] = np.roll(mine.shape[:, :left], int(0.12 * mine.width), 0)
    assert neck_fitted(mine._replace(shape=slanting), mine) is None


def a_set() -> tuple[NDArray[np.uint8], Captions, Vocabulary]:
    """One of them is said to have a neck of a name that no other has."""
    return captioned_tops(24, ("short sleeve", "long sleeve"), {8: "boat"})


def test_pairs_end_with_a_typical_neck_and_say_so() -> None:
    pictures, captions, vocabulary = a_set()
    necks = Necks(pictures, captions, all_placed(pictures))
    named = {" ".join(vocabulary.words[i] for i in name) for name in necks.typical}
    assert named == {"round neck", "v neck"}  # one picture makes no boat neck typical
    for name, rows in necks.typical.items():
        assert all(
            " ".join(captions.spelled(list(name))) in " ".join(captions.spelled(captions.first(r))) for r in rows
        )
    draw = np.random.default_rng(0)
    found = [one for one in (necks.drawn(draw) for _ in range(40)) if one is not None]
    assert len(found) > 20
    for row, after, ids, neck in found:
        own, asked = captions.spelled(captions.first(row)), captions.spelled(ids)
        assert asked[0] == own[0]
        assert asked[2:] == own[2:]
        assert captions.spelled(neck) == asked[1:3]
        assert asked[1] != own[1]
        changed = np.abs(after.astype(int) - pictures[row]).max(-1) > 24
        assert changed.any()
        it = lies(pictures[row])
        assert not changed[:, np.abs(np.arange(SIDE) - it.centre) > 0.4 * it.width].any()


def test_the_least_unlike_are_typical() -> None:
    pictures, captions, _ = a_set()
    found = all_placed(pictures)
    v_necks = [row for row in found if captions.spelled(captions.first(row))[1] == "v"]
    odd = v_necks[1::3]
    assert len(odd) >= 3
    for number, row in enumerate(odd):  # a dark bar in its neck, in each at another place
        level, across = int(found[row].level), SIDE // 2 - 12 + 6 * number
        pictures[row, level : level + int(0.4 * found[row].width), across : across + 6] //= 3
    typical = Necks(pictures, captions, found).typical
    assert len(typical) == 2
    assert not set(odd) & {row for rows in typical.values() for row in rows.tolist()}


def test_captions_of_one_neck_are_refused() -> None:
    pictures, _, vocabulary = a_set()
    alike = [Captioned(Path(f"{i}.png"), ("a round neck red shirt",), None) for i in range(len(pictures))]
    with pytest.raises(MimnetError, match="must name two kinds of necks"):
        Necks(pictures, Captions(alike, vocabulary, 12), all_placed(pictures))


def made(share: float, **more: float) -> tuple[list[Pair], Vocabulary, NDArray[np.uint8]]:
    pictures, captions, vocabulary = a_set()
    source = PlainPairs(pictures, captions, size=SIDE, beside=120, flip=False, seed=3, necked=share, **more)
    return source.made(0), vocabulary, pictures


def test_a_share_of_pairs_is_such_and_half_of_these_are_dyed_before() -> None:
    pairs, vocabulary, pictures = made(0.6, colourless=0.8)
    necked = [pair for pair in pairs if pair.kind == "necked"]
    assert 40 < len(necked) < 90
    as_they_are = [any(np.array_equal(pair.before, picture) for picture in pictures) for pair in necked]
    assert 0.25 < np.mean(as_they_are) < 0.75
    assert all(pair.reshaped is not None and pair.reshaped.any() for pair in necked)
    alone = [pair.asked for pair in necked if len(pair.asked) == 2]
    assert {tuple(vocabulary.words[i] for i in asked) for asked in alone} == {("v", "neck"), ("round", "neck")}
    assert all(pair.kind != "necked" for pair in made(0.0)[0])
