"""Weights of an ONNX model stored as 16-bit floats; it goes on computing in 32 bits.

A processor without 16-bit arithmetic computes such a graph no faster than this one, but rounds after every node.
"""

import importlib
from typing import Any

import numpy as np

LEAST = 256  # numbers; smaller arrays, biases among them, are not worth their rounding


def halve(model: Any) -> None:
    """Turn large float weights of an `onnx.ModelProto` into 16-bit ones, each with a cast behind it."""
    onnx = importlib.import_module("onnx")
    casts = []
    for weight in model.graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < LEAST or np.abs(values).max() > np.finfo(np.float16).max:
            continue
        name = weight.name
        weight.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}_16"))
        casts.append(
            onnx.helper.make_node("Cast", [f"{name}_16"], [name], name=f"Cast_{name}", to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
