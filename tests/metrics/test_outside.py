"""SSIM and PSNR outside the map, against the formulas with SciPy's filter."""

import numpy as np
import pytest

from mimnet.metrics.outside import MOST, outside, psnr_outside, ssim_outside
from ssim import ssim_by_hand

DRAW = np.random.default_rng(0)


def test_the_map_below_one_half_is_outside() -> None:
    weights = np.zeros((1, 4, 4), np.uint8)
    weights[0, :, 2:] = 255
    where = outside(weights, 8)
    assert where.shape == (1, 8, 8)
    assert where[0, :, :4].all()
    assert not where[0, :, 4:].any()


def test_psnr_of_known_error_counts_outside_alone() -> None:
    before = DRAW.integers(50, 200, (1, 6, 6, 3), np.uint8)
    where = np.zeros((1, 6, 6), bool)
    where[0, :3] = True
    after = before.copy()
    after[0, 3:] = 0  # inside: whatever happens there
    assert psnr_outside(before, after, where) == [MOST]
    after[0, :3] += 10
    assert psnr_outside(before, after, where) == pytest.approx([-20 * np.log10(10 / 255)])
    assert np.isnan(psnr_outside(before, after, np.zeros_like(where)))


def test_ssim_is_the_formula_away_from_the_border() -> None:
    before = DRAW.integers(0, 256, (1, 40, 40, 3), np.uint8)
    after = np.clip(before + DRAW.normal(0, 20, before.shape), 0, 255).astype(np.uint8)
    where = np.zeros((1, 40, 40), bool)
    where[0, 10:30, 10:30] = True
    maps = [ssim_by_hand(before[0, ..., c] / 255, after[0, ..., c] / 255) for c in range(3)]
    expected = np.mean([m[10:30, 10:30] for m in maps])
    assert ssim_outside(before, after, where) == pytest.approx([expected], abs=1e-4)
    assert ssim_outside(before, before, where) == pytest.approx([1.0], abs=1e-6)
