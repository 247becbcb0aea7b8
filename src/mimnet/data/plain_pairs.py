"""Edits that have a truth, made of objects on plain ground (a departure, `loss.paired`).

A long sleeve is cut off along a short one of another picture whose caption says nearly the same. From the whole to the
cut one by that caption, and from the cut to the whole by the own: truth for edits of shape, out of nothing but
captioned pictures. But sleeves that people want longer were never cut off, so some edits go from a short one as it is
to the same with the long one sewn on: a seam may stand in a truth, never in what the network sees, which would know
what to do by it. Necks and shoulders come from another garment in the same way. For colours there is truth too: before,
the object is dyed in colours of another one.
"""

from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from mimnet.data.batches import Captions
from mimnet.data.colours import typical_of_names
from mimnet.data.dyes import Dyes
from mimnet.data.neck_pairs import Necks, neck_of
from mimnet.data.ondisk import Array
from mimnet.data.outline import BODY, COLUMNS, GRID, colours_of, cut_along, dyed, on_grid, sewn_on
from mimnet.data.pairs import Pair, PairSource, among
from mimnet.data.yoke_pairs import Yokes, all_placed
from mimnet.errors import MimnetError
from mimnet.ground import outline

ALIKE = 0.9  # intersection over union that two bodies need: the same cut
APART = 0.025  # share of the grid that must be cut off
BEYOND = 0.03  # share of the grid by which the smaller outline may reach beyond the larger one
LESS = 0.01  # share of the grid of which a caption must tell less beside the body
NEARLY = 0.4  # share of words that two captions must have in common
PARTNERS = 8  # outlines along which a picture can be cut
AT_ONCE = 256  # of them
SHAPING = 0.025  # of it, more or less, from which a word tells of shape: "sleeve", "long", "strappy"
OTHERWISE = 12.75  # mean grey levels by which a pixel must differ to show another shape: 0.1 in [-1, 1]
THIN = 0.75  # of the captions of dyed pictures that are not cut: some words are left out


