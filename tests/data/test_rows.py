"""Tests of rows as arrays: the same from memory and from disk, selections, words and numbers of captions."""

import json
from pathlib import Path

import numpy as np
import pytest

from mimnet.data import contents, folder
from mimnet.data.batches import Captions, split_held_out
from mimnet.data.folder import read_split
from mimnet.data.rows import Captioned, Rows, edge_paths, encoded, paths_of, vocabulary_of
from mimnet.data.store import folders
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary

WORDS = ["red", "blue", "grün", "petals", "a", "flower\u2028s", "leaf", "stem"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(contents, "SETTLED", -1.0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    (tmp_path / "data" / "train").mkdir(parents=True)
    lines = []
    for i in draw.permutation(40):
        (tmp_path / "data" / "train" / f"{i}.jpg").write_bytes(b"x")
        captions = [" ".join(draw.choice(WORDS, draw.integers(1, 7))) for _ in range(draw.integers(1, 5))]
        kind = [None, "wren", "owl"][i % 3]
        lines.append(json.dumps({"file_name": f"{i}.jpg", "text": captions, "class": kind}))
    (tmp_path / "data" / "train" / "metadata.jsonl").write_text("\n".join(lines))
    return tmp_path / "data"


def test_rows_kept_on_disk_are_those_in_memory(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = read_split(data, "train")
    assert folders() == []
    monkeypatch.setattr(folder, "LARGE", 1)
    made, again = read_split(data, "train"), read_split(data, "train")
    assert made.table.large
    assert memory == made == again == list(made)
    assert list(memory.captions()) == [caption for row in made for caption in row.captions]
    held = [split_held_out(rows, 0.2) for rows in (memory, made)]
    assert held[0] == held[1]
    for memory, disk in zip(*held, strict=True):
        vocabulary = Vocabulary.from_captions((c for row in memory for c in row.captions), least=2)
        assert vocabulary_of(memory).words == vocabulary_of(disk).words == vocabulary.words
        assert vocabulary_of(disk).words == vocabulary.words  # out of the cache
        expected = vocabulary.batch(list(memory.table.captions.between(0, len(memory.table.captions))), 3)
        for rows in (memory, disk, disk):
            table = np.asarray(encoded(rows, vocabulary, 3))
            assert np.array_equal(table[:, :3], expected[0])
            assert np.array_equal(table[:, 3], expected[1])
        assert np.array_equal(Captions(memory, vocabulary, 3).kind, Captions(disk, vocabulary, 3).kind)
    assert {row[0].name.split("-")[0] for row in folders()} == {"captions", "words", "ids"}


def test_a_changed_line_is_seen(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LARGE", 1)
    before = read_split(data, "train")
    metadata = data / "train" / "metadata.jsonl"
    metadata.write_text(metadata.read_text() + '\n{"file_name": "0.jpg", "text": "new"}')
    assert len(read_split(data, "train")) == len(before) + 1


def test_a_boundary_map_laid_beside_later_is_seen(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LARGE", 1)
    assert {row.edges for row in read_split(data, "train")} == {None}
    beside = data / "train" / "7.edges.png"
    beside.write_bytes(b"x")
    assert {row.edges for row in read_split(data, "train")} == {None, beside}


def test_a_large_folder_names_what_it_lacks(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LARGE", 1)
    (data / "train" / "7.jpg").unlink()
    with pytest.raises(MimnetError, match=r"metadata\.jsonl, line \d+: no file .*7\.jpg"):
        read_split(data, "train")
    (data / "train" / "7.jpg").write_bytes(b"x")
    rows = read_split(data, "train")
    (data / "train" / "7.jpg").unlink()
    read_split(data, "train")
    with pytest.raises(MimnetError, match=r"7\.jpg: no such file"):
        contents.contents(paths_of(rows))


def test_rows_are_a_sequence_and_keep_the_order_given() -> None:
    some = [Captioned(Path(f"/data/{i}.jpg"), (f"word{i}", "red"), None if i else "owl") for i in (3, 0, 2)]
    some.append(Captioned(Path("x.png"), ("a",), "owl", Path("x.edges.png")))
    rows = Rows.of(some)
    assert rows == some
    assert rows[1:] == some[1:]
    assert rows[-1] == some[-1]
    assert rows[::-1] == some[::-1]
    assert rows != some[1:]
    assert list(paths_of(rows[1:3])) == ["/data/0.jpg", "/data/2.jpg"]
    assert list(edge_paths(rows)) == ["", "", "", "x.edges.png"]
    assert list(edge_paths(some[:2])) == ["", ""]
    assert Captions(rows, Vocabulary.from_captions(["a a"]), 2).kind.tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize("damage", ["captions.npy", "first.npy", "captions.ends.npy"])
def test_kept_rows_that_were_damaged_are_made_again(data: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LARGE", 1)
    before = list(read_split(data, "train"))
    file = folders()[0][0] / damage
    file.write_bytes(file.read_bytes()[:-9])
    assert read_split(data, "train") == before
