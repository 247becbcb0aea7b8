"""The demo's pictures and sentences of every kind, and what a card of a model of that kind shows."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import loaded
from mimnet import Editor
from mimnet.checkpoint import DEFAULT, load_model
from mimnet.data.drawn import KINDS, render, sample_scene, species_of
from mimnet.text import tokenise
from test_editor import write_model


@pytest.fixture
def demo() -> ModuleType:
    return loaded.script("demo", "examples")


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [*sys.path])
    return loaded.script("ship")


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor.from_pretrained(write_model(tmp_path / "model.safetensors"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_five_sentences_about_it_and_three_drawn_pictures(demo: ModuleType, kind: str) -> None:
    assert set(demo.SENTENCES) == set(demo.DRAWN) == set(KINDS)
    named = {"flower": {"flower", "petals"}, "bird": {"bird"}, "top": {"women"}}[kind]
    assert len(set(demo.SENTENCES[kind])) == 5
    assert all(named & set(tokenise(sentence)) for sentence in demo.SENTENCES[kind])
    pictures = [demo.drawn(seed, kind) for seed in demo.DRAWN[kind]]
    assert all(picture.size == (256, 256) for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == 3
    seed = demo.DRAWN[kind][0]
    test = species_of(kind, "test")
    known = render(sample_scene(seed, kind, test[seed % len(test)]), 256).image
    assert np.array_equal(np.asarray(pictures[0]), known)


def test_a_drawn_picture_is_a_flower_unless_told_otherwise(demo: ModuleType) -> None:
    assert demo.drawn(3).tobytes() == demo.drawn(3, "flower").tobytes()
    assert demo.drawn(3).tobytes() != demo.drawn(3, "bird").tobytes()


def test_a_grid_shows_drawn_pictures_of_the_kind_and_of_flowers_the_photograph_too(
    ship: ModuleType, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    photograph = Image.new("RGB", (64, 48), (1, 2, 3))
    monkeypatch.setattr(ship.demo, "photograph", lambda: photograph)
    shown = []
    monkeypatch.setattr(ship.demo, "overview", lambda _, pictures, sentences, side: shown.append((pictures, sentences)))
    for kind in KINDS:
        ship.grid(editor, kind)
    for kind, (pictures, sentences) in zip(KINDS, shown, strict=True):
        assert (photograph in pictures) == (kind == "flower")
        assert [p.tobytes() for p in pictures if p is not photograph] == [
            ship.demo.drawn(seed, kind).tobytes() for seed in ship.demo.DRAWN[kind]
        ]
        assert sentences == ship.demo.SENTENCES[kind]


@pytest.mark.parametrize(("name", "kind"), [("tops", "top"), (DEFAULT, "flower")])
def test_shipping_writes_pictures_of_the_documentation_for_the_default_model_alone(
    ship: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    run = tmp_path / "run"
    write_model(run / "model.safetensors")
    (tmp_path / "about.md").write_text("## Limits\n\nNone were looked for.\n")
    colour = {"name": "a", "colour": "red", "leads": 0.9, "leads_unedited": 0.1, "leads_real": None, "real": 0}
    colour |= {"led_inside": 0.2, "leads_inside": 0.95, "leads_inside_real": None}
    scores = {"row": {"name": "a", "n": 3}, "colours": [colour], "judges": {}, "data": "set"}
    monkeypatch.setattr(ship, "scores_of", lambda file, fingerprint: scores)
    monkeypatch.setattr(ship, "ROOT", tmp_path)
    monkeypatch.setattr(ship.demo, "photograph", lambda: Image.new("RGB", (64, 48), (90, 20, 30)))
    monkeypatch.setattr(ship.demo, "drawn", lambda seed, kind="flower": Image.new("RGB", (40, 40), (20, 90, seed)))
    about = str(tmp_path / "about.md")
    given = [str(run), "--name", name, "--kind", kind, "--scores", "s.json", "--drawn", "d.json", "--about", about]
    monkeypatch.setattr(sys, "argv", ["ship.py", *given])
    ship.main()
    folder = tmp_path / "src" / "mimnet" / "models" / name
    assert {file.name for file in folder.iterdir()} == {"README.md", "grid.webp", "model.safetensors"}
    training = load_model(folder).training
    assert training["terms"].endswith("non-commercial use")
    assert tuple(training["examples"]) == ship.demo.SENTENCES[kind]
    images = tmp_path / "docs" / "images"
    assert images.is_dir() == (name == DEFAULT)
    if name == DEFAULT:
        assert {file.name for file in images.iterdir()} == {"flower.webp", "drawn.webp"}
    card = (folder / "README.md").read_text()
    told = {"top": ("drawn tops, edited", "a red t-shirt"), "flower": ("flower.jpg", "this flower has red petals")}
    assert all(part in card for part in told[kind])
