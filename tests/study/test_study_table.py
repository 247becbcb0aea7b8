"""The table: figures on known cases, planted differences found, absent ones not, careless raters flagged."""

import dataclasses
import json
from itertools import permutations

import numpy as np
import pytest
from study_case import NAMES, honest_sheets, random_sheet, small_key

from mimnet.study.agreement import ordinal_alpha
from mimnet.study.answers import Sheet
from mimnet.study.attention import flags
from mimnet.study.figures import figures
from mimnet.study.significance import bootstrap, holm, sign_flip
from mimnet.study.table import study_table

KEY = small_key(20)
SAME = dict.fromkeys(NAMES, 0.0)
BETTER = {"zebra-full": 0.4, "walrus-plain": 0.0}
_ = float("nan")
# The worked example of K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units
WORKED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
)


def test_alpha_of_the_worked_example() -> None:
    assert ordinal_alpha(WORKED) == pytest.approx(0.815, abs=5e-4)
    assert ordinal_alpha(WORKED[::-1, ::-1]) == pytest.approx(0.815, abs=5e-4)
    assert ordinal_alpha(WORKED * 10) == ordinal_alpha(WORKED), "only the order of the grades counts"


def test_alpha_at_its_ends() -> None:
    rng = np.random.default_rng(0)
    assert abs(ordinal_alpha(rng.integers(1, 6, (10, 2000)).astype(float)) or 1) < 0.02, "chance"
    opposed = ordinal_alpha(np.array([[1.0, 5] * 20, [5.0, 1] * 20]))
    assert opposed is not None
    assert opposed < -0.9
    assert ordinal_alpha(np.full((3, 4), 2.0)) is None
    assert ordinal_alpha(np.array([[1.0, _], [_, 2]])) is None
    assert ordinal_alpha(np.full((3, 4), _)) is None


def test_means_and_deviations_by_hand() -> None:
    key = small_key(2)
    grades = np.array([[[1, 2, 3], [5, 5, 5]], [[3, 2, 5], [5, 4, 5]]])  # items, models, questions
    found = figures([Sheet("a", "", grades, np.ones((2, 2))), Sheet("b", "", grades, np.ones((2, 2)))], key)
    cell = found.cell("zebra-full", "relevance")
    assert (cell.mean, cell.std, cell.n) == (2.0, 1.0, 4)
    assert (cell.low, cell.high) == (2.0, 2.0), "both raters have the same mean"
    assert found.cell("walrus-plain", "background").mean == 4.5
    pair = next(pair for pair in found.pairs if pair.question == "relevance")
    assert (pair.first, pair.second, pair.difference) == ("walrus-plain", "zebra-full", 3.0)
    assert pair.p == 0.5, "two raters can prove nothing"


def test_sign_flip_agrees_with_counting_and_with_its_draws() -> None:
    rng = np.random.default_rng(3)
    small = rng.normal(0.3, 1, (10, 2))
    exact = sign_flip(small, rng)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 10)).reshape(10, -1)
    counted = (np.abs(signs.T @ small) >= np.abs(small.sum(0)) - 1e-12).mean(0)
    assert exact == pytest.approx(counted)
    padded = np.concatenate([small, np.zeros((10, 2))])  # twenty raters: drawn; the zeros change nothing
    assert sign_flip(padded, rng) == pytest.approx(exact, abs=0.01)
    assert sign_flip(np.zeros((30, 1)), rng) == 1


def test_sign_flip_keeps_its_level() -> None:
    rng = np.random.default_rng(4)
    p = sign_flip(rng.normal(0, 1, (13, 2000)), rng)
    assert 0.035 < (p <= 0.05).mean() < 0.065


def test_holm_in_any_order() -> None:
    known = {0.01: 0.03, 0.02: 0.04, 0.9: 0.9}
    for order in permutations(known):
        assert holm(np.array(order)) == pytest.approx([known[p] for p in order])
    assert holm(np.array([0.6, 0.5])).tolist() == [1, 1]


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    low, high = bootstrap(rng.normal(3, 0.5, (40, 300)), rng)
    assert 0.90 < ((low < 3) & (high > 3)).mean() < 0.98


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_difference_is_found(seed: int) -> None:
    table = study_table(honest_sheets(15, KEY, BETTER, seed=seed), KEY)
    for pair in table.all.pairs:
        assert (pair.first, pair.second) == ("walrus-plain", "zebra-full")
        assert -0.6 < pair.difference < -0.2
        assert pair.p_holm < 0.01
    assert table.flagged == ()
    assert table.kept is None


