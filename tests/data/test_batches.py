"""Tests of the batches: a pure function of the step, other captions truly other, ranks, epochs, held-out pictures."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from mimnet.config import PicturesConfig
from mimnet.config.training import COLOURS
from mimnet.data.batches import Batch, Batches, Captions, split_held_out, stored_size
from mimnet.data.folder import Captioned
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary

SIZE, STORED, PICTURES = 8, 10, 12
CAPTIONS = 3  # of every picture, each a word of its own: its id tells picture and caption


def rows(kinds: list[str | None]) -> list[Captioned]:
    return [
        Captioned(Path(f"{i:02d}.jpg"), tuple(f"p{i}c{c}" for c in range(CAPTIONS)), kind)
        for i, kind in enumerate(kinds)
    ]


def batches(
    kinds: list[str | None] | None = None, *, batch: int = 4, flip: bool = True, stored: int = STORED, seed: int = 0
) -> Batches:
    """Pictures whose every pixel tells the picture (red), its column (green) and its row (blue)."""
    given = rows(kinds or [None] * PICTURES)
    pictures = np.empty((len(given), stored, stored, 3), np.uint8)
    pictures[..., 0] = np.arange(len(given))[:, None, None]
    pictures[..., 1] = np.arange(stored)[None, None, :]
    pictures[..., 2] = np.arange(stored)[None, :, None]
    vocabulary = Vocabulary.from_captions((c for row in given for c in row.captions), least=1)
    captions = Captions(given, vocabulary, 2)
    made = Batches(pictures, captions, size=SIZE, batch=batch, settings=PicturesConfig(flip=flip), seed=seed)
    made.words = vocabulary.words  # type: ignore[attr-defined]
    return made


def pixels(batch: Batch) -> np.ndarray:
    return ((batch.image + 1) * 127.5).round().int().numpy()


def pictures_of(batch: Batch) -> list[int]:
    return pixels(batch)[:, 0, 0, 0].tolist()


def said(source: Batches, ids: torch.Tensor) -> list[tuple[int, int]]:
    """Picture and caption number of every sentence."""
    words = [source.words[i] for i in ids[:, 0].tolist()]  # type: ignore[attr-defined]
    return [(int(p), int(c)) for p, c in (word[1:].split("c") for word in words)]


def assert_same(one: Batch, other: Batch) -> None:
    for f in dataclasses.fields(Batch):
        a, b = getattr(one, f.name), getattr(other, f.name)
        assert torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b, f.name


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    one, other = batches(), batches()
    for step in (7, 0, 3, 7):  # in any order, from any object
        assert_same(one.at(step), other.at(step))
    assert pictures_of(one.at(0)) != pictures_of(one.at(3)) or not torch.equal(one.at(0).ids, one.at(3).ids)
    assert any(not torch.equal(one.at(s).ids, batches(seed=1).at(s).ids) for s in range(3))


def test_a_picture_comes_with_its_own_captions_and_all_of_them() -> None:
    source, seen = batches(), Counter[tuple[int, int]]()
    for step in range(200):
        batch = source.at(step)
        own = said(source, batch.ids)
        assert [picture for picture, _ in own] == pictures_of(batch)
        seen.update(own)
    assert len(seen) == PICTURES * CAPTIONS
    assert max(seen.values()) < 3 * min(seen.values())


@pytest.mark.parametrize(
    "kinds",
    [
        [None] * 12,
        ["wren"] * 12,  # one class for all says nothing
        ["wren"] * 6 + ["owl"] * 6,
        ["wren"] * 11 + ["owl"],
        ["wren", None] * 6,
    ],
    ids=["none", "one", "two", "uneven", "mixed"],
)
def test_other_captions_are_never_of_the_same_picture_or_class(kinds: list[str | None]) -> None:
    source, others = batches(kinds), set()
    telling = len(set(kinds)) > 1
    for step in range(300):
        batch = source.at(step)
        for picture, (other, _) in zip(pictures_of(batch), said(source, batch.other_ids), strict=True):
            assert other != picture
            if telling and kinds[picture] is not None:
                assert kinds[other] != kinds[picture]
            others.add((picture, other))
    allowed = {
        (a, b)
        for a in range(12)
        for b in range(12)
        if a != b and not (telling and kinds[a] is not None and kinds[a] == kinds[b])
    }
    assert others == allowed  # nothing forbidden, and nothing allowed is left out


def test_class_numbers_tell_classes_apart() -> None:
    kinds: list[str | None] = ["wren", "owl", None, None, "wren", "owl"]
    numbers = Captions(rows(kinds), Vocabulary.from_captions(["a a"]), 2).kind.tolist()
    assert numbers[0] == numbers[4]
    assert numbers[1] == numbers[5]
    assert len(set(numbers)) == 4
    batch = batches(["wren", "owl"] * 6).at(0)
    assert batch.kind.tolist() == [i % 2 for i in pictures_of(batch)]


@pytest.mark.parametrize("world", [2, 4])
def test_several_processes_share_the_batch_of_one(world: int) -> None:
    source = batches()
    for step in (0, 5):
        parts = [source.at(step, rank=rank, world=world) for rank in range(world)]
        whole = source.at(step)
        tensors = [f.name for f in dataclasses.fields(Batch) if isinstance(getattr(whole, f.name), torch.Tensor)]
        joined = {name: torch.cat([getattr(part, name) for part in parts]) for name in tensors}
        assert_same(dataclasses.replace(whole, **joined), whole)
        assert [(part.place, part.total) for part in parts] == [(rank * 4 // world, 4) for rank in range(world)]
    with pytest.raises(MimnetError, match="batch of 4 cannot be shared by 3"):
        source.at(0, rank=0, world=3)


def test_every_picture_comes_once_an_epoch_in_a_new_order() -> None:
    source = batches()
    assert source.per_epoch == 3
    epochs = [[i for s in range(3) for i in pictures_of(source.at(3 * e + s))] for e in range(4)]
    assert all(sorted(epoch) == list(range(PICTURES)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4


def test_an_incomplete_batch_is_left_out_of_its_epoch() -> None:
    source = batches(batch=5)
    epoch = pictures_of(source.at(0)) + pictures_of(source.at(1))
    assert source.per_epoch == 2
    assert len(set(epoch)) == 10


def test_crops_and_mirrors_are_taken_whole_from_the_picture() -> None:
    source, seen = batches(), set()
    for step in range(100):
        for picture in pixels(source.at(step)):
            columns, lines = picture[1, 0].tolist(), picture[2, :, 0].tolist()
            mirrored = columns[0] > columns[-1]
            left = min(columns)
            assert sorted(columns) == list(range(left, left + SIZE))
            assert columns == sorted(columns, reverse=mirrored)
            assert lines == list(range(lines[0], lines[0] + SIZE))
            seen.add((left, lines[0], mirrored))
    assert len(seen) == 3 * 3 * 2  # every place of an 8 px crop in 10 px, both ways round


def test_without_flip_and_crop_pictures_come_as_they_are() -> None:
    source = batches(flip=False, stored=SIZE)
    for picture in pixels(source.at(1)):
        assert picture[1, 0].tolist() == list(range(SIZE))
        assert picture[2, :, 0].tolist() == list(range(SIZE))


def test_too_few_pictures_are_named() -> None:
    with pytest.raises(MimnetError, match="a batch of 13 needs as many pictures; there are 12"):
        batches(batch=13)
    with pytest.raises(MimnetError, match="at least two"):
        Captions(rows([None]), Vocabulary.from_captions(["a a"]), 2)


@pytest.mark.parametrize(("size", "crop"), [(64, 0.0), (64, 0.1), (128, 0.25), (32, 0.5)])
def test_stored_pictures_leave_room_for_the_crop(size: int, crop: float) -> None:
    stored = stored_size(size, crop)
    assert stored >= size
    assert size / stored == pytest.approx(1 - crop, abs=0.02)


def test_held_out_pictures_are_spread_and_nothing_is_lost() -> None:
    every = rows([None] * 100)
    kept, aside = split_held_out(every, 0.1)
    assert len(aside) == 10
    assert sorted(str(r.file) for r in [*kept, *aside]) == [str(r.file) for r in every]
    places = [every.index(r) for r in aside]
    assert set(np.diff(places)) == {10}
    assert split_held_out(every, 0.0) == (every, [])


@pytest.mark.parametrize("name", ["edges", "objects"])
def test_maps_are_cut_and_mirrored_with_their_pictures(name: str) -> None:
    source = batches()
    assert getattr(source.at(0), name) is None
    setattr(source, name, source.pictures[..., 1] * 10 + source.pictures[..., 2])  # column and row, as pictures tell
    for step in range(4):
        batch = source.at(step)
        maps = getattr(batch, name)
        assert maps.shape == (4, 1, SIZE, SIZE)
        told = pixels(batch)
        np.testing.assert_array_equal((maps[:, 0] * 255).round().int(), told[:, 1] * 10 + told[:, 2])
        shares = [getattr(source.at(step, rank=rank, world=2), name) for rank in range(2)]
        assert torch.equal(torch.cat(shares), maps)
        assert torch.equal(getattr(batch.to(torch.device("cpu")), name), maps)


def test_pictures_without_a_class_share_one_where_their_only_caption_is_the_same() -> None:
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(["a red shirt", "a blue shirt"] * 3)]
    vocabulary = Vocabulary.from_captions((row.captions[0] for row in given), least=1)
    assert Captions(given, vocabulary, 3).kind.tolist() == [0, 1, 0, 1, 0, 1]
    alike = [Captioned(Path(f"{i}.jpg"), ("a red shirt",), None) for i in range(3)]
    assert Captions(alike, vocabulary, 3).kind.tolist() == [0, 1, 2]  # else no picture would have another's caption


def test_phrases_are_runs_of_their_captions_that_mostly_hold_a_telling_word() -> None:
    texts = [f"this flower has petals that are {colour} and round" for colour in ("red", "blue", "white", "pink")]
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts)]
    vocabulary = Vocabulary.from_captions(texts, least=1)
    captions, draw = Captions(given, vocabulary, 12), np.random.default_rng(0)
    which = np.arange(400) % 4
    whole = captions.phrases(which, 0.0, draw)
    assert whole.tolist() == [[0, 9]] * 400
    spans = captions.phrases(which, 0.75, draw)
    ids, length = captions.ids(which, captions.kept(spans, 0.0, draw))
    cut = [i for i in range(400) if length[i] < 9]
    assert 260 < len(cut) < 340
    assert {int(length[i]) for i in cut} == {2, 3, 4, 5}
    for i in range(400):
        said = " ".join(vocabulary.words[n] for n in ids[i, : length[i]].tolist())
        assert said in texts[which[i]]
        assert not ids[i, length[i] :].any()
        if length[i] < 9:  # only the colour tells one caption from another
            assert texts[which[i]].split()[6] in said


def test_words_of_a_share_of_sentences_come_in_random_order_but_not_where_colours_are_exchanged() -> None:
    texts = [f"a {colour} head over a {other} breast" for colour in COLOURS[:6] for other in COLOURS[:6]]
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts)]
    vocabulary = Vocabulary.from_captions(texts, least=1)
    captions, pictures = Captions(given, vocabulary, 10), np.zeros((36, 8, 8, 3), np.uint8)
    settings = PicturesConfig(shuffled=0.5, exchange=0.5)
    batches = Batches(pictures, captions, size=8, batch=36, settings=settings, seed=0)
    exchanged = {text.replace(a, "?").replace(b, a).replace("?", b) for text in texts for a, b in [text.split()[1::4]]}

    def told(ids: torch.Tensor, length: torch.Tensor) -> list[str]:
        rows = zip(ids.tolist(), length.tolist(), strict=True)
        return [" ".join(vocabulary.words[i] for i in row[:words]) for row, words in rows]

    own: list[bool] = []
    others: list[bool] = []
    for batch in (batches.at(step) for step in range(12)):
        own += [text in texts for text in told(batch.ids, batch.length)]
        others += [text in texts or text in exchanged for text in told(batch.other_ids, batch.other_length)]
        for text, row in zip(told(batch.ids, batch.length), batch.rows, strict=True):
            assert sorted(text.split()) == sorted(texts[row].split())
    assert 0.4 < np.mean(own) < 0.6
    assert 0.65 < np.mean(others) < 0.85  # half are exchanged, and of the other half every second


def test_near_sentences_differ_from_a_pictures_own_in_little() -> None:
    colours, sleeves = ("red", "blue", "white", "pink", "black", "green"), ("long", "short")
    texts = [f"a {sleeve} sleeve {colour} shirt" for colour in colours for sleeve in sleeves]
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts * 2)]
    vocabulary = Vocabulary.from_captions(texts, least=1)
    captions, draw = Captions(given, vocabulary, 6), np.random.default_rng(0)
    picture = np.arange(600) % len(given)
    other = captions.of(captions.others(picture, draw), draw)
    assert captions.near(picture, picture, other, 0.0, draw) is other

    def apart(chosen: np.ndarray) -> np.ndarray:
        """Words that one of both sentences lacks, by picture."""
        both = zip(picture, chosen, strict=True)
        return np.array([len(set(given[a].captions[0].split()) ^ set(given[b].captions[0].split())) for a, b in both])

    plain, near, half = (apart(captions.near(picture, picture, other, share, draw)) for share in (0.0, 1.0, 0.5))
    assert plain.min() == 2  # one word exchanged, or two
    assert (plain == 4).mean() > 0.3
    assert near.min() == near.max() == 2  # never the same sentence: the same would be true of the picture
    assert (plain == 4).mean() * 0.35 < (half == 4).mean() < (plain == 4).mean() * 0.65


def test_exchanged_colours_make_another_sentence_of_the_pictures_own() -> None:
    texts = [
        "a red head and a white belly",
        "black and white",
        "a blue head a blue belly",
        "one pink bird with a big red bill",
    ]
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts)]
    vocabulary = Vocabulary.from_captions(texts, least=1)
    settings = PicturesConfig(exchange=1.0, phrases=1.0, leave_out=0.4)
    batches = Batches(
        np.zeros((4, 8, 8, 3), np.uint8), Captions(given, vocabulary, 6), size=8, batch=4, settings=settings, seed=3
    )

    def said(ids: torch.Tensor, length: torch.Tensor) -> list[str]:
        rows = zip(ids.tolist(), length.tolist(), strict=True)
        return [" ".join(vocabulary.words[i] for i in row[:words]) for row, words in rows]

    captions = batches.captions
    places = captions.exchanges(np.arange(4), 1.0, np.random.default_rng(0)).tolist()
    # None: of one thing, the same colour twice, the second one beyond the words that are read.
    assert places == [[1, 5], [-1, -1], [-1, -1], [-1, -1]]
    batch = batches.at(0)
    others = dict(zip(batch.rows, said(batch.other_ids, batch.other_length), strict=True))
    assert others[0] == "a white head and a red"  # whole up to the sixth word, though other sentences are cut
    off = Batches(
        np.zeros((4, 8, 8, 3), np.uint8),
        Captions(given, vocabulary, 6),
        size=8,
        batch=4,
        settings=dataclasses.replace(settings, exchange=0.0),
        seed=3,
    ).at(0)
    assert off.rows == batch.rows
    assert said(off.ids, off.length) == said(batch.ids, batch.length)


def test_balance_draws_pictures_of_rare_words_more_often() -> None:
    texts = ["a black shirt"] * 90 + ["a purple shirt"] * 10
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts)]
    vocabulary = Vocabulary.from_captions(texts, least=1)
    pictures = np.broadcast_to(np.arange(100, dtype=np.uint8)[:, None, None, None], (100, SIZE, SIZE, 3))

    def shares(balance: float) -> tuple[float, float]:
        """Of purple among the pictures, and of black pictures' other captions."""
        captions = Captions(given, vocabulary, 4, balance=balance)
        settings = PicturesConfig(balance=balance)
        source = Batches(pictures, captions, size=SIZE, batch=10, settings=settings, seed=0)
        seen = np.concatenate([pictures_of(source.at(step)) for step in range(400)])
        again = pictures_of(source.at(7))
        assert again == pictures_of(source.at(7))
        drawn = captions.some(4000, np.random.default_rng(0))
        return float((seen >= 90).mean()), float((drawn >= 90).mean())

    for balance, expected in ((0.0, 0.1), (0.5, 10 * 10**0.5 / (10 * 10**0.5 + 90 * (1 / 0.9) ** 0.5)), (1.0, 0.5)):
        for share in shares(balance):
            assert share == pytest.approx(expected, abs=0.03), balance


