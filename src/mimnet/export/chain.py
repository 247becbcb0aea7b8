"""Graphs that are being made, run one after the other on samples: what a change of a graph does to the edits."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.export.samples import Samples
from mimnet.images import to_signed

Feed = dict[str, NDArray[Any]]


def session(model: Any) -> Any:
    """Onnxruntime's session of an `onnx.ModelProto`, on one thread."""
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def run(running: Any, feed: Feed) -> Feed:
    """Outputs of a session by name."""
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(names, feed), strict=True))


def feeds(sessions: Mapping[str, Any], samples: Samples, noise: NDArray[np.float32]) -> dict[str, list[Feed]]:
    """What goes into `see`, `read` and `paint` for every sample."""
    see = [{"image": to_signed(picture)} for picture in samples.pictures]
    read = [{"ids": np.array([s.ids], np.int64), "length": np.array([s.length], np.int64)} for s in samples.sentences]
    more = {"noise": noise[None]} if noise.size else {}
    paint = [
        run(sessions["see"], picture) | run(sessions["read"], words) | more
        for picture, words in zip(see, read, strict=True)
    ]
    return {"see": see, "read": read, "paint": paint}


def last_stages(sessions: Mapping[str, Any], given: Mapping[str, Sequence[Feed]]) -> NDArray[np.float32]:
    """The last stages n,3,s,s of the samples of `feeds`, whose `see` and `read` are run anew."""
    pictures = []
    for picture, words, before in zip(given["see"], given["read"], given["paint"], strict=True):
        feed = before | run(sessions["see"], picture) | run(sessions["read"], words)
        edit = run(sessions["paint"], feed)
        pictures.append(edit[max((name for name in edit if name.startswith("stage_")), key=lambda name: int(name[6:]))])
    return np.concatenate(pictures)
