"""Are parts found, and does an edit paint the part that is named?

    python benchmarks/parts.py [--count 400] [--steps 1600] [--areas 1.0]
    python benchmarks/parts.py --model birds [OTHER ...] --data DIR --parts RUN/parts.safetensors [--count 60]

`pictures.parts` finds the parts of objects by what captions say of their colours (`train/parts.py`). The first form
draws birds and captions, learns from them, and holds what is found in as many other birds against their true parts:
of a part's pixels on the bird the share that is given to each part, the rest last, with intervals for its own.

The second takes test pictures whose object is found and asks for a colour of one part, "this bird has a red head" (with
--of for other things). Told, for each part: the share of all change on the object that lies in it, beside its share of
the object (what an edit that knows no parts would have); and in how many the colour leads in the part, and in the rest
of the object, after the edit and before. Then for every two parts, "this bird has a red head and a white belly": in how
many each part shows more of its own colour than of the other's, before the edit too, and in how many the two parts
show the other's colours instead. Parts are where the locator of that run finds them.
"""

import argparse
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimnet import Editor
from mimnet.data.drawn.captions import captions
from mimnet.data.drawn.render import render
from mimnet.data.drawn.write import scene_of
from mimnet.data.folder import read_split
from mimnet.data.part_pairs import shares_at
from mimnet.data.parts import SIDE, objects_for_parts
from mimnet.images import open_picture, to_array
from mimnet.metrics.bootstrap import interval, interval_of
from mimnet.metrics.colour import colour_shares, leads
from mimnet.text import tokenise
from mimnet.train.parts import find_parts, load_parts, regions_of

GROUPS = ("head", "belly", "wings wing")
TRUE = ("head", "belly", "wing")
COLOURS = ("red", "yellow", "blue", "white", "orange")
TWO = (("red", "white"), ("blue", "yellow"), ("white", "blue"), ("yellow", "red"), ("orange", "blue"))
LEAST = 0.02  # share of the object that a part must have, or it is passed over


def told(values: list[float]) -> str:
    mean, low, high = interval(np.array(values))
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def found(count: int, steps: int, areas: float) -> None:
    scenes = [scene_of(0, "train", i, ("bird",)) for i in range(1, 2 * count + 1)]
    drawn = [render(scene, SIDE) for scene in scenes]
    pictures = np.stack([each.image for each in drawn])
    said = [[tokenise(caption.text) for caption in captions(scene)] for scene in scenes[:count]]
    objects = objects_for_parts(pictures)
    learned = find_parts(pictures[:count], objects[:count], said, GROUPS, "bird", seed=0, areas=areas, steps=steps)
    objects = objects[count:]
    regions = regions_of(learned.locator, pictures[count:], objects)
    print(f"{'part':<8} {'n':>4} {'found as it':>22} ", *(f"{group.split()[0]:>8}" for group in (*GROUPS, "rest")))
    for number, part in enumerate(TRUE):
        given = []
        for each, thing, shares in zip(drawn[count:], objects, regions, strict=True):
            mask = (each.masks[part] > 127) & (thing > 127)
            if mask.sum() >= 8:
                given.append(shares_at(shares, thing, SIDE)[:, mask].mean(1))
        shares = np.array(given)
        shares /= shares.sum(1, keepdims=True)
        own = told(shares[:, number].tolist())
        print(f"{part:<8} {len(given):>4} {own:>22} ", *(f"{value:>8.3f}" for value in shares.mean(0)), flush=True)


@dataclass(frozen=True)
class Known:
    """Test pictures whose parts are known."""

    files: list[Path]
    objects: NDArray[np.uint8]
    regions: NDArray[np.uint8]
    groups: tuple[str, ...]

    def shares(self, place: int, side: int) -> NDArray[np.float64]:
        """Shares of the parts in a picture of that side, parts + 1,side,side."""
        return shares_at(self.regions[place], self.objects[place], side).astype(np.float64)


def known_parts(data: Path, parts: Path, count: int) -> Known:
    locator, groups = load_parts(parts)
    rows = list(read_split(data, "test"))
    small = np.stack([to_array(open_picture(row.file).convert("RGB"), SIDE) for row in rows])
    objects = objects_for_parts(small)
    found = np.flatnonzero(objects.any((1, 2)))
    chosen = found[np.linspace(0, len(found) - 1, min(count, len(found))).astype(int)]
    regions = regions_of(locator, small[chosen], objects[chosen])
    return Known([rows[i].file for i in chosen.tolist()], objects[chosen], regions, groups)


