"""What the generators of all families have in common: a picture is seen, a sentence read, an edit painted."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from mimnet.nn.text import WordVectors


class Seen(Protocol):
    """What a generator keeps of pictures; it serves any number of sentences. A dataclass of tensors, B first."""

    @property
    def image(self) -> Tensor:
        """RGB B,3,H,W in [-1, 1]"""


class Sentence(Protocol):
    """What a generator keeps of sentences."""

    @property
    def attention(self) -> Tensor | None:
        """How every word chose among the memories, B,L,N; None in a family without memories."""


@dataclass(frozen=True)
class Edit:
    """Painted pictures."""

    stages: tuple[Tensor, ...]  # B,3,s,s in [-1, 1], coarsest first
    weight_map: Tensor | None = None  # A: B,1,h,w in (0, 1); None in a family that repaints the whole picture

    @property
    def last(self) -> Tensor:
        """The most refined picture."""
        return self.stages[-1]


class EditingNetwork(nn.Module):
    """A generator of any family."""

    vectors: WordVectors | None  # frozen word vectors; None where words belong to a pretrained part
    noise_width: int = 0  # numbers of noise that `paint` takes; 0: none
    test_noise: bool = False  # noise in use too, as some of the field's public code has it; False: its mean

    remembers: bool = False  # words choose among memories, so `Sentence.attention` tells how
    any_size: bool = True  # False: it paints pictures of the size that it was built for, and no other

    def __init__(self) -> None:
        super().__init__()
        self.vectors = None

    def see(self, image: Tensor) -> Any:
        """RGB B,3,H,W in [-1, 1], H and W multiples of 16 -> `Seen`."""
        raise NotImplementedError

    def read(self, ids: Tensor, length: Tensor) -> Any:
        """Word ids B,L and lengths B -> `Sentence`."""
        raise NotImplementedError

    def paint(self, seen: Any, sentence: Any, *, noise: Tensor | None = None) -> Edit:
        """One sentence for each picture -> `Edit`; `noise` B,noise_width is standard normal, None means its mean."""
        raise NotImplementedError

    def results(self, edit: Edit, image: Tensor) -> tuple[Tensor, ...]:
        """The pictures that are judged and shown, one a stage: as painted, or pasted onto `image`."""
        return edit.stages

    def parts(self) -> dict[str, nn.Module]:
        """Sub-modules that start from pretrained weights, by name."""
        return {}

    def forward(self, image: Tensor, ids: Tensor, length: Tensor) -> Edit:
        """`see`, `read` and `paint` in one, without noise."""
        return self.paint(self.see(image), self.read(ids, length))


S = TypeVar("S")


def repeat(seen: S, times: int) -> S:
    """The same pictures for several batches of sentences."""
    return _each(seen, lambda x: torch.cat([x] * times))


def join(kept: Sequence[S]) -> S:
    """What was kept of several pictures as one batch, in order."""
    each = [list(_tensors(one)) for one in kept]
    together = iter([torch.cat(tensors) for tensors in zip(*each, strict=True)])
    return _each(kept[0], lambda x: next(together))


def split(edit: S, parts: int) -> list[S]:
    """An edit's batch cut into equal parts, in order."""
    return [_each(edit, lambda x, i=i: x.chunk(parts)[i]) for i in range(parts)]


def _each(kept: S, change: Any) -> S:
    """A dataclass with `change` applied to all its tensors."""

    def changed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(changed(x) for x in value)
        return change(value) if isinstance(value, Tensor) else value

    fields = dataclasses.fields(kept)  # type: ignore[arg-type]
    return dataclasses.replace(kept, **{f.name: changed(getattr(kept, f.name)) for f in fields})  # type: ignore[type-var]


def _tensors(kept: Any) -> Iterator[Tensor]:
    """The tensors of a dataclass, in the order in which `_each` changes them."""
    for f in dataclasses.fields(kept):
        value = getattr(kept, f.name)
        yield from (x for x in (value if isinstance(value, tuple) else (value,)) if isinstance(x, Tensor))


def seeded_noise(width: int, count: int) -> Tensor | None:
    """The noise of an edit in use: one draw, the same for every picture, so that an edit can be made again.

    >>> seeded_noise(0, 3) is None, seeded_noise(5, 3).shape
    (True, torch.Size([3, 5]))
    """
    if width == 0:
        return None
    return torch.randn(1, width, generator=torch.Generator().manual_seed(0)).expand(count, -1)
