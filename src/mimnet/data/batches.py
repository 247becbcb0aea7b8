"""Batches as a pure function of the step, so that a run that starts again sees what it would have seen."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.boundaries import maps_to_tensor
from mimnet.config import PicturesConfig
from mimnet.config.training import APART, COLOURS, NEAR_AMONG, PHRASE, RARE
from mimnet.data.ondisk import Array
from mimnet.data.rows import AT_ONCE, Captioned, Rows, encoded
from mimnet.errors import MimnetError
from mimnet.images import to_tensor
from mimnet.text import Vocabulary


class _Tensors:
    """Dataclasses of tensors and of such, that move to a device together."""

    def to(self, device: torch.device, *, channels_last: bool = False) -> Self:
        """On another device; pictures in the memory layout that suits convolutions there."""
        layout = torch.channels_last if channels_last else torch.contiguous_format

        def moved(x: Tensor) -> Tensor:
            x = x.to(device, non_blocking=True)
            return x.contiguous(memory_format=layout) if x.ndim == 4 else x

        return self._each(moved, lambda part: part.to(device, channels_last=channels_last))

    def pin_memory(self) -> Self:
        """In memory from which a GPU fetches by itself, while it computes."""
        return self._each(Tensor.pin_memory, lambda part: part.pin_memory())

    def _each(self, tensor: Callable[[Tensor], Tensor], part: Callable[["_Tensors"], "_Tensors"]) -> Self:
        there = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))  # type: ignore[arg-type]
        changed = {
            name: tensor(x) if isinstance(x, Tensor) else part(x)
            for name, x in there
            if isinstance(x, Tensor | _Tensors)
        }
        return dataclasses.replace(self, **changed)  # type: ignore[type-var]


@dataclass(frozen=True)
class Sayings(_Tensors):
    """Sentences, without pictures, of which is known what they say of an object's parts."""

    ids: Tensor  # n,L
    length: Tensor  # n
    named: Tensor  # n,parts + 1 of 0 and 1: parts that the sentence gives a look, the whole last
    told: Tensor  # n,parts + 1,L of 0 and 1: words that tell the look of each


@dataclass(frozen=True)
class Pairs(_Tensors):
    """Edits that have a truth: pictures before and after, and the captions that ask for it."""

    before: Tensor  # n,3,H,W in [-1, 1]
    after: Tensor  # n,3,H,W in [-1, 1]
    ids: Tensor  # n,L
    length: Tensor  # n
    reshaped: Tensor  # n,1,H,W of 0 and 1: where more than colours is otherwise
    regions: Tensor | None = None  # n,parts + 1,H,W: shares of the object's parts, rest last; 0 off the object
    named: Tensor | None = None  # n,parts + 1 of 0 and 1: parts that the sentence gives a look, the whole last
    told: Tensor | None = None  # n,parts + 1,L of 0 and 1: words that tell the look of each
    sayings: Sayings | None = None  # more sentences about parts, for words cost little


@dataclass(frozen=True)
class Examples(_Tensors):
    """For every S' a real picture with its own sentence that is as much what it says as anything can be."""

    image: Tensor  # B,3,H,W in [-1, 1]: the picture that S' was written for; the own one where S' is made of S
    ids: Tensor  # B,L: S', or S there
    length: Tensor  # B


@dataclass(frozen=True)
class Batch(_Tensors):
    """Pictures with their own and with other captions. B is one process's share."""

    image: Tensor  # B,3,H,W in [-1, 1]
    ids: Tensor  # S: B,L
    length: Tensor  # B
    other_ids: Tensor  # S': B,L, of another picture and class, or the own one made untrue
    other_length: Tensor  # B
    kind: Tensor  # B, class numbers; pictures without one have a number of their own
    place: int = 0  # of the first picture in the batch of all processes together
    total: int = 0  # pictures in that batch
    rows: tuple[int, ...] = ()  # B, places of the pictures in their split
    edges: Tensor | None = None  # B,1,H,W in [0, 1]: the pictures' own boundary maps
    objects: Tensor | None = None  # B,1,H,W in [0, 1]: 0 where their object is not
    absent: Tensor | None = None  # n,3,H,W in [-1, 1]: pictures that do not show the object
    pairs: Pairs | None = None  # edits that have a truth
    examples: Examples | None = None  # of what the sentences S' say


