"""Sim, Diff, MP (Eq. 22) and R-precision: by hand, on cases with known answers, and what real pictures must get."""

import numpy as np
import pytest
import torch

from mimnet.errors import MimnetError
from mimnet.metrics.difference import difference
from mimnet.metrics.manipulative import manipulative_precision
from mimnet.metrics.retrieval import r_precision
from mimnet.metrics.similarity import similarity

DRAW = np.random.default_rng(0)


def test_similarity_is_torchs_cosine() -> None:
    a, b = DRAW.normal(size=(2, 20, 7))
    expected = torch.cosine_similarity(torch.from_numpy(a), torch.from_numpy(b)).numpy()
    assert similarity(a, b) == pytest.approx(expected)
    assert similarity(a, 3 * a) == pytest.approx(np.ones(20))
    assert similarity(np.zeros((1, 3)), np.ones((1, 3))) == 0


def test_difference_is_the_mean_of_absolute_values() -> None:
    before, after = DRAW.integers(0, 256, (2, 3, 4, 5, 3), np.uint8)
    by_hand = [
        sum(abs(int(a) - int(b)) for a, b in zip(x.flat, y.flat, strict=True)) / (4 * 5 * 3 * 255)
        for x, y in zip(before, after, strict=True)
    ]
    assert difference(before, after) == pytest.approx(by_hand)
    assert difference(before, before).tolist() == [0, 0, 0]
    assert difference(np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 255, np.uint8)) == 1


def test_mp_of_real_pictures_is_their_sim_and_both_ways_differ() -> None:
    sim, diff = np.array([0.4, 0.1]), np.array([0.5, 0.0])
    assert manipulative_precision(sim, np.zeros(2)).tolist() == sim.tolist()
    assert manipulative_precision(sim, diff).mean() == pytest.approx(0.15)
    assert float(manipulative_precision(sim.mean(), diff.mean())) == pytest.approx(0.25 * 0.75)


def test_the_papers_own_table_fits_eq_22() -> None:
    for sim, diff, mp in ((0.045, 0.508, 0.022), (0.048, 0.267, 0.035), (0.152, 0.188, 0.123), (0.171, 0.190, 0.139)):
        assert float(manipulative_precision(np.float64(sim), np.float64(diff))) == pytest.approx(mp, abs=1e-3)


def test_r_precision_of_known_cases() -> None:
    n, kinds = 300, [str(i % 5) for i in range(300)]
    own = DRAW.normal(size=(n, 16))
    assert r_precision(own, 2 * own, kinds).all()
    assert not r_precision(-own, own, kinds).any()
    assert not r_precision(own, np.ones((n, 16)), kinds).any()  # all alike: a tie is no hit
    lucky = r_precision(own, DRAW.normal(size=(n, 16)), kinds, candidates=4)
    assert lucky.mean() == pytest.approx(1 / 4, abs=0.08)  # three standard deviations


def test_r_precision_asks_other_classes_alone() -> None:
    own = np.eye(4)
    sentences = np.eye(4)[[1, 0, 3, 2]]  # everyone's best match is another's sentence
    assert not r_precision(own, sentences, ["a", "b", "c", "d"]).any()
    ties = r_precision(own, sentences, ["a", "a", "c", "c"])  # the thief is of the same class: a tie of zeros is left
    assert not ties.any()
    better = r_precision(own + 0.1 * sentences, sentences, ["a", "a", "c", "c"])
    assert better.all()
    with pytest.raises(MimnetError, match="two classes"):
        r_precision(own, sentences, ["a"] * 4)
