"""Intervals: against the normal approximation, over seeds, with gaps."""

import numpy as np
import pytest

from mimnet.metrics.bootstrap import interval, interval_of

DRAW = np.random.default_rng(0)


def test_it_agrees_with_the_normal_interval() -> None:
    values = DRAW.normal(3, 2, 400)
    mean, low, high = interval(values, draws=4000)
    half = 1.96 * values.std(ddof=1) / 20
    assert mean == values.mean()
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=0.1 * half)


def test_it_covers_the_truth_nineteen_times_in_twenty() -> None:
    hits = 0
    for trial in range(200):
        _, low, high = interval(np.random.default_rng(trial).exponential(1.0, 100), draws=300, seed=trial)
        hits += low <= 1.0 <= high
    assert 180 <= hits <= 200


def test_seeds_that_disagree_widen_it() -> None:
    pictures = DRAW.normal(0, 0.1, 100)
    alike = np.stack([pictures, pictures, pictures])
    apart = np.stack([pictures - 1, pictures, pictures + 1])
    widths = [np.diff(interval(x)[1:])[0] for x in (alike, apart)]
    assert widths[1] > 10 * widths[0]


def test_gaps_are_left_out() -> None:
    values = np.array([1.0, np.nan, 3.0, np.nan])
    assert interval(values)[0] == 2
    assert np.isnan(interval(np.full(3, np.nan))).all()


def test_a_figure_of_means_is_that_of_all_pictures_and_agrees_with_the_delta_method() -> None:
    above, below = DRAW.normal(3, 0.5, 400), DRAW.normal(2, 0.3, 400)
    value, low, high = interval_of(lambda a, b: a / b, above, below, draws=4000)
    assert value == pytest.approx(above.mean() / below.mean())
    spread = (above - value * below).std(ddof=1) / below.mean() / 20  # of a ratio of means, to first order
    assert (low, high) == pytest.approx((value - 1.96 * spread, value + 1.96 * spread), abs=0.1 * 1.96 * spread)


def test_a_figure_of_means_of_seeds_that_disagree_has_a_wide_interval() -> None:
    pictures = 1 + DRAW.random(100)
    alike, apart = np.stack([pictures] * 3), np.stack([pictures, 2 * pictures, 3 * pictures])
    widths = [np.diff(interval_of(lambda a, b: a / b, table, alike)[1:])[0] for table in (alike, apart)]
    assert widths[0] == 0
    assert widths[1] > 0.5


def test_a_picture_that_is_unknown_in_one_table_counts_in_none() -> None:
    above, below = np.array([1.0, np.nan, 9.0]), np.array([2.0, 5.0, np.nan])
    assert interval_of(lambda a, b: a / b, above, below)[0] == 0.5
