"""Batches from shards: each process reads its own, in an order that is a function of (seed, epoch) alone.

The shards of an epoch are shuffled and dealt out to the processes. A process reads its shards one after the other, each
through a shuffle buffer, and goes on with its shards of the next epoch. Every picture is seen once an epoch; where the
shards do not divide evenly, one process enters an epoch some steps before another.
"""

import random
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.config import PicturesConfig
from mimnet.data.batches import Batch, Captions, composed, draw_for, shared
from mimnet.data.contents import workers
from mimnet.data.rows import Rows
from mimnet.edges import refuse_light
from mimnet.errors import MimnetError
from mimnet.images import READABLE, open_picture, to_array, to_grey_array

BUFFER = 512  # pictures in the shuffle buffer, as encoded files


@dataclass(frozen=True)
class Packed:
    """A picture as it lies in a shard."""

    row: int  # of those trained on
    name: str
    data: bytes
    edges: bytes | None  # its own boundary map


class ShardBatches:
    """Batch number `step` of an endless run over shards.

    A function of (seed, step, rank, world), as `Batches` is: asked for another step than the next, it reads the shard
    of that step from its beginning and leaves out what was before, without decoding it.
    """

    def __init__(
        self,
        rows: Rows,
        captions: Captions,
        *,
        stored: int,
        size: int,
        batch: int,
        settings: PicturesConfig,
        seed: int,
        edges: bool = False,
    ) -> None:
        if batch > len(rows):
            raise MimnetError(f"a batch of {batch} needs as many pictures; there are {len(rows)}")
        self.folder, self.shards, self.captions = rows.table.folder, rows.table.shards, captions
        self.stored, self.size, self.batch, self.settings, self.seed = stored, size, batch, settings, seed
        self.edges = edges
        self.per_epoch = len(rows) // batch
        self._row = np.full(len(rows.table.first), -1)  # of each picture in the shards; -1: kept aside
        self._row[rows.places] = np.arange(len(rows))
        first = np.cumsum([0, *(pictures for _, pictures in self.shards)])
        self._first = first[:-1]
        self.counts = np.add.reduceat(self._row >= 0, self._first)  # pictures of each shard that are trained on
        self._next: tuple[int, int, int] | None = None
        self._stream: Iterator[Packed] = iter(())
        self._pool = ThreadPoolExecutor(workers())

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`."""
        share = shared(self.batch, rank, world)
        if world > len(self.shards):
            raise MimnetError(
                f"{world} processes need as many shards and {self.folder} has {len(self.shards)}; write smaller ones "
                "(mimnet data shard --pictures-per-shard)"
            )
        pictures = share.stop - share.start
        if self._next != (step, rank, world):
            self._stream = self._from(step * pictures, rank, world)
        self._next = None  # should reading fail
        got = list(islice(self._stream, pictures))
        self._next = (step + 1, rank, world)
        draw = np.random.default_rng([self.seed, 2, step, rank])
        rows = np.array([picture.row for picture in got])
        drawn = draw_for(rows, self.captions, draw, spare=self.stored - self.size, settings=self.settings)
        images = list(self._pool.map(self._decoded, got))
        maps = list(self._pool.map(self._decoded_edges, got)) if self.edges else None
        return composed(images, drawn, self.captions, size=self.size, place=share.start, total=self.batch, edges=maps)

    def order(self, epoch: int, rank: int, world: int) -> list[int]:
        """The shards that a process reads in an epoch, in order."""
        dealt = np.random.default_rng([self.seed, 3, epoch]).permutation(len(self.shards))[rank::world]
        return [int(shard) for shard in dealt]

    def _from(self, place: int, rank: int, world: int) -> Iterator[Packed]:
        """The pictures of a process from number `place` of its run on."""
        epoch = 0
        while True:
            shards = self.order(epoch, rank, world)
            if place >= (total := int(self.counts[shards].sum())):
                place -= total
            else:
                for shard in shards:
                    if place >= self.counts[shard]:
                        place -= int(self.counts[shard])
                    else:
                        yield from islice(self._shard(shard, epoch), place, None)
                        place = 0
            epoch += 1

    def _shard(self, shard: int, epoch: int) -> Iterator[Packed]:
        """The pictures of one shard, shuffled. Raises `MimnetError` if it is damaged or not the index's."""
        name, pictures = self.shards[shard]
        file, first = self.folder / name, int(self._first[shard])
        read = 0

        def counted(samples: Iterator[dict[str, Any]]) -> Iterator[Packed]:
            nonlocal read
            for sample in samples:
                number = first + read
                endings = [f".{key}" for key in sample if f".{key}" in (*READABLE, ".picture")]
                edges = next((sample[key] for key in sample if key.startswith("edges.")), None)
                if sample["__key__"] != f"{number:07d}" or not endings:
                    raise MimnetError(f"{file} holds {sample['__key__']} where picture {number:07d} should be")
                read += 1
                if self._row[number] >= 0:
                    name = f"{file}/{number:07d}{endings[0]}"
                    yield Packed(int(self._row[number]), name, sample[endings[0][1:]], edges)

        rng = random.Random(f"{self.seed} {epoch} {shard}")
        try:
            yield from (
                _webdataset()
                .WebDataset([str(file.absolute())], shardshuffle=False, nodesplitter=None, workersplitter=None)
                .compose(counted)
                .shuffle(BUFFER, initial=BUFFER, rng=rng)
            )
        except (tarfile.TarError, OSError, EOFError, ValueError) as error:
            raise MimnetError(f"{file} cannot be read ({error.args[0]}); copy or write it again") from error
        if read != pictures:
            raise MimnetError(f"{file} holds {read} of {pictures} pictures; copy or write it again")

    def _decoded(self, picture: Packed) -> NDArray[np.uint8]:
        return to_array(open_picture(picture.data, name=picture.name), self.stored)

    def _decoded_edges(self, picture: Packed) -> NDArray[np.uint8]:
        if picture.edges is None:
            raise MimnetError(
                f"{picture.name} has no boundary map (model.boundary is files); give every picture one and write the "
                "shards again"
            )
        edges = to_grey_array(open_picture(picture.edges, name=f"the boundary map of {picture.name}"), self.stored)
        refuse_light([edges], f"the boundary map of {picture.name}")
        return edges


def _webdataset() -> Any:
    try:
        import webdataset
    except ImportError as error:
        raise MimnetError("training from shards needs webdataset: pip install 'mimnet[shards]'") from error
    return webdataset
