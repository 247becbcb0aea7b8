"""Exported graphs against the networks that they were exported from."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import mimnet.export.compare
import mimnet.export.folder
from graphs_case import CONFIG, exported
from mimnet.checkpoint import load_model
from mimnet.cli import main
from mimnet.errors import MimnetError
from mimnet.evaluation.painter import load_painter
from mimnet.export.compare import TOLERANCES, Tolerance
from mimnet.export.folder import export
from mimnet.graphs import GRAPHS, load_graphs
from test_editor import write_model

pytestmark = pytest.mark.slow  # an export takes seconds
TYPES = {"float32": "tensor(float)", "int64": "tensor(int64)"}


def session(folder: Path, graph: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(folder / f"{graph}.onnx"), providers=["CPUExecutionProvider"])


def run(folder: Path, graph: str, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    running = session(folder, graph)
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(names, feed), strict=True))


def test_graphs_equal_the_networks_at_another_batch_and_every_length() -> None:
    """Exported with two sentences, run with nine: neither batch nor length may be frozen."""
    folder, _ = exported()
    generator = load_model(folder).generator
    torch.manual_seed(5)
    words = CONFIG.max_words
    image = torch.rand(words + 1, 3, CONFIG.size, CONFIG.size) * 2 - 1
    ids = torch.randint(1, 8, (words + 1, words))
    length = torch.tensor([*range(1, words + 1), 3])
    with torch.inference_mode():
        seen, sentence = generator.see(image), generator.read(ids, length)
        edit = generator.paint(seen, sentence)
    fp32 = folder / "graphs" / "fp32"
    pictures = run(fp32, "see", {"image": image.numpy()})
    read = run(fp32, "read", {"ids": ids.numpy(), "length": length.numpy()})
    painted = run(fp32, "paint", pictures | read)
    for mine, theirs in (
        (pictures["seen_features"], seen.features),
        (pictures["seen_bounds"], seen.bounds),
        (read["words"], sentence.words),
        (read["attention"], sentence.attention),
        (painted["stage_0"], edit.stages[0]),
        (painted["stage_1"], edit.stages[1]),
        (painted["weight_map"], edit.weight_map),
    ):
        np.testing.assert_allclose(mine, theirs.numpy(), atol=2e-4, rtol=1e-3)
    np.testing.assert_array_equal(read["mask"], sentence.mask.float().numpy())


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_the_manifest_says_what_the_graphs_are(precision: str) -> None:
    folder, _ = exported()
    place = folder / "graphs" / precision
    graphs = load_graphs(place)
    model = load_model(folder)
    assert graphs.fingerprint == model.fingerprint
    assert graphs.vocabulary.words == model.vocabulary.words
    assert (graphs.manifest["precision"], graphs.manifest["size"]) == (precision, CONFIG.size)
    for graph in GRAPHS:
        running = session(place, graph)
        assert len(graphs.read(graph)) == graphs.manifest["graphs"][graph]["bytes"]
        for side, values in (("inputs", running.get_inputs()), ("outputs", running.get_outputs())):
            told = graphs.manifest["graphs"][graph][side]
            assert [(x["name"], TYPES[x["dtype"]], x["shape"]) for x in told] == [
                (x.name, x.type, x.shape) for x in values
            ]
            assert all(x["shape"][0] == "batch" for x in told)
    assert onnx.load(place / "see.onnx").opset_import[0].version >= 20


def test_what_was_measured_is_told_and_within_the_tolerance() -> None:
    _, made = exported()
    assert [one.precision for one in made] == ["fp32", "fp16", "int8"]
    for one in made:
        allowed = TOLERANCES[one.precision]
        assert one.comparison.mean <= allowed.mean
        assert one.comparison.nearly_all <= allowed.nearly_all
        told = json.loads((one.folder / "manifest.json").read_text())["parity"]
        assert told["pictures"] == one.comparison.pictures > 10
        assert told["mean"] == pytest.approx(one.comparison.mean, rel=1e-3)
        assert one.comparison.seconds > 0 < one.comparison.seconds_torch
        lines = one.comparison.lines(one.precision, 1)
        assert lines[0].startswith(one.precision)
        assert "drawn pictures" in lines[1]


def test_half_precision_is_of_weights_alone_and_eight_bits_of_convolutions() -> None:
    folder, _ = exported()
    sizes = {}
    for precision in ("fp32", "fp16", "int8"):
        models = [onnx.load(folder / "graphs" / precision / f"{graph}.onnx") for graph in GRAPHS]
        kinds = {weight.data_type for model in models for weight in model.graph.initializer}
        operations = {node.op_type for model in models for node in model.graph.node}
        assert (onnx.TensorProto.FLOAT16 in kinds) is (precision != "fp32")
        assert (onnx.TensorProto.INT8 in kinds) is (precision == "int8")
        assert ("DequantizeLinear" in operations) is (precision == "int8")
        sizes[precision] = sum(model.ByteSize() for model in models)
    assert sizes["fp16"] < 0.7 * sizes["fp32"]


@pytest.fixture
def made_before(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model whose graphs need not be exported again."""
    folder, _ = exported()
    models = {graph: onnx.load(folder / "graphs" / "fp32" / f"{graph}.onnx") for graph in GRAPHS}
    monkeypatch.setattr(mimnet.export.folder, "_graphs", lambda model: models)
    return folder / "model.safetensors"


