"""Captions of a scene, in the manner of people describing one picture, and what each one states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from mimnet.data.drawn.colour import stream
from mimnet.data.drawn.scene import Scene, stance_of
from mimnet.data.drawn.species import bird_species, top_species


@dataclass(frozen=True)
class Caption:
    """A lower-case sentence and exactly the attributes that it states."""

    text: str
    attributes: dict[str, str]


# What one template says: a sentence with {names} to fill in, and the names of the attributes it states.
_Template = tuple[str, tuple[str, ...]]

_PATTERN_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "plain": ("in one plain colour",),
    "striped": ("with {pattern_colour} stripes", "striped with {pattern_colour}"),
    "spotted": ("with {pattern_colour} spots", "spotted with {pattern_colour}"),
    "edged": ("with {pattern_colour} edges", "edged in {pattern_colour}"),
    "two-tone": ("that turn {pattern_colour} at the base", "with a {pattern_colour} base"),
    "tipped": ("with {pattern_colour} tips", "tipped with {pattern_colour}"),
}

_DOING: Final = {
    "perched": "is perching on a branch",
    "standing": "is standing on the ground",
    "flying": "is flying",
}

_PETALS: Final[tuple[_Template, ...]] = (
    ("this flower has {petals} petals", ("petals",)),
    ("the petals of this flower are {petals}", ("petals",)),
    ("a flower with {petals} petals", ("petals",)),
    ("this flower is {petals} in color", ("petals",)),
    ("a {petals} flower in front of a blurred background", ("petals",)),
)
_CENTRE: Final[tuple[_Template, ...]] = (
    ("the {ctr} of this flower is {centre}", ("centre",)),
    ("this flower has a {centre} {ctr}", ("centre",)),
    ("a flower with a {centre} {ctr}", ("centre",)),
)
_BOTH: Final[tuple[_Template, ...]] = (
    ("this flower has {petals} petals and a {centre} {ctr}", ("petals", "centre")),
    ("a {petals} flower with a {centre} {ctr}", ("petals", "centre")),
    ("the petals are {petals} and the {ctr} is {centre}", ("petals", "centre")),
    ("this {petals} flower has a {centre} {ctr}", ("petals", "centre")),
    ("the flower has petals that are {petals} with a {centre} {ctr}", ("petals", "centre")),
    ("a flower that has {petals} petals surrounding a {centre} {ctr}", ("petals", "centre")),
)
_FORM: Final[tuple[_Template, ...]] = (
    ("this flower has {number} {petals} petals", ("number", "petals")),
    ("this flower has {shape} petals that are {petals}", ("shape", "petals")),
    ("a flower with {number} {shape} {petals} petals", ("number", "shape", "petals")),
    ("this flower has {shape} {petals} petals and a {centre} {ctr}", ("shape", "petals", "centre")),
)
_FLOWER_PATTERN: Final[tuple[_Template, ...]] = (
    ("this flower has {petals} petals {marks}", ("petals", "marks")),
    ("the petals are {petals} {marks} and the {ctr} is {centre}", ("petals", "marks", "centre")),
    ("a flower with {petals} petals {marks}", ("petals", "marks")),
)
_FLOWER_FULL: Final[tuple[_Template, ...]] = (
    (
        "this flower has {number} {shape} {petals} petals {marks} and a {centre} {ctr}",
        ("number", "shape", "petals", "marks", "centre"),
    ),
    (
        "a flower with {petals} petals {marks} that are {shape} and a {centre} {ctr}",
        ("petals", "marks", "shape", "centre"),
    ),
)
_BIRD_ONE: Final[tuple[_Template, ...]] = (
    ("this bird has a {head} head", ("head",)),
    ("a {size} bird with {wing} wings", ("wing",)),
    ("the belly of this bird is {belly}", ("belly",)),
    ("a bird with a {beak} beak", ("beak",)),
    ("this is a {size} bird with a {belly} belly", ("belly",)),
    ("the bird has {wing} wings and {doing}", ("wing",)),
)
_BIRD_TWO: Final[tuple[_Template, ...]] = (
    ("a {size} bird with a {head} head and a {belly} belly", ("head", "belly")),
    ("this bird has {wing} wings and a {belly} belly", ("wing", "belly")),
    ("this bird has a {head} head and {wing} wings", ("head", "wing")),
    ("a bird with a {head} head and a {beak} beak", ("head", "beak")),
    ("the wings are {wing} and the breast and belly are {belly}", ("wing", "belly")),
    (
        "this {size} bird has a {belly} belly and a {beak_length} {beak} beak",
        ("belly", "beak_length", "beak"),
    ),
)
_BIRD_THREE: Final[tuple[_Template, ...]] = (
    ("this bird has a {head} head {wing} wings and a {belly} belly", ("head", "wing", "belly")),
    ("a {size} bird with a {belly} belly {wing} wings and a {beak} beak", ("belly", "wing", "beak")),
    (
        "the bird has a {head} crown and head a {belly} belly and a {beak_length} {beak} bill",
        ("head", "belly", "beak_length", "beak"),
    ),
)
_BIRD_PATTERN: Final[tuple[_Template, ...]] = (
    ("this bird has {wing} wings {marks}", ("wing", "marks")),
    ("a {size} bird with a {head} head and {wing} wings {marks}", ("head", "wing", "marks")),
    ("the wings of this bird are {wing} {marks} and its belly is {belly}", ("wing", "marks", "belly")),
)
_BIRD_FULL: Final[tuple[_Template, ...]] = (
    (
        "this bird has a {head} head a {belly} belly {wing} wings {marks} and a {beak_length} {beak} beak",
        ("head", "belly", "wing", "marks", "beak_length", "beak"),
    ),
    (
        "a {size} bird with {wing} wings {marks} a {belly} belly a {head} head and a {beak} beak",
        ("wing", "marks", "belly", "head", "beak"),
    ),
)
# Only where head and belly agree may a bird be called by one colour.
_BIRD_ONE_COLOUR: Final[tuple[_Template, ...]] = (
    ("this bird is {head} with {wing} wings", ("head", "belly", "wing")),
    ("a {size} {head} bird with {wing} wings and a {beak} beak", ("head", "belly", "wing", "beak")),
    (
        "this bird is {head} with {wing} wings and has a {beak_length} {beak} beak",
        ("head", "belly", "wing", "beak_length", "beak"),
    ),
)
_TOP_ALL: Final[tuple[_Template, ...]] = (
    ("a {collar} {arm} {colour} {whose} {noun}", ("neck", "sleeve", "colour")),
    ("a {arm} {colour} {whose} {noun} with a {collar}", ("sleeve", "colour", "neck")),
    ("a {colour} {noun} with a {collar} and {arms}", ("colour", "neck", "sleeve")),
    ("this {colour} {noun} has a {collar} and {arms}", ("colour", "neck", "sleeve")),
)
_TOP_TWO: Final[tuple[_Template, ...]] = (
    ("a {arm} {colour} {whose} {noun}", ("sleeve", "colour")),
    ("a {collar} {colour} {whose} {noun}", ("neck", "colour")),
    ("this {noun} is {colour} and has {arms}", ("colour", "sleeve")),
    ("a {colour} {noun} with a {collar}", ("colour", "neck")),
    ("a {collar} {arm} {whose} {noun}", ("neck", "sleeve")),
)
_TOP_ONE: Final[tuple[_Template, ...]] = (
    ("a {colour} {whose} {noun}", ("colour",)),
    ("this {noun} is {colour}", ("colour",)),
    ("a {whose} {noun} with a {collar}", ("neck",)),
    ("a {whose} {noun} in {colour}", ("colour",)),
    ("a {arm} {whose} {noun}", ("sleeve",)),
)
_TOP_PATTERN: Final[tuple[_Template, ...]] = (
    ("a {colour} {whose} {noun} {marks}", ("colour", "marks")),
    ("a {arm} {colour} {noun} {marks}", ("sleeve", "colour", "marks")),
    ("a {collar} {arm} {colour} {whose} {noun} {marks}", ("neck", "sleeve", "colour", "marks")),
)
# What else shops call a neck or a sleeve: before the noun, and after "with".
_COLLARS: Final = {
    "round": ("round neck", "round neck", "crew neck"),
    "v": ("v neck", "v neck", "v-neck"),
    "high": ("high neck", "high neck", "turtle neck"),
}
_SLEEVES: Final = {
    "sleeveless": (("sleeveless",), "no sleeves"),
    "short sleeve": (("short sleeve", "short sleeve", "short sleeved"), "short sleeves"),
    "long sleeve": (("long sleeve", "long sleeve", "long sleeved"), "long sleeves"),
}


def _articles(text: str) -> str:
    """The text with "an" for "a" before a vowel."""
    words = text.split()
    for i, word in enumerate(words[:-1]):
        if word == "a" and words[i + 1][0] in "aeiou":
            words[i] = "an"
    return " ".join(words)


def _shop_words(scene: Scene, names: tuple[str, ...], rng: np.random.Generator) -> dict[str, str]:
    """The words that a caption of a top is filled in with, beside its attributes.

    What is called a tank top is always said to be sleeveless too, so that the noun states nothing of its own.
    """
    sleeve, collars = scene.attributes["sleeve"], _COLLARS[scene.attributes["neck"]]
    arm, arms = _SLEEVES[sleeve]
    usual = top_species(scene.species).noun
    if sleeve == "sleeveless":
        usual = "tank top" if "sleeve" in names else "top"
    return {
        "collar": collars[int(rng.integers(len(collars)))],
        "arm": arm[int(rng.integers(len(arm)))],
        "arms": arms,
        "whose": "women's" if rng.random() < 0.8 else "",
        "noun": usual if rng.random() < 0.85 else "top",
    }


def _say(scene: Scene, template: _Template, rng: np.random.Generator) -> Caption:
    """Fill a template in; "marks" stands for the pattern with its colour."""
    text, names = template
    british = rng.random() < 0.4
    values = dict(scene.attributes)
    stated: dict[str, str] = {}
    for name in names:
        for key in ("pattern", "pattern_colour") if name == "marks" else (name,):
            if key != "pattern_colour" or values["pattern"] != "plain":
                stated[key] = values[key]
    marks = _PATTERN_WORDS[values["pattern"]]
    text = text.replace("{marks}", marks[int(rng.integers(len(marks)))])
    size = bird_species(scene.species).size_word if scene.kind == "bird" else ""
    values |= {"ctr": "centre" if british else "center", "size": size, "doing": _DOING[stance_of(scene.seed)]}
    shop = scene.kind == "top"
    text = text.format(**values, **(_shop_words(scene, names, rng) if shop else {}))
    if not british:
        text = text.replace("colour", "color")
        text = text if shop else text.replace("grey", "gray")  # shops write grey
    return Caption(_articles(text), stated)


def _slots(scene: Scene) -> tuple[tuple[_Template, ...], ...]:
    """The kinds of caption that ten people write about a scene: mostly colours, some of them all of it."""
    plain = scene.attributes["pattern"] == "plain"
    if scene.kind == "flower":
        marks = _BOTH if plain else _FLOWER_PATTERN
        return (_BOTH, _FLOWER_FULL, marks, _PETALS, _BOTH, _CENTRE, marks, _FORM, _PETALS, _BOTH)
    if scene.kind == "top":
        marks = _TOP_ALL if plain else _TOP_PATTERN
        return (_TOP_ALL, _TOP_PATTERN, marks, _TOP_ONE, _TOP_TWO, _TOP_ALL, marks, _TOP_ONE, _TOP_TWO, _TOP_ALL)
    same = scene.attributes["head"] == scene.attributes["belly"]
    whole = _BIRD_ONE_COLOUR if same else _BIRD_THREE
    marks = _BIRD_TWO if plain else _BIRD_PATTERN
    return (_BIRD_THREE, _BIRD_FULL, marks, _BIRD_ONE, _BIRD_TWO, whole, marks, _BIRD_ONE, _BIRD_TWO, whole)


def captions(scene: Scene, count: int = 10) -> list[Caption]:
    """`count` captions of a scene, always the same for the same scene; the first ones do not depend on count.

    They repeat each other only where the templates run out. ValueError for a negative count.

    >>> from mimnet.data.drawn.scene import sample_scene
    >>> len(captions(sample_scene(1, "flower", 3)))
    10
    """
    if count < 0:
        raise ValueError(f"count {count} is negative; use 0 or more")
    rng = stream(scene.seed, "captions")
    slots = _slots(scene)
    order = rng.permutation(len(slots))
    found: list[Caption] = []
    seen: set[str] = set()
    for i in range(count):
        templates = slots[int(order[i % len(slots)])]
        for _ in range(8):
            caption = _say(scene, templates[int(rng.integers(len(templates)))], rng)
            if caption.text not in seen:
                break
        seen.add(caption.text)
        found.append(caption)
    return found
