"""Does GrabCut find the object? On drawn pictures, whose truth is known.

    python benchmarks/objects.py [--count 200] [--size 152]

`loss.map_outside` and `loss.map_inside` believe what `data/objects.py` finds. Told, for each kind of object: the share
of pictures in which it finds one, and in those the mean shares of the true object that is found (recall), of what is
found that is the object (precision, with the rim that is added around), and their intersection over union.
"""

import argparse

import numpy as np

from mimnet.data.drawn.render import render
from mimnet.data.drawn.write import scene_of
from mimnet.data.objects import object_of
from mimnet.metrics.bootstrap import interval


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--size", type=int, default=152)
    given = parser.parse_args()
    print(f"{'kind':<8} {'found':>6} {'recall':>20} {'precision':>20} {'IoU':>20}")
    for kind in ("flower", "bird", "top"):
        scores = []
        for i in range(1, given.count + 1):
            drawn = render(scene_of(0, "train", i, (kind,)), given.size)
            there = drawn.masks["object"] > 127
            found = object_of(drawn.image)
            if found.min() == 255:
                continue
            both = ((found > 127) & there).sum()
            either = ((found > 127) | there).sum()
            scores.append((both / there.sum(), both / (found > 127).sum(), both / either))
        told = [interval(np.array(column)) for column in zip(*scores, strict=True)]
        print(
            f"{kind:<8} {len(scores) / given.count:>6.2f}",
            *(f"{f'{mean:.3f} [{low:.3f}, {high:.3f}]':>20}" for mean, low, high in told),
            flush=True,
        )


if __name__ == "__main__":
    main()