def test_outside_the_tolerance_nothing_is_left(
    made_before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(mimnet.export.compare.TOLERANCES, "fp16", Tolerance(mean=1e-9, nearly_all=1, map_mean=1))
    arguments = ["export", str(made_before), "--onnx", str(tmp_path / "out"), "--precision", "fp32,fp16"]
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert "fp16 differs too much from torch (mean:" in said[-1]
    assert list(tmp_path.iterdir()) == []


def test_one_precision_lies_in_the_folder_itself(made_before: Path, tmp_path: Path) -> None:
    export(made_before, tmp_path / "out", ("fp16",))
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "manifest.json",
        "paint.onnx",
        "read.onnx",
        "see.onnx",
    ]
    with pytest.raises(MimnetError, match="is there already and not an empty folder"):
        export(made_before, tmp_path / "out", ("fp16",))


def test_scores_are_compared_where_pictures_are_given(made_before: Path, tmp_path: Path) -> None:
    from mimnet.data.drawn import write_drawn_set

    write_drawn_set(tmp_path / "drawn", train=2, test=12, seed=1, size=32)
    found = export(made_before, tmp_path / "out", ("fp32",), data=tmp_path / "drawn")[0].comparison
    assert set(found.scores) == {"diff", "colour"}
    assert found.scores["diff"][0] == pytest.approx(found.scores["diff"][1], abs=1e-4)
    assert "scores, torch -> onnx: diff" in found.lines("fp32", 1)[-1]


@pytest.mark.parametrize(("boundary", "said"), [("files", "boundary maps from files"), ("opencv", "OpenCV's detector")])
def test_a_model_whose_boundaries_no_graph_can_find_is_refused(tmp_path: Path, boundary: str, said: str) -> None:
    from dataclasses import replace

    model = write_model(tmp_path / "model.safetensors", replace(CONFIG, boundary=boundary))
    with pytest.raises(MimnetError, match=said) as caught:
        export(model, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--precision", "fp8"], "precision is 'fp8'; it is one or more of fp32, fp16, int8"),
        (["--precision", ""], "it is one or more of"),
        (["--judges", "there"], "name them with --data"),
    ],
)
def test_options_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["export", "flowers", "--onnx", str(tmp_path / "out"), *options])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_a_folder_of_graphs_is_scored_like_the_model_that_it_was_exported_from() -> None:
    folder, made = exported()
    pictures = np.random.default_rng(2).integers(0, 256, (3, CONFIG.size, CONFIG.size, 3), np.uint8)
    texts = ["a red flower", "blue petals", "petals"]
    model, *painters = (load_painter(place) for place in (folder, *(one.folder for one in made)))
    theirs = model.paint(pictures, texts)
    for painter, allowed in zip(painters, (1, 2, 40), strict=True):
        assert (painter.size, painter.sizes) == (model.size, model.sizes)
        mine = painter.paint(pictures, texts)
        for a, b in zip(theirs.stages, mine.stages, strict=True):
            assert np.abs(a.astype(int) - b).max() <= allowed
        assert np.abs(theirs.weight_map.astype(int) - mine.weight_map).max() <= allowed
    fingerprints = {painter.fingerprint for painter in (model, *painters)}
    assert len(fingerprints) == 4, "precisions are kept apart where edits are kept"
