"""Tests of tokeniser and vocabulary."""

import pytest

from mimnet.errors import MimnetError
from mimnet.text import PAD, UNKNOWN, Vocabulary, tokenise

WORDS = [PAD, UNKNOWN, "red", "bird", "blue"]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("A RED bird.", ["a", "red", "bird"]),
        ("red-brown, with 5 petals!", ["red", "brown", "with", "5", "petals"]),
        ("Der Vogel ist grün", ["der", "vogel", "ist", "grün"]),
        ("红色的花", ["红色的花"]),
        ("  ... \n", []),
    ],
)
def test_tokenise(sentence: str, words: list[str]) -> None:
    assert tokenise(sentence) == words


def test_a_vocabulary_keeps_words_seen_often_enough_commonest_first() -> None:
    vocabulary = Vocabulary.from_captions(["a b b c", "A c d.", "a c"])
    assert vocabulary.words == [PAD, UNKNOWN, "a", "c", "b"]  # 3 times, 3 times, 2 times; d once
    assert len(vocabulary) == 5
    assert len(Vocabulary.from_captions(["a b b c", "A c d.", "a c"], least=1)) == 6


def test_a_vocabulary_does_not_depend_on_the_order_of_captions() -> None:
    captions = ["red bird", "blue bird", "red fish", "blue fish"]
    assert Vocabulary.from_captions(captions).words == Vocabulary.from_captions(captions[::-1]).words


def test_a_vocabulary_survives_json() -> None:
    vocabulary = Vocabulary([PAD, UNKNOWN, "grün", 'quo"te', "花"])
    again = Vocabulary.from_json(vocabulary.to_json(), where="here")
    assert again.words == vocabulary.words
    assert again.ids == vocabulary.ids


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "model.x is not JSON"), ('{"a": 1}', "model.x must be a JSON list"), ("[1]", "model.x must be a JSON list")],
)
def test_a_broken_vocabulary_is_named(text: str, said: str) -> None:
    with pytest.raises(MimnetError, match=said):
        Vocabulary.from_json(text, where="model.x")


@pytest.mark.parametrize("words", [["red"], [UNKNOWN, PAD], [PAD, UNKNOWN, "red", "red"]])
def test_a_vocabulary_must_begin_with_its_two_signs_and_repeat_nothing(words: list[str]) -> None:
    with pytest.raises(MimnetError, match="begins with <pad>, <unk>"):
        Vocabulary(words)


def test_unknown_and_cut_words_are_reported() -> None:
    encoded = Vocabulary(WORDS).encode("a Red bird and a GREEN bird", 6)
    assert encoded.ids == [1, 2, 3, 1, 1, 1]
    assert encoded.length == 6
    assert encoded.unknown == ["a", "and", "a", "green"]
    assert encoded.cut == 1


def test_a_short_sentence_is_padded() -> None:
    encoded = Vocabulary(WORDS).encode("red", 4)
    assert (encoded.ids, encoded.length, encoded.unknown, encoded.cut) == ([2, 0, 0, 0], 1, [], 0)
    ids, length = Vocabulary(WORDS).batch(["blue bird", "red"], 3)
    assert ids.tolist() == [[4, 3, 0], [2, 0, 0]]
    assert length.tolist() == [2, 1]


def test_a_sentence_without_a_word_is_refused() -> None:
    with pytest.raises(MimnetError, match="has no word"):
        Vocabulary(WORDS).encode(" ?! ", 4)
