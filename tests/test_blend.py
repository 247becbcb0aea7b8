"""The enlarging of small maps against torch's own resampling, and the map that pastes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mimnet.blend import full_mask, interpolation


@pytest.mark.parametrize("inputs", [1, 2, 32, 128, 300])
def test_cubic_weights_are_torchs_to_the_last_bit(inputs: int) -> None:
    if torch.backends.cpu.get_cpu_capability() == "DEFAULT":
        pytest.skip("without fused multiply-add torch rounds otherwise")
    for outputs in (1, 2, 31, 32, 33, 128, 427, 640, 1000):
        one_by_one = torch.eye(inputs)[None, None]
        theirs = F.interpolate(one_by_one, (inputs, outputs), mode="bicubic", antialias=True, align_corners=False)
        np.testing.assert_array_equal(interpolation(inputs, outputs), theirs[0, 0].numpy())


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.7])
def test_a_map_that_is_faint_everywhere_has_found_nothing(threshold: float) -> None:
    half = threshold + min(0.4, 1 - threshold) / 2
    faint = np.full((8, 8), threshold + 0.05, np.float32)
    assert not full_mask(faint, (32, 32), threshold).any()
    faint[2:5, 2:5] = half + 0.02  # one sure place, and the faint ones count too
    assert (full_mask(faint, (32, 32), threshold) > 0).mean() > 0.9
    faint[2:5, 2:5] = half - 0.02
    assert not full_mask(faint, (32, 32), threshold).any()
