"""Tests of shards: what is written, every picture once an epoch, a function of the step, errors."""

import dataclasses
import io
import json
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mimnet.cli.data import run as data_verb
from mimnet.config import PicturesConfig
from mimnet.data import contents
from mimnet.data.batches import Batch, Batches, split_held_out
from mimnet.data.cache import resized_edges, resized_pictures
from mimnet.data.folder import read_split
from mimnet.data.rows import Rows, vocabulary_of
from mimnet.data.source import open_source
from mimnet.data.stream import ShardBatches
from mimnet.errors import MimnetError
from mimnet.images import open_picture, picture_size, to_array
from mimnet.text import Vocabulary

PICTURES, SIZE = 23, 16


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(contents, "SETTLED", -1.0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Pictures whose colour tells their number, two captions each, three classes."""
    root = tmp_path / "pictures {a,b}"
    for split, count in (("train", PICTURES), ("test", 3)):
        (root / split).mkdir(parents=True)
        lines = []
        for i in range(count):
            Image.new("RGB", (20, 24), (10 * i, 5, 5)).save(root / split / f"p{i:02d}.png")
            text = [f"picture {i} red", f"picture {i} blue"]
            lines.append(json.dumps({"file_name": f"p{i:02d}.png", "text": text, "class": i % 3}))
        (root / split / "metadata.jsonl").write_text("\n".join(lines))
    return root


@pytest.fixture
def shards(data: Path) -> Path:
    out = data.parent / "shards {a,b}"
    assert data_verb(["shard", str(data), "--out", str(out), "--pictures-per-shard", "5", "--quiet"]) == 0
    return out


def source(rows: Rows, *, batch: int = 4, seed: int = 0, crop: float = 0.1) -> ShardBatches:
    settings = PicturesConfig(flip=True, crop=crop)
    vocabulary = Vocabulary.from_captions(rows.table.captions.between(0, len(rows.table.captions)), least=1)
    made = open_source(rows, vocabulary, words=4, size=SIZE, batch=batch, settings=settings, seed=seed)
    assert isinstance(made, ShardBatches)
    return made


def assert_same(one: Batch, other: Batch) -> None:
    for f in dataclasses.fields(Batch):
        a, b = getattr(one, f.name), getattr(other, f.name)
        assert torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b, f.name


def test_shards_hold_what_the_folder_holds(data: Path, shards: Path) -> None:
    for split in ("train", "test"):
        plain = {row.captions: row for row in read_split(data, split)}
        packed = read_split(shards, split)
        assert {row.captions for row in packed} == plain.keys()
        for row in packed:
            assert open_picture(row.file).tobytes() == open_picture(plain[row.captions].file).tobytes()
            assert row.kind == plain[row.captions].kind
            assert picture_size(row.file) == plain[row.captions].file.stat().st_size
        expected = [to_array(open_picture(row.file), SIZE) for row in packed]
        assert np.array_equal(resized_pictures(packed, SIZE), expected)
    assert vocabulary_of(read_split(shards, "train")).words == vocabulary_of(read_split(data, "train")).words
    kept, aside = split_held_out(read_split(shards, "train"), 0.2)
    assert vocabulary_of(kept).words == Vocabulary.from_captions(kept.captions()).words
    assert len(aside) == 4


def test_shards_are_in_the_form_of_webdataset(data: Path, shards: Path) -> None:
    files = sorted((shards / "train").glob("*.tar"))
    assert [file.name for file in files] == [f"train-{i:05d}.tar" for i in range(5)]
    index = json.loads((shards / "train" / "shards.json").read_text())
    assert [shard["pictures"] for shard in index["shards"]] == [5, 5, 5, 5, 3]
    assert index["pictures"] == PICTURES
    assert index["words"]["picture"] == 2 * PICTURES
    found = []
    for file in files:
        with tarfile.open(file) as archive:
            names = archive.getnames()
            assert names == [f"{int(name[:7]):07d}{e}" for name in names[::2] for e in (".png", ".json")]
            for name in names[1::2]:
                told = json.load(archive.extractfile(name))  # type: ignore[arg-type]
                assert (data / "train" / told["file"]).read_bytes() == archive.extractfile(
                    name.replace(".json", ".png")
                ).read()  # type: ignore[union-attr]
                found.append((told["file"], told["class"]))
    assert sorted(found) == [(f"p{i:02d}.png", str(i % 3)) for i in range(PICTURES)]
    assert found != sorted(found)


def test_resized_shards_lose_nothing(data: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for i in range(3):
        noise = draw.integers(0, 255, (20, 24, 3), np.uint8)
        Image.fromarray(noise).save(data / "test" / f"p{i:02d}.png")
    data_verb(["shard", str(data), "--out", str(tmp_path / "small"), "--size", str(SIZE), "--quiet"])
    plain = {row.captions: row for row in read_split(data, "test")}
    for row in read_split(tmp_path / "small", "test"):
        assert np.array_equal(
            np.asarray(open_picture(row.file)), to_array(open_picture(plain[row.captions].file), SIZE)
        )


@pytest.mark.parametrize(("world", "batch"), [(1, 4), (2, 4), (3, 3), (5, 5)])
def test_every_picture_comes_once_an_epoch(shards: Path, world: int, batch: int) -> None:
    rows = read_split(shards, "train")
    made = source(rows, batch=batch)
    share = batch // world
    epochs = [Counter[int]() for _ in range(3)]
    for rank in range(world):
        sizes = [int(made.counts[made.order(epoch, rank, world)].sum()) for epoch in range(3)]
        stream = iter(
            row for step in range(-(-sum(sizes) // share)) for row in made.at(step, rank=rank, world=world).rows
        )
        for epoch, size in enumerate(sizes):
            epochs[epoch].update(next(stream) for _ in range(size))
    assert epochs == [Counter(range(PICTURES))] * 3
    for epoch in range(3):
        dealt = [shard for rank in range(world) for shard in made.order(epoch, rank, world)]
        assert sorted(dealt) == list(range(5))


def test_a_batch_is_a_function_of_seed_step_and_rank(shards: Path) -> None:
    rows = read_split(shards, "train")
    one, run = source(rows), source(rows)
    straight = [run.at(step, rank=1, world=2) for step in range(20)]
    for step in (17, 3, 4, 0, 19, 3):
        assert_same(one.at(step, rank=1, world=2), straight[step])
    assert one.at(3).rows != source(rows, seed=1).at(3).rows
    assert not set(one.at(0, rank=0, world=2).rows) & set(one.at(0, rank=1, world=2).rows)
    assert [(b.place, b.total) for b in (one.at(0, rank=r, world=2) for r in (0, 1))] == [(0, 4), (2, 4)]


def test_pictures_have_their_own_captions_and_others_of_another_class(shards: Path) -> None:
    rows, aside = split_held_out(read_split(shards, "train"), 0.2)
    made, others = source(rows, crop=0.0), set()
    words = Vocabulary.from_captions(rows.table.captions.between(0, len(rows.table.captions)), least=1).words
    unseen = {int(row.captions[0].split()[1]) for row in aside}
    for step in range(60):
        batch = made.at(step)
        numbers = ((batch.image[:, 0, 0, 0] + 1) * 12.75).round().int().tolist()
        assert [int(words[i]) for i in batch.ids[:, 1]] == numbers
        assert not unseen & set(numbers)
        for number, other in zip(numbers, (int(words[i]) for i in batch.other_ids[:, 1]), strict=True):
            assert number % 3 != other % 3
            others.add(other)
        assert batch.length.tolist() == [3] * 4
    assert others == set(range(PICTURES)) - unseen


def test_epochs_are_shuffled_anew(shards: Path) -> None:
    made = source(read_split(shards, "train"), batch=1)
    seen = [made.at(step).rows[0] for step in range(2 * PICTURES)]
    assert seen[:PICTURES] != seen[PICTURES:]
    assert seen[:PICTURES] != list(range(PICTURES))
    shard = made.order(0, 0, 1)[0]
    assert seen[: made.counts[shard]] != sorted(seen[: made.counts[shard]])


def test_folders_do_not_become_streams(data: Path) -> None:
    rows = read_split(data, "train")
    made = open_source(
        rows, vocabulary_of(rows), words=4, size=SIZE, batch=4, settings=PicturesConfig(), seed=0, quiet=True
    )
    assert isinstance(made, Batches)


def test_a_picture_that_a_shard_lacks_is_named(shards: Path) -> None:
    for name in ("train-00000.tar/0000099.png", "train-00099.tar/0000000.png"):
        with pytest.raises(MimnetError, match=rf"{name}: no such file"):
            open_picture(shards / "train" / name)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:4000])


def fewer(file: Path) -> None:
    with tarfile.open(file) as archive:
        some = [(m, archive.extractfile(m).read()) for m in archive.getmembers()[:4]]  # type: ignore[union-attr]
    with tarfile.open(file, "w") as archive:
        for member, held in some:
            archive.addfile(member, io.BytesIO(held))


def noise(file: Path) -> None:
    file.write_bytes(b"\1" * file.stat().st_size)


@pytest.mark.parametrize(
    ("damage", "said"), [(cut, "cannot be read|holds"), (fewer, "holds 2 of 5 pictures"), (noise, "cannot be read")]
)
def test_a_damaged_shard_is_named_in_one_line(shards: Path, damage: object, said: str) -> None:
    file = shards / "train" / "train-00002.tar"
    rows = read_split(shards, "train")
    damage(file)  # type: ignore[operator]
    made = source(rows, batch=PICTURES)
    with pytest.raises(MimnetError, match=rf"train-00002\.tar ({said})") as raised:
        made.at(0)
    assert "\n" not in str(raised.value)
    if damage is not noise:
        with pytest.raises(MimnetError, match=r"train-00002\.tar has .* bytes where shards\.json says"):
            read_split(shards, "train")


def test_a_picture_that_cannot_be_read_is_named_and_nothing_is_written(data: Path, tmp_path: Path) -> None:
    (data / "train" / "p07.png").write_bytes(b"no picture")
    with pytest.raises(MimnetError, match=r"p07\.png is not a picture"):
        data_verb(["shard", str(data), "--out", str(tmp_path / "out"), "--quiet"])
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_a_folder_that_holds_something_is_left_alone(data: Path) -> None:
    with pytest.raises(MimnetError, match="not an empty folder"):
        data_verb(["shard", str(data), "--out", str(data), "--quiet"])
    assert (data / "train" / "metadata.jsonl").is_file()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told | {"format": 2}, "has format 2; this version reads 1"),
        (lambda told: told | {"shards": 5}, "is not an index of shards"),
        (lambda told: [told], "is not an index of shards"),
        (lambda told: told | {"shards": told["shards"][:-1]}, "speak of different pictures"),
        (lambda told: told | {"shards": [told["shards"][0] | {"file": "pipe:touch x.tar"}]}, "not the name of a shard"),
        (lambda told: told | {"shards": [told["shards"][0] | {"file": "../a.tar"}]}, "not the name of a shard"),
        (lambda told: told | {"shards": [told["shards"][0] | {"file": "a.tar"}]}, "no such shard"),
    ],
)
def test_an_index_that_does_not_fit_is_named(shards: Path, change: object, said: str) -> None:
    index = shards / "train" / "shards.json"
    index.write_text(json.dumps(change(json.loads(index.read_text()))))  # type: ignore[operator]
    with pytest.raises(MimnetError, match=said):
        read_split(shards, "train")


def test_more_processes_than_shards_are_refused(shards: Path) -> None:
    with pytest.raises(MimnetError, match=r"6 processes need as many shards and .* has 5"):
        source(read_split(shards, "train"), batch=6).at(0, rank=0, world=6)


@pytest.mark.parametrize("option", ["--pictures-per-shard=0", "--size=-1"])
def test_numbers_that_cannot_be_are_named(data: Path, option: str) -> None:
    with pytest.raises(MimnetError, match=option.split("=")[0]):
        data_verb(["shard", str(data), "--out", str(data.parent / "out"), option])


def test_boundary_maps_travel_with_their_pictures(data: Path, tmp_path: Path) -> None:
    for i in range(PICTURES):
        drawn = np.zeros((24, 20), np.uint8)
        drawn[: i + 1] = 255 - 10 * i
        Image.fromarray(drawn).save(data / "train" / f"p{i:02d}.edges.png")
    settings, out = PicturesConfig(flip=True, crop=0.1), tmp_path / "out"
    data_verb(["shard", str(data), "--out", str(out), "--pictures-per-shard", "6", "--quiet"])

    def streamed(rows: Rows) -> Batch:
        words = vocabulary_of(rows)
        source = open_source(rows, words, words=4, size=SIZE, batch=PICTURES, settings=settings, seed=0, edges=True)
        return source.at(0)

    rows = read_split(out, "train")
    batch = streamed(rows)
    assert batch.edges is not None
    whole = resized_edges(rows, 18)
    for place, row in enumerate(batch.rows):
        number = round(float(batch.image[place, 0, 0, 0] + 1) * 12.75)
        assert rows[row].captions[0] == f"picture {number} red"
        assert batch.edges[place].max() <= whole[row].max() / 255
        assert (batch.edges[place, 0].sum(1) > 0).sum() == pytest.approx((number + 1) * 18 / 24, abs=3)
    (data / "train" / "p05.edges.png").unlink()
    data_verb(["shard", str(data), "--out", str(tmp_path / "less"), "--quiet"])
    with pytest.raises(MimnetError, match="has no boundary map"):
        streamed(read_split(tmp_path / "less", "train"))
