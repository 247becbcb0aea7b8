"""Tests of pairs of a picture and the same cut along another's outline."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mimnet.config import PicturesConfig
from mimnet.data.batches import Batches, Captions
from mimnet.data.dyes import Dye, Dyes
from mimnet.data.folder import Captioned
from mimnet.data.outline import Colours, cut_along
from mimnet.data.pairs import WithPairs
from mimnet.data.plain_pairs import PlainPairs, partners
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary
from tops import BLUE, INSIDE, LONG, RED, SHORT, STORED, top

SIZE = 36
SHAPING_AND_COLOURS = {"long", "short", "sleeve", "sleeveless", "red", "blue", "green"}
GREEN = (40, 160, 60)
TOPS = {  # captions and pictures
    "a round neck long sleeve red top": top(RED, LONG),
    "a round neck short sleeve red top": top(RED, SHORT),
    "a round neck sleeveless red top": top(RED),
    "a round neck sleeveless blue top": top(BLUE),
    "a round neck long sleeve green top": top(GREEN, LONG),
    "a long sleeve round neck green top": top(GREEN, SHORT),  # says that it has what it has not
    "a pair of trousers": top(GREEN),
}
CAPTIONS = list(TOPS)
PICTURES = np.stack(list(TOPS.values()))
VOCABULARY = Vocabulary.from_captions(CAPTIONS, least=1)


def captions(texts: list[str] = CAPTIONS) -> Captions:
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts)]
    return Captions(given, VOCABULARY, 8)


def plain_pairs(beside: int = 4) -> PlainPairs:
    return PlainPairs(PICTURES, captions(), size=SIZE, beside=beside, flip=True, seed=3)


def test_partners_are_smaller_of_the_same_colour_and_say_so() -> None:
    found = [{CAPTIONS[j] for j in row if j >= 0} for row in partners(PICTURES, captions())[0].tolist()]
    assert found == [
        {CAPTIONS[1], CAPTIONS[2]},
        {CAPTIONS[2]},
        set(),  # nothing to cut
        set(),
        set(),  # the smaller one of its colour tells of as much, the trousers have no word in common
        set(),
        set(),
    ]


CUTS = ((0, 1), (0, 2), (1, 2))  # whole, and along whose outline it is cut
CHANGES = {(row, row): (PICTURES[row], PICTURES[row]) for row in range(len(PICTURES))}  # from and to: before, after
for whole, other in CUTS:
    less = cut_along(PICTURES[whole], PICTURES[other])
    CHANGES |= {(whole, other): (PICTURES[whole], less), (other, whole): (less, PICTURES[whole])}


def crops(picture: NDArray[np.uint8]) -> list[torch.Tensor]:
    """Every crop of a picture and of its mirror image, in [-1, 1]."""
    whole = signed(picture)
    places = [(y, x) for y in range(STORED - SIZE + 1) for x in range(STORED - SIZE + 1)]
    cut = [whole[:, y : y + SIZE, x : x + SIZE] for y, x in places]
    return [*cut, *(piece.flip(2) for piece in cut)]


def test_pairs_are_cut_or_dyed_or_both_and_the_caption_asks_for_what_is_to_come() -> None:
    source, seen, ways = plain_pairs(), set(), set()
    pieces = {change: [crops(picture) for picture in both] for change, both in CHANGES.items()}
    for step in range(60):
        pairs = source.at(step)
        assert torch.equal(pairs.before, source.at(step).before)
        for before, after, ids, length in zip(pairs.before, pairs.after, pairs.ids, pairs.length, strict=True):
            text = " ".join(VOCABULARY.words[i] for i in ids[: int(length)].tolist())
            said = [i for i, caption in enumerate(CAPTIONS) if caption == text]
            asked = said[0] if said else None  # some are thinned
            fits = [
                (change, way, bool((before - one).abs().amax() > 0.1))
                for change, (starts, ends) in pieces.items()
                for way, (one, two) in enumerate(zip(starts, ends, strict=True))
                if (change[1] == asked or (asked is None and change[0] == change[1]))
                and (after - two).abs().max() < 1e-6
                and alike(before, one)
            ]
            assert fits
            change, way, dyed = fits[0]
            seen.add((change, dyed))
            ways.add(way)
    cut = {(change, dyed) for change in CHANGES if change[0] != change[1] for dyed in (True, False)}
    assert seen >= cut | {((row, row), True) for row in range(len(CAPTIONS))}
    assert len(ways) > 3


def test_what_grows_can_begin_with_another_picture_as_it_is() -> None:
    source = PlainPairs(PICTURES, captions(), size=STORED, beside=40, flip=False, seed=3, sewn=1.0)
    made = [pair for step in range(5) for pair in source.made(step)]
    assert "grown" not in {pair.kind for pair in made}  # all can be sewn here
    sewn = [pair for pair in made if pair.kind == "sewn"]
    seen = set()
    for before, after, asked, *_ in sewn:
        small = next(i for i in (1, 2) if alike(signed(before), signed(PICTURES[i])))
        text = " ".join(VOCABULARY.words[i] for i in asked)
        assert text in {CAPTIONS[whole] for whole, other in CUTS if other == small}
        assert np.abs(after.astype(int) - PICTURES[CAPTIONS.index(text)]).max() <= 3
        seen.add((small, text, bool((before == PICTURES[small]).all())))
    assert len(seen) == 6  # three ways to grow, as it is and dyed
    half = PlainPairs(PICTURES, captions(), size=STORED, beside=200, flip=False, seed=3, sewn=0.5).made(0)
    assert 20 < sum(pair.kind == "sewn" for pair in half) < 80
    assert sum(pair.kind == "grown" for pair in half) > 10


def test_pairs_know_where_more_than_colours_is_otherwise() -> None:
    source = plain_pairs(beside=60)
    pairs, made = source.at(0), source.made(0)
    dyed = torch.tensor([pair.kind == "dyed" for pair in made])
    assert not pairs.reshaped[dyed].any()  # the other colour of all of the object is none of it
    assert pairs.reshaped[~dyed].any(3).any(2).all()
    ground = torch.stack([(x > 0.99).all(1, keepdim=True) for x in (pairs.before, pairs.after)])
    shapes = ground[0] != ground[1]
    rim = torch.nn.functional.max_pool2d(shapes.float(), 5, 1, 2) > 0
    for there, shape, near in zip(pairs.reshaped[~dyed], shapes[~dyed], rim[~dyed], strict=True):
        assert not (there & ~near).any()
        assert (there & shape).sum() > 0.7 * shape.sum()


def signed(picture: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 127.5 - 1


def alike(dyed: torch.Tensor, plain: torch.Tensor) -> bool:
    """The same outline but for its rim; a sleeve is 80 pixels or more."""
    return bool(((dyed.amin(0) > 0.99) != (plain.amin(0) > 0.99)).sum() <= 40)


def test_a_share_ends_in_a_dye_and_the_caption_has_its_name() -> None:
    purple = Colours(np.array([130, 60, 170], np.float32), np.full(3, 4, np.float32))
    dyes = Dyes([Dye("purple", VOCABULARY.ids["blue"], purple)])  # by a word that the tops have
    source = PlainPairs(PICTURES, captions(), size=STORED, beside=120, flip=False, seed=3, dyes=dyes, foreign=0.5)
    made = [pair for pair in source.made(0) if pair.kind == "dyed"]
    ends = [np.abs(pair.after[INSIDE].mean(0) - purple.mean).max() < 6 for pair in made]
    blue, red, green = (VOCABULARY.ids[name] for name in ("blue", "red", "green"))
    for pair, dyed in zip(made, ends, strict=True):
        own = np.abs(pair.after[INSIDE].mean(0) - BLUE).max() < 6
        assert (blue in pair.asked) == (dyed or own)
        assert dyed == (not {tuple(pair.after[20, 20])} <= {tuple(p[20, 20]) for p in PICTURES})
        assert not dyed or not {red, green} & set(pair.asked)
    begins = [
        any(np.array_equal(pair.before, p) for p in PICTURES) for pair, dyed in zip(made, ends, strict=True) if dyed
    ]
    assert 0.2 < sum(begins) / len(begins) < 0.8  # the others are dyed before, too
    assert 0.25 < np.mean(ends) < 0.65


def test_words_of_a_share_come_in_random_order() -> None:
    def asked(shuffled: float) -> list[list[int]]:
        source = PlainPairs(PICTURES, captions(), size=STORED, beside=90, flip=False, seed=3, shuffled=shuffled)
        return [pair.asked for step in range(2) for pair in source.made(step)]

    neck = [VOCABULARY.ids[word] for word in ("round", "neck")]

    def in_order(words: list[int]) -> bool:
        return [word for word in words if word in neck] == neck

    both = [words for words in asked(0.0) if set(neck) <= set(words)]
    assert all(map(in_order, both))
    mixed = [words for words in asked(0.8) if set(neck) <= set(words)]
    assert 0.45 < np.mean([in_order(words) for words in mixed]) < 0.75  # the others, and half of these
    texts = [Counter(VOCABULARY.ids[word] for word in text.split()) for text in CAPTIONS]
    assert all(any(Counter(words) <= text for text in texts) for words in mixed)


def kinds(share: float, *, texts: list[str] = CAPTIONS, beside: int = 200) -> PlainPairs:
    """Of ten times as many pictures, for seven captions tell little about a word."""
    pictures = np.concatenate([PICTURES] * 10)
    return PlainPairs(pictures, captions(texts * 10), size=STORED, beside=beside, flip=False, seed=3, kinds=share)


def test_what_keeps_its_shape_is_asked_for_by_words_that_tell_of_none() -> None:
    sleeves = {VOCABULARY.ids[word] for word in ("long", "short", "sleeve", "sleeveless")}
    colours = {VOCABULARY.ids[word] for word in ("red", "blue", "green")}
    made = [pair for pair in kinds(1.0).made(0) if pair.kind == "dyed"]
    stay = [pair for pair in made if np.array_equal(pair.before, pair.after)]
    assert 0.35 < len(stay) / len(made) < 0.65
    assert {tuple(VOCABULARY.words[word] for word in pair.asked) for pair in stay} >= {("round", "neck"), ("top",)}
    for pair in made:
        own = next(i for i, picture in enumerate(PICTURES) if np.array_equal(pair.after, picture))
        named = colours & set(captions().first(own))
        assert not sleeves & set(pair.asked)
        assert colours & set(pair.asked) == (set() if any(pair is one for one in stay) else named)
        assert alike(signed(pair.before), signed(pair.after))
    some = [bool(sleeves & set(pair.asked)) for pair in kinds(0.5).made(0) if pair.kind == "dyed"]
    assert 0.1 < np.mean(some) < 0.5  # of the others some are thinned


def test_captions_that_tell_of_shapes_and_colours_alone_name_no_kinds() -> None:
    texts = [" ".join(word for word in text.split() if word in SHAPING_AND_COLOURS) for text in CAPTIONS[:6]]
    with pytest.raises(MimnetError, match="captions say nothing beside"):
        kinds(0.5, texts=[*texts, "green"])


def test_what_grows_comes_the_more_often_the_more_its_outline_is_what_its_caption_tells() -> None:
    odd = top(RED, ((slice(8, 34), slice(2, 12)), (slice(8, 12), slice(28, 38))))  # long sleeves of another form
    pictures = np.concatenate([PICTURES] * 6 + [odd[None]] * 3)
    texts = [*CAPTIONS * 6, *[CAPTIONS[0]] * 3]

    def share(typical: float, kind: str) -> float:
        source = PlainPairs(
            pictures, captions(texts), size=STORED, beside=300, flip=False, seed=3, typical=typical
        ).made(0)
        wide = [bool((p.before[9, 2:4] < 250).any() or (p.after[9, 2:4] < 250).any()) for p in source if p.kind == kind]
        return float(np.mean(wide))

    assert share(3.0, "grown") < share(0.0, "grown") / 3
    assert share(3.0, "cut") == share(0.0, "cut") > 0


def test_processes_share_pairs() -> None:
    source = plain_pairs()
    whole, parts = source.at(5), [source.at(5, rank=rank, world=2) for rank in range(2)]
    for field in dataclasses.fields(whole):
        value = getattr(whole, field.name)
        if value is None:
            assert field.name in ("regions", "named", "told", "sayings")  # nothing here has parts
        else:
            assert torch.equal(value, torch.cat([getattr(part, field.name) for part in parts])), field.name


def test_pictures_without_partners_are_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 256, PICTURES.shape).astype(np.uint8)
    with pytest.raises(MimnetError, match="it is for objects on plain ground"):
        PlainPairs(noise, captions(), size=SIZE, beside=4, flip=True, seed=3)


def test_they_come_beside_the_batch_and_move_along_to_a_device() -> None:
    alone = Batches(PICTURES, captions(), size=SIZE, batch=2, settings=PicturesConfig(flip=True), seed=3)
    source = WithPairs(alone, plain_pairs(beside=2))
    assert source.per_epoch == alone.per_epoch
    batch = source.at(7)
    assert torch.equal(batch.image, alone.at(7).image)
    assert batch.pairs is not None
    moved = batch.to(torch.device("cpu"), channels_last=True).pairs
    assert moved is not None
    assert moved.before.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(moved.before, batch.pairs.before)
    assert torch.equal(moved.ids, batch.pairs.ids)
