"""What the training of all families has in common: an editing generator against its discriminators."""

from collections.abc import Iterator

import torch
from PIL import Image
from torch import Tensor, nn

from mimnet.config import Config
from mimnet.data.batches import Batch
from mimnet.families import new_discriminators
from mimnet.nn.edit import EditingNetwork
from mimnet.train.grids import Fixed, sample_grid
from mimnet.train.matching import matching_stage
from mimnet.train.precision import autocast
from mimnet.train.stages import Stage
from mimnet.train.system import Phase


class EditingSystem:
    """Networks, groups and samples of one family; `step` is the family's own."""

    averaged: str | None = "generator"

    def __init__(self, config: Config, generator: EditingNetwork, *, fixed: Fixed) -> None:
        self.config = config
        self.network = generator
        self.discriminators = new_discriminators(config.model)
        self.networks = nn.ModuleDict({"generator": generator, "discriminators": self.discriminators})
        self.fixed = fixed

    @classmethod
    def stages(cls, config: Config) -> list[Stage]:
        """What is learned before, in order: word vectors and CNNs by matching, where `pretrain.steps` asks for it."""
        return [matching_stage(config)] if config.pretrain.steps > 0 else []

    @classmethod
    def needs_start(cls, config: Config) -> bool:
        """Whether training begins with another run's networks, and not without."""
        return False

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """Parameters that move, by group; frozen parts are left out."""
        return {
            name: [p for p in network.parameters() if p.requires_grad]
            for name, network in (("discriminators", self.discriminators), ("generator", self.network))
        }

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """The phases of one training step."""
        raise NotImplementedError

    def start(self, networks: dict[str, Tensor]) -> None:
        """Begin with another run's networks, by name; discriminators begin anew where there are none.

        Raises `RuntimeError` if they do not fit.
        """
        if not any(name.startswith("discriminators.") for name in networks):
            networks = networks | self._own("discriminators.")
        self.networks.load_state_dict(networks)

    def _own(self, *prefixes: str) -> dict[str, Tensor]:
        """The networks' own weights whose names begin so."""
        return {name: x for name, x in self.networks.state_dict().items() if name.startswith(prefixes)}

    def draw(self, batch: Batch, step: int, width: int, *, of: int = 0) -> Tensor:
        """Standard normal noise B,width: this process's share of what the whole batch has at this step.

        `of` tells several draws of one step apart.
        """
        source = torch.Generator().manual_seed((self.config.train.seed * 1_000_003 + step) * 16 + of)
        noise = torch.randn(batch.total or len(batch.ids), width, generator=source)
        return noise[batch.place : batch.place + len(batch.ids)].to(batch.image.device)

    def autocast(self, x: Tensor) -> torch.autocast:
        """The training's number format for networks."""
        return autocast(x.device, bf16=self.config.train.bf16)

    @torch.no_grad()
    def sample(self, averaged: nn.Module) -> Image.Image:
        """Fixed pictures and captions: input, stages, map, result, reconstruction."""
        assert isinstance(averaged, EditingNetwork)
        training = averaged.training
        picture = sample_grid(averaged.eval(), self.fixed)
        averaged.train(training)
        return picture
