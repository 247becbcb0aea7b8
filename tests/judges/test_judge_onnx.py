"""Tests of classifiers from ONNX files."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.judges.onnx import OnnxClassifier

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

WEIGHT = np.array([[3.0, 0, 0], [0, 2, 0], [0, 0, 1], [-1, 1, 2]], np.float32)  # 4 classes, of the mean colour
BIAS = np.array([1.0, 0.5, -0.5, 0], np.float32)


def saved(folder: Path, shape: list[Any], *, softmax: bool = False, classes: int = 4, last: bool = False) -> Path:
    """A model that tells classes by the mean colour."""
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2] if last else [2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "weight", "bias"], ["logits"], transB=1),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1))
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "judge",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(nodes[-1].output[0], kind, [shape[0], classes])],
        [numpy_helper.from_array(WEIGHT[:classes], "weight"), numpy_helper.from_array(BIAS[:classes], "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, folder / "judge.onnx")
    return folder / "judge.onnx"


def pictures(number: int, size: int = 8) -> NDArray[np.uint8]:
    flat = np.random.default_rng(3).integers(0, 256, (number, 1, 1, 3), dtype=np.uint8)
    return np.repeat(np.repeat(flat, size, 1), size, 2)  # of one colour each, so a resize changes nothing


def expected(given: NDArray[np.uint8], first: int = 0) -> NDArray[np.float64]:
    logits = (given[:, 0, 0] / 127.5 - 1) @ WEIGHT.T + BIAS
    powers = np.exp(logits[:, first:])
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize(
    ("shape", "last"),
    [
        (["n", 3, 16, 12], False),
        ([None, 3, "h", "w"], False),
        ([4, 3, 8, 8], False),
        (["n", 16, 12, 3], True),
        ([1, "h", "w", 3], True),
    ],
)
def test_logits_and_probabilities_in_every_layout(tmp_path: Path, shape: list[Any], last: bool, softmax: bool) -> None:
    judge = OnnxClassifier(saved(tmp_path, shape, softmax=softmax, last=last), size=20)
    assert judge.size == (tuple(s if isinstance(s, int) else 20 for s in (shape[1:3] if last else shape[2:])))
    given = pictures(34)
    probabilities = judge.probabilities(given)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, expected(given), rtol=1e-4)


@pytest.mark.parametrize("softmax", [False, True])
def test_the_background_class_is_left_out_before_the_softmax(tmp_path: Path, softmax: bool) -> None:
    given = pictures(5)
    judge = OnnxClassifier(saved(tmp_path, ["n", 3, 8, 8], softmax=softmax), drop_first=True)
    np.testing.assert_allclose(judge.probabilities(given), expected(given, first=1), rtol=1e-4)


def test_what_it_says_does_not_depend_on_the_batch(tmp_path: Path) -> None:
    judge = OnnxClassifier(saved(tmp_path, ["n", 3, 8, 8]))
    given = pictures(40)
    alone = np.concatenate([judge.probabilities(given[i : i + 1]) for i in range(40)])
    np.testing.assert_allclose(judge.probabilities(given), alone, rtol=1e-5)


def test_name_and_fingerprint(tmp_path: Path) -> None:
    file = saved(tmp_path, ["n", 3, 8, 8])
    judge = OnnxClassifier(file)
    assert judge.name == "judge"
    assert len(judge.fingerprint) == 16
    assert OnnxClassifier(file).fingerprint == judge.fingerprint
    assert OnnxClassifier(file, drop_first=True).fingerprint != judge.fingerprint
    assert OnnxClassifier(saved(tmp_path, ["n", 3, 8, 8], softmax=True)).fingerprint != judge.fingerprint


@pytest.mark.parametrize(("classes", "drop_first"), [(1, False), (2, True)])
def test_one_class_is_no_classifier(tmp_path: Path, classes: int, drop_first: bool) -> None:
    judge = OnnxClassifier(saved(tmp_path, ["n", 3, 8, 8], classes=classes), drop_first=drop_first)
    with pytest.raises(MimnetError, match=r"judge\.onnx tells 1 class apart; a classifier has two or more"):
        judge.probabilities(pictures(2))


def test_files_that_are_no_judges_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"cannot read the ONNX judge .*absent\.onnx: No such file"):
        OnnxClassifier(tmp_path / "absent.onnx")
    (tmp_path / "text.onnx").write_text("not a model")
    with pytest.raises(MimnetError, match="is not an ONNX model") as told:
        OnnxClassifier(tmp_path / "text.onnx")
    assert "\n" not in str(told.value)
    grey = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 1, 28, 28]) for name in "xy"]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "grey", grey[:1], grey[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "grey.onnx")
    with pytest.raises(MimnetError, match=r"of shape \['n', 1, 28, 28\]; a judge reads float32"):
        OnnxClassifier(tmp_path / "grey.onnx")


def test_without_onnxruntime_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path, ["n", 3, 8, 8])
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MimnetError, match=r"pip install 'mimnet\[metrics\]'$"):
        OnnxClassifier(file)
