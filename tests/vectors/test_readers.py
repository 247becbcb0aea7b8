"""Readers of word vectors against files written here, whole, packed and broken."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from test_subwords import plain_hash, plain_ngrams
from vectors_case import TEXT, fasttext_bytes, word2vec_bytes, write_text

from mimnet.errors import MimnetError
from mimnet.vectors.formats import open_vectors
from mimnet.vectors.reader import NOWHERE, Reader

BUCKETS = 50
WORDS = ["</s>", "red", "blue", "grün"]


def read(reader: Reader, *words: str) -> np.ndarray:
    """Vectors of words by their entries."""
    places = dict(reversed(list(reader.entries())))
    return reader.read([(word.encode(), places[word.encode()]) for word in words])


def read_all(path: Path) -> np.ndarray:
    reader = open_vectors(path)
    return reader.read(list(reader.entries()))


def matrix(rows: int = len(WORDS) + BUCKETS, width: int = 5) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, width)).astype(np.float32)


def plain_vector(word: str, m: np.ndarray) -> np.ndarray:
    """The mean of a word's own row and those of its n-grams, by a loop."""
    rows = [m[WORDS.index(word)]] if word in WORDS else []
    if word != "</s>":
        rows += [m[len(WORDS) + plain_hash(ngram) % BUCKETS] for ngram in plain_ngrams(word, 3, 6)]
    return np.mean(rows, axis=0)


@pytest.mark.parametrize("head", ["", "4 3\n"], ids=["glove", "fasttext"])
@pytest.mark.parametrize("end", ["", " "], ids=["plain", "trailing blank"])
def test_text(tmp_path: Path, head: str, end: str) -> None:
    reader = open_vectors(write_text(tmp_path / "a.txt", TEXT, head, end))
    assert reader.width == 3
    assert [name.decode() for name, _ in reader.entries()] == list(TEXT)
    vectors = read(reader, "red", "blue")  # not in the order of the file
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, np.array([[1, 2, 3], [-1, 0.2, 0.5]], np.float32))
    assert not reader.composes(b"reddish")


