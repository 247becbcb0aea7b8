"""Vectors for the words of captions: what is found how, the report, the cache."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from vectors_case import TEXT, fasttext_bytes, write_text

from mimnet.errors import MimnetError
from mimnet.vectors import lookup
from mimnet.vectors.lookup import find_vectors


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_words_in_every_way(tmp_path: Path) -> None:
    file = {"red": [1, 0], "Blue": [2, 0], "color": [3, 0], "petal": [4, 0], "white": [5, 0], "Red": [6, 0]}
    words = ["red", "blue", "colour", "petals", "whtie", "teal"]
    found = find_vectors(write_text(tmp_path / "a.txt", file), words)
    np.testing.assert_array_equal(found.vectors[:, 0], [1, 2, 3, 4, 5, 0])
    assert found.forms == {"blue": "Blue", "colour": "color", "petals": "petal"}
    assert found.spelled == {"whtie": "white"}
    assert found.missing == ["teal"]
    assert found.report() == (
        "6 words: 1 found, 3 in another form (e.g. blue -> Blue), 1 by spelling (e.g. whtie -> white), 1 missing: teal"
    )


def test_the_first_of_two_vectors_of_a_word_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Red 0 0\nred 1 2\nred 3 4\n")
    assert find_vectors(path, ["red"]).vectors.tolist() == [[1, 2]]


def test_subwords_come_before_spelling(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).normal(size=(2 + 30, 4))
    (tmp_path / "a.bin").write_bytes(fasttext_bytes(["white", "red"], matrix, buckets=30))
    found = find_vectors(tmp_path / "a.bin", ["red", "whtie"])
    assert (found.composed, found.spelled, found.missing) == (["whtie"], {}, [])
    assert found.vectors[1].any()
    assert found.report() == "2 words: 1 found, 1 from subwords (e.g. whtie)"


def test_a_file_with_none_of_the_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"a\.txt has a vector for none of the 2 words"):
        find_vectors(write_text(tmp_path / "a.txt", TEXT), ["gelb", "grün"])


def test_the_second_call_does_not_read_the_file(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_text(tmp_path / "a.txt", TEXT)
    first = find_vectors(path, ["red", "bluee", "x"])
    (kept,) = (own_home / "vectors").iterdir()
    with monkeypatch.context() as patched:
        patched.setattr(lookup, "open_vectors", None)
        again = find_vectors(path, ["red", "bluee", "x"])
        assert again.report() == first.report()
        np.testing.assert_array_equal(again.vectors, first.vectors)
        with pytest.raises(TypeError):  # other words are read
            find_vectors(path, ["red"])
    write_text(path, {"red": [5, 5, 5]})
    assert find_vectors(path, ["red", "bluee", "x"]).vectors[0].tolist() == [5, 5, 5], "another content, another key"
    for file in (own_home / "vectors").iterdir():
        file.write_bytes(file.read_bytes()[:-3])
    assert find_vectors(path, ["red", "bluee", "x"]).vectors[0].tolist() == [5, 5, 5], "a damaged one is made again"
    assert kept.is_file()


def test_a_broken_file_leaves_nothing_in_the_cache(tmp_path: Path, own_home: Path) -> None:
    path = write_text(tmp_path / "a.txt", {"red": [1, 2], "blue": [3]})
    with pytest.raises(MimnetError, match="line 2"):
        find_vectors(path, ["red", "blue"])
    assert not own_home.exists()


@pytest.mark.parametrize("kind", ["text", "fastText"])
def test_a_large_file_is_never_in_memory(tmp_path: Path, kind: str) -> None:
    """A small version of benchmarks/vectors_memory.py: what Python and numpy allocate while 20 MB are read."""
    names, width, path = [*(f"word{i}" for i in range(4000)), "petals"], 600, tmp_path / "large"
    if kind == "text":
        line = " 0.1234567" * width + "\n"
        path.write_text("".join(name + line for name in names))
    else:
        path.write_bytes(fasttext_bytes(names, np.ones((2 * len(names), width), np.float32), buckets=len(names)))
    assert path.stat().st_size > 19_000_000
    find_vectors(path, ["word7"])  # what is imported and allocated once
    tracemalloc.start()
    found = find_vectors(path, ["word5", "word3999", "petaals"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.vectors.any(1).all()
    assert peak < 3_000_000
