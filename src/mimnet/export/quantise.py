"""Convolutions of ONNX models in 8 bits: static quantisation, calibrated on pictures; what it hurts stays in float.

Every convolution is first put into 8 bits alone. Those by which the edit then moves too far stay as they are.
"""

import contextlib
import importlib
import io
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.export.chain import Feed, feeds, last_stages, session
from mimnet.export.samples import Samples

HURTS = 3.0  # grey levels: a layer that moves the last stage further in a thousandth of its values stays in float
TRIED = 6  # samples on which that is measured
COLOURS = 4  # a convolution to so few channels makes pictures, maps or gradients, and stays in float


def quantise(models: Mapping[str, Any], samples: Samples, noise: NDArray[np.float32]) -> tuple[dict[str, Any], int]:
    """New `see` and `paint` with convolutions in 8 bits, and how many of them stayed in float; `read` is as it was."""
    sessions = {name: session(model) for name, model in models.items()}
    given = feeds(sessions, samples, noise)
    few = {name: feed[:TRIED] for name, feed in given.items()}
    before = last_stages(sessions, few)
    made, kept = dict(models), 0
    for name in ("see", "paint"):
        candidates = _convolutions(models[name])
        if not candidates:
            continue
        with _quiet():
            ranges = _ranges(models[name], given[name])
            good = []
            for node in candidates:
                changed = {**sessions, name: session(_quantised(models[name], [node], ranges))}
                moved = np.abs(last_stages(changed, few) - before) * 127.5
                if float(np.quantile(moved, 0.999)) <= HURTS:
                    good.append(node)
            kept += len(candidates) - len(good)
            made[name] = _quantised(models[name], good, ranges) if good else models[name]
    return made, kept


def _convolutions(model: Any) -> list[str]:
    """Names of the convolutions with learned weights that make features."""
    weights = {weight.name: weight.dims for weight in model.graph.initializer}
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "Conv" and weights.get(node.input[1], [0])[0] > COLOURS
    ]


def _ranges(model: Any, given: Sequence[Feed]) -> Any:
    """Least and largest value of what goes into and comes out of every convolution."""
    quantization = importlib.import_module("onnxruntime.quantization")
    calibrate = importlib.import_module("onnxruntime.quantization.calibrate")

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.left = iter(given)

        def get_next(self) -> Feed | None:
            return next(self.left, None)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        file.write_bytes(model.SerializeToString())
        calibrator = calibrate.create_calibrator(
            file, ["Conv"], augmented_model_path=str(Path(folder) / "augmented.onnx")
        )
        calibrator.collect_data(Reader())
        return calibrator.compute_data()


def _quantised(model: Any, nodes: Sequence[str], ranges: Any) -> Any:
    """A copy of a model with `nodes` in 8 bits, weights channel by channel."""
    quantization = importlib.import_module("onnxruntime.quantization")
    quantizer = importlib.import_module("onnxruntime.quantization.qdq_quantizer")
    copy = type(model)()
    copy.CopyFrom(model)
    made = quantizer.QDQQuantizer(
        copy,
        per_channel=True,
        reduce_range=True,  # weights in 7 bits: sums of products overflow on processors without instructions for it
        weight_qType=quantization.QuantType.QInt8,
        activation_qType=quantization.QuantType.QUInt8,
        tensors_range=ranges,
        nodes_to_quantize=list(nodes),
        nodes_to_exclude=[],
        op_types_to_quantize=["Conv"],
        extra_options={},
    )
    made.quantize_model()
    return made.model.model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """It prints and logs of how it works."""
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.root.setLevel(level)
