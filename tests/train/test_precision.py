"""Tests of the choice of precision: bfloat16 only where the hardware computes in it."""

from pathlib import Path

import pytest
import torch

from mimnet.config import load_config, merge
from mimnet.train.engine import Engine
from mimnet.train.precision import autocast, precision
from mimnet.train.run import Sources, dry_run

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("has", "wanted", "dtype"),
    [(True, True, torch.bfloat16), (True, False, torch.float32), (False, True, torch.float32)],
)
def test_a_convolution_runs_in_what_the_machine_has(
    has: bool, wanted: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False, raising=False)
    with autocast(CPU, bf16=wanted):
        y = torch.nn.functional.conv2d(torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3))
    assert y.dtype == dtype
    assert precision(CPU, bf16=wanted) == str(dtype).removeprefix("torch.")


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
