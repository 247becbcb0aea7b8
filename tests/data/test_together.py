"""Tests of batches out of several folders."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mimnet.config import PicturesConfig
from mimnet.data.batches import Batch, Batches, Captions
from mimnet.data.folder import Captioned
from mimnet.data.together import Corners, Together, WithAbsent, shares
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary

SIZE, STORED = 8, 10
WORDS = [f"{name}{i}" for name in "ab" for i in range(7)]
VOCABULARY = Vocabulary.from_captions(WORDS, least=1)


def plain(colour: int, count: int) -> np.ndarray:
    """Pictures of one grey: the colour, and one more for each picture."""
    return np.broadcast_to(colour + np.arange(count, dtype=np.uint8)[:, None, None, None], (count, STORED, STORED, 3))


def folder(name: str, *, colour: int, batch: int) -> Batches:
    """Seven pictures, each with a word of its own for a caption."""
    given = [Captioned(Path(f"{i}.jpg"), (f"{name}{i}",), None) for i in range(7)]
    settings = PicturesConfig(flip=True)
    return Batches(plain(colour, 7), Captions(given, VOCABULARY, 2), size=SIZE, batch=batch, settings=settings, seed=3)


def together() -> Together:
    return Together([folder("a", colour=10, batch=4), folder("b", colour=100, batch=2)])


def greys(image: torch.Tensor) -> list[int]:
    return ((image[:, 0, 0, 0] + 1) * 127.5).round().int().tolist()


def words(ids: torch.Tensor) -> list[str]:
    return [VOCABULARY.words[i] for i in ids[:, 0].tolist()]


def test_each_folder_gives_its_share_and_sentences_stay_within_it() -> None:
    source = together()
    assert source.per_epoch == 3
    for step in range(20):
        batch = source.at(step)
        assert [grey // 50 for grey in greys(batch.image)] == [0, 0, 0, 0, 2, 2]
        for grey, own, other in zip(greys(batch.image), words(batch.ids), words(batch.other_ids), strict=True):
            assert own == (f"a{grey - 10}" if grey < 50 else f"b{grey - 100}")
            assert other[0] == own[0]
            assert other != own
        assert len(batch.kind.unique()) == 6  # the first class of one folder is not the first of the other
        assert (batch.place, batch.total, batch.edges) == (0, 6, None)


def test_processes_share_what_one_would_see() -> None:
    source = together()
    for step in (0, 5):
        whole, parts = source.at(step), [source.at(step, rank=rank, world=2) for rank in range(2)]
        assert sorted(greys(whole.image)) == sorted(grey for part in parts for grey in greys(part.image))
        assert [part.place for part in parts] == [0, 3]
        assert {part.total for part in parts} == {6}


@pytest.mark.parametrize(("batch", "folders", "expected"), [(16, 3, [6, 5, 5]), (6, 2, [3, 3]), (2, 2, [1, 1])])
def test_shares_are_even(batch: int, folders: int, expected: list[int]) -> None:
    assert shares(batch, folders) == expected


def test_more_folders_than_pictures_are_refused() -> None:
    with pytest.raises(MimnetError, match="a batch of 2 pictures cannot take some from each of 3 folders"):
        shares(2, 3)


def without(beside: int) -> WithAbsent:
    return WithAbsent(together(), [plain(180, 5), plain(230, 5)], size=SIZE, beside=beside, seed=0)


def test_pictures_without_the_object_come_beside_the_batch_from_all_folders() -> None:
    source, plain_source, seen = without(3), together(), set()
    for step in range(30):
        batch, alone = source.at(step), plain_source.at(step)
        assert batch.absent is not None
        assert batch.absent.shape == (3, 3, SIZE, SIZE)
        assert torch.equal(batch.image, alone.image)
        assert torch.equal(batch.other_ids, alone.other_ids)
        again = source.at(step)
        assert again.absent is not None
        assert torch.equal(batch.absent, again.absent)
        seen |= set(greys(batch.absent))
    assert seen == {*range(180, 185), *range(230, 235)}


def test_processes_share_the_pictures_without_the_object() -> None:
    source = without(4)
    for step in (0, 7):
        whole, parts = source.at(step).absent, [source.at(step, rank=rank, world=2).absent for rank in range(2)]
        assert whole is not None
        assert torch.equal(torch.cat([part for part in parts if part is not None]), whole)


def test_a_batch_brings_them_along_to_a_device() -> None:
    batch: Batch = without(2).at(0)
    moved = batch.to(torch.device("cpu"), channels_last=True)
    assert moved.absent is not None
    assert batch.absent is not None
    assert torch.equal(moved.absent, batch.absent)
    assert moved.absent.is_contiguous(memory_format=torch.channels_last)


def test_corners_fill_the_square_at_their_own_scale() -> None:
    pictures = np.zeros((2, 16, 16, 3), np.uint8)
    rows, columns = np.arange(16)[:, None], np.arange(16)[None, :]
    pictures[1, ..., 0], pictures[1, ..., 1], pictures[1, ..., 2] = rows, columns, 7
    ground = Corners(pictures)
    assert (len(ground), ground.shape) == (8, (8, 16, 16, 3))
    seen = set()
    for corner in range(4, 8):
        filled = ground[corner]
        assert filled.shape == (16, 16, 3)
        assert filled.dtype == np.uint8
        down, right = filled[..., 0].astype(int), filled[..., 1].astype(int)
        assert (filled[..., 2] == 7).all()
        assert (down.max() - down.min(), right.max() - right.min()) == (3, 3)  # a quarter of the side
        assert np.abs(np.diff(down, axis=0)).max() == np.abs(np.diff(right, axis=1)).max() == 1  # neighbours stay so
        assert (down == down[:, :1]).all()
        seen.add((int(down.min()), int(right.min())))
    assert seen == {(0, 0), (0, 12), (12, 0), (12, 12)}
    assert not ground[3].any()


def test_objects_of_all_folders_stand_with_their_pictures() -> None:
    sources = [folder("a", colour=10, batch=4), folder("b", colour=100, batch=2)]
    for source in sources:
        source.objects = source.pictures[..., 0]  # as grey as its picture
    batch = Together(sources).at(3)
    assert batch.objects is not None
    assert (batch.objects[:, 0, 0, 0] * 255).round().int().tolist() == greys(batch.image)
    sources[1].objects = None
    assert Together(sources).at(3).objects is None


def test_examples_of_all_folders_stand_with_their_sentences() -> None:
    sources = [folder("a", colour=10, batch=4), folder("b", colour=100, batch=2)]
    for source in sources:
        source.examples = True
    batch = Together(sources).at(3)
    assert batch.examples is not None
    said = [VOCABULARY.words[i] for i in batch.other_ids[:, 0].tolist()]
    assert greys(batch.examples.image) == [{"a": 10, "b": 100}[word[0]] + int(word[1:]) for word in said]
    assert torch.equal(batch.examples.ids, batch.other_ids)
    sources[1].examples = False  # then not all sentences have one
    assert Together(sources).at(3).examples is None
