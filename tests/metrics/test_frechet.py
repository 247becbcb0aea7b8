"""FID and KID against SciPy's matrix root and the estimator written out."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from mimnet.errors import MimnetError
from mimnet.metrics.frechet import SUBSET, frechet_distance, kernel_distance

DRAW = np.random.default_rng(0)


def fid_by_hand(a: np.ndarray, b: np.ndarray) -> float:
    """|mu - mu'|^2 + tr(S + S' - 2 (S S')^1/2)"""
    one, two = np.cov(a.T), np.cov(b.T)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one + two - 2 * sqrtm(one @ two).real))


def kid_by_hand(a: np.ndarray, b: np.ndarray) -> float:
    """The unbiased estimator of the squared discrepancy, with the cubic kernel."""
    n, d = a.shape

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return (x @ y / d + 1) ** 3

    within = [sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) for x in (a, b)]
    between = sum(kernel(x, y) for x in a for y in b)
    return sum(within) / (n * (n - 1)) - 2 * between / n**2


def test_fid_is_the_formula() -> None:
    a, b = DRAW.normal(size=(200, 6)), DRAW.normal(1, 2, size=(150, 6))
    assert frechet_distance(a, b) == pytest.approx(fid_by_hand(a, b), rel=1e-6)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, a + 3) == pytest.approx(6 * 9, rel=1e-6)  # the covariance stays: the shift alone counts


def test_kid_is_the_estimator_and_seeded() -> None:
    a, b = DRAW.normal(size=(20, 4)), DRAW.normal(0.5, 1, size=(20, 4))  # one subset is everything, in another order
    assert kernel_distance(a, b) == pytest.approx(kid_by_hand(a, b), rel=1e-6)
    many, others = DRAW.normal(size=(2, 2 * SUBSET, 4))
    assert kernel_distance(many, others, seed=1) == kernel_distance(many, others, seed=1)
    assert kernel_distance(many, others, seed=1) != kernel_distance(many, others, seed=2)


def test_one_picture_is_no_crowd() -> None:
    for distance in (frechet_distance, kernel_distance):
        with pytest.raises(MimnetError, match="at least two"):
            distance(np.zeros((1, 4)), np.zeros((5, 4)))