class Source(Protocol):
    """Where the trainer gets its batches."""

    per_epoch: int  # steps in which all pictures are seen once, but for a last incomplete batch

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`; a function of its arguments alone."""


class Captions:
    """All captions of some rows as one table of ids, with the picture and class that they belong to."""

    def __init__(self, rows: Sequence[Captioned], vocabulary: Vocabulary, words: int, *, balance: float = 0.0) -> None:
        rows = Rows.of(rows)
        if len(rows) < 2:
            raise MimnetError("one captioned picture has no other caption; training needs at least two")
        self._encoded, self.words = encoded(rows, vocabulary, words), words
        self._vocabulary = vocabulary
        self._colours = [id for word, id in vocabulary.ids.items() if word in COLOURS]
        self._known: NDArray[np.float64] | None = None  # of `_tells`
        self._first, self._count = rows.table.first[rows.places], rows.table.count[rows.places]
        kind = rows.table.kind[rows.places].astype(np.int64)
        places = np.arange(len(rows))
        own = self._sentences()
        for numbers in (np.where(kind < 0, own + len(rows.table.kinds), kind), own, places):
            _, first, self.kind = np.unique(numbers, return_index=True, return_inverse=True)
            if len(first) > 1:  # one class, or one sentence, for everything says nothing
                break
        self.kind = first.argsort().argsort()[self.kind]  # in the order of their first pictures
        self.chances = self._chances(balance) if balance > 0 else None

    def _sentences(self) -> NDArray[np.int64]:
        """A number for each row; rows whose only caption is the same one share it, as two white shirts do."""
        numbers = np.arange(len(self._first))
        single = np.flatnonzero(self._count == 1)
        if len(single):
            _, first, same = np.unique(
                self._encoded[self._first[single]], axis=0, return_index=True, return_inverse=True
            )
            numbers[single] = single[first[same.reshape(-1)]]
        return numbers

    def _tells(self) -> NDArray[np.float64]:
        """How much a word tells, by its id: minus the logarithm of the share of captions that have it."""
        if self._known is None:
            has = np.zeros(len(self._vocabulary), np.int64)
            for start in range(0, len(self._encoded), AT_ONCE):
                ids = np.sort(np.asarray(self._encoded[start : start + AT_ONCE])[:, : self.words], 1)
                fresh = np.diff(ids, axis=1, prepend=0) > 0  # a word counts once in a caption; 0 is padding
                has += np.bincount(ids[fresh].astype(np.int64), minlength=len(has))
            self._known = -np.log(np.maximum(has, 1) / max(1, len(self._encoded)))
        return self._known

    def _chances(self, balance: float) -> NDArray[np.float64]:
        """How often each row is drawn, as running sums up to 1: by the rarest word of its captions, each to a power.

        A word in a hundredth of the captions counts 100 to the power `balance`; rarer ones than `RARE` count as that.
        """
        worth = np.minimum(np.exp(self._tells()), 1 / RARE) ** balance
        worth[:2] = 1  # padding, and words that are not known
        of_caption = np.concatenate(
            [
                worth[np.asarray(self._encoded[start : start + AT_ONCE])[:, : self.words].astype(np.int64)].max(1)
                for start in range(0, len(self._encoded), AT_ONCE)
            ]
        )
        sums = np.concatenate([[0.0], np.cumsum(of_caption)])
        of_row = (sums[self._first + self._count] - sums[self._first]) / self._count
        running: NDArray[np.float64] = np.cumsum(of_row / of_row.sum())
        return running

    def some(self, count: int, draw: np.random.Generator) -> NDArray[np.int64]:
        """Rows drawn at random, each as often as `balance` has it."""
        if self.chances is None:
            return draw.integers(0, len(self.kind), count)
        found: NDArray[np.int64] = np.minimum(
            np.searchsorted(self.chances, draw.random(count), side="right"), len(self.kind) - 1
        )
        return found

    def worth(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How often some rows are drawn in proportion to each other, as `balance` has it."""
        if self.chances is None:
            return np.ones(len(rows))
        worth: NDArray[np.float64] = np.diff(self.chances, prepend=0.0)[rows]
        return worth

    def colours(self, row: int) -> list[int]:
        """The ids of the colours that a row's first caption names."""
        return [word for word in self.first(row) if word in self._colours]

    def is_colour(self, word: int) -> bool:
        """Whether the id is that of a colour."""
        return word in self._colours

    def spelled(self, ids: Sequence[int]) -> list[str]:
        """The words of a sentence."""
        return [self._vocabulary.words[word] for word in ids]

    def without_colours(self, ids: list[int]) -> list[int]:
        """A sentence without the colours that it names; all of it if it names nothing else."""
        return [word for word in ids if word not in self._colours] or ids

    def of(self, rows: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.int64]:
        """One caption of each row, drawn at random; its place in the table."""
        chosen: NDArray[np.int64] = self._first[rows] + (draw.random(len(rows)) * self._count[rows]).astype(np.int64)
        return chosen

    def row_of(self, captions: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows whose captions these are, by their places in the table."""
        order = np.argsort(self._first)
        rows: NDArray[np.int64] = order[np.searchsorted(self._first[order], captions, side="right") - 1]
        return rows

    def first(self, row: int) -> list[int]:
        """The ids of the words of a row's first caption."""
        ids = self._encoded[self._first[row]].astype(np.int64)
        return [int(i) for i in ids[: min(self.words, int(ids[self.words]))]]

    def others(self, rows: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.int64]:
        """For each row another one of another class, drawn at random."""
        others = self.some(len(rows), draw)
        while (same := self.kind[others] == self.kind[rows]).any():
            others[same] = self.some(int(same.sum()), draw)
        return others

    def near(
        self,
        rows: NDArray[np.int64],
        own: NDArray[np.int64],
        other: NDArray[np.int64],
        share: float,
        draw: np.random.Generator,
    ) -> NDArray[np.int64]:
        """`other`, a `share` of them exchanged for near ones; all are captions by their places in the table.

        The near one of some candidates of other classes has the most words in common with the picture's own caption,
        so that little tells them apart: "a red belly" from "a red head", a long sleeve from a short one.
        """
        if share == 0:
            return other
        near = other.copy()
        for i in np.flatnonzero(draw.random(len(rows)) < share):
            candidates = self.of(self.others(np.repeat(rows[i], NEAR_AMONG), draw), draw)
            mine, *theirs = (set(ids[: self.words].tolist()) for ids in self._encoded[np.append(own[i], candidates)])
            # The same words again would be no other sentence; padding is in nearly all and tells nothing.
            likeness = [-1.0 if words == mine else len(words & mine) / len(words | mine) for words in theirs]
            near[i] = candidates[int(np.argmax(likeness))]
        return near

    def bags(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
        """Ids V of the words in the first captions of rows, which of them each has, n,V of 0 and 1, and colours V."""
        table = np.asarray(self._encoded[self._first[rows]])[:, : self.words].astype(np.int64)
        used = np.setdiff1d(table, [0])
        bags = np.zeros((len(rows), len(used)), np.float32)
        there = table > 0
        bags[np.nonzero(there)[0], np.searchsorted(used, table[there])] = 1
        return used, bags, np.isin(used, self._colours).astype(np.float32)

    def exchanges(self, own: NDArray[np.int64], share: float, draw: np.random.Generator) -> NDArray[np.int64]:
        """For captions by their places two places of words that change with each other, n,2; -1 where none do.

        A `share` of them gives two different colours of different things, "a red head and white belly", for nothing
        else tells a discriminator that it matters which of them is red.
        """
        places = np.full((len(own), 2), -1)
        if share == 0:
            return places
        for i in np.flatnonzero(draw.random(len(own)) < share):
            ids = self._encoded[own[i]].astype(np.int64)
            at = np.flatnonzero(np.isin(ids[: min(self.words, int(ids[self.words]))], self._colours))
            pairs = [(a, b) for a in at for b in at if b - a >= APART and ids[a] != ids[b]]
            if pairs:
                places[i] = pairs[int(draw.integers(len(pairs)))]
        return places

    def phrases(self, captions: NDArray[np.int64], share: float, draw: np.random.Generator) -> NDArray[np.int64]:
        """For captions by their places the first word to be read and the word after the last, n,2.

        A `share` of them is cut to a phrase around a word that is drawn the more often the fewer captions have it:
        "petals that are red" rather than "this flower has".
        """
        table = self._encoded[captions].astype(np.int64)
        spans = np.stack([np.zeros(len(table), np.int64), table[:, self.words]], 1)
        if share == 0:
            return spans
        tells = self._tells()
        for i in np.flatnonzero(draw.random(len(table)) < share):
            words = int(spans[i, 1])
            width = min(words, int(draw.integers(PHRASE[0], PHRASE[1] + 1)))
            weight = tells[table[i, :words]]
            if width == 0 or weight.sum() == 0:
                continue
            around = int(draw.choice(words, p=weight / weight.sum()))
            first = min(max(0, around - int(draw.integers(0, width))), words - width)
            spans[i] = first, first + width
        return spans

    def kept(self, spans: NDArray[np.int64], leave_out: float, draw: np.random.Generator) -> NDArray[np.bool_]:
        """Which words of captions are read, n,words: those of the span, less a share; at least one.

        The share is another for every caption, evenly between nothing and twice `leave_out`.
        """
        place = np.arange(self.words)
        inside = (place >= spans[:, :1]) & (place < spans[:, 1:])
        if leave_out == 0:
            return inside
        share = 2 * leave_out * draw.random((len(spans), 1))
        kept = inside & (draw.random(inside.shape) >= share)
        return np.where(kept.any(1, keepdims=True), kept, inside)

    def order(self, count: int, shuffled: float, draw: np.random.Generator) -> NDArray[np.float64]:
        """Numbers by which the words of captions are put in order, count,words: as they are, of a share at random."""
        order = np.tile(np.arange(self.words, dtype=np.float64), (count, 1))
        if shuffled > 0:
            some = draw.random(count) < shuffled
            order[some] = draw.random((int(some.sum()), self.words))
        return order

    def thinned(self, ids: list[int], draw: np.random.Generator) -> list[int]:
        """A caption's words without a share of them, from none to all; colours stay, and all where there are none."""
        if not set(ids) & set(self._colours):
            return ids
        share = draw.random()
        return [word for word in ids if draw.random() >= share or word in self._colours]

    def ids(
        self,
        captions: NDArray[np.int64],
        kept: NDArray[np.bool_],
        exchanged: NDArray[np.int64] | None = None,
        order: NDArray[np.float64] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Ids B,words of captions by their places, of each the words that are kept, and the numbers of words B.

        `exchanged` as `exchanges` gives them, and the words in the order of the numbers B,words of `order`.
        """
        table = self._encoded[captions].astype(np.int64)
        if exchanged is not None:
            rows = np.flatnonzero(exchanged[:, 0] >= 0)
            first, second = exchanged[rows].T
            table[rows, first], table[rows, second] = table[rows, second], table[rows, first]
        ids = np.zeros((len(table), self.words), np.int64)
        for i, (row, whole, mine) in enumerate(zip(ids, table, kept, strict=True)):
            words = whole[: self.words][mine]
            row[: len(words)] = words if order is None else words[np.argsort(order[i][mine])]
        return torch.from_numpy(ids), torch.from_numpy(kept.sum(1))


class Batches:
    """Batch number `step` of an endless run over one split.

    Pictures come in a new random order every epoch, or as often as `pictures.balance` has it; captions, other
    captions and augmentation are drawn anew at every step. All of it is a function of (seed, step): nothing has to
    be remembered to go on.
    """

    def __init__(
        self,
        pictures: Array,
        captions: Captions,
        *,
        size: int,
        batch: int,
        settings: PicturesConfig,
        seed: int,
        edges: Array | None = None,
        examples: bool = False,
        objects: Array | None = None,
    ) -> None:
        if batch > len(pictures):
            raise MimnetError(f"a batch of {batch} needs as many pictures; there are {len(pictures)}")
        self.pictures, self.captions, self.edges, self.examples = pictures, captions, edges, examples
        self.objects = objects
        self.size, self.batch, self.settings, self.seed = size, batch, settings, seed
        self.per_epoch = len(pictures) // batch
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.empty(0, np.int64))  # of the epoch asked for last

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Batch:
        """The share of process `rank` of `world` in the batch of `step`."""
        share = shared(self.batch, rank, world)
        epoch, within = divmod(step, self.per_epoch)
        if self._order[0] != epoch:
            draw = np.random.default_rng([self.seed, 1, epoch])
            even = self.captions.chances is None
            order = draw.permutation(len(self.pictures)) if even else self.captions.some(len(self.pictures), draw)
            self._order = (epoch, order)
        rows = self._order[1][within * self.batch : (within + 1) * self.batch]
        draw = np.random.default_rng([self.seed, 2, step])
        drawn = draw_for(rows, self.captions, draw, spare=self.pictures.shape[1] - self.size, settings=self.settings)
        pictures = [self.pictures[row] for row in rows[share]]
        maps = {
            name: None if of_all is None else [of_all[row] for row in rows[share]]
            for name, of_all in (("edges", self.edges), ("objects", self.objects))
        }
        cut = drawn.cut(share)
        batch = composed(pictures, cut, self.captions, size=self.size, place=share.start, total=self.batch, **maps)
        return dataclasses.replace(batch, examples=self._examples(cut, batch)) if self.examples else batch

    def _examples(self, drawn: "Drawn", batch: Batch) -> Examples:
        made = drawn.exchanged[:, 0] >= 0  # no picture was described so
        rows = np.where(made, drawn.rows, self.captions.row_of(drawn.other))
        image = to_tensor(drawn.crop([self.pictures[row] for row in rows], self.size))
        own = torch.from_numpy(made)
        ids = torch.where(own[:, None], batch.ids, batch.other_ids)
        return Examples(image, ids, torch.where(own, batch.length, batch.other_length))


@dataclass(frozen=True)
class Drawn:
    """What is drawn for the pictures of a batch, n of each."""

    rows: NDArray[np.int64]  # the pictures
    own: NDArray[np.int64]  # a caption of each (S)
    other: NDArray[np.int64]  # a caption of a picture of another class (S')
    own_kept: NDArray[np.bool_]  # n,words: the words of it that are read
    other_kept: NDArray[np.bool_]
    own_order: NDArray[np.float64]  # n,words: numbers by which they are put in order
    other_order: NDArray[np.float64]
    exchanged: NDArray[np.int64]  # n,2: places of two words of S' that change with each other; -1: none
    left: NDArray[np.int64]  # where the crop begins
    top: NDArray[np.int64]
    mirrored: NDArray[np.bool_]

    def crop(self, stored: Sequence[NDArray[np.uint8]], size: int) -> NDArray[np.uint8]:
        """A square of each of n pictures or maps as they are stored, S,S or S,S,3."""
        corners = zip(stored, self.left, self.top, self.mirrored, strict=True)
        pieces = [(x[top : top + size, left : left + size], mirrored) for x, left, top, mirrored in corners]
        return np.stack([piece[:, ::-1] if mirrored else piece for piece, mirrored in pieces])

    def cut(self, share: slice) -> "Drawn":
        """What was drawn for a share of the pictures."""
        return Drawn(*(getattr(self, f.name)[share] for f in dataclasses.fields(self)))


def shared(batch: int, rank: int, world: int) -> slice:
    """The share of process `rank` of `world` in a batch. Raises `MimnetError` if it cannot be shared evenly."""
    if batch % world:
        raise MimnetError(f"a batch of {batch} cannot be shared by {world} processes")
    return slice(rank * batch // world, (rank + 1) * batch // world)


def draw_for(
    rows: NDArray[np.int64],
    captions: Captions,
    draw: np.random.Generator,
    *,
    spare: int,
    settings: PicturesConfig,
) -> Drawn:
    """Captions and augmentation for `rows`. `spare`: pixels by which stored pictures are larger than the crop."""
    own = captions.of(rows, draw)
    other = captions.of(captions.others(rows, draw), draw)
    other = captions.near(rows, own, other, settings.near, draw)
    left, top = draw.integers(0, spare + 1, (2, len(rows)))
    mirrored = draw.random(len(rows)) < (0.5 if settings.flip else 0.0)
    spans = [captions.phrases(c, settings.phrases, draw) for c in (own, other)]
    own_kept, other_kept = (captions.kept(span, settings.leave_out, draw) for span in spans)
    exchanged = captions.exchanges(own, settings.exchange, draw)
    mine = exchanged[:, 0] >= 0  # S' is the picture's own sentence there, whole
    if mine.any():
        whole = captions.kept(captions.phrases(own, 0, draw), 0, draw)
        other_kept = np.where(mine[:, None], whole, other_kept)
    own_order, other_order = (captions.order(len(rows), settings.shuffled, draw) for _ in range(2))
    other_order = np.where(mine[:, None], captions.order(1, 0, draw), other_order)  # where order is what matters
    return Drawn(
        rows,
        own,
        np.where(mine, own, other),
        own_kept,
        other_kept,
        own_order,
        other_order,
        exchanged,
        left,
        top,
        mirrored,
    )


def composed(
    pictures: Sequence[NDArray[np.uint8]],
    drawn: Drawn,
    captions: Captions,
    *,
    size: int,
    place: int,
    total: int,
    edges: Sequence[NDArray[np.uint8]] | None = None,
    objects: Sequence[NDArray[np.uint8]] | None = None,
) -> Batch:
    """The batch of one process. `pictures` and their maps are as stored, S,S,3 and S,S, one for each that is drawn."""
    return Batch(
        to_tensor(drawn.crop(pictures, size)),
        *captions.ids(drawn.own, drawn.own_kept, order=drawn.own_order),
        *captions.ids(drawn.other, drawn.other_kept, drawn.exchanged, drawn.other_order),
        torch.from_numpy(captions.kind[drawn.rows]),
        place=place,
        total=total,
        rows=tuple(drawn.rows.tolist()),
        edges=None if edges is None else maps_to_tensor(drawn.crop(edges, size)),
        objects=None if objects is None else maps_to_tensor(drawn.crop(objects, size)),
    )


def stored_size(size: int, crop: float) -> int:
    """Side at which pictures are kept so that a crop of `size` cuts off up to `crop` of it.

    >>> stored_size(64, 0.1)
    72
    """
    return size if crop == 0 else -(-round(size / (1 - crop)) // 2) * 2


def split_held_out(rows: Sequence[Captioned], share: float) -> tuple[Rows, Rows]:
    """Training rows and rows kept aside: evenly spaced through the list, so that every class gives some."""
    rows = Rows.of(rows)
    places = np.arange(len(rows))
    every = max(2, round(1 / share)) if share > 0 else len(rows) + 1
    aside = places % every == every - 1
    return rows.take(rows.places[~aside]), rows.take(rows.places[aside])
