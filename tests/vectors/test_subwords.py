"""fastText's subwords against a plain loop over C's signed bytes and 32-bit integers."""

import ctypes

import pytest

from mimnet.vectors.subwords import subword_hashes

BUCKETS_OF_CAFE = [16747, 91831, 94639, 17187, 69661, 54601, 61685, 60362, 66012, 9697]


def plain_hash(text: str) -> int:
    value = ctypes.c_uint32(2166136261)
    for byte in text.encode():
        value = ctypes.c_uint32(value.value ^ ctypes.c_uint32(ctypes.c_int8(byte).value).value)
        value = ctypes.c_uint32(value.value * 16777619)
    return value.value


def plain_ngrams(word: str, least: int, most: int) -> list[str]:
    marked = f"<{word}>"
    found = []
    for first in range(len(marked)):
        for end in range(first + 1, len(marked) + 1):
            if least <= end - first <= most and marked[first:end] not in ("<", ">"):
                found.append(marked[first:end])
    return found


@pytest.mark.parametrize("word", ["petals", "a", "", "grün", "café", "花びら", "naïve-élan"])
@pytest.mark.parametrize(("least", "most"), [(3, 6), (1, 2), (2, 5), (1, 1)])
def test_hashes_are_those_of_a_plain_loop(word: str, least: int, most: int) -> None:
    expected = [plain_hash(ngram) for ngram in plain_ngrams(word, least, most)]
    assert subword_hashes(word.encode(), least=least, most=most) == expected


def test_bytes_from_128_on_are_signed() -> None:
    unsigned = 2166136261
    for byte in "ü".encode():
        unsigned = (unsigned ^ byte) * 16777619 & 0xFFFFFFFF
    hashes = subword_hashes("ü".encode(), least=1, most=1)
    assert hashes == [plain_hash("ü")]
    assert hashes != [unsigned]


def test_buckets_of_fasttext_itself() -> None:
    """Figures of fastText 0.9.2: `get_subwords` of a model with 100,000 buckets, less its number of words."""
    hashes = subword_hashes("café".encode(), least=3, most=6)
    assert [h % 100_000 for h in hashes] == BUCKETS_OF_CAFE