class PlainPairs(PairSource):
    """Pairs of pictures on plain ground, N,S,S,3 as stored: cut, dyed or both.

    Every second pair is a picture and the same cut along another's outline, in either direction. The cut one's caption
    is the other's, or the picture's own with the words from it that tell of less. A share `sewn` of those that grow
    begins with the smaller picture as it is, and ends with what it lacks sewn on, where that goes. With `typical` above
    0 what grows comes the more often the nearer its outline is to what its caption tells. Every second of
    those pairs, and all others, show the object before in colours of another one. Most captions of those others keep
    their colours alone of some words, for who says "red" wants no other sleeve. They come the more often the better
    their colour tells its name: pink teaches pink better than the palest rose that a caption calls so. A share
    `foreign` of them, where the caption names one colour, end in one of `dyes`, with its name in the caption. The words
    of a share `shuffled` come in random order. A share `necked` of all pairs ends with a neck that is typical of
    another name, which its caption then has; a share `yoked` of all others ends with another one's shoulders, neck and
    sleeves, in the own colour, and is asked for by that one's caption; every second of both is dyed before. Of pairs
    that change in shape alone, a share `colourless` of the captions names no colour, half of those that change a neck
    alone nothing else. A share `kinds` of those that change in colour alone is asked for by what another caption says
    beside sleeves and, if pairs change them, necks: "a tank top", which takes no sleeve off. Every second of them stays
    as it is. Raises `MimnetError` if no two pictures have outlines and captions that go together.
    """

    stream = 4

    def __init__(
        self,
        pictures: Array,
        captions: Captions,
        *,
        size: int,
        beside: int,
        flip: bool,
        seed: int,
        sewn: float = 0.0,
        dyes: Dyes | None = None,
        foreign: float = 0.0,
        shuffled: float = 0.0,
        colourless: float = 0.0,
        kinds: float = 0.0,
        typical: float = 0.0,
        yoked: float = 0.0,
        necked: float = 0.0,
    ) -> None:
        super().__init__(size=size, words=captions.words, beside=beside, flip=flip, seed=seed)
        self.colourless, self.kinds, self.yoked, self.necked = colourless, kinds, yoked, necked
        self.pictures, self.captions, self.sewn = pictures, captions, sewn
        self.dyes, self.foreign, self.shuffled = dyes, foreign, shuffled
        self.partners, self.told, unlike = partners(pictures, captions)
        self.whole = np.flatnonzero(self.partners[:, 0] >= 0)
        if not len(self.whole):
            raise MimnetError(
                "loss.paired cuts objects along outlines of others whose captions say nearly the same, and no two of "
                "these pictures go together; it is for objects on plain ground, seen from the same side (leave it at 0)"
            )
        found = {row: colours_of(pictures[row]) for row in among(len(pictures)).tolist()}
        self.colours = {row: colours for row, colours in found.items() if colours is not None}
        self.plain = np.array(list(self.colours))
        names = [tuple(captions.colours(row)) for row in self.colours]
        tells = typical_of_names(np.stack([colours.mean for colours in self.colours.values()]), names)
        worth, usual_far = captions.worth(self.whole), max(float(np.median(unlike[self.whole])), 1e-6)
        near = np.exp(-typical * np.square(unlike / usual_far))
        self.yokes: Yokes | None = None
        self.necks: Necks | None = None
        placed = all_placed(pictures) if yoked > 0 or necked > 0 else {}
        if yoked > 0:
            self.yokes = Yokes(pictures, captions, placed, shaping=self._shaping(), often=near, seed=seed)
        if necked > 0:
            self.necks = Necks(pictures, captions, placed)
        self._rows = {
            "cut": (self.whole, _shares(worth)),
            "grown": (self.whole, _shares(worth * near[self.whole])),
            "dyed": (self.plain, _shares(captions.worth(self.plain) * tells)),
        }
        self._said = self._beside_shapes() if kinds > 0 else {}
        if kinds > 0 and not self._said:
            raise MimnetError("pictures.kinds: captions say nothing beside colours and shapes; leave it at 0")
        if self._said:
            said = np.array(list(self._said))
            self._rows["said"] = said, _shares(captions.worth(said))

    def _pair(self, draw: np.random.Generator) -> Pair:
        reshaped, grows, mirrored, both = draw.random(4) < 0.5
        yoked = self.yokes.drawn(draw) if self.yokes is not None and draw.random() < self.yoked else None
        necked = self.necks.drawn(draw) if self.necks is not None and draw.random() < self.necked else None
        neck: list[int] = []
        if necked is not None:
            pair, neck = Pair(self.pictures[necked.row], necked.after, necked.asked, "necked"), necked.neck
        elif yoked is not None:
            pair, neck = Pair(self.pictures[yoked.row], yoked.after, yoked.asked, "yoked"), yoked.neck
        elif reshaped:
            pair = self._grown(draw) if grows else self._cut(draw)
        else:
            pair = self._coloured(draw, both=both)
        if pair.kind != "dyed":  # still in one colour
            apart = np.abs(pair.before.astype(np.float32) - pair.after).mean(-1)
            pair = pair._replace(reshaped=apart > OTHERWISE)
        if pair.kind != "dyed" and both:
            pair = pair._replace(before=self._dyed(pair.before, draw))
        elif pair.kind != "dyed" and self.colourless > 0 and draw.random() < self.colourless:
            alone = neck and draw.random() < 0.5
            pair = pair._replace(asked=neck if alone else self.captions.without_colours(pair.asked))
        if self.shuffled > 0 and draw.random() < self.shuffled:
            pair = pair._replace(asked=draw.permutation(pair.asked).tolist())
        return self._cropped(pair, draw, mirrored=mirrored)

    def _cut(self, draw: np.random.Generator) -> Pair:
        row = self._row("cut", draw)
        partner = int(draw.choice(self._fits(row)))
        own, theirs = self.captions.first(row), self.captions.first(partner)
        asked = theirs if draw.random() < 0.5 else with_piece(own, theirs, self.told, more=False)
        whole = self.pictures[row]
        return Pair(whole, cut_along(whole, self.pictures[partner]), asked, "cut")

    def _grown(self, draw: np.random.Generator) -> Pair:
        row = self._row("grown", draw)
        whole, own = self.pictures[row], self.captions.first(row)
        if self.sewn > 0 and draw.random() < self.sewn:
            for partner in draw.permutation(self._fits(row)).tolist():
                small = self.pictures[partner]
                longer = sewn_on(small, whole)
                if longer is not None:
                    theirs = self.captions.first(partner)
                    asked = own if draw.random() < 0.5 else with_piece(theirs, own, self.told, more=True)
                    return Pair(small, longer, asked, "sewn")
        return Pair(cut_along(whole, self.pictures[int(draw.choice(self._fits(row)))]), whole, own, "grown")

    def _coloured(self, draw: np.random.Generator, *, both: bool) -> Pair:
        """An object in a colour that it has or that others show; `both`: in that case dyed before as well."""
        row = self._row("dyed", draw)
        after, asked = self.pictures[row], self.captions.first(row)
        named = set(self.captions.colours(row))
        if self.dyes is not None and len(named) == 1 and draw.random() < self.foreign:
            dye = self.dyes.drawn(draw)
            asked = [dye.word if word in named else word for word in asked]
            before, after = self.pictures[row], dyed(after, dye.colours)
        else:
            before, both = after, True
        if self.kinds > 0 and draw.random() < self.kinds:
            colours = [word for word in asked if self.captions.is_colour(word)]
            if not colours or draw.random() < 0.5:
                both, before, colours = False, after, []
            asked = self._of_kind(colours, draw)
        if draw.random() < THIN:
            asked = self.captions.thinned(asked, draw)
        return Pair(self._dyed(before, draw) if both else before, after, asked, "dyed")

    def _dyed(self, picture: NDArray[np.uint8], draw: np.random.Generator) -> NDArray[np.uint8]:
        """The object in colours of any other one."""
        return dyed(picture, self.colours[int(draw.choice(self.plain))])

    def _fits(self, row: int) -> NDArray[np.int64]:
        """The others along whose outlines it can be cut."""
        fits: NDArray[np.int64] = self.partners[row][self.partners[row] >= 0]
        return fits

    def _row(self, what_for: str, draw: np.random.Generator) -> int:
        rows, often = self._rows[what_for]
        return int(draw.choice(rows, p=often))

    def _shaping(self) -> set[int]:
        return {word for word, more in self.told.items() if abs(more) >= SHAPING}

    def _beside_shapes(self) -> dict[int, list[int]]:
        """By row what captions say but colours, sleeves and, if pairs change them, necks."""
        shaping = self._shaping()
        if self.yokes is not None or self.necks is not None:
            shaping |= {word for row in self.colours for word in neck_of(self.captions, self.captions.first(row))}
        said = {
            row: [w for w in self.captions.first(row) if w not in shaping and not self.captions.is_colour(w)]
            for row in self.colours
        }
        return {row: words for row, words in said.items() if words}

    def _of_kind(self, colours: list[int], draw: np.random.Generator) -> list[int]:
        """What some caption says beside shapes, in these colours; without any, a piece of it, for its words are few."""
        left = self._said[self._row("said", draw)]
        if colours:
            place = int(draw.integers(len(left) + 1))
            return left[:place] + colours + left[place:]
        first, last = sorted(draw.integers(0, len(left), 2).tolist())
        return left[first : last + 1]


