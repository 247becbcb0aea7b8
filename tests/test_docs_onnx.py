"""The example of docs/onnx.md runs, and gives what the editor calls the network's own picture."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.checkpoint import DEFAULT, shipped_models
from mimnet.cli import VERBS
from mimnet.editor import Editor
from mimnet.export.compare import TOLERANCES
from mimnet.graphs import BESIDE

PAGE = (Path(__file__).parent.parent / "docs" / "onnx.md").read_text(encoding="utf-8")


@pytest.mark.skipif(DEFAULT not in shipped_models(), reason="no model in the package")
def test_the_example_gives_the_networks_picture(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    assert len(blocks) == 1
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).resize((300, 200)).save(tmp_path / "in.png")
    sentence = "This flower has red petals"
    folder = shipped_models()[DEFAULT].parent / BESIDE
    names = {"folder": str(folder), "picture": tmp_path / "in.png", "sentence": sentence}
    exec(blocks[0], names)
    raw = np.asarray(Editor.from_pretrained(folder).edit(Image.open(tmp_path / "in.png"), sentence).raw)
    assert np.abs(raw.astype(int) - names["result"]).max() <= 1


def test_the_tolerances_are_those_of_the_code() -> None:
    for precision, allowed in TOLERANCES.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {precision} | ") and "0.0" in line)
        told = [float(x) for x in row.rstrip(" |").rsplit("|", 1)[1].split(",")]
        assert told == [allowed.mean, allowed.nearly_all, allowed.map_mean]


def test_its_commands_are_verbs() -> None:
    told = re.findall(r"^    mimnet (\w+)", PAGE, re.M)
    assert len(told) >= 4
    assert set(told) <= set(VERBS)
