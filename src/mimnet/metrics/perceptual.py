"""LPIPS (Zhang et al. 2018): how far apart do two pictures look to a network?

Convention: LPIPS v0.1, SqueezeNet 1.1, input and edit in [-1, 1] at the common size, mean over places, sum over 7
stages; 0 is the same, larger is farther; the heads were fitted to torchvision's SqueezeNet, other weights (Caffe's)
make another scale.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.metrics.convention import convention
from mimnet.nn.squeeze import SqueezeNet
from mimnet.weights import read_weights

CONVENTION = convention(sys.modules[__name__])


def load_heads(path: Path) -> tuple[Tensor, ...]:
    """One weight a channel for each of the seven stages, from LPIPS's own `squeeze.pth` of v0.1.

    Raises `MimnetError` if the file is missing, unreadable, or of another network.
    """
    found = read_weights(path)
    heads = []
    for stage, width in enumerate(SqueezeNet.widths):
        name = f"lin{stage}.model.1.weight"
        if name not in found:
            raise MimnetError(f"{path} does not hold LPIPS's heads for SqueezeNet: it lacks {name}")
        if tuple(found[name].shape) != (1, width, 1, 1):
            given = tuple(found[name].shape)
            raise MimnetError(
                f"{path} does not hold LPIPS's heads for SqueezeNet: {name} is {given}, not (1, {width}, 1, 1)"
            )
        heads.append(found[name].flatten())
    return tuple(heads)


@torch.no_grad()
def lpips(
    network: SqueezeNet, heads: Sequence[Tensor], a: NDArray[np.uint8], b: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Distances of n pairs: pictures a and b, both n,H,W,3 with H and W of 17 or more -> n. It is symmetric.

    At every place the channels of a stage are brought to length 1 (1e-10 is added to the length), subtracted, squared
    and weighed by the head; then comes the mean over places and the sum over stages. Raises `MimnetError` where a and b
    differ in shape or are too small.
    """
    if a.shape != b.shape:
        raise MimnetError(f"LPIPS compares pictures of one size and number, not {a.shape} with {b.shape}")
    if min(a.shape[1:3]) < 17:
        raise MimnetError(f"LPIPS needs pictures of at least 17x17 pixels, not {a.shape[1]}x{a.shape[2]}")
    device = network.mean.device
    distances = []
    for start in range(0, len(a), TOGETHER):
        ours, theirs = (network(to_tensor(x[start : start + TOGETHER]).to(device)) for x in (a, b))
        total = torch.zeros(len(ours[0]), dtype=torch.float64, device=device)
        for x, y, head in zip(ours, theirs, heads, strict=True):
            apart = (_unit(x) - _unit(y)).square()  # B,c,h,w
            total += torch.einsum("bchw,c->bhw", apart, head.to(apart)).mean((1, 2))
        distances.append(total.cpu().numpy())
    return np.concatenate(distances)


def _unit(x: Tensor) -> Tensor:
    """B,c,h,w -> the same in float64, with channels of length 1"""
    x = x.double()
    return x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10)
