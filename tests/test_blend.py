"""The enlarging of small maps against torch's own resampling."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mimnet.blend import interpolation


@pytest.mark.parametrize("inputs", [1, 2, 32, 128, 300])
def test_cubic_weights_are_torchs_to_the_last_bit(inputs: int) -> None:
    if torch.backends.cpu.get_cpu_capability() == "DEFAULT":
        pytest.skip("without fused multiply-add torch rounds otherwise")
    for outputs in (1, 2, 31, 32, 33, 128, 427, 640, 1000):
        one_by_one = torch.eye(inputs)[None, None]
        theirs = F.interpolate(one_by_one, (inputs, outputs), mode="bicubic", antialias=True, align_corners=False)
        np.testing.assert_array_equal(interpolation(inputs, outputs), theirs[0, 0].numpy())
