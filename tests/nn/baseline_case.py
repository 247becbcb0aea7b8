"""What the tests of SISGAN and TAGAN share: sizes to hold them against, and small inputs."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mimnet.nn.conditioning import ConditionedGenerator

WORDS = 20


def count(*parts: nn.Module) -> int:
    """Parameters of some modules together."""
    return sum(p.numel() for part in parts for p in part.parameters())


@torch.no_grad()
def gflop(run: Callable[[], object]) -> float:
    """Billions of operations of `run`, at 2 per multiply-add. torch's counter sees GRUs, unlike LSTMs."""
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops()) / 1e9


def loud(generator: ConditionedGenerator) -> ConditionedGenerator:
    """The generator in evaluation mode with word vectors, and normalisation that has seen a batch."""
    generator.vectors.vectors.normal_(0, 2, generator=torch.Generator().manual_seed(1))
    for module in generator.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        generator.train()(*some_input(4))
    return generator.eval()


def some_input(pictures: int, *, size: int = 32, words: int = 6) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures, word ids and lengths."""
    draw = torch.Generator().manual_seed(2)
    image = torch.rand(pictures, 3, size, size, generator=draw) * 2 - 1
    ids = torch.randint(2, WORDS, (pictures, words), generator=draw)
    length = torch.randint(1, words + 1, (pictures,), generator=draw)
    return image, ids.masked_fill(torch.arange(words)[None] >= length[:, None], 0), length
