"""SqueezeNet 1.1's features as a judge."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from mimnet.cnns import squeezenet_fingerprint
from mimnet.images import to_tensor
from mimnet.judges.judge import TOGETHER
from mimnet.nn.squeeze import SqueezeNet

SIZE = 224


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
