"""Tests of a run before its first step: what it will take, and what is refused."""

import dataclasses
from pathlib import Path

import pytest
import torch

from mimnet.checkpoint import load_model, save_model
from mimnet.config import Config, load_config, merge
from mimnet.errors import MimnetError
from mimnet.families import new_generator
from mimnet.text import Vocabulary
from mimnet.train import run
from mimnet.train.editing import EditingSystem
from mimnet.train.engine import Engine
from mimnet.train.loop import Progress, load_state
from mimnet.train.mimnet import MIMNetSystem
from mimnet.train.run import Sources, dry_run
from mimnet.train.start import Start

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


@pytest.mark.parametrize(("name", "told"), [("weights", "no file .*weights/model"), ("gone", "no model .*gone")])
def test_a_start_that_is_not_there_is_told_before_anything_is_written(
    captioned: Path, tmp_path: Path, name: str, told: str
) -> None:
    config = merge(load_config("tiny"), {"train": {"batch": 2, "steps": 2}, "model": {"size": 32}}, where="test")
    (tmp_path / "weights" / "pretrain").mkdir(parents=True)  # a run that was broken off as it learned words
    (tmp_path / "weights" / "pretrain" / "encoders.safetensors").touch()
    with pytest.raises(MimnetError, match=told):
        run.train(config, captioned, tmp_path / "run", Engine(CPU), Sources(start=Start(tmp_path / name)))
    assert not (tmp_path / "run").exists()


def test_a_finished_model_is_a_start_with_new_discriminators(
    captioned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = merge(load_config("tiny"), {"train": {"batch": 2, "steps": 2}, "model": {"size": 32}}, where="test")
    torch.manual_seed(5)
    generator, vocabulary = new_generator(config.model, 5), Vocabulary(["<pad>", "<unk>", "red", "petals", "flower"])
    other = dataclasses.replace(config.model, map_gain=1.5, memory_spread=0.3)
    file = tmp_path / "given.safetensors"
    save_model(file, generator.state_dict(), other, vocabulary, {"step": 7, "earlier": [{"step": 3}]})
    begun: list[dict[str, torch.Tensor]] = []

    def begin(system: EditingSystem, *_: object, **__: object) -> tuple[None, Progress]:
        begun.append({name: x.clone() for name, x in system.networks.state_dict().items()})
        return None, Progress()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "run_loop", begin)
        run.train(config, captioned, tmp_path / "first", Engine(CPU), Sources(start=Start(file)), quiet=True)
    for name, x in generator.state_dict().items():
        assert torch.equal(begun[0][f"generator.{name}"], x), name
    assert any(name.startswith("discriminators.") for name in begun[0])
    assert "model.map_gain is 1.5 there, 1.0 here\n" in capsys.readouterr().err
    run.train(config, captioned, tmp_path / "run", Engine(CPU), Sources(start=Start(file)), quiet=True)
    model = load_model(tmp_path / "run")
    assert model.vocabulary.words == vocabulary.words
    assert model.training["earlier"] == [{"step": 3}, {"step": 7}]
    assert not torch.equal(model.generator.coarse.paint.first.weight, generator.coarse.paint.first.weight)
    # And on from that run, with its discriminators.
    assert capsys.readouterr().err
    on = Sources(start=Start(tmp_path / "run"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "run_loop", begin)
        run.train(config, captioned, tmp_path / "on", Engine(CPU), on, quiet=True)
    state = load_state(tmp_path / "run" / "trainer.pt", CPU)["networks"]
    mine = [name for name in state if name.startswith("discriminators.")]
    assert mine
    assert all(torch.equal(begun[1][name], state[name]) for name in mine)
    assert capsys.readouterr().err == ""
