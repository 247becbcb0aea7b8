"""The graphs in the package: of the model files beside them, small, and agreeing with torch.

Where this fails after a model was changed: python scripts/ship_onnx.py
"""

from pathlib import Path

import numpy as np
import pytest

from mimnet.checkpoint import load_model, read_description, shipped_models
from mimnet.data.drawn import captions, render, sample_scene, species_of
from mimnet.editor import Editor
from mimnet.export.compare import TOLERANCES
from mimnet.graphs import BESIDE, GRAPHS, load_graphs

MODELS = shipped_models()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_graphs_are_of_the_model_beside_them(model: Path) -> None:
    graphs = load_graphs(model.parent / BESIDE)
    assert graphs.fingerprint == read_description(model).fingerprint, "run scripts/ship_onnx.py"
    assert graphs.manifest["precision"] == "fp16"
    assert graphs.manifest["name"] == model.parent.name
    size = sum(len(graphs.read(graph)) for graph in GRAPHS)
    assert size <= 1.1 * model.stat().st_size  # no weight is there twice
    # A visitor of a page fetches it; a second reading of the sentence for form has as many weights again as the rest.
    reads_form = any(name.startswith("form.") for name in load_model(model).generator.state_dict())
    assert size <= (4_000_000 if reads_form else 2_500_000)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_graphs_agree_with_torch(model: Path) -> None:
    allowed = TOLERANCES["fp16"]
    engines = [Editor.from_pretrained(model, engine=name).engine for name in ("torch", "onnx")]
    size = engines[0].size
    moved = []
    for seed in range(4):
        kind = ("flower", "bird")[seed % 2]
        scene = sample_scene(seed, kind, species_of(kind, split="test")[0])
        picture = render(scene, min(size, 256)).image
        picture = np.kron(picture, np.ones((size // picture.shape[0],) * 2 + (1,), np.uint8))
        sentence = engines[0].vocabulary.encode(captions(scene, 1)[0].text, engines[0].max_words)
        theirs, mine = (e.paint([e.open(picture, None)], [sentence])[0] for e in engines)
        moved.append(np.abs(theirs.stages[-1] - mine.stages[-1]) * 127.5)
        if theirs.weight_map is not None and mine.weight_map is not None:
            assert np.abs(theirs.weight_map - mine.weight_map).mean() <= allowed.map_mean
    assert np.mean(moved) <= allowed.mean
    assert np.quantile(moved, 0.999) <= allowed.nearly_all
