"""Devices and processes. One process needs torch alone; several go through Lightning Fabric.

Gradients are averaged by one flat reduction after the backward pass, so networks need no wrapper and a step may
use them in any order.
"""

import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mimnet.errors import MimnetError


class Engine:
    """One process on one device."""

    rank, world = 0, 1

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace every gradient by its mean over the processes."""

    def mean(self, values: Tensor) -> Tensor:
        """Mean of a tensor over the processes."""
        return values

    def barrier(self) -> None:
        """Wait for the other processes."""


class FabricEngine(Engine):
    """One of several processes, launched and joined by Lightning Fabric."""

    def __init__(self, fabric: Any) -> None:
        super().__init__(fabric.device)
        self.fabric = fabric
        self.rank, self.world = fabric.global_rank, fabric.world_size

    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
        flat = self.mean(torch.cat([g.reshape(-1) for g in gradients]))
        for p, piece in zip(parameters, torch.split(flat, [g.numel() for g in gradients]), strict=True):
            p.grad = piece.view(p.shape).clone(memory_format=torch.preserve_format)

    def mean(self, values: Tensor) -> Tensor:
        reduced: Tensor = self.fabric.all_reduce(values, reduce_op="mean")
        return reduced

    def barrier(self) -> None:
        self.fabric.barrier()


def make_engine(*, devices: int = 1, nodes: int = 1, accelerator: str = "auto") -> Engine:
    """The engine for `devices` processes on each of `nodes` machines; `accelerator` is auto, cpu or cuda.

    Under torchrun its own counts are taken; under SLURM, `devices` is the tasks on a node, as Fabric wants it.
    """
    if "LOCAL_WORLD_SIZE" in os.environ:  # torchrun says how many processes it started, and where
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["WORLD_SIZE"]) // devices
    if devices < 1 or nodes < 1:
        raise MimnetError(f"--devices {devices} --nodes {nodes}: both must be 1 or more")
    if devices * nodes == 1:
        if accelerator == "cuda" and not torch.cuda.is_available():
            raise MimnetError("--accelerator cuda, but torch finds no CUDA device; use --accelerator cpu")
        use_cuda = accelerator != "cpu" and torch.cuda.is_available()
        return Engine(torch.device("cuda" if use_cuda else "cpu"))
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise MimnetError("several processes need Lightning Fabric: pip install 'mimnet[train]'") from error
    fabric = Fabric(accelerator=accelerator, devices=devices, num_nodes=nodes, strategy="ddp")
    fabric.launch()
    return FabricEngine(fabric)
