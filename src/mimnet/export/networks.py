"""The three parts of an edit as networks of tensors alone, which is what an ONNX graph can say."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mimnet.nn.edit import EditingNetwork

SEEN = "seen_"  # begins the names of what is kept of a picture, so that no name of a sentence's is the same


@dataclasses.dataclass(frozen=True)
class Part:
    """A network to export, with an example of what goes in (two pictures or sentences) and all names."""

    network: nn.Module
    example: dict[str, Tensor]
    outputs: list[str]


def parts(generator: EditingNetwork, *, size: int, max_words: int, noise: Tensor | None) -> dict[str, Part]:
    """`see`, `read` and `paint` of a generator in evaluation mode; `noise` 2,n if edits take it."""
    image = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    ids, length = torch.ones(2, max_words, dtype=torch.int64), torch.tensor([1, max_words])
    seen, sentence = generator.see(image), generator.read(ids, length)
    painted = generator.paint(seen, sentence, noise=noise)
    pictures = {SEEN + name: x for name, x in fields(seen).items()}
    words = {name: x.float() for name, x in fields(sentence).items()}
    noises = {} if noise is None else {"noise": noise}
    stages = [f"stage_{i}" for i in range(len(painted.stages))]
    maps = [] if painted.weight_map is None else ["weight_map"]
    return {
        "see": Part(See(generator), {"image": image}, list(pictures)),
        "read": Part(Read(generator), {"ids": ids, "length": length}, list(words)),
        "paint": Part(Paint(generator, seen, sentence), pictures | words | noises, stages + maps),
    }


class See(nn.Module):
    """A picture to what is kept of it."""

    def __init__(self, generator: EditingNetwork) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return tuple(fields(self.generator.see(image)).values())


class Read(nn.Module):
    """A sentence to what is kept of it, the mask as numbers."""

    def __init__(self, generator: EditingNetwork) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, ids: Tensor, length: Tensor) -> tuple[Tensor, ...]:
        return tuple(x.float() for x in fields(self.generator.read(ids, length)).values())


class Paint(nn.Module):
    """What was kept of both, and the noise of a family that takes it, to the stages and the weight map."""

    def __init__(self, generator: EditingNetwork, seen: Any, sentence: Any) -> None:
        super().__init__()
        self.generator = generator
        self.seen, self.sentence = seen, sentence  # for their types, and for which fields are tensors

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        seen, rest = _refilled(self.seen, given)
        sentence, rest = _refilled(self.sentence, rest)
        edit = self.generator.paint(seen, sentence, noise=rest[0] if rest else None)
        return edit.stages if edit.weight_map is None else (*edit.stages, edit.weight_map)


def fields(kept: Any) -> dict[str, Tensor]:
    """The tensors of a dataclass by name, in order."""
    values = {f.name: getattr(kept, f.name) for f in dataclasses.fields(kept)}
    return {name: x for name, x in values.items() if isinstance(x, Tensor)}


def _refilled(kept: Any, given: Sequence[Tensor]) -> tuple[Any, Sequence[Tensor]]:
    """`kept` with the first of `given` as its tensors, and what of `given` is left; masks become logical again."""
    old = fields(kept)
    new = {name: x > 0.5 if old[name].dtype == torch.bool else x for name, x in zip(old, given, strict=False)}
    return dataclasses.replace(kept, **new), given[len(old) :]
