"""The enlarging of small maps against torch's own resampling, and the map that pastes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mimnet.blend import follow_edges, full_mask, interpolation, replaced, transfer


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


def scene(side: int) -> np.ndarray:
    """A dark bar with a light line on white, side,side,3."""
    picture = np.full((side, side, 3), 255, np.uint8)
    picture[:, side // 4 : side // 2] = 40
    picture[:, side * 3 // 8 : side * 3 // 8 + side // 32] = 90
    return picture


def edited(painted: np.ndarray, side: int, strength: float = 1.0) -> np.ndarray:
    """An edit at 32 px that paints `painted` 32,32,3, brought onto the scene at `side`."""
    saw = scene(32).transpose(2, 0, 1).astype(np.float32)
    change = painted.transpose(2, 0, 1).astype(np.float32) - saw
    photograph = scene(side)
    mask = np.full((side, side), 255, np.uint8)
    followed = follow_edges(change, saw, photograph)
    return transfer(photograph, followed, mask, strength, replaced(saw, change))


@pytest.mark.parametrize("side", [64, 256])
@pytest.mark.parametrize("strength", [1.0, 1.5])
def test_nothing_is_left_of_what_the_network_took_away(side: int, strength: float) -> None:
    gone = edited(np.full((32, 32, 3), 255, np.uint8), side, strength)
    assert gone.min() >= 254


def test_what_is_only_dyed_keeps_its_detail() -> None:
    saw, dyed = scene(32).astype(np.float32).transpose(2, 0, 1), scene(32)
    dyed[dyed < 200] += 30
    assert replaced(saw, dyed.astype(np.float32).transpose(2, 0, 1) - saw) is None
    line = edited(dyed, 256)[:, 256 * 3 // 8 : 256 * 3 // 8 + 8].astype(int)
    bar = edited(dyed, 256)[:, 80:90].astype(int)
    assert line.mean() - bar.mean() == pytest.approx(50, abs=5)


def test_half_the_strength_takes_half_away() -> None:
    half = edited(np.full((32, 32, 3), 255, np.uint8), 64, 0.5).astype(int)
    assert np.abs(half[:, 18:22] - (40 + 255) / 2).max() <= 2
