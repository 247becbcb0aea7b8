"""What goes wrong in training ends in one line, exit code 2, and a checkpoint that is still good."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import command, environment
from torch import nn

from mimnet.config import TrainConfig
from mimnet.errors import MimnetError
from mimnet.train.engine import Engine
from mimnet.train.loop import load_state, run_loop
from mimnet.train.system import Phase


def started(
    arguments: list[str], tmp_path: Path, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, env=environment(tmp_path), capture_output=True, text=True, check=False, preexec_fn=before
    )


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


class Collapsing:
    """A system whose loss is no number from the fifth step on."""

    averaged: str | None = "line"

    def __init__(self) -> None:
        self.networks = nn.ModuleDict({"line": nn.Linear(1, 1)})

    def groups(self) -> dict[str, list[nn.Parameter]]:
        return {"line": list(self.networks.parameters())}

    def step(self, batch: Any, step: int) -> Iterator[Phase]:
        loss = self.networks["line"](torch.ones(1, 1)).sum() * (float("nan") if step >= 5 else 1.0)
        yield Phase("line", loss, {"height": loss})

    def sample(self, averaged: nn.Module) -> None:
        return None


class Nothing:
    """Batches for a system that needs none."""

    def at(self, step: int, **share: int) -> "Nothing":
        return self

    def to(self, device: torch.device, **layout: bool) -> "Nothing":
        return self


def test_a_loss_that_is_no_number_stops_and_leaves_the_checkpoint(tmp_path: Path) -> None:
    train = TrainConfig(batch=1, save_every=2, ema=0.5)
    engine = Engine(torch.device("cpu"))
    with pytest.raises(MimnetError, match=r"line is not a number at step 5 \(height\).*checkpoint is good"):
        run_loop(Collapsing(), Nothing(), train, steps=9, out=tmp_path, engine=engine, quiet=True)  # type: ignore[arg-type]
    state = load_state(tmp_path / "trainer.pt", engine.device)
    assert state["step"] == 4
    assert all(torch.isfinite(x).all() for x in state["networks"].values())


@pytest.mark.slow
def test_a_disk_that_takes_no_more_leaves_the_checkpoint_before(captioned: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert started(command(captioned, out, "--train.steps", "4"), tmp_path).returncode == 0
    whole = (out / "trainer.pt").read_bytes()
    limit = len(whole) // 2  # files can grow to half a checkpoint, as on a disk that is nearly full

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    refused(started(command(captioned, out), tmp_path, small_files), "cannot write", "trainer.pt")
    assert (out / "trainer.pt").read_bytes() == whole
    assert not [file for file in os.listdir(out) if file.startswith(".")]
    assert started(command(captioned, out, "--train.steps", "8"), tmp_path).returncode == 0


@pytest.mark.slow
def test_bad_arguments_are_told_in_one_line(captioned: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    base = command(captioned, out)
    train = base[:4]
    refused(started([*train, "tinny", "--data", str(captioned), "--out", str(out)], tmp_path), "tinny", "compact")
    refused(started(command(tmp_path / "nowhere", out), tmp_path), "nowhere")
    refused(started([*base, "--trian.steps", "3"], tmp_path), "--trian.steps")
    refused(started([*base, "--train.batch", "99"], tmp_path), "99", "24")
    (tmp_path / "mine.toml").write_text('base = "tiny"\n[loss]\nconfomity = 1.0\n')
    refused(
        started([*train, str(tmp_path / "mine.toml"), *base[5:9]], tmp_path), "confomity", "conformity", "mine.toml"
    )
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    refused(started(command(captioned, tmp_path / "other"), tmp_path), "not empty")
    assert (tmp_path / "other" / "letter.txt").read_text() == "dear"


@pytest.mark.slow
def test_a_checkpoint_that_was_cut_short_is_named(captioned: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert started(command(captioned, out, "--train.steps", "4"), tmp_path).returncode == 0
    state = out / "trainer.pt"
    state.write_bytes(state.read_bytes()[:1000])
    refused(started(command(captioned, out), tmp_path), "trainer.pt", "not a whole checkpoint")
