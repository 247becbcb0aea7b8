"""Edits that have a truth, of the parts of an object in a photograph (a departure, `pictures.parts`).

Where the parts lie is known, near enough (`train/parts.py`), so they can be dyed, and dyes have a truth. One half of
the edits makes a real picture what a caption of another one says, in colours of that part of that other picture, with
words of that caption. The other half shows an object before that is dyed all over, and asks by words of its own caption
for parts of it as they really are. So a seam tells nothing: in the one there is none before, in the other they are
everywhere, and only the words tell which part is meant.
"""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.data.batches import Pairs, Sayings, shared
from mimnet.data.claims import Claim, claims
from mimnet.data.colours import colours_within, typical_of_names
from mimnet.data.dyes import Dyes
from mimnet.data.ondisk import Array
from mimnet.data.outline import Colours
from mimnet.data.pairs import Pair, PairSource
from mimnet.data.parts import Said, Sentence, words_of
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary

PHRASES = 0.6  # share of sentences that are cut to the words of one claim
TWO = 0.5  # share of sentences that ask for what another one says of other parts, too
WITH = 0.5  # of those, share that keep the words before it too
RARER = 0.75  # power to which the rarity of a sentence's rarest colour is raised
RARE = 50  # times that a colour is given below which it counts as no rarer
SAYINGS = 8  # sentences without pictures, for each pair
SPREAD = (0.6, 1.6)  # factors by which a part's deviation may change
WHOLE = 0.3  # share of objects that are dyed in one colour all over


