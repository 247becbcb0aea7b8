"""Tests of a run before its first step: what it will take, and what is refused."""

from pathlib import Path

import pytest
import torch

from mimnet.config import Config, load_config, merge
from mimnet.errors import MimnetError
from mimnet.train import run
from mimnet.train.engine import Engine
from mimnet.train.mimnet import MIMNetSystem
from mimnet.train.run import Sources, dry_run

CPU = torch.device("cpu")


@pytest.mark.slow
def test_a_dry_run_measures_and_leaves_nothing(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    changes = {"train": {"batch": 2, "steps": 100}, "model": {"size": 32}}
    config = merge(load_config("tiny"), changes, where="test")
    told = dry_run(config, captioned, Engine(CPU), Sources())
    assert "# one step, measured" in told
    assert "in float32" in told  # tiny wants no bfloat16
    assert "# 100 steps" in told


def test_a_dry_run_counts_the_discriminators_own_steps_apart(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    seconds = iter([100.0, 1.0])
    alone: list[int] = []

    def measured(system: MIMNetSystem, *_: object) -> float:
        alone.append(system.loss.discriminators_first)
        return next(seconds)

    monkeypatch.setattr(run, "_seconds_a_step", measured)
    changes = {"train": {"batch": 2, "steps": 100}, "model": {"size": 32}, "loss": {"discriminators_first": 40}}
    told = dry_run(merge(load_config("tiny"), changes, where="test"), captioned, Engine(CPU), Sources())
    assert alone == [0, 40]
    assert "# one step, measured       100.000 s" in told
    assert "1.7 hours" in told  # 60 steps of 100 s and 40 of one


def test_a_run_without_a_step_for_the_generator_is_refused(captioned: Path, tmp_path: Path) -> None:
    changes = {"train": {"batch": 2, "steps": 40}, "model": {"size": 32}, "loss": {"discriminators_first": 40}}
    config = merge(load_config("tiny"), changes, where="test")
    with pytest.raises(MimnetError, match="the generator would learn nothing"):
        run.train(config, captioned, tmp_path / "run", Engine(CPU), Sources())
    assert not (tmp_path / "run").exists()


def test_a_fading_run_keeps_its_number_of_steps(tmp_path: Path) -> None:
    def config(steps: int, fade: float) -> Config:
        return merge(load_config("tiny"), {"train": {"steps": steps, "fade": fade}}, where="test")

    for fade in (0.0, 0.5):
        run.claim(config(40, fade), tmp_path / f"{fade}", Engine(CPU))
    run.claim(config(80, 0.0), tmp_path / "0.0", Engine(CPU))
    with pytest.raises(MimnetError, match=r"train\.steps is 40 there, 80 here"):
        run.claim(config(80, 0.5), tmp_path / "0.5", Engine(CPU))


def test_a_start_that_is_no_run_is_told_before_anything_is_written(captioned: Path, tmp_path: Path) -> None:
    config = merge(load_config("tiny"), {"train": {"batch": 2, "steps": 2}, "model": {"size": 32}}, where="test")
    (tmp_path / "weights").mkdir()
    with pytest.raises(MimnetError, match=r"weights has no trainer\.pt, so there is nothing to start from"):
        run.train(config, captioned, tmp_path / "run", Engine(CPU), Sources(start=tmp_path / "weights"))
    assert not (tmp_path / "run").exists()
