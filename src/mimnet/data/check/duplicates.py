"""Pictures that show the same: copies, near copies, mirrored ones; inside a split and, as leaks, across splits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mimnet.data.check.alike import SMALL_FIT, fit, forget_pictures, same_picture
from mimnet.data.check.finding import Finding
from mimnet.data.check.pictures import Looks
from mimnet.data.check.signs import RADIUS, Signs, fitting_radius, pairs_within, signs

TOGETHER = 512  # pairs that are compared in one step
NARROW = 12  # signs; where fewer may differ, copies that are cropped a little are missed
FLAT = 4.0  # pictures whose luminance varies less, in levels, are compared byte for byte alone
COSINE = 0.8  # least agreement of two pictures' lowest frequencies
COLOUR = 20.0  # largest mean difference of two pictures' coarse colours, in levels


@dataclass(frozen=True)
class Link:
    """Two pictures, by their places, that show the same."""

    one: int
    other: int
    how: str  # "copy" byte for byte, "near" or "mirrored"


@dataclass(frozen=True)
class Groups:
    """Pictures that show the same, by their places: each group sorted, and the links that hold it together."""

    members: tuple[tuple[int, ...], ...]
    links: tuple[Link, ...]
    radius: int = RADIUS  # signs that were allowed to differ


class _Joined:
    """Sets that grow together; every picture begins as one of its own."""

    def __init__(self, n: int) -> None:
        self.label = np.arange(n)
        self.sets = {i: [i] for i in range(n)}
        self.links: list[Link] = []

    def join(self, link: Link) -> None:
        """Put two sets together, if they are two."""
        large, small = int(self.label[link.one]), int(self.label[link.other])
        if large == small:
            return
        if len(self.sets[large]) < len(self.sets[small]):
            large, small = small, large
        moved = self.sets.pop(small)
        self.label[moved] = large
        self.sets[large] += moved
        self.links.append(link)


def find_groups(looks: Looks, *, quiet: bool = False) -> Groups:
    """Every picture is compared with every other; what was joined already is not compared again."""
    joined = _Joined(len(looks.files))
    first: dict[bytes, int] = {}
    for place, digest in enumerate(looks.digest):
        if looks.readable[place] and first.setdefault(digest, place) != place:
            joined.join(Link(first[digest], place, "copy"))
    varied = looks.grey.std((1, 2), dtype=np.float32) > FLAT
    once = np.array([place for place in first.values() if varied[place]], np.int64)
    radius = RADIUS
    if len(once) > 1:
        of = signs(looks.grey[once])
        radius = fitting_radius(of)
        _join_near(looks, once, of, radius, joined, quiet)
    forget_pictures()
    members = sorted(tuple(sorted(group)) for group in joined.sets.values() if len(group) > 1)
    return Groups(tuple(members), tuple(joined.links), radius)


def _join_near(looks: Looks, once: NDArray[np.int64], of: Signs, radius: int, joined: _Joined, quiet: bool) -> None:
    with tqdm(total=len(once), desc="comparing them", unit="", disable=quiet or None) as bar:
        for done, i, j in pairs_within(of, radius):
            for start in range(0, len(i), TOGETHER):
                one, other = i[start : start + TOGETHER], j[start : start + TOGETHER]
                apart = joined.label[once[one]] != joined.label[once[other]]
                one, other, mirrored = _promising(looks, once, of, one[apart], other[apart])
                for link in _confirmed(looks, once[one], once[other], mirrored, joined):
                    joined.join(link)
            bar.update(done - bar.n)


def _promising(
    looks: Looks, once: NDArray[np.int64], of: Signs, i: NDArray[np.int64], j: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs whose lowest frequencies and coarse colours agree too, and which of them are mirrored."""
    product = of.coefficients[i] * of.coefficients[j]
    even, odd = product[:, :32].sum(1), product[:, 32:].sum(1)
    mirrored = odd < 0
    colour = looks.colour[once[j]]
    colour = np.where(mirrored[:, None, None, None], colour[:, :, ::-1], colour).astype(np.int16)
    apart = np.abs(looks.colour[once[i]] - colour).mean((1, 2, 3))
    kept = (even + np.abs(odd) >= COSINE) & (apart <= COLOUR)
    return i[kept], j[kept], mirrored[kept]


