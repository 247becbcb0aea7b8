"""Tests of colours of things, and of how well they tell their names."""

import numpy as np
import pytest

from mimnet.data.colours import colours_within, typical_of_names
from two_parts import BELLY, HEAD, two_parts


def test_mean_and_deviation_are_those_of_the_weighed_pixels() -> None:
    picture, belly = two_parts("red", "white"), BELLY.astype(np.float32)
    of = colours_within(picture, belly)
    assert of is not None
    assert np.allclose(of.mean, picture[BELLY].mean(0), atol=1e-3)
    assert np.allclose(of.deviation, picture[BELLY].std(0), atol=1e-3)
    assert colours_within(picture, HEAD * np.float32(0)) is None


def test_colours_tell_their_names_by_how_far_from_other_names_they_lie() -> None:
    draw = np.random.default_rng(0)
    pink, white = draw.normal((230, 120, 160), 20, (40, 3)), draw.normal((240, 235, 230), 8, (40, 3))
    between = np.array([[236, 220, 215], [230, 100, 150], [20, 20, 20]])
    means = np.concatenate([pink, white, between]).astype(np.float32)
    names: list[tuple[int, ...]] = [(7,)] * 40 + [(9,)] * 40 + [(7,), (7,), ()]
    typical = typical_of_names(means, names)
    assert typical[80] < 0.1  # hardly to be told from white
    assert typical[81] > 1
    assert typical[[*range(40), 80, 81]].mean() == pytest.approx(1)
    assert typical[40:80].mean() == pytest.approx(1)
    assert typical[82] == 1  # it has no name
    assert (typical_of_names(means, [()] * 83) == 1).all()
