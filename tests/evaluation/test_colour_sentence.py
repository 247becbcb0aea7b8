"""The one-colour sentence suits the captions, of drawn sets and of anything."""

from pathlib import Path

import pytest

from mimnet.data.drawn import captions, sample_scene, species_of
from mimnet.data.folder import Captioned
from mimnet.evaluation.colour import sentence_for


def rows(*first: str) -> list[Captioned]:
    return [Captioned(Path("a.png"), (text, "not read"), None) for text in first]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("flower", "this flower has {} petals"), ("bird", "this bird is {}"), ("top", "a {} t-shirt")],
)
def test_every_drawn_kind_has_its_own_sentence(kind: str, sentence: str) -> None:
    ids = species_of(kind, "test")
    said = [captions(sample_scene(seed, kind, ids[seed % len(ids)]), 1)[0].text for seed in range(40)]
    assert sentence_for(rows(*said)) == sentence


def test_tops_are_known_by_any_of_their_names() -> None:
    shop = ("a v neck sleeveless navy tank top", "a high neck white women's knitwear", "a red sweater", "a T-Shirt")
    assert sentence_for(rows(*shop)) == "a {} t-shirt"
    for caption in shop:
        assert sentence_for(rows(caption)) == "a {} t-shirt"


def test_half_of_the_captions_must_name_the_kind() -> None:
    assert sentence_for(rows("a red shirt", "a blue dress")) == "a {} t-shirt"
    assert sentence_for(rows("a red shirt", "a blue dress", "a long skirt")) == "it is {}"
    assert sentence_for(rows("a cat", "a bird", "a dog")) == "it is {}"
    assert sentence_for(rows("this bird has a white top", "a bird", "a flower")) == "this bird is {}"
