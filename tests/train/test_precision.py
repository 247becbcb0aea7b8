"""Tests of the choice of precision: bfloat16 only where the hardware computes in it."""

import pytest
import torch

from mimnet.train.precision import autocast, precision

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