def test_without_a_difference_none_is_found() -> None:
    found = 0
    for seed in range(40):
        pairs = figures(honest_sheets(12, KEY, SAME, seed=100 + seed), KEY).pairs
        found += sum(pair.p_holm < 0.05 for pair in pairs)
    assert found <= 12, "120 tests at the 5% level"


def test_three_models_are_corrected_for_three_pairs() -> None:
    names = ("a", "b", "c")
    key = small_key(20, names)
    found = figures(honest_sheets(15, key, {"a": 0.0, "b": 0.0, "c": 1.0}, seed=1), key)
    assert [(p.first, p.second) for p in found.pairs[:3]] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert all(pair.p_holm >= pair.p for pair in found.pairs)
    assert max(pair.p_holm for pair in found.pairs if pair.second == "c") < 0.01


def test_careless_raters_are_flagged_and_honest_ones_are_not() -> None:
    key = small_key(45)  # 90 screens
    caught = 0
    for seed in range(20):
        honest = honest_sheets(12, key, BETTER, seed=seed)
        hasty = Sheet("hasty", "Flash", honest[0].grades, np.full((45, 2), 0.8))
        same = Sheet("same", "", np.tile([3, 4, 3], (45, 2, 1)), np.full((45, 2), 7.0))
        clickers = [random_sheet(f"random{n}", key, seed=1000 + 10 * seed + n) for n in range(3)]
        found = {flag.rater: flag for flag in flags([*honest, hasty, same, *clickers])}
        assert found["hasty"].reasons == (
            "median of 0.8 s per screen, below 1.5 s",
            "every grade is that of honest0",  # whose grades this case hands in again
        )
        assert found["hasty"].name == "Flash"
        assert found["same"].reasons == ("the same grades on every screen",)
        assert not any(rater.startswith("honest") for rater in found)
        clicked = [flag for rater, flag in found.items() if rater.startswith("random")]
        assert all("correlation" in flag.reasons[0] for flag in clicked)
        caught += len(clicked)
    assert caught >= 54, "nine in ten of the sixty"


def test_a_sheet_that_was_handed_in_twice_is_flagged() -> None:
    key = small_key()
    sheets = honest_sheets(4, key, dict.fromkeys(key.models.values(), 0.0), seed=3)
    twin = dataclasses.replace(sheets[1], rater="another")
    found = flags([*sheets, twin])
    assert [(flag.rater, flag.reasons) for flag in found] == [("another", ("every grade is that of honest1",))]


def test_few_grades_or_raters_flag_nobody_by_correlation() -> None:
    assert flags([random_sheet(f"r{n}", small_key(2), seed=n) for n in range(5)]) == []
    assert flags([random_sheet(f"r{n}", small_key(30), seed=n) for n in range(2)]) == []


def test_the_table_is_given_with_and_without_the_flagged() -> None:
    honest = honest_sheets(10, KEY, BETTER, seed=2)
    table = study_table([*honest, random_sheet("click", KEY, seed=9, seconds=0.5)], KEY)
    assert [flag.rater for flag in table.flagged] == ["click"]
    assert table.all.raters == 11
    assert table.kept == figures(honest, KEY)
    told = json.loads(json.dumps(table.to_json(), allow_nan=False))
    assert told["without_flagged"]["raters"] == 10
    assert told["paper"]["ours, 256 px"]["background"] == {"mean": 3.42, "std": 1.21}
    for text in (table.to_text(), table.to_markdown()):
        assert "All raters (11)" in text
        assert "Without the raters in doubt (10)" in text
        assert "below 1.5 s" in text
        assert "not the same experiment" in text
        assert "divisor n" in text


def test_one_rater_and_one_model_make_a_table() -> None:
    key = small_key(2, ("only",))
    table = study_table([random_sheet("r", key, seed=0)], key)
    assert table.all.pairs == ()
    assert table.all.cell("only", "quality").low is None
    assert "only" in table.to_text()
    json.dumps(table.to_json(), allow_nan=False)
    lonely = study_table([random_sheet("r", key, seed=0, seconds=0.1)], key)
    assert lonely.kept is None
    assert "All raters are in doubt" in lonely.to_text()
