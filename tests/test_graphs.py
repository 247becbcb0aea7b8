"""Folders of graphs that are damaged, missing, or of another model."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mimnet.checkpoint import load_model, read_description
from mimnet.errors import MimnetError
from mimnet.graphs import BESIDE, MANIFEST, find_graphs, load_graphs
from test_editor import write_model

GRAPH = {"file": "see.onnx", "sha256": "", "inputs": [{"name": "image"}], "outputs": [{"name": "seen_image"}]}
MANIFEST_OF_ONE = {
    "format": "mimnet-onnx-1",
    "name": "m",
    "family": "mimnet",
    "fingerprint": "0123456789abcdef",
    "precision": "fp32",
    "size": 32,
    "max_words": 8,
    "strength": 1.0,
    "threshold": 0.2,
    "vocabulary": ["<pad>", "<unk>", "a", "red", "flower"],
    "through": {},
    "graphs": {name: {**GRAPH, "file": f"{name}.onnx"} for name in ("see", "read", "paint")},
}


def write(folder: Path, **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps(MANIFEST_OF_ONE | changes))
    return folder


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "mimnet-onnx-9"}, "is of the format 'mimnet-onnx-9'"),
        ({"size": "32"}, "size is not of type int"),
        ({"graphs": {"see": GRAPH}}, "KeyError: 'read'"),
        ({"graphs": {name: {**GRAPH, "file": "../x.onnx"} for name in ("see", "read", "paint")}}, "another folder"),
        ({"graphs": {name: {**GRAPH, "inputs": [{}]} for name in ("see", "read", "paint")}}, "KeyError: 'name'"),
        ({"vocabulary": ["red"]}, "a vocabulary begins with"),
    ],
)
def test_damaged_manifests(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MimnetError, match=said) as caught:
        load_graphs(write(tmp_path, **changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"format": "mimnet-onnx-1"}'])
def test_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(MimnetError, match="damaged"):
        load_graphs(tmp_path)


def test_a_graph_that_was_changed_is_refused(tmp_path: Path) -> None:
    graphs = load_graphs(write(tmp_path))
    with pytest.raises(MimnetError, match=r"cannot read .*see\.onnx: No such file"):
        graphs.read("see")
    (tmp_path / "see.onnx").write_bytes(b"not what was written")
    with pytest.raises(MimnetError, match=r"see\.onnx was cut short or changed"):
        graphs.read("see")


def test_graphs_are_found_beside_their_model_and_nowhere_else(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.safetensors")
    with pytest.raises(MimnetError, match=r"has no ONNX graphs; write them with: mimnet export .* --onnx"):
        find_graphs(model)
    folder = write(tmp_path / BESIDE)
    with pytest.raises(MimnetError, match=r"is of another model than model\.safetensors beside it"):
        find_graphs(model)
    fingerprint = load_model(model).fingerprint
    assert read_description(model).fingerprint == fingerprint
    write(folder, fingerprint=fingerprint)
    assert find_graphs(model).folder == find_graphs(tmp_path).folder == find_graphs(folder).folder == folder
    shutil.copytree(folder, tmp_path / "alone")
    assert find_graphs(tmp_path / "alone").fingerprint == fingerprint
    model.write_bytes(b"12345678nothing")
    with pytest.raises(MimnetError, match="not a whole model file"):
        find_graphs(model)