class PartPairs(PairSource):
    """Pairs of pictures N,S,S,3 as stored, of which parts are dyed.

    `regions` N,parts + 1,h,w are the parts' shares of each place, `objects` N,T,T: 255 on the object, all 0 where it
    is not known. A share `foreign` of what is asked for are colours of `dyes`. Raises `MimnetError` if no caption gives
    a part a colour that can be taken from its picture.
    """

    stream = 5

    def __init__(
        self,
        pictures: Array,
        regions: NDArray[np.uint8],
        objects: NDArray[np.uint8],
        said: Said,
        whole: str,
        vocabulary: Vocabulary,
        *,
        size: int,
        words: int,
        beside: int,
        flip: bool,
        seed: int,
        dyes: Dyes | None = None,
        foreign: float = 0.0,
    ) -> None:
        super().__init__(size=size, words=words, beside=beside, flip=flip, seed=seed)
        self.dyes, self.foreign = dyes, foreign
        self.pictures, self.regions, self.objects, self.vocabulary = pictures, regions, objects, vocabulary
        self.parts = words_of(said.groups, whole)
        known: NDArray[np.bool_] = np.any(objects, axis=(1, 2))
        self.known = np.flatnonzero(known)
        self.sentences = said.sentences
        self.own: dict[int, list[Sentence]] = {}
        told: list[Sentence] = []
        for sentence in said.sentences:
            if known[sentence.row]:
                self.own.setdefault(sentence.row, []).append(sentence)
                if sentence.all_told and all(len(claim.colours) == 1 for claim in sentence.claims):
                    told.append(sentence)
        self.rows = np.array(sorted(self.own), np.int64)
        self.donors, self._often = self._donors(told)
        if not self.donors:
            raise MimnetError(
                "pictures.parts: no caption gives each of its parts one colour ('a red head'); leave it empty"
            )

    def at(self, step: int, *, rank: int = 0, world: int = 1) -> Pairs:
        """The share of process `rank` of `world` in those of `step`, with more sentences beside them."""
        pairs = super().at(step, rank=rank, world=world)
        draw = np.random.default_rng([self.seed, self.stream, step, 1])
        made = [self._saying(draw) for _ in range(SAYINGS * self.beside)][shared(SAYINGS * self.beside, rank, world)]
        ids, length = self._ids([asked for asked, _ in made])
        named, told = self._what_is_said([said for _, said in made], self.regions.shape[1])
        return dataclasses.replace(pairs, sayings=Sayings(ids, length, named, told))

    def _saying(self, draw: np.random.Generator) -> tuple[list[int], list[Claim]]:
        """The ids of a sentence of any picture, or one as pairs ask for, and what it says."""
        if draw.random() < 0.5:
            words, said = self._phrase(self.sentences[int(draw.integers(len(self.sentences)))], draw)
        else:
            words, said, _ = self._asked(draw)
        return [self.vocabulary.ids.get(word, 1) for word in words], said

    def _pair(self, draw: np.random.Generator) -> Pair:
        real, mirrored = draw.random(2) < 0.5
        if real:
            row, words, said, dyes = int(draw.choice(self.known)), *self._asked(draw)
            before, shares = self.pictures[row], self._shares(row)
            after = dyed_parts(before, shares, dyes)
        else:
            row = int(draw.choice(self.rows))
            sentence = self.own[row][int(draw.integers(len(self.own[row])))]
            words, said = self._phrase(sentence, draw)
            after, shares = self.pictures[row], self._shares(row)
            before = dyed_parts(after, shares, self._dyes(len(shares), draw))
            kept = np.zeros(len(shares), bool)
            kept[list(self._meant({claim.part for claim in said}, len(shares)))] = True
            weight = shares[kept].sum(0)[..., None]
            after = np.rint(weight * after + (1 - weight) * before).astype(np.uint8)
        asked = [self.vocabulary.ids.get(word, 1) for word in words]
        pair = Pair(before, after, asked, "dyed", shares, tuple(said))
        return self._cropped(pair, draw, mirrored=bool(mirrored))

    def _asked(self, draw: np.random.Generator) -> tuple[list[str], list[Claim], dict[int, Colours]]:
        """Words of a donor's sentence, or of two donors', what they say, and the colours that they ask for, by part."""
        words, said, colours = self._donated(draw)
        if draw.random() < TWO:
            more, too, others = self._donated(draw)
            moved, both = len(words) + 1, [c.part for c in (*said, *too)]
            apart = len(set(both)) == len(both) and self.regions.shape[1] - 1 not in both
            if apart and moved + len(more) <= self.words:
                said = said + [c._replace(first=c.first + moved, last=c.last + moved) for c in too]
                words, colours = [*words, "and", *more], colours | others
        dyes: dict[int, Colours] = {}
        for part in sorted(colours, reverse=True):  # the whole first: parts that are named besides are not meant by it
            dyes |= dict.fromkeys(self._meant({part}, self.regions.shape[1]), colours[part])
        return words, said, dyes

    def _donated(self, draw: np.random.Generator) -> tuple[list[str], list[Claim], dict[int, Colours]]:
        """Words of one donor's sentence, what they say, and the colours of its claims; a share has others' dyes."""
        donor = self.donors[int(draw.choice(len(self.donors), p=self._often))]
        words, said = self._phrase(donor.sentence, draw)
        theirs = {claim.part: of for claim, of in zip(donor.sentence.claims, donor.colours, strict=True)}
        if self.dyes is None or draw.random() >= self.foreign:
            return words, said, {claim.part: theirs[claim.part] for claim in said}
        names = sorted({name for claim in said for name in claim.colours})
        dyes = {name: self.dyes.drawn(draw) for name in names}
        words = [dyes[word].name if word in dyes else word for word in words]
        return words, said, {claim.part: dyes[next(iter(claim.colours))].colours for claim in said}

    def _phrase(self, sentence: Sentence, draw: np.random.Generator) -> tuple[list[str], list[Claim]]:
        """Words of a sentence, all or those of one claim, and what they say."""
        if draw.random() >= PHRASES:
            return sentence.words, sentence.claims
        claim = sentence.claims[int(draw.integers(len(sentence.claims)))]
        words = sentence.words[claim.first : claim.last + 1]
        if draw.random() < WITH:
            words = sentence.words[: claim.last + 1]
        alone = claim._replace(first=0, last=len(words) - 1)
        return words, claims(words, self.parts) or [alone]

    def _meant(self, named: set[int], count: int) -> set[int]:
        """The places of shares that some parts have; the whole object is all that no other part is named of."""
        whole = count - 1
        return named if whole not in named else {*named, *range(count)}

    def _dyes(self, count: int, draw: np.random.Generator) -> dict[int, Colours]:
        """Colours for all parts, each of another donor, or of one."""
        alike = draw.random() < WHOLE
        chosen = draw.choice(len(self.donors), 1 if alike else count, p=self._often)
        colours = [self.donors[i].colours[int(draw.integers(len(self.donors[i].colours)))] for i in chosen.tolist()]
        return {part: colours[0 if alike else part] for part in range(count)}

    def _shares(self, row: int) -> NDArray[np.float32]:
        """The parts' shares of every place of a picture as it is stored, parts + 1,S,S; 0 off the object."""
        return shares_at(self.regions[row], self.objects[row], self.pictures.shape[1])

    def _donors(self, told: list[Sentence]) -> "tuple[list[Donor], NDArray[np.float64]]":
        donors = []
        for sentence in told:
            shares, picture = self._shares(sentence.row), self.pictures[sentence.row]
            named = {claim.part for claim in sentence.claims}
            others = named - {len(shares) - 1}
            colours = []
            for claim in sentence.claims:
                whole = claim.part == len(shares) - 1
                own = shares[[p for p in range(len(shares)) if p not in others]] if whole else shares[[claim.part]]
                colours.append(colours_within(picture, own.sum(0)))
            if all(of is not None for of in colours):
                donors.append(Donor(sentence, [of for of in colours if of is not None]))
        if not donors:
            return [], np.empty(0)
        every = [
            (number, self.vocabulary.ids.get(next(iter(claim.colours)), 1), of)
            for number, donor in enumerate(donors)
            for claim, of in zip(donor.sentence.claims, donor.colours, strict=True)
        ]
        often = Counter(name for _, name, _ in every)
        typical = typical_of_names(np.stack([of.mean for _, _, of in every]), [(name,) for _, name, _ in every])
        worth, rare = np.full(len(donors), np.inf), np.zeros(len(donors))
        for (donor, name, _), value in zip(every, typical.tolist(), strict=True):
            worth[donor] = min(worth[donor], value)
            rare[donor] = max(rare[donor], max(RARE, often[name]) ** -RARER)
        worth = worth * rare
        return donors, worth / worth.sum()


