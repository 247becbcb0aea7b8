"""Tests of the loop alone, on a system of one number."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from mimnet.config import TrainConfig
from mimnet.data.batches import Batch
from mimnet.train.engine import Engine
from mimnet.train.loop import run_loop
from mimnet.train.system import Phase


class OneNumber:
    """Its gradient is always 1, so Adam moves it by the whole step size."""

    averaged: str | None = None

    def __init__(self) -> None:
        self.number = nn.Parameter(torch.zeros(()))
        self.networks = nn.ModuleDict({"number": nn.ParameterList([self.number])})

    def groups(self) -> dict[str, list[nn.Parameter]]:
        return {"number": [self.number]}

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        yield Phase("number", self.number * 1, {"number": self.number})

    def sample(self, averaged: nn.Module) -> Image.Image | None:
        return None


class Nothing:
    """Batches of two blank pictures."""

    per_epoch = 2

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        words, length = torch.ones(2, 3, dtype=torch.long), torch.ones(2, dtype=torch.long)
        return Batch(torch.zeros(2, 3, 8, 8), words, length, words, length, torch.arange(2))


@pytest.mark.parametrize(
    ("halve_every", "fade", "moved"),
    [(0, 0.0, 8.0), (0, 0.5, 4 + 1 + 0.75 + 0.5 + 0.25), (1, 0.0, 2 + 1 + 0.5 + 0.25), (0, 1.0, 36 / 8)],
)
def test_the_step_size_is_halved_and_fades(tmp_path: Path, halve_every: int, fade: float, moved: float) -> None:
    system = OneNumber()
    train = TrainConfig(batch=2, lr=0.01, halve_every=halve_every, fade=fade, beta1=0.0, beta2=0.0)
    run_loop(system, Nothing(), train, steps=8, out=tmp_path, engine=Engine(torch.device("cpu")), quiet=True)
    assert -system.number.item() / 0.01 == pytest.approx(moved, rel=1e-4)


def test_a_run_ends_after_its_minutes_and_stays_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr("mimnet.train.loop.time.perf_counter", lambda: 60.0 * next(clock))  # a minute from look to look
    train = TrainConfig(batch=2, lr=0.01, fade=0.5, minutes=4.0, beta1=0.0, beta2=0.0)
    system = OneNumber()
    for _ in range(2):
        _, progress = run_loop(
            system, Nothing(), train, steps=100, out=tmp_path, engine=Engine(torch.device("cpu")), quiet=True
        )
        assert (progress.step, progress.seconds, progress.stopped) == (5, 300.0, False)
    assert -system.number.item() / 0.01 == pytest.approx(1 + 1 + 1 + 0.5 + 0, rel=1e-4)
