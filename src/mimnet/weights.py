"""Files of weights that others have made, read as tensors alone and put into networks; nothing is unpickled.

`weights_only` for torch's files, safetensors, or npz without pickles.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mimnet.errors import MimnetError


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
