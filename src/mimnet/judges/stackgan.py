"""StackGAN's Inception, the usual judge of the Inception score on birds and flowers, from its TensorFlow checkpoint."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.nn.inception import SIZE, Conv, InceptionV3
from mimnet.tfcheckpoint.checkpoint import Checkpoint
from mimnet.weights import fingerprint, put_weights

# What TensorFlow's slim library of 2016 calls the parts. (Mixed_7a is 8x8 for all that.)
_SLIM = {
    "Conv2d_1a_3x3": "conv0",
    "Conv2d_2a_3x3": "conv1",
    "Conv2d_2b_3x3": "conv2",
    "Conv2d_3b_1x1": "conv3",
    "Conv2d_4a_3x3": "conv4",
    "Mixed_5b": "mixed_35x35x256a",
    "Mixed_5c": "mixed_35x35x288a",
    "Mixed_5d": "mixed_35x35x288b",
    "Mixed_6a": "mixed_17x17x768a",
    "Mixed_6b": "mixed_17x17x768b",
    "Mixed_6c": "mixed_17x17x768c",
    "Mixed_6d": "mixed_17x17x768d",
    "Mixed_6e": "mixed_17x17x768e",
    "Mixed_7a": "mixed_17x17x1280a",
    "Mixed_7b": "mixed_8x8x2048a",
    "Mixed_7c": "mixed_8x8x2048b",
}
_VARIABLES = {
    "conv.weight": "weights",
    "bn.weight": "BatchNorm/gamma",  # which StackGAN's has not; 1 then
    "bn.bias": "BatchNorm/beta",
    "bn.running_mean": "BatchNorm/moving_mean",
    "bn.running_var": "BatchNorm/moving_variance",
}
_LOGITS = {"fc.weight": "logits/logits/weights", "fc.bias": "logits/logits/biases"}
_AVERAGE = "/ExponentialMovingAverage"  # follows the name of a variable in that of its average over training
_LAYOUT = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}  # by the number of axes: height,width,in,out and in,out are theirs
_WHAT = "StackGAN's Inception v3"


class StackGanInception:
    """`Classifier`: Inception v3 of slim, fine-tuned on birds (50 classes) or flowers (20), on its network's device.

    As in StackGAN's `inception_score.py` a picture is resized to 299x299 by Pillow's bilinear filter, which smooths
    before it shrinks and rounds to whole values, and scaled to [-1, 1]; class 0 is background, and its logit is dropped
    before the softmax.
    """

    convention = (
        "By StackGAN's Inception: pictures resized to 299x299 by Pillow's bilinear filter, rounded to whole values and "
        "scaled to [-1, 1]; class 0 (background) dropped before the softmax."
    )

    def __init__(self, network: InceptionV3) -> None:
        if network.fc is None:
            raise ValueError("StackGAN's Inception has a classifier; give its classes, the background among them")
        self.network = network
        self.fc = network.fc
        self.name = f"StackGAN's Inception v3, {self.fc.out_features - 1} classes"
        self.fingerprint = fingerprint(network.state_dict())

    @torch.no_grad()
    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,K without the background, rows sum to 1."""
        device = self.fc.weight.device
        rows = []
        for start in range(0, len(pictures), TOGETHER):
            some = [_resized(picture) for picture in pictures[start : start + TOGETHER]]
            logits = self.network(to_tensor(np.stack(some)).to(device)).logits  # n,1+K
            rows.append(logits[:, 1:].softmax(1).cpu().numpy())
        return np.concatenate(rows)


def load_stackgan(path: Path) -> StackGanInception:
    """The judge from StackGAN's `birds_valid299/model.ckpt` or `flowers_valid299/model.ckpt`, or another trained so.

    Averages over training are read where the file has them. Raises `MimnetError` if the file is missing, damaged, or
    another network's.
    """
    checkpoint = Checkpoint(path)
    shapes = checkpoint.shapes
    ending = _AVERAGE if f"{_LOGITS['fc.weight']}{_AVERAGE}" in shapes else ""
    logits = f"{_LOGITS['fc.weight']}{ending}"
    if logits not in shapes:
        raise MimnetError(f"{path} does not hold {_WHAT}: it lacks {logits}")
    classes = checkpoint.read(logits).size // 2048
    if classes < 3:
        raise MimnetError(f"{path} has {classes} classes; a judge has the background and two or more")
    network = InceptionV3(classes=classes, variant="slim")
    state = network.state_dict()
    weights: dict[str, Tensor] = {}
    for ours, name in _slim_names(network).items():
        layout = _LAYOUT[state[ours].ndim]
        theirs = f"{name}{ending}"
        if theirs not in shapes:
            if name.endswith("gamma"):
                weights[ours] = torch.ones_like(state[ours])
                continue
            raise MimnetError(f"{path} does not hold {_WHAT}: it lacks {theirs}")
        wanted = tuple(state[ours].shape[layout.index(axis)] for axis in range(len(layout)))
        if shapes[theirs] != wanted:
            raise MimnetError(f"{path} does not hold {_WHAT}: {theirs} is {shapes[theirs]}, not {wanted}")
        weights[ours] = torch.from_numpy(checkpoint.read(theirs).transpose(layout).copy())
    put_weights(network, weights, path, what=_WHAT)
    return StackGanInception(network)


def _slim_names(network: InceptionV3) -> dict[str, str]:
    """Our name of every weight -> slim's, in which the convolutions of a branch are Conv, Conv_1 and so on."""
    scopes: dict[str, str] = {}
    for part, theirs in _SLIM.items():
        if isinstance(network.get_submodule(part), Conv):
            scopes[part] = theirs
            continue
        seen: Counter[str] = Counter()
        for name, _ in network.get_submodule(part).named_children():
            branch = re.sub(r"_\d[ab]?$", "", name)
            scopes[f"{part}.{name}"] = f"{theirs}/{branch}/Conv" + (f"_{seen[branch]}" if seen[branch] else "")
            seen[branch] += 1
    names = {f"{ours}.{a}": f"{theirs}/{b}" for ours, theirs in scopes.items() for a, b in _VARIABLES.items()}
    return names | _LOGITS


def _resized(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """H,W,3 -> 299,299,3."""
    return np.asarray(Image.fromarray(picture).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
