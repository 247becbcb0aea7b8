"""Tests of the drawn set: determinism, true edits, captions, colours, files. Those of tops alone: test_drawn_top.py."""

from __future__ import annotations

import colorsys
import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mimnet.data.drawn import (
    KINDS,
    PARTS,
    VOCABULARY,
    Caption,
    Scene,
    captions,
    read_drawn,
    render,
    render_float,
    sample_scene,
    species_of,
    true_edit,
    true_mask,
    write_drawn_set,
)

COLOURS = {"red", "orange", "yellow", "pink", "purple", "blue", "white", "brown", "black", "grey", "green"}
# What a reader takes the words of a pattern for.
PATTERN_WORDS = {
    "plain": r"plain colou?r",
    "striped": r"stripe",
    "spotted": r"spot",
    "edged": r"edge",
    "two-tone": r"\bbase\b",
    "tipped": r"\btip",
}


def some_scenes(count: int, *kinds: str, start: int = 0) -> list[Scene]:
    """That many scenes, of these kinds in turn (default: of all)."""
    found = []
    for i in range(count):
        one = (kinds or KINDS)[i % len(kinds or KINDS)]
        ids = species_of(one)
        found.append(sample_scene(start + i, one, ids[(i * 7) % len(ids)]))
    return found


def colour_word(rgb: NDArray[np.float64]) -> str:
    """A colour word by rules of hue, saturation and value that know nothing of the drawing."""
    hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
    hue *= 360
    if value < 0.22:
        return "black"
    if saturation < 0.18:
        return "white" if value > 0.68 else "grey"
    if hue >= 345 or hue < 14:
        return "pink" if saturation < 0.55 and value > 0.6 else "red"
    if hue < 40:
        return "orange" if value > 0.6 else "brown"
    if hue < 68:
        return "yellow"
    if hue < 165:
        return "green"
    if hue < 250:
        return "blue"
    if hue < 305 or saturation > 0.6:
        return "purple"
    return "pink"


