"""A network to an ONNX model, with an open batch and nothing in it but what is computed."""

import contextlib
import importlib
import io
import logging
import warnings
from typing import Any

import torch

from mimnet.errors import MimnetError
from mimnet.export.networks import Part

OPSET = 20


def to_onnx(name: str, part: Part) -> Any:
    """The `onnx.ModelProto` of a part. Raises `MimnetError` if torch cannot export it."""
    onnx = importlib.import_module("onnx")
    batch = torch.export.Dim("batch")
    shapes = [{0: batch} for _ in part.example]
    variadic = name == "paint"  # its arguments are gathered in a tuple, and so are their shapes
    try:
        with _quiet():
            program = torch.onnx.export(
                part.network.eval(),
                tuple(part.example.values()),
                dynamo=True,
                opset_version=OPSET,
                input_names=list(part.example),
                output_names=part.outputs,
                dynamic_shapes=(tuple(shapes),) if variadic else tuple(shapes),
                optimize=True,
                verify=False,
            )
    except Exception as error:  # torch's exporter and translator have errors without a common base
        reason = " ".join(str(error).split())[:200]
        raise MimnetError(f"torch cannot export {name!r} of this model ({type(error).__name__}: {reason})") from error
    assert program is not None
    model = program.model_proto
    _strip(model)
    onnx.checker.check_model(model)
    return model


def _strip(model: Any) -> None:
    """Take out where in the code each node came from, and give every node a name of its own."""
    graph = model.graph
    del model.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    model.doc_string = graph.doc_string = ""
    for number, node in enumerate(graph.node):
        node.name, node.doc_string = f"{node.op_type}_{number}", ""
        del node.metadata_props[:]
    for value in [*graph.input, *graph.output, *graph.initializer]:
        value.doc_string = ""
        del value.metadata_props[:]


@contextlib.contextmanager
def _quiet() -> Any:
    """The exporter tells its progress and warns of what is none of the user's business."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