def test_words_are_left_out_in_order_and_never_all() -> None:
    text = "a b c d e f g h"
    given = [Captioned(Path(f"{i}.jpg"), (text if i else "a b",), None) for i in range(2)]
    vocabulary = Vocabulary.from_captions([text], least=1)
    captions, draw = Captions(given, vocabulary, 10), np.random.default_rng(0)
    which = np.arange(2000) % 2
    spans = captions.phrases(which, 0.0, draw)
    for share in (0.3, 0.49):
        ids, length = captions.ids(which, captions.kept(spans, share, draw))
        said = [[vocabulary.words[n] for n in row[:count]] for row, count in zip(ids.tolist(), length, strict=True)]
        assert all(words and words == sorted(words) for words in said)
        assert not any(row[count:].any() for row, count in zip(ids, length, strict=True))
        if share < 0.4:
            assert np.mean([len(words) for words in said[1::2]]) == pytest.approx(8 * 0.7, abs=0.2)
            assert {tuple(words) for words in said[::2]} == {("a",), ("b",), ("a", "b")}


def test_bags_tell_the_words_of_first_captions_and_which_are_colours() -> None:
    texts = [("a red top", "a blue top"), ("a long blue top with a collar",), ("top a a",)]
    given = [Captioned(Path(f"{i}.jpg"), text, None) for i, text in enumerate(texts)]
    vocabulary = Vocabulary.from_captions([t for text in texts for t in text], least=1)
    captions = Captions(given, vocabulary, 4)
    used, bags, colours = captions.bags(np.array([0, 1, 2]))
    words = sorted({"a", "red", "top", "long", "blue"}, key=vocabulary.ids.__getitem__)  # four words of each are read
    read = [{"a", "red", "top"}, {"a", "long", "blue", "top"}, {"top", "a"}]
    assert used.tolist() == [vocabulary.ids[word] for word in words]
    assert bags.tolist() == [[float(word in have) for word in words] for have in read]
    assert colours.tolist() == [float(word in ("red", "blue")) for word in words]
    assert [vocabulary.words[i] for i in captions.first(1)] == ["a", "long", "blue", "top"]


