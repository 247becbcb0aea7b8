"""A whole experiment: the settings of one family's networks and losses, and of the loop that trains them."""

import dataclasses
from dataclasses import dataclass, field
from typing import NamedTuple

from mimnet.config.base import LossConfig, ModelConfig, require
from mimnet.config.manigan import ManiGANLoss, ManiGANModel
from mimnet.config.mimnet import MIMNetLoss, MIMNetModel
from mimnet.config.sisgan import SISGANLoss, SISGANModel
from mimnet.config.tagan import TAGANLoss, TAGANModel
from mimnet.config.training import PicturesConfig, PretrainConfig, TrainConfig


class Settings(NamedTuple):
    """The settings that are a family's own."""

    model: type[ModelConfig]
    loss: type[LossConfig]


FAMILIES = {
    "manigan": Settings(ManiGANModel, ManiGANLoss),
    "mimnet": Settings(MIMNetModel, MIMNetLoss),
    "sisgan": Settings(SISGANModel, SISGANLoss),
    "tagan": Settings(TAGANModel, TAGANLoss),
}


@dataclass(frozen=True)
class Config:
    """A whole experiment."""

    name: str = "paper"  # the preset that this comes from
    family: str = "mimnet"  # which networks and losses: a key of `FAMILIES`
    model: ModelConfig = field(default_factory=MIMNetModel)
    loss: LossConfig = field(default_factory=MIMNetLoss)
    pictures: PicturesConfig = field(default_factory=PicturesConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)

    def __post_init__(self) -> None:
        require(self.family in FAMILIES, f"no family {self.family!r}; families are: {', '.join(FAMILIES)}")
        own = FAMILIES[self.family]
        if not isinstance(self.model, own.model) or not isinstance(self.loss, own.loss):
            raise TypeError(f"{self.family} has {own.model.__name__} and {own.loss.__name__}")


SECTIONS = tuple(f.name for f in dataclasses.fields(Config) if f.name not in ("name", "family"))


def family_of(model: ModelConfig) -> str:
    """The family whose networks `model` describes.

    >>> family_of(MIMNetModel())
    'mimnet'
    """
    return next(name for name, own in FAMILIES.items() if type(model) is own.model)
