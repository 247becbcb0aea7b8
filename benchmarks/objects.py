"""Does GrabCut find the object? On drawn pictures, whose truth is known; and does a model's map lie where it finds it?

    python benchmarks/objects.py [--count 200] [--size 152] [--model birds [OTHER ...] --data DIR]

`loss.map_outside` and `loss.map_inside` believe what `data/objects.py` finds. Told, for each kind of object: the share
of pictures in which it finds one, and in those the mean shares of the true object that is found (recall), of what is
found that is the object (precision, with the rim that is added around), and their intersection over union.

With a model, instead, for the pairs of `mimnet evaluate` in DIR/test where an object is found: the share of the map
that lies outside it, and the intersection over union with what is more than half open.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from mimnet.data.drawn.render import render
from mimnet.data.drawn.write import scene_of
from mimnet.data.folder import read_split
from mimnet.data.objects import object_of, objects_of
from mimnet.evaluation.painter import load_painter
from mimnet.evaluation.pairs import draw_pairs
from mimnet.images import open_picture, to_array
from mimnet.metrics.bootstrap import interval


def maps(model: str, data: Path, count: int) -> None:
    painter, split = load_painter(model), data / "test"
    pairs = draw_pairs(read_split(data, "test"), split, limit=count).pairs
    pictures = np.stack([to_array(open_picture(split / p.file).convert("RGB"), painter.size) for p in pairs])
    objects, weights = objects_of(pictures), painter.paint(pictures, [p.caption for p in pairs]).weight_map
    assert weights is not None, f"{model} has no map"
    scores = []
    for found, weight in zip(objects, weights, strict=True):
        if found.min() == 255:
            continue
        there, grown = found > 127, Image.fromarray(weight).resize(found.shape, Image.Resampling.BILINEAR)
        a = np.asarray(grown) / 255
        opened = a > 0.5
        scores.append((a[~there].sum() / a.sum(), (opened & there).sum() / (opened | there).sum()))
    outside, overlap = (interval(np.array(column)) for column in zip(*scores, strict=True))
    told = (f"{mean:.3f} [{low:.3f}, {high:.3f}]" for mean, low, high in (outside, overlap))
    print(model, f"{len(scores)} of {len(pairs)} found; outside, IoU:", *told, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--size", type=int, default=152)
    parser.add_argument("--model", nargs="+", default=[])
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    if bool(given.model) != (given.data is not None):
        parser.error("--model and --data go together")
    for model in given.model:
        maps(model, given.data, given.count)
    if given.model:
        return
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
