"""Weights of image CNNs that others have trained (Sec. 3.2): where their files lie, and SqueezeNet's."""

import contextlib
from pathlib import Path

import torch
from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.hub import WEIGHTS, fetch, hub_name
from mimnet.nn.squeeze import CAFFE, IMAGENET, SqueezeNet
from mimnet.nn.vision import SqueezeNetFeatures
from mimnet.weights import fingerprint, put_weights, read_weights

SQUEEZENET = "squeezenet1_1-b8a52dc0.pth"  # as torchvision names its file


def find_weights(
    source: str | Path | None,
    what: str,
    *,
    cached: str,
    option: str,
    repo: str | None = None,
    otherwise: str = "or use a preset with its own CNN (compact)",
) -> Path:
    """The file of a CNN's weights.

    `source` is a file, a folder with `model.safetensors`, or a repository `user/name` on the hub. None: torchvision's
    file `cached` in torch's cache, or `repo` in the hub's cache. Raises `MimnetError` that tells where was looked, and
    that the option `option` names a file; `otherwise` is what else helps.
    """
    place = Path(torch.hub.get_dir()) / "checkpoints" / cached if source is None else Path(source)
    looked = str(place)
    if (place / WEIGHTS).is_file():
        return place / WEIGHTS
    if place.is_file():
        return place
    if source is None and repo is not None:
        looked += f" and no {repo} in the hub's cache"
        with contextlib.suppress(MimnetError):  # it is not there, or huggingface_hub is not: the same to the user
            return fetch(repo, cached=True)
    on_hub = None if source is None else hub_name(str(source))
    if on_hub is not None:
        return fetch(*on_hub)
    raise MimnetError(f"no {what} weights at {looked}: name torchvision's {cached} with {option}, {otherwise}")


def load_squeezenet_features(source: str | Path | None) -> dict[str, Tensor]:
    """SqueezeNet's weights to fire3 and the scale of their input, from `find_weights`'s file, as `load_squeezenet`."""
    whole = load_squeezenet(find_weights(source, "SqueezeNet 1.1", cached=SQUEEZENET, option="--squeezenet"))
    weights = {**whole.state_dict(), "mean": whole.mean, "std": whole.std}
    return {name: weights[name] for name in SqueezeNetFeatures().state_dict()}


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
