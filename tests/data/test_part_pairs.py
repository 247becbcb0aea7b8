"""Tests of pairs in which parts of an object are dyed."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mimnet.data.dyes import Dye, Dyes
from mimnet.data.outline import Colours
from mimnet.data.part_pairs import PartPairs, dyed_parts, shares_at
from mimnet.data.parts import said_of
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary
from two_parts import BELLY, COLOURS, HEAD, THERE, many, two_parts

GROUPS = ("head", "belly")
WORDS = ["a", "with", "this", "bird", "its", "is", "and", "head", "belly", "red", "blue", "yellow", "white"]
VOCABULARY = Vocabulary(["<pad>", "<unk>", *WORDS])


def pairs_of(
    pictures: NDArray[np.uint8], captions: list[list[list[str]]], objects: NDArray[np.uint8], **more: Any
) -> PartPairs:
    """Pairs of such pictures, whose parts are known."""
    regions = np.zeros((len(pictures), 3, 32, 32), np.uint8)
    regions[:, 0], regions[:, 1], regions[:, 2] = HEAD * 255, BELLY * 255, ~THERE * 255
    given = {"size": 32, "words": 8, "beside": 60, "flip": False, "seed": 3} | more
    return PartPairs(pictures, regions, objects, said_of(captions, GROUPS, "bird"), "bird", VOCABULARY, **given)


def part_pairs(**more: int) -> PartPairs:
    pictures, captions, objects = many(30, seed=0)
    for of_row in captions:
        head, belly = of_row[0][4], of_row[1][3]
        of_row += [["this", "bird", "is", head]] * (head == belly)
    objects[-3:] = 0
    return pairs_of(pictures, captions, objects, **more)


def asked_of(text: str) -> dict[str, str]:
    """What a sentence of this set asks of either part, by an own reading of it."""
    words = text.split()
    asked = {}
    for part in ("head", "belly"):
        if part in words:
            at = words.index(part)
            asked[part] = next(w for w in [*words[max(0, at - 1) : at], *words[at + 1 : at + 3]] if w in COLOURS)
    if not asked:  # of the bird
        colour = next(w for w in words if w in COLOURS)
        asked = {"head": colour, "belly": colour}
    return asked


def test_the_truth_is_what_the_sentence_says_and_nothing_else() -> None:
    seen = set()
    for pair in part_pairs().made(0):
        asked = asked_of(" ".join(VOCABULARY.words[i] for i in pair.asked))
        seen.add(tuple(sorted(asked)))
        for part, mask in (("head", HEAD), ("belly", BELLY)):
            if part in asked:
                assert np.abs(pair.after[mask].mean(0) - COLOURS[asked[part]]).max() < 12
            else:
                assert (pair.after[mask] == pair.before[mask]).all()
        assert (pair.after[~THERE] == pair.before[~THERE]).all()
    assert seen == {("head",), ("belly",), ("belly", "head")}


def test_some_sentences_ask_for_what_two_others_say() -> None:
    pictures, captions, objects = many(30, seed=0)
    for of_row in captions:
        of_row[:] = [["this", "bird", "has", "a", of_row[0][4], "head"], ["its", "belly", "is", of_row[1][3]]]
    source = pairs_of(pictures, captions, objects, words=12)
    both = 0
    for pair in (pair for step in range(4) for pair in source.made(step)):
        text = [VOCABULARY.words[i] for i in pair.asked]
        assert {claim.part for claim in pair.said} == {i for i, part in enumerate(GROUPS) if part in text}
        for claim in pair.said:
            words = text[claim.first : claim.last + 1]
            assert GROUPS[claim.part] in words
            assert sum(word in COLOURS for word in words) == 1
        both += "head" in text and "belly" in text
    assert (
        15 <= both <= 60
    )  # about 30: of 240, half are of others' sentences, half of those of two, half of these of different parts
    short = pairs_of(pictures, captions, objects, words=4)
    assert all(len(pair.said) == 1 and len(pair.asked) <= 6 for pair in short.made(0))


def test_a_share_of_what_is_asked_for_are_dyes_in_the_place_of_the_colours_that_others_have() -> None:
    green = Colours(np.array([60, 180, 90], np.float32), np.full(3, 8, np.float32))
    pictures, captions, objects = many(30, seed=0)
    words = Vocabulary([*VOCABULARY.words, "green"])
    source = pairs_of(
        pictures, captions, objects, words=12, beside=200, dyes=Dyes([Dye("green", 15, green)]), foreign=0.6
    )
    source.vocabulary = words
    wanted, asked_for, others = {**COLOURS, "green": tuple(green.mean)}, 0, 0
    for pair in source.made(0):
        text = [words.words[i] for i in pair.asked]
        for part, mask in ((0, HEAD), (1, BELLY)):
            for claim in (claim for claim in pair.said if claim.part == part):
                (name,) = {word for word in text[claim.first : claim.last + 1] if word in wanted}
                assert np.abs(pair.after[mask].mean(0) - wanted[name]).max() < 12
                asked_for += name == "green"
                others += name != "green"
    assert 0.2 < asked_for / (asked_for + others) < 0.45  # of half of the pairs; the other half ends in a real picture


def test_some_begin_as_they_are_and_the_others_are_dyed_and_end_as_they_are_where_it_is_asked() -> None:
    source = part_pairs()
    begins = 0
    for pair in source.made(1):
        starts = np.abs(source.pictures.astype(int) - pair.before).max((1, 2, 3)) == 0
        begins += bool(starts.any())
        if not starts.any():
            asked = asked_of(" ".join(VOCABULARY.words[i] for i in pair.asked))
            mask = np.logical_or.reduce([{"head": HEAD, "belly": BELLY}[part] for part in asked])
            assert (np.abs(source.pictures.astype(int) - pair.after)[:, mask].max((1, 2)) == 0).any()
        assert not (np.abs(source.pictures[-3:].astype(int) - pair.before).max((1, 2, 3)) == 0).any()  # not found
    assert 15 <= begins <= 45


def test_pairs_are_a_function_of_the_step_and_are_shared_by_processes() -> None:
    source = part_pairs(size=28, flip=True)
    whole = source.at(5)
    assert whole.before.shape == whole.after.shape == (60, 3, 28, 28)
    assert torch.equal(whole.before, part_pairs(size=28, flip=True).at(5).before)
    assert not torch.equal(whole.before, source.at(6).before)
    assert whole.regions is not None
    assert whole.named is not None
    assert whole.regions.shape == (60, 3, 28, 28)
    assert whole.named.shape == (60, 3)
    assert whole.told is not None
    assert whole.told.shape == (60, 3, 8)
    for ids, length, named, told, regions, after in zip(
        *(whole.ids, whole.length, whole.named, whole.told, whole.regions, whole.after), strict=True
    ):
        text = [VOCABULARY.words[i] for i in ids[: int(length)]]
        asked = {part for part in ("head", "belly") if part in text} or {"bird"}
        assert {name for name, there in zip(("head", "belly", "bird"), named.tolist(), strict=True) if there} == asked
        for name, of_name in zip(("head", "belly", "bird"), told.tolist(), strict=True):
            assert (name in [word for word, tells in zip(text, of_name, strict=False) if tells]) == (name in asked)
        # The ground is grey, and no colour of a part is.
        assert (after.sub(after.mean(0)).abs().amax(0) < 0.4)[regions.sum(0) == 0].all()
    more = whole.sayings
    assert more is not None
    assert more.ids.shape == (480, 8)
    assert more.told.shape == (480, 3, 8)
    for ids, length, named, told in zip(more.ids, more.length, more.named, more.told, strict=True):
        text = [VOCABULARY.words[i] for i in ids[: int(length)]]
        asked = {part for part in ("head", "belly") if part in text} or {"bird"}
        assert {name for name, there in zip(("head", "belly", "bird"), named.tolist(), strict=True) if there} == asked
        for name, of_name in zip(("head", "belly", "bird"), told.tolist(), strict=True):
            assert (name in [word for word, tells in zip(text, of_name, strict=False) if tells]) == (name in asked)
    assert not torch.equal(more.ids[:60], whole.ids)
    half = source.at(5, rank=1, world=2)
    assert half.sayings is not None
    assert torch.equal(half.sayings.told, more.told[240:])
    assert torch.equal(half.after, whole.after[30:])
    assert torch.equal(half.ids, whole.ids[30:])
    assert half.regions is not None
    assert torch.equal(half.regions, whole.regions[30:])
    assert (whole.length <= 8).all()
    assert (whole.ids[:, 0] > 1).all()


def test_rare_colours_come_as_often_as_common_ones() -> None:
    pictures, captions, objects = many(400, seed=2)
    for row in range(380):
        pictures[row] = two_parts("red", "red", row)
        captions[row] = [["red", "head"], ["red", "belly"]]
    for row in range(380, 400):
        pictures[row], captions[row] = two_parts("blue", "blue", row), [["blue", "head"], ["blue", "belly"]] * 2
    source = pairs_of(pictures, captions, objects)
    blue = sum(
        often for donor, often in zip(source.donors, source._often, strict=True) if "blue" in donor.sentence.words
    )
    assert 0.25 < blue < 0.45  # of 0.1 of the sentences


def test_dyeing_moves_means_and_bounds_deviations() -> None:
    picture = two_parts("red", "white")
    shares = np.stack([HEAD, BELLY]).astype(np.float32)
    wanted = Colours(np.array([60, 70, 180], np.float32), np.array([40, 40, 40], np.float32))
    dyed = dyed_parts(picture, shares, {0: wanted})
    assert (dyed[~HEAD] == picture[~HEAD]).all()
    assert np.abs(dyed[HEAD].mean(0) - wanted.mean).max() < 2
    assert (dyed[HEAD].std(0) < 1.7 * picture[HEAD].std(0) + 1).all()
    assert (dyed_parts(picture, shares * 0, {0: wanted}) == picture).all()


def test_shares_are_brought_to_the_picture_and_end_at_the_object() -> None:
    regions = np.zeros((2, 2, 2), np.uint8)
    regions[0, 0], regions[1, 1] = 255, 255
    thing = np.zeros((8, 8), np.uint8)
    thing[:, :4] = 255
    shares = shares_at(regions, thing, 8)
    assert shares.shape == (2, 8, 8)
    assert np.allclose(shares.sum(0), thing / 255)
    assert shares[0, 0, 0] == 1
    assert shares[1, 7, 0] == 1


def test_captions_of_no_colour_are_told() -> None:
    pictures, _, objects = many(4, seed=0)
    mixed = [[["red", "and", "blue", "head"]]] * 4
    with pytest.raises(MimnetError, match="no caption gives each of its parts one colour"):
        pairs_of(pictures, mixed, objects)
