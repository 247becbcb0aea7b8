"""A model exported into a folder: graphs, manifest and what a comparison with torch found. Whole, or not at all."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mimnet.checkpoint import Model, find_model, load_model
from mimnet.config import MIMNetModel
from mimnet.engines.engine import installed
from mimnet.engines.torch import TorchEngine
from mimnet.errors import MimnetError
from mimnet.export.compare import Comparison, Precision, check, compare, scores
from mimnet.export.convert import OPSET, to_onnx
from mimnet.export.halve import halve
from mimnet.export.networks import parts
from mimnet.export.quantise import quantise
from mimnet.export.samples import CALIBRATED, COMPARED, captioned, samples
from mimnet.files import whole_folder, write_whole
from mimnet.graphs import FORMAT, GRAPHS, MANIFEST, load_graphs
from mimnet.judges.judge import Matcher
from mimnet.recipe import STRENGTH, THRESHOLD

PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8")
_TYPES = {1: "float32", 7: "int64"}  # of onnx's numbers for types, those that go in and out


@dataclass(frozen=True)
class Exported:
    """One precision, written."""

    folder: Path
    precision: Precision
    comparison: Comparison


def export(
    name: str | Path | None,
    out: Path,
    precisions: Sequence[Precision] = ("fp32",),
    *,
    data: Path | None = None,
    judges: Path | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Exported]:
    """Write a model as graphs into `out`, or with several precisions each into a folder of its name in `out`.

    `data`: captioned pictures, whose training split calibrates int8 and whose test split is compared on; without,
    pictures are drawn for it. `judges`: a folder of judges, for Sim. Raises `MimnetError`, with nothing written, if the
    model cannot be exported or a precision is outside its tolerance.
    """
    from mimnet.engines.onnx import OnnxEngine

    model = load_model(find_model(name))
    _check(model)
    title = model.file.parent.name if name is None or Path(name).exists() else str(name)  # type: ignore[union-attr]
    engine = TorchEngine(model)
    matcher = None if judges is None else _matcher(judges)
    with whole_folder(out) as temporary, captioned(data, size=engine.size) as (train, test):
        settings: dict[str, Any] = {"size": engine.size, "max_words": engine.max_words}
        compared = samples(test, COMPARED, model.vocabulary, **settings)
        where = "drawn pictures" if data is None else f"pictures of {data.resolve().name}/test"
        tell("exporting the graphs")
        graphs = _graphs(model)
        written = []
        for precision in precisions:
            tell(f"{precision}: making and comparing")
            made, in_float = graphs, 0
            if precision == "int8":
                calibration = samples(train, CALIBRATED, model.vocabulary, **settings)
                made, in_float = quantise(graphs, calibration, _noise(model))
            made = {graph: _copy(proto) for graph, proto in made.items()}
            if precision != "fp32":
                for proto in made.values():
                    halve(proto)
            folder = temporary / precision if len(precisions) > 1 else temporary
            manifest = _manifest(model, title, precision, made)
            if precision == "int8":
                manifest["convolutions_in_float"] = in_float
            _write(folder, manifest, made)
            onnx = OnnxEngine(load_graphs(folder))
            measured = {} if data is None else scores(engine, onnx, test, data / "test", 4 * COMPARED, matcher)
            found = compare(engine, onnx, compared, measured, where)
            check(found, precision)
            _write(folder, manifest | {"parity": found.to_json()}, {})
            written.append(Exported(out / precision if len(precisions) > 1 else out, precision, found))
    return written


def _check(model: Model) -> None:
    """Raise `MimnetError` for a model that cannot be exported, and where packages are missing."""
    boundary = model.config.boundary if isinstance(model.config, MIMNetModel) else ""
    if boundary in ("opencv", "files"):
        what = {"opencv": "OpenCV's detector", "files": "boundary maps from files"}[boundary]
        raise MimnetError(f"this model needs {what} (model.boundary is {boundary}), which no ONNX graph can hold")
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise MimnetError(f"mimnet export needs {error.name}: pip install 'mimnet[export]'") from error
    if not installed("onnx"):
        raise MimnetError("mimnet export needs onnxruntime: pip install 'mimnet[export]'")


def _graphs(model: Model) -> dict[str, Any]:
    with torch.no_grad():
        network = parts(model.generator, size=model.config.size, max_words=model.config.max_words, noise=model.noise(2))
        return {name: to_onnx(name, network[name]) for name in GRAPHS}


def _manifest(model: Model, title: str, precision: Precision, made: dict[str, Any]) -> dict[str, Any]:
    config = model.config
    return {
        "format": FORMAT,
        "name": title,
        "family": model.family,
        "fingerprint": model.fingerprint,
        "precision": precision,
        "opset": OPSET,
        "size": config.size,
        "max_words": config.max_words,
        "strength": STRENGTH,
        "threshold": THRESHOLD,
        "paste": isinstance(config, MIMNetModel) and config.paste,
        "noise": [float(x) for x in _noise(model)],
        "graphs": {graph: _described(graph, proto) for graph, proto in made.items()},
        "parity": {},
        "through": model.through,
        "parts": model.parts,
        "vocabulary": model.vocabulary.words,
    }


def _described(graph: str, proto: Any) -> dict[str, Any]:
    data = proto.SerializeToString()
    return {
        "file": f"{graph}.onnx",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "inputs": [_value(value) for value in proto.graph.input],
        "outputs": [_value(value) for value in proto.graph.output],
    }


def _value(value: Any) -> dict[str, Any]:
    tensor = value.type.tensor_type
    shape = [d.dim_param or d.dim_value for d in tensor.shape.dim]
    return {"name": value.name, "dtype": _TYPES[tensor.elem_type], "shape": shape}


def _write(folder: Path, manifest: dict[str, Any], made: dict[str, Any]) -> None:
    for graph, proto in made.items():
        write_whole(folder / f"{graph}.onnx", proto.SerializeToString())
    write_whole(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")


def _noise(model: Model) -> np.ndarray[Any, np.dtype[np.float32]]:
    noise = model.noise(1)
    return np.zeros(0, np.float32) if noise is None else noise[0].numpy()


def _copy(proto: Any) -> Any:
    copy = type(proto)()
    copy.CopyFrom(proto)
    return copy


def _matcher(folder: Path) -> Matcher | None:
    from mimnet.evaluation.panel import Given, panel

    found = panel(Given(folder, train=False), folder, [], drawn=False).matcher
    if found is None:
        raise MimnetError(
            f"{folder} holds no judge of pictures and sentences, which Sim needs; mimnet evaluate trains one"
        )
    return found
