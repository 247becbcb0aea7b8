"""SSIM of edges and fine energy inside the map, against SciPy's filters."""

import numpy as np
import pytest
from scipy.ndimage import convolve, sobel

from mimnet.metrics.structure import edge_ssim, fine_energy
from ssim import ssim_by_hand

DRAW = np.random.default_rng(0)
LUMINANCE = np.array([0.299, 0.587, 0.114])
INSIDE = np.zeros((1, 40, 40), bool)
INSIDE[0, 12:28, 12:28] = True


def edges(picture: np.ndarray) -> np.ndarray:
    grey = picture.astype(np.float64) @ LUMINANCE
    return np.clip(np.hypot(sobel(grey, 0, mode="nearest"), sobel(grey, 1, mode="nearest")) / (4 * 255), 0, 1)


def test_edge_ssim_is_the_formula_on_edge_maps() -> None:
    before = DRAW.integers(0, 256, (1, 40, 40, 3), np.uint8)
    after = np.clip(before + DRAW.normal(0, 30, before.shape), 0, 255).astype(np.uint8)
    expected = ssim_by_hand(edges(before[0]), edges(after[0]))[12:28, 12:28].mean()
    assert edge_ssim(before, after, INSIDE) == pytest.approx([expected], abs=1e-4)
    assert np.isnan(edge_ssim(before, after, np.zeros_like(INSIDE)))


def test_a_colour_of_the_same_brightness_keeps_the_edges_and_a_blur_does_not() -> None:
    grey = np.kron(DRAW.integers(60, 190, (10, 10)), np.ones((4, 4)))
    before = np.repeat(grey[None, ..., None], 3, 3).astype(np.uint8)
    tinted = np.clip(before + np.array([35.0, -20, 11]), 0, 255).astype(np.uint8)  # luminance moves by less than one
    flat = np.full_like(before, 120)
    assert edge_ssim(before, tinted, INSIDE)[0] > 0.99
    assert edge_ssim(before, flat, INSIDE)[0] < 0.5


def test_fine_energy_is_the_mean_square_of_what_a_small_blur_takes_away() -> None:
    pictures = DRAW.integers(0, 256, (2, 40, 40, 3), np.uint8)
    where = np.repeat(INSIDE, 2, 0)
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    grey = pictures.astype(np.float64) @ LUMINANCE
    expected = [((g - convolve(g, kernel, mode="nearest")) ** 2)[12:28, 12:28].mean() for g in grey]
    assert fine_energy(pictures, where) == pytest.approx(expected, rel=1e-4)