def called(colour: str, group: str) -> str:
    word = group.split()[0]
    return f"{'' if word.endswith('s') else 'a '}{colour} {word}"


def painted(editor: Editor, known: Known, number: int, thing: str) -> str:
    group = known.groups[number]
    changes, all_changes, areas = [], [], []
    counts: dict[str, list[float]] = {"in": [], "in before": [], "else": [], "else before": []}
    for place, file in enumerate(known.files):
        colour = COLOURS[place % len(COLOURS)]
        image = to_array(open_picture(file).convert("RGB"), editor.engine.size)
        shares = known.shares(place, len(image))
        here, on = shares[number], shares.sum(0)
        if here.sum() < LEAST * on.sum():
            continue
        edit = np.asarray(editor.edit(image, f"this {thing} has {called(colour, group)}").picture)
        change = np.abs(edit.astype(float) - image).mean(-1)
        changes.append(float((change * here).sum()))
        all_changes.append(float((change * on).sum()))
        areas.append(float(here.sum() / on.sum()))
        for key, picture, weight in (
            ("in", edit, here),
            ("in before", image, here),
            ("else", edit, on - here),
            ("else before", image, on - here),
        ):
            counts[key].append(float(leads(picture, colour, weight)))
    value, low, high = interval_of(lambda part, whole: part / whole, np.array(changes), np.array(all_changes))
    return (
        f"{group.split()[0]:<8} {f'{value:.3f} [{low:.3f}, {high:.3f}]':>22} {np.mean(areas):>9.3f}  "
        f"{told(counts['in']):>22} {np.mean(counts['in before']):>7.3f} "
        f"{told(counts['else']):>22} {np.mean(counts['else before']):>7.3f}"
    )


def painted_apart(editor: Editor, known: Known, first: int, second: int, thing: str) -> str:
    rights: list[float] = []
    befores: list[float] = []
    wrongs: list[float] = []
    for place, file in enumerate(known.files):
        colours = TWO[place % len(TWO)]
        image = to_array(open_picture(file).convert("RGB"), editor.engine.size)
        shares = known.shares(place, len(image))
        if min(shares[first].sum(), shares[second].sum()) < LEAST * shares.sum():
            continue
        looks = (called(c, known.groups[part]) for c, part in zip(colours, (first, second), strict=True))
        edit = np.asarray(editor.edit(image, f"this {thing} has {' and '.join(looks)}").picture)
        after, before = (
            [more(x, *colours, shares[first]), more(x, *colours[::-1], shares[second])] for x in (edit, image)
        )
        rights.append(float(min(after) > 0))
        wrongs.append(float(max(after) < 0))
        befores.append(float(min(before) > 0))
    name = " and ".join(known.groups[part].split()[0] for part in (first, second))
    return f"{name:<16} {len(rights):>4} {told(rights):>22} {np.mean(befores):>7.3f} {told(wrongs):>22}"


def more(picture: NDArray[np.uint8], own: str, other: str, weight: NDArray[np.float64]) -> float:
    """How much larger one colour's share of a part is than another's."""
    shares = colour_shares(picture, weight)
    return shares[own] - shares[other]


def all_painted(models: list[str], known: Known, thing: str) -> None:
    heads = f"{'change in it':>22} {'its area':>9}  {'leads in it':>22} {'before':>7} {'elsewhere':>22} {'before':>7}"
    print(f"{'model':<14} {'part':<8} {heads}")
    editors = {Path(name).name: Editor.from_pretrained(name) for name in models}
    for name, editor in editors.items():
        for number in range(len(known.groups)):
            print(f"{name:<14} {painted(editor, known, number, thing)}", flush=True)
    print(f"\n{'model':<14} {'parts':<16} {'n':>4} {'each its own colour':>22} {'before':>7} {'exchanged':>22}")
    for name, editor in editors.items():
        for first, second in combinations(range(len(known.groups)), 2):
            print(f"{name:<14} {painted_apart(editor, known, first, second, thing)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--areas", type=float, default=1.0)
    parser.add_argument("--model", nargs="+", default=[])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--parts", type=Path)
    parser.add_argument("--of", default="bird")
    given = parser.parse_args()
    if len({bool(given.model), given.data is not None, given.parts is not None}) > 1:
        parser.error("--model, --data and --parts go together")
    if given.model:
        all_painted(given.model, known_parts(given.data, given.parts, given.count or 60), given.of)
    else:
        found(given.count or 400, given.steps, given.areas)


if __name__ == "__main__":
    main()
