"""Tests of drawn tops: true edits of outline and colour, captions as a reader takes them, the set and its command."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mimnet.cli.data_draw import run
from mimnet.data.drawn import (
    KINDS,
    MIX,
    VOCABULARY,
    Scene,
    captions,
    read_drawn,
    render,
    sample_scene,
    species_of,
    true_edit,
    true_mask,
    write_drawn_set,
)
from mimnet.data.drawn.write import scene_of
from mimnet.errors import MimnetError
from mimnet.metrics.colour import NAMES, colour_names

COLOURS = VOCABULARY["top"]["colour"]
SLEEVES = {"sleeveless": "sleeveless|no sleeves", "short sleeve": "short sleeve", "long sleeve": "long sleeve"}
NECKS = {"round": "(round|crew) neck", "v": "v[ -]neck", "high": "(high|turtle) neck"}


def tops(count: int, start: int = 0) -> list[Scene]:
    ids = species_of("top")
    return [sample_scene(start + i, "top", ids[(start + 7 * i) % len(ids)]) for i in range(count)]


def lowest(mask: NDArray[np.uint8]) -> int:
    return int(np.flatnonzero(mask.max(axis=1) > 128).max())


def test_a_top_lies_on_pure_white_in_the_middle() -> None:
    for scene in [*tops(12), *tops(1, start=385)]:  # the last is of a dim light and much noise
        drawn = render(scene, 96)
        assert (drawn.image[drawn.masks["object"] == 0] == 255).all()
        rows, columns = np.nonzero(drawn.masks["object"] > 128)
        assert 0.5 < (rows.max() - rows.min()) / 96 < 0.97
        assert abs(0.5 * (columns.max() + columns.min()) - 48) < 6
        assert rows.min() > 0
        assert columns.min() > 0
        assert max(rows.max(), columns.max()) < 95


def test_sleeves_reach_as_far_as_they_are_called() -> None:
    for scene in tops(6, start=50):
        masks = {word: render(true_edit(scene, {"sleeve": word}), 96).masks["sleeves"] for word in SLEEVES}
        assert lowest(masks["sleeveless"]) <= lowest(masks["short sleeve"]) + 4
        assert lowest(masks["short sleeve"]) + 20 < lowest(masks["long sleeve"])
        areas = [int(masks[word].astype(int).sum()) for word in SLEEVES]
        assert areas[0] < 0.5 * areas[1]
        assert areas[1] < areas[2]


def test_a_high_neck_rises_and_a_v_reaches_lower_than_a_round_one() -> None:
    for scene in tops(6, start=70):
        drawn = {word: render(true_edit(scene, {"neck": word}), 96) for word in NECKS}
        top = {word: int(np.flatnonzero(d.masks["object"].max(axis=1) > 128).min()) for word, d in drawn.items()}
        assert top["high"] + 2 < top["round"]
        assert top["v"] == top["round"]
        assert lowest(drawn["v"].masks["neck"]) > lowest(drawn["round"].masks["neck"])


@pytest.mark.parametrize("name", ["sleeve", "neck"])
def test_the_mask_of_an_outline_covers_the_old_and_the_new_and_no_more(name: str) -> None:
    part = {"sleeve": "sleeves", "neck": "neck"}[name]
    for scene in tops(4, start=90):
        values = [v for v in VOCABULARY["top"][name] if v != scene.attributes[name]]
        for value in values:
            asked = {name: value}
            before, after = render(scene, 96), render(true_edit(scene, asked), 96)
            mask = true_mask(scene, asked, 96)
            assert (mask >= np.maximum(before.masks[part], after.masks[part])).all()
            changed = np.abs(before.image.astype(int) - after.image).max(axis=2) > 0
            assert not changed[mask == 0].any()
            assert changed[mask > 200].mean() > 0.6  # white on white changes least


def test_a_change_of_colour_leaves_sleeves_and_neck_their_shape_and_the_print_its_ink() -> None:
    printed = 0
    for scene in tops(12, start=183):
        plain = true_edit(scene, {"pattern": "plain"})
        before, after = render(plain, 160), render(true_edit(plain, {"colour": "green"}), 160)
        assert all(np.array_equal(before.masks[k], after.masks[k]) for k in before.masks)
        cloth = sum(before.masks[k].astype(int) for k in ("body", "sleeves", "neck"))
        ink = (before.masks["object"] == 255) & (cloth == 0)
        printed += bool(ink.any())
        assert np.array_equal(before.image[ink], after.image[ink])
    assert printed > 1


def test_cloth_looks_the_colour_it_is_called() -> None:
    near = {"navy": {"blue", "black"}}
    right = total = 0
    for scene in tops(4, start=160):
        for colour in COLOURS:
            drawn = render(true_edit(scene, {"colour": colour, "pattern": "plain"}), 48)
            names = colour_names(drawn.image[drawn.masks["body"] > 250])
            usual = NAMES[int(np.bincount(names, minlength=len(NAMES)).argmax())]
            total += 1
            right += usual in near.get(colour, {colour})
    assert right / total > 0.9, right / total


def test_stripes_show_both_colours() -> None:
    for scene in tops(6, start=200):
        asked = {"colour": "white", "pattern": "striped", "pattern_colour": "red"}
        drawn = render(true_edit(scene, asked), 96)
        names = colour_names(drawn.image[drawn.masks["body"] > 250])
        for colour in ("white", "red"):
            assert 0.15 < (names == NAMES.index(colour)).mean() < 0.85


def read(text: str) -> dict[str, str]:
    """The attributes that a reader finds in a caption, by rules that know nothing of its templates."""
    found = {}
    stripes = re.search(r"(\w+) stripes|striped with (\w+)", text)
    if stripes:
        found |= {"pattern": "striped", "pattern_colour": stripes[1] or stripes[2]}
        text = text.replace(stripes[0], "")
    if re.search(r"one plain colou?r", text):
        found["pattern"] = "plain"
    named = [word for word in text.split() if word in COLOURS]
    assert len(named) <= 1, text
    if named:
        found["colour"] = named[0]
    for name, words in (("sleeve", SLEEVES), ("neck", NECKS)):
        for value, words_of in words.items():
            if re.search(words_of, text):
                found[name] = value
    if "tank top" in text:
        assert found.get("sleeve") == "sleeveless", text
    return found


def test_captions_state_what_a_reader_finds_in_them() -> None:
    stated = set()
    for scene in tops(80, start=300):
        said = captions(scene)
        assert len({caption.text for caption in said}) >= 6
        for caption in said:
            assert re.fullmatch(r"[a-z][a-z' -]+[a-z]", caption.text), caption.text
            assert "  " not in caption.text
            assert not re.search(r"\ba [aeiou]", caption.text), caption.text
            assert caption.attributes == read(caption.text), caption.text
            assert caption.attributes.items() <= scene.attributes.items()
            stated |= set(caption.attributes.items())
    assert stated >= {(name, v) for name in ("colour", "sleeve", "neck", "pattern") for v in VOCABULARY["top"][name]}


def test_a_set_that_names_no_kind_holds_what_it_held_before_there_were_tops(tmp_path: Path) -> None:
    assert MIX == KINDS[:2] == ("flower", "bird")
    first = [scene_of(0, "train", index) for index in range(1, 9)]
    assert [scene.species for scene in first] == [40, 45, 23, 28, 88, 16, 22, 35]
    write_drawn_set(tmp_path / "set", train=8, test=0, seed=0, size=16)
    assert [picture.scene for picture in read_drawn(tmp_path / "set" / "train")] == first


def test_the_command_draws_tops_whose_cuts_differ_from_split_to_split(tmp_path: Path) -> None:
    out = str(tmp_path / "tops")
    asked = ["--out", out, "--train", "12", "--test", "6", "--size", "16", "--kind", "top", "--quiet"]
    assert run(asked) == 0
    train, test = (read_drawn(tmp_path / "tops" / split) for split in ("train", "test"))
    assert {picture.scene.kind for picture in train + test} == {"top"}
    assert {p.scene.species for p in train} <= set(species_of("top", "train"))
    assert {p.scene.species for p in test} <= set(species_of("top", "test"))
    assert run(asked) == 0
    with pytest.raises(MimnetError, match="another drawn set"):
        run([*asked[:-2], "bird", "--quiet"])
