"""The Inception network that FID and the Inception score are defined by, and what judges loaded from files share.

Weight files are read as tensors alone: `weights_only` for torch's files, safetensors, or npz without pickles.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.nn.inception import InceptionV3, Seen, fid_input


class Inception2015:
    """Inception v3 of 2015-12-05, on its network's device: `Classifier` with 1008 classes, and `Features` with 2048.

    Probabilities are the softmax of the logits without `fc`'s bias. The graph of 2015 that published scores were made
    with multiplies by the weights and leaves the bias out, and torch-fidelity's Inception score does the same.
    Features are the mean of the last map over places. Pictures are resized as TensorFlow 1 does (see `fid_input`).
    """

    name = "Inception v3 2015-12-05"

    def __init__(self, network: InceptionV3) -> None:
        if network.fc is None:
            raise ValueError("the Inception of 2015-12-05 has a classifier; give classes=1008")
        self.network = network
        self.fc = network.fc
        self.fingerprint = fingerprint(network.state_dict())

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,1008, rows sum to 1."""
        return self._rows(pictures, lambda seen: F.linear(seen.pooled, self.fc.weight).softmax(1))

    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,2048."""
        return self._rows(pictures, lambda seen: seen.pooled)

    @torch.no_grad()
    def _rows(self, pictures: NDArray[np.uint8], of: Callable[[Seen], Tensor]) -> NDArray[np.float32]:
        device = self.fc.weight.device
        rows = []
        for start in range(0, len(pictures), TOGETHER):
            image = to_tensor(pictures[start : start + TOGETHER]).to(device)
            rows.append(of(self.network(fid_input(image))).cpu().numpy())
        return np.concatenate(rows)


def load_inception2015(path: Path) -> Inception2015:
    """The judge from `pt_inception-2015-12-05-6726825d.pth`, as pytorch-fid and torch-fidelity distribute it.

    Raises `MimnetError` if the file is missing, unreadable, or another network's.
    """
    network = InceptionV3(classes=1008, fid=True)
    put_weights(network, read_weights(path), path, what="Inception v3 of 2015-12-05 (1008 classes)")
    return Inception2015(network)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Named tensors of a torch file, a safetensors file or an npz file, floats as float32, on the CPU.

    "module." before every name, which training on several devices leaves, is taken off. Raises `MimnetError`.
    """
    if not path.is_file():
        raise MimnetError(f"no file of weights {path}")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            found = load_file(path)
        elif path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                found = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # every reader has errors of its own; all mean the same to the user
        reason = " ".join(str(error).split())[:160]
        raise MimnetError(f"{path} is not a readable file of weights ({type(error).__name__}: {reason})") from error
    if not isinstance(found, dict) or not found or not all(isinstance(x, Tensor) for x in found.values()):
        raise MimnetError(f"{path} is not a file of named weights (a state dictionary)")
    if all(name.startswith("module.") for name in found):
        found = {name.removeprefix("module."): x for name, x in found.items()}
    return {name: x.detach().float() if x.is_floating_point() else x for name, x in found.items()}


def put_weights(network: nn.Module, weights: Mapping[str, Tensor], path: Path, *, what: str) -> None:
    """Put the weights that `network` has into it; others, as of an auxiliary classifier, are left out.

    Raises `MimnetError` naming `path` and the first weight that is missing, of another shape or not finite.
    """
    state = network.state_dict()
    needed = [name for name in state if not name.endswith("num_batches_tracked")]  # a counter of training alone
    missing = [name for name in needed if name not in weights]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise MimnetError(f"{path} does not hold {what}: it lacks {missing[0]}{more}")
    for name in needed:
        wanted, given = tuple(state[name].shape), tuple(weights[name].shape)
        if wanted != given:
            raise MimnetError(f"{path} does not hold {what}: {name} is {given}, not {wanted}")
        if not bool(weights[name].isfinite().all()):
            raise MimnetError(f"{path} is damaged: {name} has values that are not finite")
        state[name].copy_(weights[name])


def fingerprint(weights: Mapping[str, Tensor]) -> str:
    """16 hexadecimal digits over names, shapes and values; a counter of training steps does not count.

    >>> fingerprint({"a": torch.zeros(2)}) == fingerprint({"a": torch.zeros(2), "num_batches_tracked": torch.ones(1)})
    True
    """
    digest = hashlib.sha256()
    for name in sorted(weights):
        if not name.endswith("num_batches_tracked"):
            x = weights[name].detach().cpu().contiguous()
            digest.update(f"{name} {x.dtype} {tuple(x.shape)}".encode())
            digest.update(x.numpy().tobytes())
    return digest.hexdigest()[:16]