def with_piece(own: list[int], other: list[int], told: dict[int, float], *, more: bool) -> list[int]:
    """A caption with that piece of another one in place of its own that tells of more, or of less, than it by most.

    `told` is how much more each word tells of.

    >>> with_piece([1, 2, 3, 9], [1, 4, 8], {2: 0.5, 3: 0.1, 4: 0.2, 9: 0.1, 8: 0.05}, more=False)
    [1, 4, 8]
    >>> with_piece([2, 1, 3], [4, 1, 5], {2: 0.5, 3: 0.1, 4: 0.2, 5: 0.05}, more=False)
    [4, 1, 3]
    >>> with_piece([4, 1, 5], [2, 1, 3], {2: 0.5, 3: 0.1, 4: 0.2, 5: 0.05}, more=True)
    [2, 1, 5]
    """
    pieces = [
        (sum(told.get(word, 0.0) for word in other[k:m]) - sum(told.get(word, 0.0) for word in own[i:j]), i, j, k, m)
        for kind, i, j, k, m in SequenceMatcher(None, own, other, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    _, i, j, k, m = (max if more else min)(pieces, default=(0.0, 0, 0, 0, 0))
    return own[:i] + other[k:m] + own[j:]


def partners(pictures: Array, captions: Captions) -> tuple[NDArray[np.int64], dict[int, float], NDArray[np.float64]]:
    """For every picture N,S,S,3 some others along whose outlines it can be cut: N,`PARTNERS`, -1 for none.

    And how much more of the grid beside the body each word tells of, by its id; and how far every outline is from what
    its caption tells, N, in shares of the grid.

    Their bodies agree once they are brought to one place, and they lack something at the sides. Their first captions
    name the same colours in nearly the same words, and those that differ tell of less at the sides.
    """
    rows = among(len(pictures))
    shapes = np.stack([on_grid(outline(pictures[row])[0]) for row in rows])  # n,GRID,GRID
    middle = np.abs((np.arange(GRID) + 0.5) / GRID - 0.5) * COLUMNS <= BODY / 2
    core, whole = shapes[:, :, middle].reshape(len(rows), -1), shapes.reshape(len(rows), -1)
    used, words, colours = captions.bags(rows)
    by_word = _told(words, (whole.sum(1) - core.sum(1)) / GRID**2)
    unlike = np.zeros(len(pictures))
    unlike[rows] = np.abs(whole - whole.mean(0) - (words - words.mean(0)) @ _told(words, whole)).mean(1)
    told = words @ by_word
    found = np.full((len(pictures), PARTNERS), -1)
    for start in range(0, len(rows), AT_ONCE):
        some = slice(start, start + AT_ONCE)  # pictures to be cut, across; all others down
        alike, _ = _overlap(core, core[some])
        _, inside = _overlap(whole, whole[some])
        likeness, _ = _overlap(words, words[some])
        named = words @ (colours * words[some]).T  # colours that both name
        fits = (alike >= ALIKE) & (whole[some].sum(1) - inside >= APART * GRID**2)
        fits &= whole.sum(1)[:, None] - inside <= BEYOND * GRID**2
        fits &= (named == (words @ colours)[:, None]) & (named == words[some] @ colours) & (likeness >= NEARLY)
        fits &= captions.kind[rows][:, None] != captions.kind[rows][some]
        less = np.where(fits, told[some] - told[:, None], 0.0)
        fits &= less >= np.maximum(LESS, less.max(0) / 2)
        for row, fit, bodies_alike in zip(rows[some], fits.T, alike.T, strict=True):
            those = np.flatnonzero(fit)
            best = those[np.argsort(-bodies_alike[those], kind="stable")[:PARTNERS]]
            found[row, : len(best)] = rows[best]
    return found, dict(zip(used.tolist(), by_word.tolist(), strict=True)), unlike


def _shares(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = worth / worth.sum()
    return shares


def _overlap(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of sets as rows of 0 and 1, n,V and m,V: intersection over union and intersection, n,m."""
    both = a @ b.T
    share: NDArray[np.float32] = both / np.maximum(a.sum(1)[:, None] + b.sum(1) - both, 1)
    return share, both


def _told(words: NDArray[np.float32], area: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much more of areas n or n,k every word V tells of, V or V,k.

    A linear fit by captions' words n,V, drawn towards none (ridge).
    """
    centred = words - words.mean(0)
    gram = centred.T @ centred + np.eye(words.shape[1], dtype=np.float32)
    told: NDArray[np.float32] = np.linalg.solve(gram, centred.T @ (area - area.mean(0)))
    return told
