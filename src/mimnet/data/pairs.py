"""Edits that have a truth, beside the batches (a departure, `loss.paired`)."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.data.batches import Batch, Pairs, Source, shared
from mimnet.data.claims import Claim
from mimnet.images import to_tensor

# What becomes of the shape: less, again what was cut off, more than there was, another's shoulders with all
# that hangs from them, another's neck, or nothing but colours.
Kind: TypeAlias = Literal["cut", "grown", "sewn", "yoked", "necked", "dyed"]


AMONG = 4000  # pictures, evenly through the folder, among which partners and colours are looked for


class Pair(NamedTuple):
    """One edit with its truth."""

    before: NDArray[np.uint8]  # S,S,3
    after: NDArray[np.uint8]  # S,S,3
    asked: list[int]  # ids of words
    kind: Kind
    shares: NDArray[np.float32] | None = None  # parts + 1,S,S: shares of the object's parts, rest last; 0 off it
    said: tuple[Claim, ...] = ()  # of the parts that are asked for; the whole has the number after the last
    reshaped: NDArray[np.bool_] | None = None  # S,S: where more than colours is otherwise; none: nowhere


class PairSource(ABC):
    """Pairs as a function of (seed, step), `beside` of them at every step, sentences cut at `words`."""

    stream: int  # of random numbers, another for every kind of pairs

    def __init__(self, *, size: int, words: int, beside: int, flip: bool, seed: int) -> None:
        self.size, self.words, self.beside, self.flip, self.seed = size, words, beside, flip, seed

    @abstractmethod
    def _pair(self, draw: np.random.Generator) -> Pair:
        """One pair."""

    def made(self, step: int) -> list[Pair]:
        """All pairs of `step`."""
        draw = np.random.default_rng([self.seed, self.stream, step])
        return [self._pair(draw) for _ in range(self.beside)]

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Pairs:
        """The share of process `rank` of `world` in those of `step`, as tensors."""
        share = shared(self.beside, rank, world)
        made = self.made(step)[share]
        before = to_tensor(np.stack([pair.before for pair in made]))
        after = to_tensor(np.stack([pair.after for pair in made]))
        ids, length = self._ids([pair.asked for pair in made])
        reshaped = torch.from_numpy(np.stack([_reshaped(pair) for pair in made])[:, None])
        regions = [pair.shares for pair in made if pair.shares is not None]
        if not regions:
            return Pairs(before, after, ids, length, reshaped)
        shares = torch.from_numpy(np.stack(regions))
        said = self._what_is_said([pair.said for pair in made], len(regions[0]))
        return Pairs(before, after, ids, length, reshaped, shares, *said)

    def _ids(self, sentences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Ids n,words and lengths n of sentences, cut at `words`."""
        ids = np.zeros((len(sentences), self.words), np.int64)
        for row, sentence in zip(ids, sentences, strict=True):
            row[: len(sentence)] = sentence[: len(row)]
        return torch.from_numpy(ids), torch.tensor([min(len(sentence), self.words) for sentence in sentences])

    def _what_is_said(self, said: Sequence[Sequence[Claim]], parts: int) -> tuple[Tensor, Tensor]:
        """`named` and `told` of `Sayings`, of n sentences, by what they claim; `parts` counts the whole."""
        told = np.zeros((len(said), parts, self.words), np.float32)
        for of_parts, found in zip(told, said, strict=True):
            for claim in found:
                of_parts[claim.part, claim.first : claim.last + 1] = 1.0
        return torch.from_numpy(told.any(2).astype(np.float32)), torch.from_numpy(told)

    def _cropped(self, pair: Pair, draw: np.random.Generator, *, mirrored: bool) -> Pair:
        """A square of both pictures at random, with `flip` mirrored or not."""
        left, top = draw.integers(0, pair.before.shape[0] - self.size + 1, 2)
        crop = np.stack([pair.before, pair.after])[:, top : top + self.size, left : left + self.size]
        before, after = crop[:, :, ::-1] if self.flip and mirrored else crop
        there = (..., slice(top, top + self.size), slice(left, left + self.size))
        way = (..., slice(None, None, -1 if self.flip and mirrored else 1))
        shares = None if pair.shares is None else np.ascontiguousarray(pair.shares[there][way])
        reshaped = None if pair.reshaped is None else pair.reshaped[there][way]
        return pair._replace(before=before, after=after, shares=shares, reshaped=reshaped)


class WithPairs:
    """Batches with some pairs beside them."""

    def __init__(self, source: Source, pairs: PairSource) -> None:
        self.source, self.pairs, self.per_epoch = source, pairs, source.per_epoch

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`."""
        pairs = self.pairs.at(step, rank=rank, world=world)
        return dataclasses.replace(self.source.at(step, rank=rank, world=world), pairs=pairs)


def _reshaped(pair: Pair) -> NDArray[np.bool_]:
    return np.zeros(pair.before.shape[:2], bool) if pair.reshaped is None else pair.reshaped


def among(pictures: int) -> NDArray[np.int64]:
    """The rows among which the makers of pairs look."""
    rows: NDArray[np.int64] = np.unique(np.linspace(0, pictures - 1, min(AMONG, pictures)).astype(np.int64))
    return rows
