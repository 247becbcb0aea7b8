"""Batches as a pure function of the step, so that a run that starts again sees what it would have seen."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.config import PicturesConfig
from mimnet.data.folder import Captioned
from mimnet.edges import maps_to_tensor
from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.text import Vocabulary


@dataclass(frozen=True)
class Batch:
    """Pictures with their own and with other captions. B is one process's share."""

    image: Tensor  # B,3,H,W in [-1, 1]
    ids: Tensor  # S: B,L
    length: Tensor  # B
    other_ids: Tensor  # S': B,L, never of the same picture or class
    other_length: Tensor  # B
    kind: Tensor  # B, class numbers; pictures without one have a number of their own
    place: int = 0  # of the first picture in the batch of all processes together
    total: int = 0  # pictures in that batch
    rows: tuple[int, ...] = ()  # B, places of the pictures in their split
    edges: Tensor | None = None  # B,1,H,W in [0, 1]: the pictures' own boundary maps

    def to(self, device: torch.device, *, channels_last: bool = False) -> "Batch":
        """On another device; pictures in the memory layout that suits convolutions there."""
        layout = torch.channels_last if channels_last else torch.contiguous_format
        image = self.image.to(device).contiguous(memory_format=layout)
        tensors = {
            name: getattr(self, name).to(device) for name in ("ids", "length", "other_ids", "other_length", "kind")
        }
        edges = None if self.edges is None else self.edges.to(device)
        return dataclasses.replace(self, image=image, edges=edges, **tensors)


class Captions:
    """All captions of a split as one table of ids, with their picture and class."""

    def __init__(self, rows: Sequence[Captioned], vocabulary: Vocabulary, words: int) -> None:
        sentences = [caption for row in rows for caption in row.captions]
        self.ids, self.length = vocabulary.batch(sentences, words)
        counts = [len(row.captions) for row in rows]
        self.first = np.cumsum([0, *counts])  # captions of picture i: first[i] to first[i + 1]
        names = [row.kind if row.kind is not None else f"\0{i}" for i, row in enumerate(rows)]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        if len(numbers) < 2:  # one class for everything says nothing: every picture is its own
            numbers, names = {f"\0{i}": i for i in range(len(rows))}, [f"\0{i}" for i in range(len(rows))]
        self.kind = np.array([numbers[name] for name in names])
        if len(rows) < 2:
            raise MimnetError("one captioned picture has no other caption; training needs at least two")


class Batches:
    """Batch number `step` of an endless run over one split.

    Pictures come in a new random order every epoch; captions, other captions and augmentation are drawn anew at every
    step. All of it is a function of (seed, step): nothing has to be remembered to go on.
    """

    def __init__(
        self,
        pictures: NDArray[np.uint8],
        captions: Captions,
        *,
        size: int,
        batch: int,
        settings: PicturesConfig,
        seed: int,
        edges: NDArray[np.uint8] | None = None,
    ) -> None:
        if batch > len(pictures):
            raise MimnetError(f"a batch of {batch} needs as many pictures; there are {len(pictures)}")
        self.pictures, self.captions, self.edges = pictures, captions, edges
        self.size, self.batch, self.flip, self.seed = size, batch, settings.flip, seed
        self.per_epoch = len(pictures) // batch

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`."""
        if self.batch % world:
            raise MimnetError(f"a batch of {self.batch} cannot be shared by {world} processes")
        epoch, within = divmod(step, self.per_epoch)
        order = np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.pictures))
        rows = order[within * self.batch : (within + 1) * self.batch]
        draw = np.random.default_rng([self.seed, 2, step])
        own = self._captions_of(rows, draw)
        other = self._captions_of(self._others(rows, draw), draw)
        spare = self.pictures.shape[1] - self.size
        left, top = draw.integers(0, spare + 1, (2, len(rows)))
        mirrored = draw.random(len(rows)) < (0.5 if self.flip else 0.0)
        share = slice(rank * len(rows) // world, (rank + 1) * len(rows) // world)
        drawn = list(zip(rows[share], left[share], top[share], mirrored[share], strict=True))
        image = np.stack([self._cut(self.pictures, *p) for p in drawn])
        edges = None if self.edges is None else maps_to_tensor(np.stack([self._cut(self.edges, *p) for p in drawn]))
        table = self.captions
        return Batch(
            to_tensor(image),
            table.ids[own[share]],
            table.length[own[share]],
            table.ids[other[share]],
            table.length[other[share]],
            torch.from_numpy(table.kind[rows[share]]),
            place=share.start,
            total=len(rows),
            rows=tuple(rows[share].tolist()),
            edges=edges,
        )

    def _captions_of(self, rows: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.int64]:
        first, after = self.captions.first[rows], self.captions.first[rows + 1]
        chosen: NDArray[np.int64] = first + (draw.random(len(rows)) * (after - first)).astype(np.int64)
        return chosen

    def _others(self, rows: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.int64]:
        kind = self.captions.kind
        others = draw.integers(0, len(kind), len(rows))
        while (same := kind[others] == kind[rows]).any():
            others[same] = draw.integers(0, len(kind), int(same.sum()))
        return others

    def _cut(self, stored: NDArray[np.uint8], row: int, left: int, top: int, mirrored: bool) -> NDArray[np.uint8]:
        picture = stored[row, top : top + self.size, left : left + self.size]
        return picture[:, ::-1] if mirrored else picture


def stored_size(size: int, crop: float) -> int:
    """Side at which pictures are kept so that a crop of `size` cuts off up to `crop` of it.

    >>> stored_size(64, 0.1)
    72
    """
    return size if crop == 0 else -(-round(size / (1 - crop)) // 2) * 2


def split_held_out(rows: Sequence[Captioned], share: float) -> tuple[list[Captioned], list[Captioned]]:
    """Training rows and rows kept aside: evenly spaced through the list, so that every class gives some.

    >>> [len(part) for part in split_held_out([None] * 100, 0.05)]
    [95, 5]
    """
    if share <= 0:
        return list(rows), []
    every = max(2, round(1 / share))
    return (
        [row for i, row in enumerate(rows) if i % every != every - 1],
        [row for i, row in enumerate(rows) if i % every == every - 1],
    )
