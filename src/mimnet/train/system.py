"""What the trainer needs of a family of models: networks, groups of parameters, and the phases of a step.

The loop, resuming, logs and several processes come with the trainer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from PIL import Image
from torch import Tensor, nn

from mimnet.data.batches import Batch


@dataclass(frozen=True)
class Phase:
    """One optimiser step: the group whose parameters move, the loss that moves them, and terms for the log."""

    group: str
    total: Tensor
    terms: dict[str, Tensor]


class System(Protocol):
    """Networks with their losses."""

    networks: nn.ModuleDict  # everything that has weights, by name
    averaged: str | None  # the network of which a moving average is kept

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """Parameters by group; every group has its own optimiser."""

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """The phases of one training step, in order.

        The trainer moves a phase's group before it asks for the next, so later phases see the updated networks.
        """

    def sample(self, averaged: nn.Module) -> Image.Image | None:
        """A picture that shows where the run stands, or None."""


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Keep gradients from the networks' parameters; gradients still flow through to their inputs."""
    held = [p for network in networks for p in network.parameters() if p.requires_grad]
    for p in held:
        p.requires_grad_(False)
    try:
        yield
    finally:
        for p in held:
            p.requires_grad_(True)
