"""The Inception network that FID and the Inception score are defined by."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.nn.inception import InceptionV3, Seen, fid_input
from mimnet.weights import fingerprint, put_weights, read_weights


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
    network = InceptionV3(classes=1008, variant="fid")
    put_weights(network, read_weights(path), path, what="Inception v3 of 2015-12-05 (1008 classes)")
    return Inception2015(network)
