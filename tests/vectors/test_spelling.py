"""Other forms of a word, and slips of the pen against a plain recursion."""

import functools
import itertools

import pytest

from mimnet.vectors.spelling import Nearest, allowed_slips, fold, forms, slips


@pytest.mark.parametrize(
    ("word", "way", "form"),
    [
        ("RED", 0, "red"),
        ("café", 0, "cafe"),
        ("colour", 1, "color"),
        ("colored", 1, "coloured"),
        ("center", 1, "centre"),
        ("fibre", 1, "fiber"),
        ("greyish", 1, "grayish"),
        ("symbolise", 1, "symbolize"),
        ("petalled", 1, "petaled"),
        ("flowers", 2, "flower"),
        ("bush", 2, "bushes"),
        ("lilies", 2, "lily"),
        ("daisy", 2, "daisies"),
        ("colours", 2, "color"),
    ],
)
def test_forms(word: str, way: int, form: str) -> None:
    assert forms(word)[form] == way


@pytest.mark.parametrize(("word", "other"), [("four", "for"), ("is", "i"), ("grass", "gras"), ("5", "5s")])
def test_words_that_are_no_forms_of_each_other(word: str, other: str) -> None:
    assert other not in forms(word)


def plain_slips(a: str, b: str) -> int:
    @functools.cache
    def count(i: int, j: int) -> int:
        if min(i, j) == 0:
            return max(i, j)
        best = min(count(i - 1, j) + 1, count(i, j - 1) + 1, count(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            best = min(best, count(i - 2, j - 2) + 1)
        return best

    return count(len(a), len(b))


def test_slips_are_those_of_a_plain_recursion() -> None:
    words = ["".join(w) for n in range(5) for w in itertools.product("ab", repeat=n)] + ["petals", "petlas", "pteals"]
    for a, b in itertools.product(words, words):
        for most in (0, 1, 2):
            assert slips(a, b, most) == min(plain_slips(a, b), most + 1), (a, b, most)


def test_the_nearest_spelling() -> None:
    near = Nearest(["whtie", "flowr", "red", "stamin", "zzzzzz", "5petal"], likely=[b"flower", b"flow", b"stamen"])
    passing = [b"while", b"floor", b"flow", b"stalin", b"white", b"flower", b"stamen", b"rod", b"petals", b"\xff\xfe"]
    for place, name in enumerate(passing):
        near.meet(name, place)
    found = {word: name for word, (_, name, _) in near.best.items()}
    # while is two slips away, white one; among equals a word of the captions, then the commoner of them
    assert found == {"whtie": b"white", "flowr": b"flower", "stamin": b"stamen"}


def test_short_words_and_numbers_have_no_slips() -> None:
    assert [allowed_slips(w) for w in ("red", "pink", "flowers", "lavender", "h3llo")] == [0, 1, 1, 2, 0]
    assert fold("ÉLAN") == "elan"
