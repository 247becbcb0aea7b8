"""Tests of reading which colours a caption gives to which part."""

import pytest

from mimnet.data.claims import claims, unclaimed
from mimnet.data.parts import said_of, words_of

PARTS = words_of(["head crown", "belly breast", "wings wing"], "bird body")


@pytest.mark.parametrize(
    ("caption", "said", "told"),
    [
        ("this bird has a bright red head and a white belly", {(0, "red"), (1, "white")}, True),
        ("a yellow bird with black and white wings", {(3, "yellow"), (2, "black"), (2, "white")}, True),
        ("this bird has wings that are brown and has a white belly", {(2, "brown"), (1, "white")}, True),
        ("the bird is mostly grey with a small bill", {(3, "grey")}, True),
        ("white head belly and wing", {(0, "white"), (1, "white"), (2, "white")}, True),
        ("the head is red and green", {(0, "red"), (0, "green")}, True),
        ("a red long pointed crown", {(0, "red")}, True),
        ("yellow it s crown", set(), False),
        ("a bird with a head", set(), True),
        ("a black bill and red eyes on its head", set(), False),
        ("a red head with black eyes", {(0, "red")}, False),
    ],
)
def test_captions_of_birds(caption: str, said: set[tuple[int, str]], told: bool) -> None:
    words = caption.split()
    found = claims(words, PARTS)
    assert {(claim.part, colour) for claim in found for colour in claim.colours} == said
    assert unclaimed(words, found) is not told
    for claim in found:
        inside = words[claim.first : claim.last + 1]
        assert claim.colours <= set(inside)
        assert any(PARTS.get(word) == claim.part for word in inside)


def test_what_all_captions_say_is_counted() -> None:
    captions = [
        [["a", "red", "and", "white", "head"]] * 24,
        [["a", "red", "belly", "and", "white", "bird"], ["nothing"]],
    ] * 10
    said = said_of(captions, ["head", "belly"], "bird")
    assert said.counts.shape == (20, 2, 2)
    assert said.counts[0].tolist() == [[12, 12], [0, 0]]
    assert said.counts[1].tolist() == [[0, 0], [1, 0]]  # of the whole nothing is counted
    assert len(said.sentences) == 250
    assert [claim.part for claim in said.sentences[-1].claims] == [1, 2]
