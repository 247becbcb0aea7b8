"""What training begins with: another run with all its networks, or a finished model, which is its generator alone."""

import dataclasses
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mimnet.checkpoint import Model, find_model, load_model
from mimnet.config import ModelConfig
from mimnet.train.loop import STATE, load_state

FREE = {"size", "memory_spread"}  # of a model: another size is meant, and what memories began with is long past


@dataclass(frozen=True)
class Start:
    """A run directory, a model file, or the name of a model in the package or on the hub."""

    given: Path

    @property
    def is_run(self) -> bool:
        """Whether it is a run directory with the state of all its networks."""
        return (self.given / STATE).is_file()

    @cached_property
    def model(self) -> Model | None:
        """The model of it. None for a run that has not written one yet; raises `MimnetError` where there is neither."""
        file = self.given / "model.safetensors"
        if self.is_run:
            return load_model(file) if file.is_file() else None
        return load_model(find_model(self.given))

    def otherwise(self, config: ModelConfig) -> str:
        """What its model has otherwise, as weights do not show, "model.map_gain is 1.5 there, 1.0 here"; or nothing."""
        if self.model is None:
            return ""
        there, here = dataclasses.asdict(self.model.config), dataclasses.asdict(config)
        differ = [name for name in here if name in there and name not in FREE and there[name] != here[name]]
        return ", ".join(f"model.{name} is {there[name]} there, {here[name]} here" for name in differ)

    def networks(self, device: torch.device) -> dict[str, Tensor]:
        """Weights by the names of `System.networks`: the averaged generator, and of a run its discriminators."""
        if not self.is_run:
            assert self.model is not None
            return {f"generator.{name}": x.to(device) for name, x in self.model.generator.state_dict().items()}
        state = load_state(self.given / STATE, device)
        averaged = {f"generator.{name}": x for name, x in (state["averaged"] or {}).items()}
        return {**state["networks"], **averaged}

    def earlier(self) -> list[dict[str, Any]]:
        """The training that it brings along, oldest first."""
        if self.model is None:
            return []
        about = dict(self.model.training)
        before: list[dict[str, Any]] = about.pop("earlier", [])
        return [*before, json.loads(json.dumps(about))]
