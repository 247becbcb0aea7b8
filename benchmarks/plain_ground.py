"""Are objects that stand on plain ground edited as they are in front of what they were photographed with?

    python benchmarks/plain_ground.py --model flowers [OTHER ...] --data DIR [--limit 60]

Objects are cut out of DIR's test pictures by GrabCut (`data/objects.py`) and put on white, black and one light ground;
only pictures count of which an object was found. The sentences name one colour of seven, another for every picture. For
the pictures as they are and for each ground: the share of pictures that come back untouched, the shares of the object
and of all else that are touched by half or more, the share of objects in which the named colour leads, and in which it
led before, with 95% intervals.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from mimnet import Editor
from mimnet.data.folder import read_split
from mimnet.data.objects import bare_object_of
from mimnet.data.plain_ground import laid_on, soft_inside
from mimnet.evaluation.colour import SENTENCES
from mimnet.images import open_picture, to_array
from mimnet.metrics.bootstrap import interval
from mimnet.metrics.colour import PETALS, leads

SIDE = 256
GROUNDS = {"as it is": None, "on white": (255, 255, 255), "on black": (0, 0, 0), "on beige": (236, 226, 208)}
COLUMNS = ("untouched", "object touched", "rest touched", "leads", "led before")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", default=["flowers"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--noun", choices=sorted(SENTENCES), default="flower")
    parser.add_argument("--limit", type=int, default=60)
    given = parser.parse_args()
    rows = read_split(given.data, "test")
    pictures = []
    for place in np.linspace(0, len(rows) - 1, given.limit).astype(int):
        picture = to_array(open_picture(rows[int(place)].file).convert("RGB"), SIDE)
        thing = bare_object_of(picture)
        if thing.any():
            pictures.append((picture, thing))
    print(f"{len(pictures)} objects of {given.limit} pictures of {given.data.name}/test, {SIDE} px")
    print(f"{'model':<16} {'ground':<9}", *(f"{column:>24}" for column in COLUMNS))
    for name in given.model:
        editor = Editor.from_pretrained(name)
        for ground, colour in GROUNDS.items():
            scores = []
            for i, (picture, thing) in enumerate(pictures):
                named = PETALS[i % len(PETALS)]
                shown = picture if colour is None else laid_on(picture, thing, colour)
                edit = editor.edit(Image.fromarray(shown), SENTENCES[given.noun].format(named))
                inside, touched = soft_inside(thing).astype(np.float64), edit.mask >= 128
                scores.append(
                    [
                        (edit.mask == 0).all(),
                        touched[inside > 0.5].mean(),
                        touched[inside == 0].mean(),
                        leads(np.asarray(edit.picture), named, inside),
                        leads(shown, named, inside),
                    ]
                )
            told = (interval(column) for column in np.array(scores, np.float64).T)
            print(f"{name:<16} {ground:<9}", *(f"{f'{a:.2f} [{low:.2f}, {high:.2f}]':>24}" for a, low, high in told))


if __name__ == "__main__":
    main()