class Donor(NamedTuple):
    """A sentence with the colours that its claims have in its picture."""

    sentence: Sentence
    colours: list[Colours]


def shares_at(regions: NDArray[np.uint8], thing: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """Shares of parts P,h,w and an object T,T, both of 255, at another side: P,side,side of 1; 0 off the object."""
    size = (side, side)
    there = np.asarray(Image.fromarray(thing).resize(size, Image.Resampling.BILINEAR), np.float32) / 255
    each = [np.asarray(Image.fromarray(part).resize(size, Image.Resampling.BILINEAR), np.float32) for part in regions]
    shares = np.stack(each)
    result: NDArray[np.float32] = shares / np.maximum(shares.sum(0), 1) * there
    return result


def dyed_parts(
    picture: NDArray[np.uint8], shares: NDArray[np.float32], dyes: Mapping[int, Colours]
) -> NDArray[np.uint8]:
    """S,S,3 with other means and, within bounds, deviations of its parts P,S,S; where parts meet, both show."""
    levels = picture.astype(np.float32)
    result = levels.copy()
    for part, colours in dyes.items():
        own = colours_within(picture, shares[part])
        if own is not None:
            ratio = np.clip(colours.deviation / (own.deviation + 1e-3), *SPREAD)
            dye = ((levels - own.mean) * ratio + colours.mean).clip(0, 255)
            result += shares[part][..., None] * (dye - levels)
    rounded: NDArray[np.uint8] = np.rint(result.clip(0, 255)).astype(np.uint8)
    return rounded
