"""SqueezeNet 1.1 from a file, and its features as a judge."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.nn.squeeze import CAFFE, IMAGENET, SqueezeNet
from mimnet.weights import fingerprint, put_weights, read_weights

SIZE = 224

# Where torchvision's squeezenet1_1 keeps each part, and what it calls the squeezing convolution.
_TORCHVISION = {"conv1": 0, "fire2": 3, "fire3": 4, "fire4": 6, "fire5": 7} | {f"fire{i}": i + 3 for i in range(6, 10)}


def load_squeezenet(path: Path) -> SqueezeNet:
    """SqueezeNet 1.1 from an npz of Caffe's weights or from torchvision's `squeezenet1_1-*.pth`.

    The npz has `conv1.weight`, `fireN/squeeze1x1.weight`, `fireN/expand1x1.weight`, `fireN/expand3x3.weight`, N 2 to 9,
    and the same with `.bias`, layout out,in,h,w; conv1 reads blue, green, red. A file of torch's kind has torchvision's
    names. A classifier is left out. Raises `MimnetError` if the file is neither.
    """
    found = read_weights(path)
    if path.suffix == ".npz":
        weights = {name.replace("/", "."): x for name, x in found.items()}
        if "conv1.weight" not in weights:
            raise MimnetError(
                f"{path} does not hold SqueezeNet 1.1: it lacks conv1.weight; its arrays are conv1.weight, .bias and "
                "fireN/squeeze1x1, fireN/expand1x1, fireN/expand3x3 .weight and .bias for N from 2 to 9"
            )
        network = SqueezeNet(**CAFFE)
        weights["conv1.weight"] = weights["conv1.weight"].flip(1)  # blue, green, red -> red, green, blue
    else:
        network = SqueezeNet(**IMAGENET)
        weights = {}
        for name in network.state_dict():
            part, rest = name.split(".", 1)
            theirs = f"features.{_TORCHVISION[part]}.{rest.replace('squeeze1x1', 'squeeze')}"
            if theirs not in found:
                raise MimnetError(f"{path} does not hold torchvision's SqueezeNet 1.1: it lacks {theirs}")
            weights[name] = found[theirs]
    put_weights(network, weights, path, what="SqueezeNet 1.1")
    return network


def squeezenet_fingerprint(network: SqueezeNet) -> str:
    """16 hexadecimal digits over its weights and the scale of its input."""
    return fingerprint(network.state_dict() | {"mean": network.mean, "std": network.std})


class SqueezeFeatures:
    """`Features`: the mean of fire9 over places, 512, of pictures resized to 224x224; on its network's device.

    The resize is bilinear between pixel centres and smooths before it shrinks.
    """

    name = "SqueezeNet 1.1 fire9"

    def __init__(self, network: SqueezeNet) -> None:
        self.network = network
        self.fingerprint = squeezenet_fingerprint(network)

    @torch.no_grad()
    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,512."""
        rows = []
        for start in range(0, len(pictures), TOGETHER):
            image = to_tensor(pictures[start : start + TOGETHER]).to(self.network.mean.device)
            image = F.interpolate(image, size=(SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True)
            rows.append(self.network(image)[-1].mean((2, 3)).cpu().numpy())
        return np.concatenate(rows)
