"""Batches out of several folders: other objects that train along, and pictures that do not show the object."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mimnet.data.batches import Batch, Examples, Source, shared
from mimnet.data.ondisk import Array
from mimnet.errors import MimnetError
from mimnet.images import to_tensor

CORNER = 0.25  # side of a corner that shows no object, as a share of the picture's side
SMALLEST = 0.4  # side of a square that is cut from a picture without the object, as a share of its side
KINDS = 1 << 32  # more classes than a folder has: class numbers of folders lie that far apart


class Together:
    """Every batch takes its share from each folder; sentences stay within their folder.

    So a small folder counts as much as a large one, and no bird is asked for petals.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        self.per_epoch = max(source.per_epoch for source in sources)

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`."""
        return joined([source.at(step, rank=rank, world=world) for source in self.sources])


def joined(batches: Sequence[Batch]) -> Batch:
    """One batch of several; classes of different batches stay different."""

    def together(name: str) -> Tensor:
        return torch.cat([getattr(batch, name) for batch in batches])

    return Batch(
        image=together("image"),
        ids=together("ids"),
        length=together("length"),
        other_ids=together("other_ids"),
        other_length=together("other_length"),
        kind=torch.cat([batch.kind + i * KINDS for i, batch in enumerate(batches)]),
        place=sum(batch.place for batch in batches),
        total=sum(batch.total for batch in batches),
        edges=None if any(batch.edges is None for batch in batches) else together("edges"),
        objects=None if any(batch.objects is None for batch in batches) else together("objects"),
        examples=_joined_examples([batch.examples for batch in batches]),
    )


def _joined_examples(parts: Sequence[Examples | None]) -> Examples | None:
    there = [part for part in parts if part is not None]
    if len(there) < len(parts):
        return None
    return Examples(*(torch.cat([getattr(part, f.name) for part in there]) for f in dataclasses.fields(Examples)))


def shares(batch: int, folders: int) -> list[int]:
    """Pictures of a batch by folder, as even as can be. Raises `MimnetError` if one would give none.

    >>> shares(16, 3)
    [6, 5, 5]
    """
    if batch < folders:
        raise MimnetError(f"a batch of {batch} pictures cannot take some from each of {folders} folders")
    return [batch // folders + (i < batch % folders) for i in range(folders)]


class Corners:
    """Corners of pictures that are cropped to their object, as pictures of their ground: 4n,S,S,3.

    A corner is mirrored over and over until it fills the square, so that ground stands in the middle too, at its own
    scale; else the map learns that the rim is ground, and not what ground looks like.
    """

    def __init__(self, pictures: Array) -> None:
        self.pictures = pictures
        self.shape = (4 * len(pictures), *pictures.shape[1:])

    def __len__(self) -> int:
        return 4 * len(self.pictures)

    def __getitem__(self, which: int) -> NDArray[np.uint8]:
        row, corner = divmod(which, 4)
        picture = self.pictures[row]
        side = len(picture)
        size = max(1, round(CORNER * side))
        piece = picture[:size] if corner < 2 else picture[side - size :]
        piece = piece[:, :size] if corner % 2 else piece[:, side - size :]
        filled: NDArray[np.uint8] = np.pad(piece, ((0, side - size), (0, side - size), (0, 0)), mode="symmetric")
        return filled


class WithAbsent:
    """Batches with some pictures beside them that do not show the object, as stored n,S,S,3.

    A part of such a picture does not show it either, so squares of any size are cut: sky alone, or leaves.
    """

    def __init__(
        self, source: Source, pictures: Sequence[Array | Corners], *, size: int, beside: int, seed: int
    ) -> None:
        self.source, self.pictures, self.size, self.beside, self.seed = source, pictures, size, beside, seed
        self.per_epoch = source.per_epoch

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`; folders take turns."""
        share = shared(self.beside, rank, world)
        draw = np.random.default_rng([self.seed, 3, step])
        pieces: list[NDArray[np.uint8]] = []
        for i in range(self.beside):
            pictures = self.pictures[(step + i) % len(self.pictures)]
            row, side = int(draw.integers(len(pictures))), pictures.shape[1]
            cut = int(draw.integers(round(SMALLEST * side), side + 1))
            left, top = draw.integers(0, side - cut + 1, 2)
            mirrored = draw.random() < 0.5
            if share.start <= i < share.stop:
                piece = Image.fromarray(pictures[row][top : top + cut, left : left + cut])
                piece = piece.resize((self.size, self.size), Image.Resampling.BILINEAR)
                pieces.append(np.asarray(piece)[:, ::-1] if mirrored else np.asarray(piece))
        batch = self.source.at(step, rank=rank, world=world)
        return dataclasses.replace(batch, absent=to_tensor(np.stack(pieces)))
