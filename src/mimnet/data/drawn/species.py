"""The fixed table of species: 60 flowers (ids 0..59), 60 birds (60..119) and 60 cuts of tops (120..179)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from mimnet.data.drawn.colour import stream

KINDS: Final[tuple[str, ...]] = ("flower", "bird", "top")
MIX: Final[tuple[str, ...]] = ("flower", "bird")  # what a set holds that names no kind
SPECIES_PER_KIND: Final = 60
_TABLE_SEED: Final = 20210

PETAL_COLOURS: Final = ("red", "orange", "yellow", "pink", "purple", "blue", "white")
CENTRE_COLOURS: Final = ("yellow", "orange", "brown", "green", "white", "red", "purple", "black")
PLUMAGE_COLOURS: Final = (
    "red",
    "orange",
    "yellow",
    "blue",
    "white",
    "brown",
    "black",
    "grey",
    "green",
    "purple",
    "pink",
)
BEAK_COLOURS: Final = ("black", "grey", "orange", "yellow", "red", "brown")
NUMBERS: Final[dict[str, int]] = {
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "ten": 10,
    "twelve": 12,
    "many": 34,
}
SHAPES: Final = ("round", "pointed", "narrow", "heart shaped", "ruffled")
FLOWER_PATTERNS: Final = ("plain", "striped", "spotted", "edged", "two-tone")
BIRD_PATTERNS: Final = ("plain", "striped", "spotted", "tipped")
BEAK_LENGTHS: Final = ("short", "long")
GARMENT_COLOURS: Final = (
    "white",
    "black",
    "grey",
    "red",
    "navy",
    "blue",
    "pink",
    "green",
    "orange",
    "yellow",
    "purple",
    "brown",
)
SLEEVES: Final = ("sleeveless", "short sleeve", "long sleeve")
NECKS: Final = ("round", "v", "high")
TOP_PATTERNS: Final = ("plain", "striped")


@dataclass(frozen=True)
class FlowerSpecies:
    """Habits of one kind of flower; colours and patterns are only preferences of its individuals."""

    petals: tuple[str, ...]
    centres: tuple[str, ...]
    patterns: tuple[str, ...]
    number: str
    shape: str
    breadth: float  # petal width against its share of the circle, 0.75..1.25
    cup: float  # how far the petals rise from the flower's plane, radians
    droop: float  # how far their tips bend back, -0.3..0.4
    disc: float  # radius of the centre against the flower's, 0.1..0.34
    centre_style: str  # "disc", "stamens" or "eye"


@dataclass(frozen=True)
class BirdSpecies:
    """Habits of one kind of bird; colours and patterns are only preferences of its individuals."""

    heads: tuple[str, ...]
    wings: tuple[str, ...]
    bellies: tuple[str, ...]
    beaks: tuple[str, ...]
    patterns: tuple[str, ...]
    beak_length: str
    plump: float  # height of the body against the usual, 0.85..1.2
    tail: float  # length of the tail against the body's, 0.2..0.6
    head: float  # radius of the head, 0.105..0.15 of the bird's length
    beak_depth: float  # 0.03..0.06
    hook: float  # how far the beak's tip bends down, 0..0.5
    crest: float  # height of the crest against the head's radius, 0 for none
    ring: bool  # a pale ring round the eye
    size_word: str


@dataclass(frozen=True)
class TopSpecies:
    """Habits of one cut of top; colours, sleeves and necks are only preferences of its pieces. 1 is its length."""

    colours: tuple[str, ...]
    stripes: tuple[str, ...]
    patterns: tuple[str, ...]
    sleeve: str
    neck_style: str
    knit: bool  # ribbed hem, cuffs and collar
    noun: str  # what it is called with sleeves
    width: float  # of the body against the usual, 0.88..1.2
    shoulder: float  # 0.94..1.1 of the usual for that width
    strap: float  # where the shoulder ends without sleeves, 0.3..0.75 between neck and shoulder
    fall: float  # slope of the shoulders, 0.035..0.075
    arm: float  # depth of the armholes, 0.26..0.33
    waist: float  # half widths against the chest's, 0.84..1.09
    hem: float  # 0.94..1.25
    sag: float  # curve of the hem, -0.01..0.07
    dip: float  # how far the back hangs below the front, mostly 0
    neck: float  # half the width of the neck, 0.1..0.17
    scoop: float  # depth of a round neck, 0.075..0.2
    deep: float  # depth of a v neck, 0.18..0.31
    collar: float  # height of a high neck, 0.045..0.12
    band: float  # width of the band round the neck, 0.014..0.032
    short: float  # length of a short sleeve, 0.14..0.3
    lift: float  # angle of a short sleeve, 0.42..0.68
    cuff: float  # half the width of a sleeve, 0.085..0.115
    hang: float  # angle of a long sleeve, 0.1..0.25
    crease: float  # depth of creases, 0.08..0.3
    drape: float  # depth of hanging folds, 0..0.06
    grain: float  # strength of the fibres, 0.003..0.014
    print: float  # share of its plain pieces that bear a print


def _some(rng: np.random.Generator, words: tuple[str, ...], count: int) -> tuple[str, ...]:
    return tuple(words[int(i)] for i in rng.choice(len(words), size=count, replace=False))


@cache
def flower_species(species: int) -> FlowerSpecies:
    """The flower of that id (0..59)."""
    rng = stream(_TABLE_SEED, "flower", species)
    shape = SHAPES[int(rng.choice(5, p=[0.28, 0.27, 0.2, 0.12, 0.13]))]
    many = {"narrow": 0.5, "pointed": 0.2, "ruffled": 0.1}.get(shape, 0.06)
    number = (
        "many"
        if rng.random() < many
        else str(rng.choice(list(NUMBERS)[:8], p=[0.06, 0.12, 0.34, 0.18, 0.07, 0.13, 0.05, 0.05]))
    )
    centre = ("disc" if NUMBERS[number] > 7 else "stamens") if rng.random() < 0.7 else "eye"
    return FlowerSpecies(
        petals=_some(rng, PETAL_COLOURS, 3),
        centres=_some(rng, CENTRE_COLOURS[:4], 2) + _some(rng, CENTRE_COLOURS, 1),
        patterns=("plain", *_some(rng, FLOWER_PATTERNS, 2)),
        number=number,
        shape=shape,
        breadth=float(rng.uniform(0.8, 1.2)),
        cup=float(rng.uniform(-0.2, 0.6)),
        droop=float(rng.uniform(-0.25, 0.4)),
        disc=float(rng.uniform(0.2, 0.34) if centre == "disc" else rng.uniform(0.11, 0.2)),
        centre_style=centre,
    )


@cache
def bird_species(species: int) -> BirdSpecies:
    """The bird of that id (60..119)."""
    rng = stream(_TABLE_SEED, "bird", species)
    long = rng.random() < 0.3
    return BirdSpecies(
        heads=_some(rng, PLUMAGE_COLOURS, 3),
        wings=_some(rng, PLUMAGE_COLOURS[:9], 3),
        bellies=_some(rng, PLUMAGE_COLOURS, 3),
        beaks=_some(rng, BEAK_COLOURS, 2),
        patterns=("plain", *_some(rng, BIRD_PATTERNS, 2)),
        beak_length="long" if long else "short",
        plump=float(rng.uniform(0.88, 1.2)),
        tail=float(rng.uniform(0.22, 0.55)),
        head=float(rng.uniform(0.112, 0.145)),
        beak_depth=float(rng.uniform(0.026, 0.04) if long else rng.uniform(0.032, 0.058)),
        hook=float(rng.uniform(0.0, 0.5)),
        crest=float(rng.uniform(0.5, 0.9)) if rng.random() < 0.22 else 0.0,
        ring=bool(rng.random() < 0.3),
        size_word=("small", "small", "medium sized", "large")[int(rng.integers(4))],
    )


@cache
def top_species(species: int) -> TopSpecies:
    """The cut of that id (120..179)."""
    rng = stream(_TABLE_SEED, "top", species)
    knit = rng.random() < 0.25
    hem = rng.uniform(0.94, 1.08) if rng.random() < 0.75 else rng.uniform(1.1, 1.25)
    loose = hem > 1.1
    return TopSpecies(
        colours=_some(rng, GARMENT_COLOURS, 4),
        stripes=_some(rng, GARMENT_COLOURS[:6], 3),
        patterns=("plain", "plain", "plain", *_some(rng, TOP_PATTERNS, 1)),
        sleeve=str(rng.choice(SLEEVES, p=[0.05, 0.15, 0.8] if knit else [0.3, 0.45, 0.25])),
        neck_style=str(rng.choice(NECKS, p=[0.35, 0.25, 0.4] if knit else [0.6, 0.28, 0.12])),
        knit=knit,
        noun=str(rng.choice(["knitwear", "sweater"])) if knit else "t-shirt",
        width=float(rng.uniform(0.88, 1.2)),
        shoulder=float(rng.uniform(0.94, 1.08)),
        strap=float(rng.uniform(0.3, 0.75)),
        fall=float(rng.uniform(0.035, 0.075)),
        arm=float(rng.uniform(0.26, 0.33)),
        waist=float(rng.uniform(0.84, 1.0) if not loose else 1.0 + 0.35 * (hem - 1.0)),
        hem=float(hem),
        sag=float(rng.uniform(-0.008, 0.025) if rng.random() < 0.7 else rng.uniform(0.04, 0.07)),
        dip=float(rng.uniform(0.015, 0.05)) if not knit and rng.random() < 0.25 else 0.0,
        neck=float(rng.uniform(0.1, 0.17)),
        scoop=float(rng.uniform(0.075, 0.2)),
        deep=float(rng.uniform(0.18, 0.31)),
        collar=float(rng.uniform(0.045, 0.12)),
        band=float(rng.uniform(0.024, 0.034) if knit else rng.uniform(0.014, 0.028)),
        short=float(rng.uniform(0.14, 0.3)),
        lift=float(rng.uniform(0.42, 0.68)),
        cuff=float(rng.uniform(0.085, 0.112)),
        hang=float(rng.uniform(0.1, 0.24)),
        crease=float(rng.uniform(0.08, 0.16) if knit else rng.uniform(0.1, 0.3)),
        drape=float(rng.uniform(0.03, 0.06) if loose else rng.uniform(0.0, 0.025)),
        grain=float(rng.uniform(0.006, 0.014) if knit else rng.uniform(0.003, 0.01)),
        print=float(rng.choice([0.0, 0.0, 0.0, 0.4])),
    )


def species_of(kind: str, split: str | None = None) -> tuple[int, ...]:
    """Species ids of a kind: all of them, or those of "train" (48) or "test" (12), which share none.

    >>> len(species_of("flower", "train")), len(species_of("bird", "test"))
    (48, 12)
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; use one of {', '.join(KINDS)}")
    if split not in (None, "train", "test"):
        raise ValueError(f"unknown split {split!r}; use 'train' or 'test'")
    first = KINDS.index(kind) * SPECIES_PER_KIND
    ids = range(first, first + SPECIES_PER_KIND)
    return tuple(i for i in ids if split is None or (i % 5 == 4) == (split == "test"))