def test_thinned_captions_keep_their_colours() -> None:
    texts = ["a round neck long sleeve red top", "a long sleeve top"]
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts)]
    vocabulary = Vocabulary.from_captions(texts, least=1)
    captions, draw, seen = Captions(given, vocabulary, 7), np.random.default_rng(0), set()
    for _ in range(60):
        said, plain = (" ".join(vocabulary.words[i] for i in captions.thinned(captions.first(n), draw)) for n in (0, 1))
        assert plain == texts[1]  # no colour to keep
        assert "red" in said.split()
        assert [word for word in texts[0].split() if word in said.split()] == said.split()
        seen.add(said)
    assert {"red", texts[0]} <= seen
    assert len(seen) > 10


@pytest.mark.parametrize("balance", [0.0, 1.0])
def test_rows_are_worth_how_rare_their_rarest_words_are(balance: float) -> None:
    given = [Captioned(Path(f"{i}.jpg"), ("a rare red top" if i == 3 else f"a top {i % 2}",), None) for i in range(20)]
    vocabulary = Vocabulary.from_captions([row.captions[0] for row in given], least=1)
    captions = Captions(given, vocabulary, 4, balance=balance)
    shares = np.array([20 / 10, 20, 20 / 9]) if balance else np.ones(3)
    worth = captions.worth(np.array([2, 3, 7]))
    assert worth / worth.sum() == pytest.approx(shares / shares.sum())
    assert captions.colours(3) == [vocabulary.ids["red"]]
    assert captions.colours(2) == []


