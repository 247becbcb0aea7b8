"""The families of models: from a configuration to networks with random weights."""

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import nn

from mimnet.boundaries import detector_of
from mimnet.config import MIMNetModel, ModelConfig, family_of
from mimnet.nn import sisgan, tagan
from mimnet.nn.build import build_discriminators, build_generator
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.manigan.build import build_manigan, build_manigan_discriminators
from mimnet.nn.sisgan import SISGANGenerator
from mimnet.nn.tagan import TAGANGenerator

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class Networks:
    """How a family's networks are put together; keywords are the names of its settings, and `words`."""

    generator: Callable[..., EditingNetwork]
    discriminators: Callable[..., nn.ModuleList]


NETWORKS = {
    "manigan": Networks(build_manigan, build_manigan_discriminators),
    "mimnet": Networks(build_generator, build_discriminators),
    "sisgan": Networks(SISGANGenerator, sisgan.build_discriminators),
    "tagan": Networks(TAGANGenerator, tagan.build_discriminators),
}


def new_generator(config: ModelConfig, words: int) -> EditingNetwork:
    """The generator that `config` describes, for a vocabulary of `words`.

    Raises `MimnetError` if its boundary detector is not installed.
    """
    finder = {"detector": detector_of(config.boundary)} if isinstance(config, MIMNetModel) else {}
    return _built(NETWORKS[family_of(config)].generator, config, words=words, **finder)


def new_discriminators(config: ModelConfig) -> nn.ModuleList:
    """The discriminators that `config` describes, coarsest stage first."""
    return _built(NETWORKS[family_of(config)].discriminators, config)


def _built(build: Callable[..., N], config: ModelConfig, **more: Any) -> N:
    """Networks know no configuration: they are given the settings that they ask for by name."""
    known = {**dataclasses.asdict(config), **more}
    return build(**{name: known[name] for name in inspect.signature(build).parameters})
