"""Scores of a model: independent of batches, the same for the same seed, and right for an edit that changes nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mimnet.checkpoint import Model, new_generator
from mimnet.config import load_config
from mimnet.data.drawn import write_drawn_set
from mimnet.data.folder import read_split
from mimnet.evaluate import colour_scores, drawn_scores, edit_all, mean_change
from mimnet.text import PAD, UNKNOWN, Vocabulary


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("drawn") / "set"
    write_drawn_set(out, train=0, test=24, seed=0, size=32)
    return out


def model(*, blind: bool = False) -> Model:
    """A random model; a `blind` one has a map of nothing everywhere, so it leaves every picture alone."""
    torch.manual_seed(0)
    config = load_config("tiny").model
    vocabulary = Vocabulary([PAD, UNKNOWN, "this", "flower", "bird", "has", "petals", "red", "blue", "white"])
    generator = new_generator(config, len(vocabulary)).eval()
    torch.nn.init.normal_(generator.vectors.vectors)
    if blind:
        generator.coarse.locate.forward = lambda texture, painted, seen: torch.zeros_like(painted[:, :1])  # type: ignore[method-assign]
    return Model(generator, config, vocabulary, {}, "none")


def test_an_edit_does_not_depend_on_the_batch() -> None:
    draw = np.random.default_rng(0)
    pairs = [(draw.integers(0, 255, (32, 32, 3), np.uint8), f"this flower has {c} petals") for c in ("red", "blue") * 3]
    one, many = (list(edit_all(model(), pairs, batch=batch)) for batch in (1, 4))
    assert len(one) == len(many) == 6
    for a, b in zip(one, many, strict=True):
        assert np.abs(a.edit.astype(int) - b.edit.astype(int)).max() <= 1  # one grey level of rounding
        assert not np.array_equal(a.edit, a.image)


def test_a_model_that_changes_nothing_scores_as_unchanged(drawn: Path) -> None:
    scores = drawn_scores(model(blind=True), drawn / "test")
    assert len(scores) > 10
    for score in scores:
        assert score.inside == score.unchanged
        assert score.outside == 0
        assert score.iou == 0
    rows = read_split(drawn, "test")
    assert mean_change(model(blind=True), rows, limit=8) == 0
    for colours in colour_scores(model(blind=True), rows, limit=8):
        assert colours.edits == colours.unchanged


def test_scores_are_a_function_of_the_seed(drawn: Path) -> None:
    first, again, other = (drawn_scores(model(), drawn / "test", seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert all(score.inside != score.unchanged for score in first)
