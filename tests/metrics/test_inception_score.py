"""IS against the published formula by hand, known answers, and its errors."""

import math

import numpy as np
import pytest

from mimnet.errors import MimnetError
from mimnet.metrics.inception_score import inception_scores


def by_hand(p: np.ndarray) -> float:
    """exp(E_x KL(p(y|x) || p(y))), written out."""
    n, classes = p.shape
    marginal = [sum(p[i, k] for i in range(n)) / n for k in range(classes)]
    total = 0.0
    for i in range(n):
        for k in range(classes):
            if p[i, k] > 0:
                total += p[i, k] * math.log(p[i, k] / marginal[k])
    return math.exp(total / n)


def test_it_is_the_formula() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(5) * 0.3, 60)
    assert inception_scores(p, splits=1)[0] == pytest.approx(by_hand(p), rel=1e-12)
    order = np.random.default_rng(0).permutation(60)  # the shuffle that the convention states
    parts = [by_hand(p[order][start : start + 20]) for start in (0, 20, 40)]
    assert inception_scores(p, splits=3) == pytest.approx(parts, rel=1e-12)


def test_bounds_are_one_and_the_number_of_classes() -> None:
    assert inception_scores(np.full((40, 7), 1 / 7)) == pytest.approx(np.ones(10))
    assert inception_scores(np.tile([1.0, 0, 0], (40, 1))) == pytest.approx(np.ones(10))  # sure, but always the same
    assert inception_scores(np.eye(4)[np.arange(400) % 4], splits=1) == pytest.approx([4.0])


def test_what_cannot_be_scored_says_so() -> None:
    with pytest.raises(MimnetError, match="9 pictures cannot make 10 splits"):
        inception_scores(np.full((9, 3), 1 / 3))
    with pytest.raises(MimnetError, match="one class"):
        inception_scores(np.ones((20, 1)))