def mean_inside(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    weight = mask[..., None] / 255.0
    return np.asarray((image / 255.0 * weight).sum((0, 1)) / weight.sum())


def grown(mask: NDArray[np.uint8], pixels: int) -> NDArray[np.bool_]:
    image = Image.fromarray(((mask > 0) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.MaxFilter(2 * pixels + 1))) > 0


def test_a_scene_always_draws_the_same() -> None:
    for scene in some_scenes(3):
        first, second = render(scene, 64), render(scene, 64)
        assert first.image.shape == (64, 64, 3)
        assert first.image.dtype == np.uint8
        assert np.array_equal(first.image, second.image)
        assert set(first.masks) == {*PARTS[scene.kind], "object"}
        assert all(np.array_equal(first.masks[k], second.masks[k]) for k in first.masks)
        assert captions(scene) == captions(scene)
        assert captions(scene, 4) == captions(scene, 10)[:4]
        assert captions(scene, 0) == []


def test_pictures_of_two_sizes_show_the_same() -> None:
    for scene in some_scenes(6, start=20):
        large, small = render(scene, 128), render(scene, 64)
        halved = Image.fromarray(large.masks["object"]).reduce(2)
        difference = np.abs(np.asarray(halved, float) - small.masks["object"])
        assert difference.mean() < 4.0


def test_masks_add_up_and_are_seen() -> None:
    for scene in some_scenes(18, start=40):
        masks = render(scene, 64).masks
        total = sum(masks[part].astype(int) for part in PARTS[scene.kind])
        assert np.all(total <= masks["object"].astype(int) + 2)
        assert 0.02 < masks["object"].mean() / 255 < 0.7


@pytest.mark.parametrize("size", [48, 96])
def test_a_true_edit_changes_nothing_outside_its_mask(size: int) -> None:
    for i, scene in enumerate(some_scenes(24, start=100)):
        other = sample_scene(500 + i, scene.kind, species_of(scene.kind)[(i * 11 + 3) % 60])
        asked = captions(other)[i % 10].attributes
        before, _ = render_float(scene, size)
        after, _ = render_float(true_edit(scene, asked), size)
        outside = ~grown(true_mask(scene, asked, size), 2)
        assert np.array_equal(before[outside], after[outside]), (scene, asked)


def test_a_true_edit_changes_what_it_names() -> None:
    for scene in some_scenes(12, "flower", "bird", start=200):
        for part in PARTS[scene.kind]:
            if part == "beak":  # a few pixels, that a leaf may hide
                continue
            now = scene.attributes[part]
            asked = {part: "blue" if now != "blue" and part != "centre" else "white" if now != "white" else "red"}
            mask = true_mask(scene, asked, 64) > 200
            before, after = (render(s, 64).image.astype(int) for s in (scene, true_edit(scene, asked)))
            if mask.sum() > 12:
                assert np.abs(before - after)[mask].mean() > 15, (scene, asked)


def test_every_value_of_every_attribute_draws() -> None:
    for scene in some_scenes(3, start=300):
        for name, values in VOCABULARY[scene.kind].items():
            for value in values:
                edited = true_edit(scene, {name: value})
                assert edited.attributes[name] == value
                picture, masks = render_float(edited, 32)
                assert np.isfinite(picture).all()
                assert masks["object"].max() > 0.5


def test_the_whole_thing_stays_where_it_is_under_a_change_of_colour() -> None:
    for scene in some_scenes(6, start=60):
        part = "colour" if scene.kind == "top" else next(iter(PARTS[scene.kind]))
        edited = true_edit(scene, {part: "white" if scene.attributes[part] != "white" else "blue"})
        first, second = render(scene, 64), render(edited, 64)
        assert all(np.array_equal(first.masks[k], second.masks[k]) for k in first.masks)


def test_petals_look_the_colour_they_are_called() -> None:
    right = 0
    for scene in some_scenes(40, "flower", start=1000):
        drawn = render(true_edit(scene, {"pattern": "plain"}), 48)
        right += colour_word(mean_inside(drawn.image, drawn.masks["petals"])) == scene.attributes["petals"]
    assert right >= 36, right


@pytest.mark.parametrize("part", ["head", "belly"])
def test_plumage_looks_the_colour_it_is_called(part: str) -> None:
    right = 0
    for scene in some_scenes(30, "bird", start=2000):
        drawn = render(scene, 48)
        right += colour_word(mean_inside(drawn.image, drawn.masks[part])) == scene.attributes[part]
    assert right >= 25, right


def stated_words(caption: Caption) -> set[str]:
    return {value for value in caption.attributes.values() if value in COLOURS}


def test_captions_state_what_they_say() -> None:
    for scene in some_scenes(80, "flower", "bird", start=3000):
        said = captions(scene)
        assert len(said) == 10
        assert len({caption.text for caption in said}) >= 6
        for caption in said:
            text = caption.text.replace("gray", "grey")
            words = set(text.split())
            assert re.fullmatch(r"[a-z ]+", text), text
            assert caption.attributes, text
            assert words & COLOURS == stated_words(caption), text
            for name, value in caption.attributes.items():
                assert scene.attributes[name] == value
                if name in ("number", "beak_length", "shape"):
                    assert value in text
            patterns = {p for p, words_of in PATTERN_WORDS.items() if re.search(words_of, text)}
            assert patterns == ({caption.attributes["pattern"]} if "pattern" in caption.attributes else set()), text
            assert not re.search(r"\ba [aeiou]", text), text


def test_a_scene_survives_json() -> None:
    for scene in some_scenes(6):
        text = json.dumps(scene.to_json())
        assert Scene.from_json(text) == scene
        assert Scene.from_json(json.loads(text)) == scene
    broken = {**some_scenes(1)[0].to_json(), "drawing": 999}
    with pytest.raises(ValueError, match="999"):
        Scene.from_json(broken)
    with pytest.raises(ValueError, match="lacks"):
        Scene.from_json({"kind": "bird"})


def test_species_of_the_splits_differ() -> None:
    everything: set[int] = set()
    for kind in KINDS:
        train, test = set(species_of(kind, "train")), set(species_of(kind, "test"))
        assert not train & test
        assert len(train) == 4 * len(test)
        assert not everything & (train | test)
        everything |= train | test
        assert train | test == set(species_of(kind))


def test_bad_values_are_refused(tmp_path: Path) -> None:
    flower, bird, _ = some_scenes(3)
    with pytest.raises(ValueError, match="petals"):
        true_edit(bird, {"petals": "red"})
    with pytest.raises(ValueError, match="wing"):
        true_mask(flower, {"wing": "red"}, 32)
    with pytest.raises(ValueError, match="tartan"):
        true_edit(flower, {"pattern": "tartan"})
    for size in (15, 257):
        with pytest.raises(ValueError, match=str(size)):
            render(flower, size)
        with pytest.raises(ValueError, match=str(size)):
            write_drawn_set(tmp_path / "set", train=1, test=0, seed=0, size=size)
    with pytest.raises(ValueError, match="-3"):
        write_drawn_set(tmp_path / "set", train=-3, test=0, seed=0)
    with pytest.raises(ValueError, match="fish"):
        write_drawn_set(tmp_path / "set", train=1, test=0, seed=0, kinds=("fish",))
    with pytest.raises(ValueError, match="99"):
        sample_scene(1, "flower", 99)
    with pytest.raises(ValueError, match="-1"):
        sample_scene(-1, "flower", 9)
    with pytest.raises(ValueError, match="-2"):
        captions(flower, -2)
    assert not (tmp_path / "set").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_set_is_the_same_bytes_and_a_larger_one_starts_with_it(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    small, again, large = tmp_path / "small", tmp_path / "again", tmp_path / "large"
    write_drawn_set(small, train=3, test=2, seed=9, size=32, progress=lambda a, b: told.append((a, b)))
    write_drawn_set(again, train=3, test=2, seed=9, size=32)
    write_drawn_set(large, train=5, test=3, seed=9, size=32)
    assert told == [(i, 5) for i in range(1, 6)]
    assert contents(small) == contents(again)
    first, more = contents(small), contents(large)
    for name, data in first.items():
        if name.endswith(".png"):
            assert more[name] == data
        elif name.endswith("metadata.jsonl"):
            assert more[name].startswith(data)
    for split in ("train", "test"):
        lines = (large / split / "metadata.jsonl").read_text().splitlines()
        assert [json.loads(line)["file_name"] for line in lines] == [f"{i:06d}.png" for i in range(1, len(lines) + 1)]


def test_a_set_reads_back(tmp_path: Path) -> None:
    write_drawn_set(tmp_path / "set", train=2, test=1, seed=4, size=24)
    pictures = read_drawn(tmp_path / "set" / "train")
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.scene.species in species_of(picture.scene.kind, "train")
        assert list(picture.captions) == captions(picture.scene)
        assert np.array_equal(np.asarray(Image.open(picture.file)), render(picture.scene, 24).image)
    with pytest.raises(FileNotFoundError, match="metadata"):
        read_drawn(tmp_path / "set")


def test_a_broken_off_set_is_gone_on_with_and_others_are_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "set"
    write_drawn_set(out, train=2, test=1, seed=4, size=24)
    whole = contents(out)
    (out / "train" / "metadata.jsonl").unlink()
    (out / "train" / "000002.png").unlink()
    write_drawn_set(out, train=2, test=1, seed=4, size=24)
    assert contents(out) == whole
    with pytest.raises(FileExistsError, match="another drawn set"):
        write_drawn_set(out, train=3, test=1, seed=4, size=24)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x")
    with pytest.raises(FileExistsError, match="other files"):
        write_drawn_set(tmp_path / "letters", train=1, test=1, seed=4, size=24)
    assert contents(tmp_path / "letters") == {"dear.txt": b"x"}


def test_a_split_of_no_pictures_has_no_folder(tmp_path: Path) -> None:
    write_drawn_set(tmp_path / "set", train=0, test=2, seed=0, size=32)
    assert sorted(p.name for p in (tmp_path / "set").iterdir() if p.is_dir()) == ["test"]
    write_drawn_set(tmp_path / "set", train=0, test=2, seed=0, size=32)  # and it is known again as finished