def _confirmed(
    looks: Looks, one: NDArray[np.int64], other: NDArray[np.int64], mirrored: NDArray[np.bool_], joined: _Joined
) -> Iterator[Link]:
    """Pairs that truly show the same. Either may be cut out of the other, so each is laid on the other."""
    if not len(one):
        return
    a = looks.grey[one].astype(np.float32)
    b = looks.grey[other].astype(np.float32)
    b[mirrored] = b[mirrored][:, :, ::-1]
    there, back = fit(a, b), fit(b, a)
    for k in np.flatnonzero(np.maximum(there.correlation, back.correlation) >= SMALL_FIT):
        first, second, turned = int(one[k]), int(other[k]), bool(mirrored[k])
        if joined.label[first] == joined.label[second]:
            continue
        # mirrored, "back" lays the mirrored `second` on `first`; seen in a mirror that is `second` on mirrored `first`
        if there.correlation[k] >= back.correlation[k]:
            shift, stretch = there.shift[k], there.stretch[k]
            same = same_picture(looks.files[first], looks.files[second], shift, stretch, mirrored=turned)
        else:
            across, down = back.shift[k]
            shift = (-across if turned else across, down)
            same = same_picture(looks.files[second], looks.files[first], shift, back.stretch[k], mirrored=turned)
        if same:
            yield Link(first, second, "mirrored" if turned else "near")


@dataclass(frozen=True)
class Places:
    """Which pictures are whose: split by split one after the other."""

    splits: tuple[str, ...]
    first: tuple[int, ...]  # place of each split's first picture
    kinds: tuple[str | None, ...]  # class of every picture

    def split_of(self, place: int) -> str:
        """Name of the split that a picture lies in."""
        return self.splits[int(np.searchsorted(self.first, place, side="right")) - 1]

    def count(self, split: str) -> int:
        """Pictures of a split."""
        k = self.splits.index(split)
        return (*self.first, len(self.kinds))[k + 1] - self.first[k]


def findings(groups: Groups, looks: Looks, places: Places) -> Iterator[Finding]:
    """Leaks of every split but the first into an earlier one, copies inside each split, copies of two classes."""
    for k, split in enumerate(places.splits):
        earlier = places.splits[:k]
        leaked: list[int] = []
        doubled: list[int] = []
        exact_leaked = exact_doubled = 0
        for group in groups.members:
            before = {looks.digest[place] for place in group if places.split_of(place) in earlier}
            own = [place for place in group if places.split_of(place) == split]
            if before:
                leaked += own
                exact_leaked += sum(looks.digest[place] in before for place in own)
            doubled += own[1:]
            exact_doubled += len(own) - len({looks.digest[place] for place in own})
        if leaked:
            yield Finding(
                "leak",
                "leak",
                split,
                len(leaked),
                places.count(split),
                f"pictures are also in {' or '.join(earlier)}, {exact_leaked} of them byte for byte",
                f"take them out of {split}, or their copies out of {' and '.join(earlier)}",
                tuple(looks.files[place] for place in leaked),
            )
        if doubled:
            yield Finding(
                "copies",
                "remark",
                split,
                len(doubled),
                places.count(split),
                f"pictures show the same as another, {exact_doubled} of them byte for byte",
                "keep one of each, as --clean does; training takes the others for new pictures",
                tuple(looks.files[place] for place in doubled),
            )
    torn = [group for group in groups.members if len({places.kinds[p] for p in group} - {None}) > 1]
    if torn:
        said = "groups of pictures that show the same have two classes"
        files = tuple(looks.files[place] for group in torn for place in group)
        yield Finding(
            "copies-of-two-classes",
            "remark",
            "",
            len(torn),
            len(groups.members),
            said,
            "look which class is right",
            files,
        )
    if groups.radius < NARROW:
        said = f"signs may differ where {RADIUS} would, so many alike pictures are there; cropped copies may be missed"
        yield Finding("narrow-search", "remark", "", groups.radius, 64, said, "check parts of the set by themselves")
