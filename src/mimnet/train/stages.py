"""A stage of training before the main one: a system that learns parts from which a generator starts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mimnet.config import TrainConfig
from mimnet.encoders import Encoders
from mimnet.train.system import System


class PartsSystem(System, Protocol):
    """A system whose result is parts."""

    def learned(self, encoders: Encoders) -> Encoders:
        """`encoders` with what was learned put in, on the CPU."""


@dataclass(frozen=True)
class Stage:
    """One stage; it is passed over where everything that it gives is there already."""

    name: str  # of its folder in the run directory
    gives: frozenset[str]  # "vectors", or names of `EditingNetwork.parts`
    build: Callable[[Encoders], PartsSystem]  # given what is there so far
    train: TrainConfig
    steps: int
    size: int  # side of the pictures in pixels
