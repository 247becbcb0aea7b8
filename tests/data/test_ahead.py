"""Batches that other processes make ahead: the same, in order, and what goes wrong there is told here."""

import dataclasses

import pytest
import torch

from mimnet.data.ahead import MOST, batches_ahead, workers_for
from mimnet.data.batches import Batch, Pairs
from mimnet.errors import MimnetError


class Numbers:
    """A batch tells its step and share; number 7 cannot be read."""

    per_epoch = 100

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        if step == 7:
            raise MimnetError("picture 7 is broken")
        told = torch.tensor([step, rank, world])
        pairs = Pairs(torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2), told[None], told, torch.zeros(1, 1, 2, 2))
        return Batch(torch.zeros(1, 3, 2, 2), told[None], told, told[None], told, told, pairs=pairs)


def told(batch: Batch) -> list[int]:
    assert batch.pairs is not None
    assert torch.equal(batch.pairs.length, batch.length)
    return batch.length.tolist()


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_and_for_the_process_that_asked(workers: int) -> None:
    made = list(batches_ahead(Numbers(), 2, 7, rank=1, world=3, workers=workers))
    assert [told(batch) for batch in made] == [[step, 1, 3] for step in range(2, 7)]
    assert not list(batches_ahead(Numbers(), 4, 4, workers=workers))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_is_the_sources_own(workers: int) -> None:
    made = batches_ahead(Numbers(), 5, 9, workers=workers)
    assert [told(next(made))[0], told(next(made))[0]] == [5, 6]
    with pytest.raises(MimnetError, match=r"^picture 7 is broken$"):
        next(made)


def test_helpers_are_for_a_gpu() -> None:
    gpu = torch.device("cuda")
    assert workers_for(torch.device("cpu")) == 0
    assert 1 <= workers_for(gpu) <= MOST
    assert workers_for(gpu, world=64) == workers_for(gpu, in_order=True) == 1


def test_all_tensors_move_together() -> None:
    batch = dataclasses.replace(Numbers().at(1), absent=torch.zeros(1, 3, 2, 2)).to(torch.device("meta"))
    assert batch.pairs is not None
    assert batch.absent is not None
    parts = [batch.image, batch.ids, batch.kind, batch.absent, batch.pairs.before, batch.pairs.ids]
    assert {part.device.type for part in parts} == {"meta"}
    layout = Numbers().at(1).to(torch.device("cpu"), channels_last=True)
    assert layout.image.is_contiguous(memory_format=torch.channels_last)
