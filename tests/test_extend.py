"""A trained model given more words: neighbours, the file, the editor, the command."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mimnet.checkpoint import load_model
from mimnet.cli import main
from mimnet.editor import Editor
from mimnet.errors import MimnetError
from mimnet.explain import explanation, heat_map
from mimnet.extend import commonest, find_new, mixed, neighbours, save_extended, weights
from test_editor import TEXT, one_thread, photograph, write_model

__all__ = ["one_thread"]  # a fixture, used by every test here

# The model knows a, flower, with, red, petals, blue. Crimson stands by red, navy by blue, tax by nothing.
FILE = """\
a 0 0 1 0 0
with 0 0 0 1 0
flower 0 0 0.5 0 1
petals 0 0 0 0.5 1
red 1 0 0 0 0
blue 0 1 0 0 0
crimson 0.9 0.1 0 0 0.1
navy 0.2 0.9 0 0 0
tax 0 0 -1 -1 0.2
"""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    (tmp_path / "vectors.txt").write_text(FILE)
    return tmp_path / "vectors.txt"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model.safetensors")


def extend(*arguments: object) -> int:
    """The exit code of `mimnet extend`."""
    with pytest.raises(SystemExit) as stopped:
        main(["extend", *map(str, arguments)])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_neighbours_and_their_weights_against_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    known, new = rng.normal(size=(9, 4)).astype(np.float32), rng.normal(size=(3, 4)).astype(np.float32)
    order, cosine = neighbours(known, new)
    for word, places, cosines in zip(new, order, cosine, strict=True):
        plain = [float(word @ k / np.linalg.norm(word) / np.linalg.norm(k)) for k in known]
        best = sorted(range(9), key=lambda i: -plain[i])[:3]
        assert places.tolist() == best
        np.testing.assert_allclose(cosines, [plain[i] for i in best], rtol=1e-5)
    shares = weights(np.array([[0.9, 0.87, 0.3]]))
    np.testing.assert_allclose(shares, [[1 / (1 + np.e**-1), np.e**-1 / (1 + np.e**-1), 0]], atol=1e-12)


def test_a_mean_is_as_long_as_what_it_is_made_of() -> None:
    vectors = torch.tensor([[3.0, 0], [0, 5.0]])
    made = mixed(vectors, [0.5, 0.5])
    assert made.norm().item() == pytest.approx(4)
    assert (made[1] / made[0]).item() == pytest.approx(5 / 3)
    assert mixed(vectors, [1, 0]).tolist() == [3, 0]


def test_a_word_is_read_through_its_neighbours(model: Path, vectors: Path, tmp_path: Path) -> None:
    old = load_model(model)
    found = find_new(old, vectors, ["crimson", "navy"])
    assert found.refused == {}
    crimson, navy = found.words
    assert next(iter(crimson.through)) == "red"
    assert next(iter(navy.through)) == "blue"
    assert crimson.through == {"red": 1}, "the others would have no weight to speak of"
    assert sum(navy.through.values()) == pytest.approx(1, abs=1e-3)
    save_extended(old, found.words, "vectors.txt", tmp_path / "new.safetensors")
    new = load_model(tmp_path / "new.safetensors")
    assert new.vocabulary.words == [*old.vocabulary.words, "crimson", "navy"]
    assert new.training["extended"][0]["file"] == "vectors.txt"
    assert new.through["navy"] == navy.through
    kept = new.generator.state_dict()
    for name, x in old.generator.state_dict().items():
        assert torch.equal(kept[name][: len(x)] if name == "vectors.vectors" else kept[name], x), name
    table = kept["vectors.vectors"]
    assert torch.cosine_similarity(table[-2], table[new.vocabulary.ids["red"]], dim=0) > 0.99


def test_known_words_paint_as_before_and_a_new_one_as_its_neighbour(model: Path, vectors: Path, tmp_path: Path) -> None:
    assert extend(model, "--vectors", vectors, "--words", "crimson", "--out", tmp_path / "new.safetensors") == 0
    old, new = Editor.from_pretrained(model), Editor.from_pretrained(tmp_path / "new.safetensors")
    picture = photograph(40, 40)
    before, after = old.edit(picture, TEXT), new.edit(picture, TEXT)
    assert np.array_equal(before.raw, after.raw)
    crimson = new.edit(picture, TEXT.replace("red", "crimson"))
    assert crimson.unknown == []
    assert crimson.remarks() == after.remarks()
    close = np.abs(np.asarray(crimson.raw, float) - np.asarray(after.raw, float)).mean()
    far = np.abs(np.asarray(new.edit(picture, TEXT.replace("red", "blue")).raw, float) - np.asarray(after.raw, float))
    assert close < far.mean() / 3


def test_explain_names_the_neighbours(model: Path, vectors: Path, tmp_path: Path) -> None:
    extend(model, "--vectors", vectors, "--words", "crimson", "--out", tmp_path / "new.safetensors")
    editor = Editor.from_pretrained(tmp_path / "new.safetensors")
    edited = editor.edit(photograph(40, 40), TEXT.replace("red", "crimson"))
    words = {word["word"]: word for word in explanation(edited)["words"]}
    assert next(iter(words["crimson"]["through"])) == "red"
    assert words["crimson"]["known"]
    assert words["petals"]["through"] == {}
    plain = heat_map(editor.edit(photograph(40, 40), TEXT))
    left = np.asarray(heat_map(edited))[:, :200].astype(int), np.asarray(plain)[:, :200].astype(int)
    assert (left[0] != left[1]).any(), "crimson (through red) stands where red stood"


def test_the_command_tells_and_records(
    model: Path, vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new.safetensors"
    assert extend(model, "--vectors", vectors, "--words", "crimson, tax,crimsn,teal", "--out", out) == 1
    said = capsys.readouterr()
    assert "crimson (through red 1.00" in said.out
    assert f"{out}: 1 words added, 3 refused" in said.out
    assert "tax not added: nothing known is near it" in said.err
    assert "crimsn not added: the file has no such word; did you mean crimson?" in said.err
    assert "teal not added: the file has no such word" in said.err
    again = tmp_path / "more.safetensors"
    assert extend(out, "--vectors", vectors, "--words", "navy", "--out", again) == 0
    assert list(load_model(again).through) == ["crimson", "navy"], "both extensions are on record"


def test_all_takes_the_commonest_words_of_the_file(model: Path, vectors: Path, tmp_path: Path) -> None:
    vectors.write_text(FILE + "Navy 1 1 1 1 1\nwell-known 1 1 1 1 1\n42 1 1 1 1 1\nscarlet 1 0 0 0 0.2\n")
    known = load_model(model).vocabulary
    assert commonest(vectors, 3, known) == ["crimson", "navy", "tax"]
    assert commonest(vectors, 99, known) == ["crimson", "navy", "tax", "scarlet"]
    out = tmp_path / "new.safetensors"
    assert extend(model, "--vectors", vectors, "--all", 99, "--out", out) == 0
    assert load_model(out).vocabulary.words[-3:] == ["crimson", "navy", "scarlet"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--words", "red"], "the model knows 'red' already"),
        (["--words", "dark-red"], "'dark-red' is not one lower-case word: a sentence would read it as 'dark red'"),
        (["--words", "tax"], "no word was added"),
        ([], "name new words with --words"),
        (["--words", "navy", "--all", "3"], "name new words with --words"),
    ],
)
def test_what_cannot_be_added(
    arguments: list[str], said: str, model: Path, vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new.safetensors"
    assert extend(model, "--vectors", vectors, *arguments, "--out", out) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_the_model_and_other_files_are_not_overwritten(
    model: Path, vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = model.read_bytes()
    arguments = (model, "--vectors", vectors, "--words", "navy", "--out")
    assert extend(*arguments, model) == 2
    assert extend(*arguments, model, "--force") == 2
    assert "never overwritten" in capsys.readouterr().err
    assert model.read_bytes() == before
    out = tmp_path / "new.safetensors"
    out.write_text("mine")
    assert extend(*arguments, out) == 2
    assert out.read_text() == "mine"
    assert extend(*arguments, out, "--force") == 0


def test_a_file_in_another_language_is_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_text("rot 1 2\nblau 2 1\na 1 1\n")
    with pytest.raises(MimnetError, match=r"de\.txt has only 1 of the model's words"):
        find_new(load_model(model), tmp_path / "de.txt", ["rot"])


def test_an_edited_picture_is_written_with_its_explanation(model: Path, vectors: Path, tmp_path: Path) -> None:
    extend(model, "--vectors", vectors, "--words", "navy", "--out", tmp_path / "new.safetensors")
    Image.fromarray(photograph(40, 40)).save(tmp_path / "photo.png")
    with pytest.raises(SystemExit):
        main(
            [
                "edit",
                str(tmp_path / "photo.png"),
                "a navy flower",
                "--model",
                str(tmp_path / "new.safetensors"),
                "--explain",
            ]
        )
    told = json.loads((tmp_path / "photo.explain.json").read_text())
    assert next(iter(told["words"][1]["through"])) == "blue"
