"""Batches made by other processes, ahead of the step that takes them.

A GPU is done with a small network before one core has cut and dyed the next pictures. Batches are functions of the
step, so who makes them, and when, changes nothing.
"""

import multiprocessing
import signal
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from mimnet.data.batches import Batch, Source
from mimnet.data.contents import workers
from mimnet.errors import MimnetError

FORK = "fork"  # a process that starts so has the pictures already
MOST = 6  # processes that are started unasked


def workers_for(device: torch.device, *, world: int = 1, in_order: bool = False) -> int:
    """Processes that make batches for one of `world` that train on `device`: none where a CPU trains, or without fork.

    One where pictures are read `in_order`, for several would each read what the others do.
    """
    if device.type == "cpu" or FORK not in multiprocessing.get_all_start_methods():
        return 0
    return 1 if in_order else max(1, min(MOST, workers() // world - 1))


class _Shares(Dataset[Batch | MimnetError]):
    """One process's share of every batch from `first` on, before `last`."""

    def __init__(self, source: Source, first: int, last: int, rank: int, world: int) -> None:
        self.source, self.first, self.last, self.rank, self.world = source, first, last, rank, world

    def __len__(self) -> int:
        return self.last - self.first

    def __getitem__(self, i: int) -> Batch | MimnetError:
        try:
            return self.source.at(self.first + i, rank=self.rank, world=self.world)
        except MimnetError as error:  # raised, it would come back wrapped in a traceback
            return error


def batches_ahead(
    source: Source, first: int, last: int, *, rank: int = 0, world: int = 1, workers: int = 0, pin: bool = False
) -> Iterator[Batch]:
    """The batches of steps `first` to before `last`, in order, made by `workers` processes, or when asked for (0).

    `pin` keeps them in memory from which a GPU fetches while it computes. Raises `MimnetError` as `source` does.
    """
    shares = _Shares(source, first, last, rank, world)
    made: Iterator[Batch | MimnetError] = (
        iter(
            DataLoader(
                shares,
                None,
                num_workers=workers,
                pin_memory=pin,
                worker_init_fn=_deaf,
                multiprocessing_context=FORK,
            )
        )
        if workers > 0
        else (shares[i] for i in range(len(shares)))
    )
    for batch in made:
        if isinstance(batch, MimnetError):
            raise batch
        yield batch


def _deaf(worker: int) -> None:
    """Ctrl-C is for the process that trains; it ends its helpers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
