"""Tests of pictures in each other's outlines."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mimnet.config import PicturesConfig
from mimnet.data.batches import Batches, Captions
from mimnet.data.folder import Captioned
from mimnet.data.outlines import InOutlines, WithOutlined, in_outline, outline, partners
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary

STORED, SIZE = 40, 36
BODY, SLEEVES = (slice(8, 36), slice(10, 30)), ((slice(8, 20), slice(2, 10)), (slice(8, 20), slice(30, 38)))
WORDS = ["a", "long", "short", "top", *(f"number{i}" for i in range(4))]


def top(colour: tuple[int, int, int], *, sleeves: bool, ground: int = 255, down: int = 0) -> NDArray[np.uint8]:
    """A body of one colour, a little shaded from left to right, with sleeves at its sides or without."""
    picture = np.full((STORED, STORED, 3), ground, np.uint8)
    shade = (np.arange(STORED) % 3)[None, :, None].astype(np.uint8)
    for rows, columns in (BODY, *(SLEEVES if sleeves else ())):
        here = slice(rows.start + down, rows.stop + down), columns
        picture[here] = np.array(colour, np.uint8) + np.broadcast_to(shade, picture.shape)[here]
    return picture


RED, BLUE = (200, 20, 30), (20, 40, 180)


def test_an_outline_is_what_lines_from_the_rim_meet() -> None:
    shape, ground = outline(top(RED, sleeves=True))
    expected = np.zeros((STORED, STORED), bool)
    for place in (BODY, *SLEEVES):
        expected[place] = True
    assert (shape == expected).all()
    assert ground.tolist() == [255, 255, 255]
    ring = top(RED, sleeves=False)
    ring[16:24, 16:24] = 255  # a white print on a white ground belongs to the garment
    assert outline(ring)[0][16:24, 16:24].all()


def test_a_picture_that_fills_its_rim_has_no_outline() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (STORED, STORED, 3)).astype(np.uint8)
    assert not outline(noise)[0].any()


def test_the_other_outline_cuts_sleeves_off() -> None:
    shown = in_outline(top(RED, sleeves=True), top(BLUE, sleeves=False))
    assert (shown[10:18, 5:9] == 255).all()
    inside = (slice(10, 34), slice(14, 26))
    assert (shown[inside] == top(RED, sleeves=True)[inside]).all()


def test_the_other_outline_adds_sleeves_in_the_own_colour() -> None:
    own = top(RED, sleeves=False)
    shown = in_outline(own, top(BLUE, sleeves=True)).astype(int)
    for rows, columns in SLEEVES:
        sleeve = shown[rows.start + 2 : rows.stop - 2, columns.start + 2 : columns.stop - 2]
        assert np.abs(sleeve - np.array(RED)).max() <= 3
    seam = shown[12:18, 8:12]
    assert np.abs(seam - np.array(RED)).max() <= 3  # no line of ground where the sleeve begins
    inside = (slice(10, 34), slice(14, 26))
    assert (shown[inside] == own[inside]).all()
    assert (shown[:4] == 255).all()


def tops() -> NDArray[np.uint8]:
    return np.stack(
        [
            top(RED, sleeves=True),
            top(BLUE, sleeves=False),
            top((40, 160, 60), sleeves=False),
            top(BLUE, sleeves=False, down=-7),  # the camera stood elsewhere
            top(RED, sleeves=False, ground=30),
        ]
    )


def test_partners_differ_at_the_sides_and_agree_in_the_middle() -> None:
    found = partners(tops(), np.array([0, 1, 2, 3, 0]))
    with_partner = [{int(j) for j in row if j >= 0} for row in found]
    assert with_partner == [{1, 2}, {0}, {0}, set(), set()]  # of the last one's class is the only one with sleeves
    assert partners(tops(), np.array([0, 0, 2, 3, 4]))[0].max() == 4


CAPTIONS = ("a long top number0", "a short top number1", "a short top number2", "a short top number3")


def captions() -> Captions:
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(CAPTIONS)]
    return Captions(given, Vocabulary.from_captions(WORDS, least=1), 6)


def shown(pictures: NDArray[np.uint8], beside: int = 4) -> InOutlines:
    return InOutlines(pictures, captions(), size=SIZE, beside=beside, flip=True, seed=3)


def test_pictures_come_as_they_are_and_in_other_outlines_with_their_whole_captions() -> None:
    vocabulary = Vocabulary.from_captions(WORDS, least=1)
    pictures, seen, ways = shown(tops()[:4]), set(), set()
    for step in range(20):
        outlined = pictures.at(step)
        assert outlined.shown.shape == outlined.image.shape == (4, 3, SIZE, SIZE)
        again = pictures.at(step)
        assert torch.equal(outlined.shown, again.shown)
        for one, image, ids, length in zip(outlined.shown, outlined.image, outlined.ids, outlined.length, strict=True):
            text = " ".join(vocabulary.words[i] for i in ids[: int(length)].tolist())
            row = CAPTIONS.index(text)
            stored = torch.from_numpy(tops()[row]).permute(2, 0, 1) / 127.5 - 1
            crops = [
                (mirrored, top, left)
                for mirrored, picture in ((False, stored), (True, stored.flip(2)))
                for top in range(STORED - SIZE + 1)
                for left in range(STORED - SIZE + 1)
                if torch.allclose(image, picture[:, top : top + SIZE, left : left + SIZE], atol=1e-6)
            ]
            assert crops
            ways.add(crops[0])
            changed = (one - image).abs().amax(0) > 0.5
            assert 150 <= int(changed.sum()) <= 220  # sleeves of 192 pixels: a crop cuts some, rims are soft
            seen.add(row)
    assert seen == {0, 1, 2}
    assert len(ways) > 3


def test_processes_share_pictures_in_outlines() -> None:
    pictures = shown(tops()[:4])
    whole, parts = pictures.at(5), [pictures.at(5, rank=rank, world=2) for rank in range(2)]
    for field in dataclasses.fields(whole):
        together = torch.cat([getattr(part, field.name) for part in parts])
        assert torch.equal(getattr(whole, field.name), together), field.name


def test_pictures_without_outlines_are_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4, STORED, STORED, 3)).astype(np.uint8)
    with pytest.raises(MimnetError, match="it is for objects on plain ground"):
        shown(noise)


def test_they_come_beside_the_batch_and_move_along_to_a_device() -> None:
    pictures = tops()[:4]
    settings = PicturesConfig(flip=True)
    alone = Batches(pictures, captions(), size=SIZE, batch=2, settings=settings, seed=3)
    source = WithOutlined(alone, shown(pictures, beside=2))
    assert source.per_epoch == alone.per_epoch
    batch = source.at(7)
    assert torch.equal(batch.image, alone.at(7).image)
    assert batch.outlined is not None
    moved = batch.to(torch.device("cpu"), channels_last=True).outlined
    assert moved is not None
    assert moved.shown.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(moved.shown, batch.outlined.shown)
    assert torch.equal(moved.ids, batch.outlined.ids)
