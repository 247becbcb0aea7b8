"""A scene: what is drawn, its named attributes, how to sample one and how to edit one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from mimnet.data.drawn import species as table
from mimnet.data.drawn.colour import stream

DRAWING: Final = 1  # raise it when the same scene no longer draws the same picture

# kind -> attribute -> the values it may take
VOCABULARY: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "flower": {
        "petals": table.PETAL_COLOURS,
        "centre": table.CENTRE_COLOURS,
        "pattern": table.FLOWER_PATTERNS,
        "pattern_colour": table.PETAL_COLOURS,
        "number": tuple(table.NUMBERS),
        "shape": table.SHAPES,
    },
    "bird": {
        "head": table.PLUMAGE_COLOURS,
        "wing": table.PLUMAGE_COLOURS,
        "belly": table.PLUMAGE_COLOURS,
        "beak": table.BEAK_COLOURS,
        "pattern": table.BIRD_PATTERNS,
        "pattern_colour": table.PLUMAGE_COLOURS,
        "beak_length": table.BEAK_LENGTHS,
    },
    "top": {
        "colour": table.GARMENT_COLOURS,
        "sleeve": table.SLEEVES,
        "neck": table.NECKS,
        "pattern": table.TOP_PATTERNS,
        "pattern_colour": table.GARMENT_COLOURS,
    },
}
# kind -> part of the picture -> the attributes that change it
PARTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "flower": {"petals": ("petals", "pattern", "pattern_colour", "number", "shape"), "centre": ("centre",)},
    "bird": {
        "head": ("head",),
        "wing": ("wing", "pattern", "pattern_colour"),
        "belly": ("belly",),
        "beak": ("beak", "beak_length"),
    },
    "top": {
        "body": ("colour", "pattern", "pattern_colour"),
        "sleeves": ("colour", "pattern", "pattern_colour", "sleeve"),
        "neck": ("colour", "pattern", "pattern_colour", "neck"),
    },
}


def check_attributes(kind: str, attributes: Mapping[str, str]) -> None:
    """Raise ValueError unless every attribute belongs to this kind and has a known value."""
    if kind not in VOCABULARY:
        raise ValueError(f"unknown kind {kind!r}; use one of {', '.join(VOCABULARY)}")
    allowed = VOCABULARY[kind]
    for name, value in attributes.items():
        if name not in allowed:
            raise ValueError(f"a {kind} has no attribute {name!r}; it has {', '.join(allowed)}")
        if value not in allowed[name]:
            raise ValueError(f"{name} of a {kind} cannot be {value!r}; use one of {', '.join(allowed[name])}")


@dataclass(frozen=True)
class Scene:
    """One picture in words: everything not in `attributes` follows from `seed` and `species`.

    kind is "flower", "bird" or "top"; species is unique over them (flowers 0..59, birds 60..119, tops 120..179);
    seed is a whole number >= 0; attributes names every attribute of the kind (see VOCABULARY). While
    `pattern` is "plain", `pattern_colour` is the colour that a pattern would have.
    """

    kind: str
    species: int
    seed: int
    attributes: dict[str, str]

    def __post_init__(self) -> None:
        check_attributes(self.kind, self.attributes)
        missing = [name for name in VOCABULARY[self.kind] if name not in self.attributes]
        if missing:
            raise ValueError(f"the scene lacks {', '.join(missing)}; a {self.kind} needs every attribute")
        if self.species not in table.species_of(self.kind):
            ids = table.species_of(self.kind)
            raise ValueError(f"species {self.species} is no {self.kind}; use {ids[0]}..{ids[-1]}")
        if self.seed < 0:
            raise ValueError(f"seed {self.seed} is negative; use 0 or more")

    def to_json(self) -> dict[str, Any]:
        """The scene as plain JSON values."""
        return {
            "drawing": DRAWING,
            "kind": self.kind,
            "species": self.species,
            "seed": self.seed,
            "attributes": dict(self.attributes),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | str) -> Scene:
        """The scene that to_json described (its mapping, or that as JSON text); ValueError otherwise."""
        data: Any = json.loads(value) if isinstance(value, str) else value
        if not isinstance(data, Mapping):
            raise ValueError(f"a scene is a JSON object, not {type(data).__name__}")
        absent = {"drawing", "kind", "species", "seed", "attributes"} - set(data)
        if absent:
            raise ValueError(f"the scene lacks {', '.join(sorted(absent))}")
        if data["drawing"] != DRAWING:
            raise ValueError(f"the scene is of drawing {data['drawing']}, this draws {DRAWING}; write the set anew")
        attributes = {str(k): str(v) for k, v in data["attributes"].items()}
        return cls(str(data["kind"]), int(data["species"]), int(data["seed"]), attributes)


def _pick(rng: np.random.Generator, liked: tuple[str, ...], all_values: tuple[str, ...], loyal: float) -> str:
    """One of the liked values (the first most often), or now and then any value at all."""
    pool = liked if rng.random() < loyal else all_values
    index = int(len(pool) * rng.random() ** 1.3)
    return pool[min(index, len(pool) - 1)]


def _other(rng: np.random.Generator, values: tuple[str, ...], taken: str) -> str:
    rest = [value for value in values if value != taken]
    return rest[int(rng.integers(len(rest)))]


def _flower_attributes(rng: np.random.Generator, species: int) -> dict[str, str]:
    habit = table.flower_species(species)
    petals = _pick(rng, habit.petals, table.PETAL_COLOURS, 0.8)
    centre = _pick(rng, habit.centres, table.CENTRE_COLOURS, 0.85)
    if centre == petals:  # such a centre could hardly be seen
        centre = _other(rng, ("yellow", "white", "brown", "green"), petals)
    return {
        "petals": petals,
        "centre": centre,
        "pattern": _pick(rng, habit.patterns, table.FLOWER_PATTERNS, 0.85),
        "pattern_colour": _other(rng, table.PETAL_COLOURS, petals),
        "number": _pick(rng, (habit.number,), tuple(table.NUMBERS), 0.88),
        "shape": _pick(rng, (habit.shape,), table.SHAPES, 0.9),
    }


def _bird_attributes(rng: np.random.Generator, species: int) -> dict[str, str]:
    habit = table.bird_species(species)
    head = _pick(rng, habit.heads, table.PLUMAGE_COLOURS, 0.8)
    wing = _pick(rng, habit.wings, table.PLUMAGE_COLOURS, 0.8)
    belly = head if rng.random() < 0.25 else _pick(rng, habit.bellies, table.PLUMAGE_COLOURS, 0.8)
    return {
        "head": head,
        "wing": wing,
        "belly": belly,
        "beak": _pick(rng, habit.beaks, table.BEAK_COLOURS, 0.85),
        "pattern": _pick(rng, habit.patterns, table.BIRD_PATTERNS, 0.85),
        "pattern_colour": _other(rng, table.PLUMAGE_COLOURS, wing),
        "beak_length": _pick(rng, (habit.beak_length,), table.BEAK_LENGTHS, 0.93),
    }


def _top_attributes(rng: np.random.Generator, species: int) -> dict[str, str]:
    habit = table.top_species(species)
    colour = _pick(rng, habit.colours, table.GARMENT_COLOURS, 0.6)
    return {
        "colour": colour,
        "sleeve": _pick(rng, (habit.sleeve,), table.SLEEVES, 0.6),
        "neck": _pick(rng, (habit.neck_style,), table.NECKS, 0.6),
        "pattern": _pick(rng, habit.patterns, table.TOP_PATTERNS, 0.85),
        "pattern_colour": _other(rng, habit.stripes, colour),
    }


_ATTRIBUTES: Final = {"flower": _flower_attributes, "bird": _bird_attributes, "top": _top_attributes}


def sample_scene(seed: int, kind: str, species: int) -> Scene:
    """One individual of a species: the same (seed, kind, species) is always the same scene.

    ValueError for a negative seed, an unknown kind, or a species that is not of the kind.

    >>> sample_scene(7, "bird", 60) == sample_scene(7, "bird", 60)
    True
    """
    if seed < 0:
        raise ValueError(f"seed {seed} is negative; use 0 or more")
    ids = table.species_of(kind)
    if species not in ids:
        raise ValueError(f"species {species} is no {kind}; use {ids[0]}..{ids[-1]}")
    rng = stream(seed, "attributes", species)
    return Scene(kind, species, seed, _ATTRIBUTES[kind](rng, species))


def true_edit(scene: Scene, attributes: Mapping[str, str]) -> Scene:
    """The same scene with these attributes instead; ValueError for those of another kind of object.

    A pattern colour alone means that pattern is wanted, so a plain part becomes striped.

    >>> scene = sample_scene(3, "flower", 2)
    >>> true_edit(scene, {"petals": "blue"}).attributes["petals"]
    'blue'
    """
    check_attributes(scene.kind, attributes)
    changed = {**scene.attributes, **attributes}
    if "pattern_colour" in attributes and "pattern" not in attributes and changed["pattern"] == "plain":
        changed["pattern"] = "striped"
    return replace(scene, attributes=changed)


def stance_of(seed: int) -> str:
    """What a bird of that scene does: "perched" on a twig, "standing" on the ground or "flying"."""
    return str(stream(seed, "stance").choice(["perched", "standing", "flying"], p=[0.7, 0.14, 0.16]))


def named_parts(kind: str, attributes: Mapping[str, str]) -> tuple[str, ...]:
    """The parts of the picture that these attributes are about, in the order of PARTS.

    >>> named_parts("bird", {"beak": "red", "pattern": "plain"})
    ('wing', 'beak')
    """
    check_attributes(kind, attributes)
    return tuple(part for part, names in PARTS[kind].items() if any(name in attributes for name in names))