def test_examples_show_what_the_other_sentences_say() -> None:
    plain = batches()
    source = Batches(
        plain.pictures, plain.captions, size=SIZE, batch=4, settings=PicturesConfig(flip=True), seed=0, examples=True
    )
    source.words = plain.words  # type: ignore[attr-defined]
    for step in range(20):
        batch = source.at(step)
        assert batch.examples is not None
        assert torch.equal(batch.examples.ids, batch.other_ids)
        shown = ((batch.examples.image + 1) * 127.5).round()[:, 0, 0, 0].int().tolist()
        assert shown == [picture for picture, _ in said(source, batch.other_ids)] != pictures_of(batch)
        assert_same(dataclasses.replace(batch, examples=None), plain.at(step))


def test_the_example_of_exchanged_colours_is_the_picture_as_it_is() -> None:
    texts = ["a red head and a white belly", "a blue head and a pink belly"]
    given = [Captioned(Path(f"{i}.jpg"), (text,), None) for i, text in enumerate(texts)]
    captions = Captions(given, Vocabulary.from_captions(texts, least=1), 8)
    pictures = np.broadcast_to(np.array([10, 200], np.uint8)[:, None, None, None], (2, SIZE, SIZE, 3))
    settings = PicturesConfig(exchange=1.0)
    batch = Batches(pictures, captions, size=SIZE, batch=2, settings=settings, seed=0, examples=True).at(0)
    assert batch.examples is not None
    assert torch.equal(batch.examples.image, batch.image)
    assert torch.equal(batch.examples.ids, batch.ids)
    assert not torch.equal(batch.other_ids, batch.ids)
