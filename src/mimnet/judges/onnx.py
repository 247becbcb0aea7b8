"""A classifier from any ONNX file: the door for judges of other frameworks."""

import hashlib
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER


class OnnxClassifier:
    """`Classifier` from an ONNX file, run on the CPU by onnxruntime.

    The model has one input, float32 RGB in [-1, 1], N,3,H,W or, where the last of its axes is 3, N,H,W,3 as TensorFlow
    exports. H and W are the model's own where they are fixed, else `size`; pictures are resized bilinearly between
    pixel centres, with smoothing before they shrink. Its first output is N,K: probabilities where all rows of a call
    are 0 or more and sum to 1, otherwise logits, which go through a softmax. `drop_first` leaves out class 0 first.

    Raises `MimnetError` if onnxruntime is not installed, or the file is missing, no ONNX model, or no such classifier.
    """

    def __init__(self, path: Path, *, size: int = 299, drop_first: bool = False) -> None:
        try:
            runtime = importlib.import_module("onnxruntime")  # an extra, so asked for here and not above
        except ImportError as error:
            raise MimnetError("ONNX judges need onnxruntime: pip install 'mimnet[metrics]'") from error
        try:
            content = path.read_bytes()
        except OSError as error:
            raise MimnetError(f"cannot read the ONNX judge {path}: {error.strerror}") from error
        try:
            self.session: Any = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors share no base but this
            raise MimnetError(f"{path} is not an ONNX model that onnxruntime can run ({_short(error)})") from error
        inputs = self.session.get_inputs()
        if len(inputs) != 1:
            raise MimnetError(f"{path} has {len(inputs)} inputs, {', '.join(x.name for x in inputs)}; a judge has one")
        shape = [x if isinstance(x, int) and x > 0 else None for x in inputs[0].shape]
        if inputs[0].type != "tensor(float)" or len(shape) != 4 or not ({shape[1], shape[3]} & {3, None}):
            raise MimnetError(
                f"{path} reads {inputs[0].type} of shape {inputs[0].shape}; a judge reads float32 N,3,H,W or N,H,W,3"
            )
        self.path = path
        self.name = path.stem
        described = f"{drop_first} {size}".encode()
        self.fingerprint = hashlib.sha256(content + described).hexdigest()[:16]
        self.drop_first = drop_first
        self.input: str = inputs[0].name
        self.channels_last = shape[3] == 3 and shape[1] != 3
        height, width = shape[1:3] if self.channels_last else shape[2:4]
        self.size = (height or size, width or size)
        self.together: int | None = shape[0]  # how many pictures the model insists on

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,K, rows sum to 1. Raises `MimnetError` where the model gives less than two classes."""
        step = self.together or TOGETHER
        rows = np.concatenate([self._run(pictures[i : i + step]) for i in range(0, len(pictures), step)])
        given = rows.min() >= 0 and np.abs(rows.sum(1) - 1).max() < 1e-3
        if self.drop_first:
            rows = rows[:, 1:]
        if rows.shape[1] < 2:
            raise MimnetError(f"{self.path} tells {rows.shape[1]} class apart; a classifier has two or more")
        if not given:
            rows = np.exp(rows - rows.max(1, keepdims=True))
        total = rows.sum(1, keepdims=True)
        if not (np.isfinite(total).all() and total.min() > 0):
            raise MimnetError(f"{self.path} gives values that are no logits or probabilities")
        probabilities: NDArray[np.float32] = (rows / total).astype(np.float32)
        return probabilities

    def _run(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """At most as many pictures as the model takes at once -> first output n,K."""
        n = len(pictures)
        image = to_tensor(pictures)
        if image.shape[2:] != self.size:
            image = F.interpolate(image, size=self.size, mode="bilinear", align_corners=False, antialias=True)
        x = image.numpy()
        if self.channels_last:
            x = x.transpose(0, 2, 3, 1)
        if self.together and n < self.together:  # the last pictures: filled up, and the filling thrown away
            x = np.concatenate([x, np.repeat(x[-1:], self.together - n, 0)])
        try:
            first = np.asarray(self.session.run(None, {self.input: np.ascontiguousarray(x)})[0], np.float64)
        except Exception as error:  # as above
            raise MimnetError(f"{self.path} cannot judge pictures of {self.size} ({_short(error)})") from error
        if first.ndim < 2 or len(first) != len(x) or first[0].size != first.shape[1]:
            raise MimnetError(f"{self.path} gives {first.shape} for {len(x)} pictures; a classifier gives N,classes")
        return first.reshape(len(x), -1)[:n]


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
