"""Small SISGANs and TAGANs for the tests of their training."""

from typing import Any

import torch
from torch import Tensor, nn

from mimnet.config import Config, load_config, merge
from mimnet.data.batches import Batch
from mimnet.families import new_generator
from mimnet.nn.conditioning import ConditionedGenerator
from mimnet.train.editing import EditingSystem
from mimnet.train.grids import Fixed
from mimnet.train.systems import SYSTEMS

WORDS, SIZE = 12, 32
MODEL = {
    "sisgan": {"sentence": 8, "encoder_width": 16},
    "tagan": {"word_feature": 8, "encoder_width": 8},
}


def tiny(family: str, **sections: dict[str, Any]) -> Config:
    """The family's small preset at a size that trains in a second."""
    changes: dict[str, dict[str, Any]] = {
        "model": {"size": SIZE, "word_vector": 6, "max_words": 7, "condition": 5, "blocks": 1, "discriminator_width": 8}
        | MODEL[family],
        "train": {"batch": 4, "bf16": False, "steps": 6, "save_every": 3, "sample_every": 3},
        "pictures": {"held_out": 0.0},
        "pretrain": {"steps": 2, "batch": 6, "size": SIZE},
    }
    if family == "sisgan":
        changes["pretrain"]["reader_steps"] = 2
    for section, values in sections.items():
        changes[section] |= values
    return merge(load_config(f"{family}-small"), changes, where="test")


def some_batch(config: Config, pictures: int = 4) -> Batch:
    """Noise with sentences of random words."""
    draw = torch.Generator().manual_seed(5)
    shape = (pictures, config.model.max_words)
    return Batch(
        torch.rand(pictures, 3, SIZE, SIZE, generator=draw) * 2 - 1,
        torch.randint(1, WORDS, shape, generator=draw),
        torch.randint(1, shape[1] + 1, (pictures,), generator=draw),
        torch.randint(1, WORDS, shape, generator=draw),
        torch.randint(1, shape[1] + 1, (pictures,), generator=draw),
        torch.arange(pictures),
    )


def build(config: Config, pictures: int = 4) -> tuple[EditingSystem, Batch]:
    """A system with random word vectors, and a batch for it."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    generator = new_generator(config.model, WORDS)
    assert isinstance(generator, ConditionedGenerator)
    generator.vectors.vectors.normal_()
    batch = some_batch(config, pictures)
    return SYSTEMS[config.family](config, generator, fixed=Fixed(batch, [])), batch


def gradients(network: nn.Module) -> dict[str, Tensor]:
    """Copies of all gradients that are there, by name."""
    return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
