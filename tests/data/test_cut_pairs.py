"""Tests of pairs of a picture and the same cut along another's outline."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from mimnet.config import PicturesConfig
from mimnet.data.batches import Batches, Captions
from mimnet.data.cut_pairs import CutPairs, WithPairs, partners
from mimnet.data.folder import Captioned
from mimnet.data.outline import cut_along
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary
from tops import BLUE, LONG, RED, SHORT, STORED, top

SIZE = 36
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


def captions() -> Captions:
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(CAPTIONS)]
    return Captions(given, VOCABULARY, 8)


def cut_pairs(beside: int = 4) -> CutPairs:
    return CutPairs(PICTURES, captions(), size=SIZE, beside=beside, flip=True, seed=3)


def test_partners_are_smaller_of_the_same_colour_and_say_so() -> None:
    found = [{CAPTIONS[j] for j in row if j >= 0} for row in partners(PICTURES, captions()).tolist()]
    assert found == [
        {CAPTIONS[1], CAPTIONS[2]},
        {CAPTIONS[2]},
        set(),  # nothing to cut
        set(),
        set(),  # the smaller one of its colour tells of as much, the trousers have no word in common
        set(),
        set(),
    ]


def test_pairs_go_both_ways_by_the_caption_of_what_is_to_come() -> None:
    source, seen, ways = cut_pairs(), set(), set()
    for step in range(20):
        pairs = source.at(step)
        assert pairs.before.shape == pairs.after.shape == (4, 3, SIZE, SIZE)
        assert torch.equal(pairs.before, source.at(step).before)
        for before, after, ids, length in zip(pairs.before, pairs.after, pairs.ids, pairs.length, strict=True):
            asked = CAPTIONS.index(" ".join(VOCABULARY.words[i] for i in ids[: int(length)].tolist()))
            fits = [
                (whole, cut, grows, mirrored, y, x)
                for whole, cut in ((0, 1), (0, 2), (1, 2))
                for grows in (True, False)
                for mirrored in (True, False)
                for y in range(STORED - SIZE + 1)
                for x in range(STORED - SIZE + 1)
                if asked == (whole if grows else cut)
                and torch.equal(before, piece(whole, cut if grows else None, mirrored, y, x))
                and torch.equal(after, piece(whole, None if grows else cut, mirrored, y, x))
            ]
            assert fits
            seen.add(fits[0][:3])
            ways.add(fits[0][3:])
    assert seen == {(whole, cut, grows) for whole, cut in ((0, 1), (0, 2), (1, 2)) for grows in (True, False)}
    assert len(ways) > 3


def piece(whole: int, cut: int | None, mirrored: bool, y: int, x: int) -> torch.Tensor:
    picture = PICTURES[whole] if cut is None else cut_along(PICTURES[whole], PICTURES[cut])
    crop = torch.from_numpy(picture[y : y + SIZE, x : x + SIZE].copy()).permute(2, 0, 1).float() / 127.5 - 1
    return crop.flip(2) if mirrored else crop


def test_processes_share_pairs() -> None:
    source = cut_pairs()
    whole, parts = source.at(5), [source.at(5, rank=rank, world=2) for rank in range(2)]
    for field in dataclasses.fields(whole):
        together = torch.cat([getattr(part, field.name) for part in parts])
        assert torch.equal(getattr(whole, field.name), together), field.name


def test_pictures_without_partners_are_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 256, PICTURES.shape).astype(np.uint8)
    with pytest.raises(MimnetError, match="it is for objects on plain ground"):
        CutPairs(noise, captions(), size=SIZE, beside=4, flip=True, seed=3)


def test_they_come_beside_the_batch_and_move_along_to_a_device() -> None:
    alone = Batches(PICTURES, captions(), size=SIZE, batch=2, settings=PicturesConfig(flip=True), seed=3)
    source = WithPairs(alone, cut_pairs(beside=2))
    assert source.per_epoch == alone.per_epoch
    batch = source.at(7)
    assert torch.equal(batch.image, alone.at(7).image)
    assert batch.pairs is not None
    moved = batch.to(torch.device("cpu"), channels_last=True).pairs
    assert moved is not None
    assert moved.before.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(moved.before, batch.pairs.before)
    assert torch.equal(moved.ids, batch.pairs.ids)
