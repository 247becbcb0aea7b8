"""The same edits from both engines, and editing where there is no torch."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graphs_case import exported
from mimnet import Editor
from mimnet.checkpoint import DEFAULT, shipped_models
from mimnet.engines.engine import open_engine
from mimnet.errors import MimnetError
from mimnet.explain import explanation
from test_editor import TEXT, photograph

WITHOUT = """
import sys

class Hiding:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.split(".")[0] in {names!r} else self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]
from mimnet.cli import main

main({arguments!r})
"""


def without(names: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process that finds some packages nowhere."""
    code = WITHOUT.format(names=names, arguments=list(arguments))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def editors() -> tuple[Editor, Editor]:
    folder, _ = exported()
    return Editor.from_pretrained(folder, engine="torch"), Editor.from_pretrained(folder / "graphs" / "fp32")


@pytest.mark.parametrize("size", [(150, 101), (20, 30), (32, 32)])
def test_both_engines_edit_alike(editors: tuple[Editor, Editor], size: tuple[int, int]) -> None:
    texts = [TEXT, "blue petals", "a red flower"]
    theirs, mine = (editor.edits(photograph(*size), texts) for editor in editors)
    for a, b in zip(theirs, mine, strict=True):
        assert np.abs(np.asarray(a.picture).astype(int) - np.asarray(b.picture)).max() <= 1
        assert np.abs(a.mask.astype(int) - b.mask).max() <= 1
        np.testing.assert_allclose(a.attention, b.attention, atol=1e-5)
        assert (a.words, a.unknown, a.cut, a.recipe) == (b.words, b.unknown, b.cut, b.recipe)
        assert [s.size for s in a.stages] == [s.size for s in b.stages]
        assert explanation(a)["words"][0]["word"] == explanation(b)["words"][0]["word"]
        assert a.presence == pytest.approx(b.presence, abs=1e-4)


def test_pictures_of_several_askers_are_painted_in_one_pass(editors: tuple[Editor, Editor]) -> None:
    for editor in editors:
        engine = editor.engine
        opened = [editor.open(photograph(40 + i, 30)) for i in range(3)]
        encoded = [editor.encode(text) for text in (TEXT, "blue petals", "a flower")]
        together = engine.paint([one.seen for one in opened], encoded)
        for one, words, painted in zip(opened, encoded, together, strict=True):
            alone = engine.paint([one.seen], [words])[0]
            np.testing.assert_allclose(alone.stages[-1], painted.stages[-1], atol=1e-4)
            np.testing.assert_allclose(alone.weight_map, painted.weight_map, atol=1e-4)


def test_an_engine_is_chosen_by_what_is_there() -> None:
    folder, _ = exported()
    graphs = folder / "graphs" / "fp32"
    assert type(open_engine(folder)).__name__ == "TorchEngine"
    assert type(open_engine(graphs)).__name__ == "OnnxEngine"
    with pytest.raises(MimnetError, match="holds graphs, which the engine onnx runs"):
        open_engine(graphs, "torch")
    with pytest.raises(MimnetError, match="has no ONNX graphs"):
        open_engine(folder, "onnx")
    with pytest.raises(MimnetError, match="no engine 'jax'; engines are: torch, onnx"):
        open_engine(folder, "jax")  # type: ignore[arg-type]
    with pytest.raises(MimnetError, match="finds boundaries itself"):
        Editor.from_pretrained(graphs).open(photograph(9, 9), edges=np.zeros((9, 9), np.uint8))
    with pytest.raises(MimnetError, match="open it with the engine torch"):
        Editor.from_pretrained(graphs).push_to_hub("user/name")


def test_a_file_that_is_no_graph_is_told_in_one_line(tmp_path: Path) -> None:
    import hashlib
    import shutil

    folder, _ = exported()
    place = shutil.copytree(folder / "graphs" / "fp32", tmp_path / "graphs")
    (place / "paint.onnx").write_bytes(b"no graph")
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["graphs"]["paint"]["sha256"] = hashlib.sha256(b"no graph").hexdigest()
    (place / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MimnetError, match=r"onnxruntime cannot run paint\.onnx") as caught:
        Editor.from_pretrained(place)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(DEFAULT not in shipped_models(), reason="no model in the package")
def test_the_command_edits_without_torch(tmp_path: Path) -> None:
    """Whether --engine is given or not; with torch the same picture within a grey level."""
    flower = str(files("sklearn.datasets") / "images" / "flower.jpg")
    Image.open(flower).convert("RGB").resize((96, 64)).save(tmp_path / "in.png")
    text = "this flower has red petals"
    missing = ["torch", "safetensors", "onnx"]
    for name, options in (("a", ["--engine", "onnx", "--explain", "--mask"]), ("b", [])):
        out = tmp_path / f"{name}.png"
        ran = without(missing, "edit", str(tmp_path / "in.png"), text, "--out", str(out), *options)
        assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert len(json.loads((tmp_path / "a.explain.json").read_text())["words"]) == 5
    with_torch = np.asarray(Editor.from_pretrained(engine="torch")(Image.open(tmp_path / "in.png"), text)).astype(int)
    assert np.abs(np.asarray(Image.open(tmp_path / "a.png")) - with_torch).max() <= 1
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "in.png").rename(folder / "in.png")
    ran = without(missing, "edit", str(folder), text, "--out", str(tmp_path / "edited"))
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "edited" / "in.png").is_file()
    for verb in (["info", DEFAULT], ["models"]):
        ran = without(missing, *verb)
        assert ran.returncode == 0, ran.stderr
        assert DEFAULT in ran.stdout


@pytest.mark.parametrize(
    ("names", "arguments", "said"),
    [
        (["torch"], ["train", "tiny", "--data", ".", "--out", "r"], "train needs torch: pip install 'mimnet[torch]'"),
        (["torch"], ["edit", "in.png", "red", "--engine", "torch"], "the engine torch needs torch: pip install"),
        (["onnxruntime"], ["edit", "in.png", "red", "--engine", "onnx"], "the engine onnx needs onnxruntime: pip"),
        (["torch", "onnxruntime"], ["edit", "in.png", "red"], "neither torch nor onnxruntime is installed: pip"),
    ],
)
def test_a_missing_engine_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photograph(20, 20)).save("in.png")
    ran = without(names, *arguments)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"mimnet: {said}")
    assert ran.stderr.count("\n") == 1