def test_words_with_blanks_are_words_of_their_own(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.txt", {"red": [1, 2], "at name@host": [3, 4], ". . .": [5, 6], "at": [7, 8]})
    assert [name for name, _ in open_vectors(path).entries()] == [b"red", b"at name@host", b". . .", b"at"]
    assert read(open_vectors(path), "at", ". . .").tolist() == [[7, 8], [5, 6]]


@pytest.mark.parametrize("end", [b"", b"\n"], ids=["plain", "line ends"])
def test_word2vec(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(word2vec_bytes(TEXT, end))
    reader = open_vectors(path)
    assert [name.decode() for name, _ in reader.entries()] == list(TEXT)
    np.testing.assert_array_equal(read(reader, "red", "the"), np.array([TEXT["red"], TEXT["the"]], np.float32))


@pytest.mark.parametrize("pack", ["plain", "gzip", "zip"])
def test_fasttext_words_and_words_that_it_never_met(tmp_path: Path, pack: str) -> None:
    m, path = matrix(), tmp_path / "a.bin"
    data = fasttext_bytes(WORDS, m, buckets=BUCKETS, labels=("__label__x",))
    packed(path, data, pack)
    reader = open_vectors(path)
    assert [name.decode() for name, _ in reader.entries()] == WORDS
    expected = [plain_vector(word, m) for word in WORDS]
    np.testing.assert_allclose(read(reader, *WORDS), expected, rtol=1e-5, atol=1e-6)
    new = ["reddish", "grünlich", "blue-red"]
    assert all(reader.composes(word.encode()) for word in new)
    expected = [plain_vector(word, m) for word in new]
    made = reader.read([(word.encode(), NOWHERE) for word in new])
    np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1e-6)
    assert not reader.composes(b"</s>")


def test_fasttext_without_subwords(tmp_path: Path) -> None:
    m = matrix(rows=len(WORDS))
    for settings in ({"most": 0}, {"version": 11, "model": 3}):  # version 11 of a classifier says 6 and means 0
        (tmp_path / "a.bin").write_bytes(fasttext_bytes(WORDS, m, **settings))
        reader = open_vectors(tmp_path / "a.bin")
        np.testing.assert_array_equal(read(reader, "blue", "red"), m[[2, 1]])
        assert not reader.composes(b"reddish")


def packed(path: Path, data: bytes, pack: str) -> None:
    if pack == "gzip":
        data = gzip.compress(data)
    elif pack == "zip":
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside.bin", data)
        data = whole.getvalue()
    path.write_bytes(data)


@pytest.mark.parametrize("pack", ["gzip", "zip"])
@pytest.mark.parametrize("kind", ["text", "word2vec"])
def test_packed_files_are_read_as_they_are(tmp_path: Path, pack: str, kind: str) -> None:
    plain = write_text(tmp_path / "a.txt", TEXT).read_bytes() if kind == "text" else word2vec_bytes(TEXT)
    packed(tmp_path / "packed", plain, pack)
    assert read(open_vectors(tmp_path / "packed"), "red", "blue").tolist()[0] == [1, 2, 3]


def test_a_zip_of_several_files_wants_a_name(tmp_path: Path) -> None:
    path = tmp_path / "glove.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("small.txt", "red 1 2\n")
        archive.writestr("large.txt", "red 1 2 3\n")
    with pytest.raises(MimnetError, match=r"holds small\.txt, large\.txt; name one, as in .*glove\.zip/small\.txt"):
        open_vectors(path)
    assert read(open_vectors(path / "large.txt"), "red").tolist() == [[1, 2, 3]]
    with pytest.raises(MimnetError, match=r"holds small\.txt, large\.txt"):
        open_vectors(path / "none.txt")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("red 1 2\nx 1 2\nblue 1\n", "line 3: 1 numbers where the file has 2"),
        ("red 1 2\nblue one two\n", "line 2: could not convert"),
        ("a 1 2\nblue\n", "line 2: no numbers after 'blue'"),
        ("red 1 2\nblue nan 2\n", "vector of 'blue' is not all finite"),
        ("", "is no file of word vectors"),
        ("\0\0\0\0", "is no file of word vectors"),
        ("2 99999\nred 1 2\n", "says vectors of 99999 numbers"),
        ("red 1 2\n" + "x" * 300_000, "line 2 is longer than"),
    ],
)
def test_a_broken_text_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MimnetError, match=rf"vectors\.txt.*{said}") as raised:
        read(open_vectors(path), "blue")
    assert "\n" not in str(raised.value)


def good() -> bytes:
    return fasttext_bytes(WORDS, matrix(), buckets=BUCKETS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (good()[:700], "is cut short"),  # within the matrix
        (good()[:100], "is cut short: it ends at byte 100"),
        (good()[:6], "is cut short"),
        (good()[:4] + struct.pack("<i", 99) + good()[8:], "version 99"),
        (good()[:8] + struct.pack("<i", -1) + good()[12:], "says vectors of -1 numbers"),
        (good()[:8] + struct.pack("<i", 6) + good()[12:], "does not fit its dictionary"),
        (good()[:64] + struct.pack("<3i", 2**31 - 1, 2**31 - 1, 0) + good()[76:], "no word ends|cut short"),
        (good()[:64] + struct.pack("<3i", 4, -1, 5) + good()[76:], "dictionary makes no sense"),
        (fasttext_bytes(WORDS, matrix(), buckets=BUCKETS, quantised=True), r"quantised model \(\.ftz\)"),
        (fasttext_bytes(WORDS, matrix(), buckets=BUCKETS, pruned=0), r"quantised model \(\.ftz\)"),
        (fasttext_bytes(WORDS, matrix(), buckets=10**6), "does not fit its dictionary"),
        (fasttext_bytes(WORDS, matrix() * np.nan, buckets=BUCKETS), "not all finite"),
        (word2vec_bytes(TEXT)[:-9], "is cut short"),
        (gzip.compress(good())[:300], "cannot read word vectors"),
        (gzip.compress(good())[:40] + b"noise" * 60, "cannot read word vectors"),
        (b"PK\x03\x04 no zip", "cannot read word vectors"),
    ],
)
def test_a_broken_binary_is_named_in_one_line(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "evil.bin"
    path.write_bytes(data)
    with pytest.raises(MimnetError, match=said) as raised:
        read_all(path)
    assert "evil.bin" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"none\.txt: No such file"):
        open_vectors(tmp_path / "none.txt")
