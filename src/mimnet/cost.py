"""What a network costs: parameters, floating-point operations and seconds of one edit."""

import statistics
import time
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mimnet.boundaries import needs_edges, see
from mimnet.config import ModelConfig, family_of
from mimnet.nn.edit import EditingNetwork

EDIT_SIZE = 256  # the size at which all models of this field are compared


def parameters(network: nn.Module, *, trainable: bool = False) -> int:
    """Number of parameters; with `trainable` those alone that an optimiser moves."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad or not trainable)


def edit_inputs(config: ModelConfig, *, size: int = EDIT_SIZE, batch: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """A picture B,3,size,size of noise, word ids B,L and lengths B: what one edit takes in."""
    image = torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return image, torch.ones(batch, config.max_words, dtype=torch.int64), torch.full((batch,), config.max_words)


def one_edit(generator: EditingNetwork, inputs: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """The whole edit: boundary image, encoders, sentence, all stages. Boundary maps from files cost nothing here."""
    image, ids, length = inputs
    seen = see(generator, image, torch.zeros_like(image[:, :1]) if needs_edges(generator) else None)
    return generator.paint(seen, generator.read(ids, length)).last


def gflop_per_edit(generator: EditingNetwork, config: ModelConfig, *, size: int = EDIT_SIZE) -> float:
    """Billions of operations (2 per multiply-add) of one edit of size x size, all encoders included.

    torch's counter does not see LSTM kernels; theirs are added by formula (GRUs it takes apart and sees). Element-wise
    operations are not counted, as is the custom.
    """
    inputs = edit_inputs(config, size=size)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        one_edit(generator, inputs)
    lstms = sum(
        2 * config.max_words * p.numel()
        for module in generator.modules()
        if isinstance(module, nn.LSTM)
        for name, p in module.named_parameters()
        if name.startswith("weight")
    )
    return (float(counter.get_total_flops()) + lstms) / 1e9


@torch.inference_mode()
def seconds_per_edit(
    generator: EditingNetwork, config: ModelConfig, *, size: int = EDIT_SIZE, batch: int = 1, repeats: int = 5
) -> float:
    """Median wall seconds of one edit at `batch` pictures, on this machine, everything loaded and warm."""
    inputs = edit_inputs(config, size=size, batch=batch)
    one_edit(generator, inputs)
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        one_edit(generator, inputs)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def report(name: str, generator: EditingNetwork, config: ModelConfig, discriminators: nn.ModuleList) -> dict[str, Any]:
    """The figures of `mimnet info`."""
    generator.eval()
    trainable = parameters(generator, trainable=True)
    size = EDIT_SIZE if generator.any_size else config.size
    return {
        "name": name,
        "family": family_of(config),
        "parameters": {
            "generator": parameters(generator),
            "trainable_generator": trainable,
            "modules": {child: parameters(module) for child, module in generator.named_children()},
            "discriminators": [parameters(d) for d in discriminators],
        },
        "gflop_per_edit": round(gflop_per_edit(generator, config, size=size), 4),
        "seconds_per_edit": round(seconds_per_edit(generator, config, size=size), 4),
        "edit_size": size,
        "size": config.size,
    }
