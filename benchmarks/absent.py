"""What a model does to pictures that do not show its object: are they left alone?

    python benchmarks/absent.py --model flowers --data DIR [--absent DIR ...] [--limit 100]

Sentences are captions of DIR/test, pictures those of the --absent folders' test splits and some that anybody has:
scikit-learn's `china.jpg` in four crops, plain grounds, a gradient, noise, stripes and lines as of text. Pictures of
DIR itself stand first: those should be edited. Told: the share of pictures that come back untouched, and the mean share
of pixels that are touched.
"""

import argparse
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from PIL import Image

from mimnet import Editor
from mimnet.data.folder import read_split
from mimnet.images import open_picture

SIDE = 256


def anybodys() -> Iterator[Image.Image]:
    """Pictures of nothing that was ever asked for."""
    from sklearn.datasets import load_sample_image

    china = Image.fromarray(load_sample_image("china.jpg"))
    yield from (
        china.crop(box) for box in ((0, 0, 427, 427), (213, 0, 640, 427), (0, 0, 213, 213), (320, 213, 533, 426))
    )
    draw = np.random.default_rng(0)
    for grey in (30, 128, 245):
        yield Image.new("RGB", (SIDE, SIDE), (grey, grey, grey))
    yield Image.new("RGB", (SIDE, SIDE), (120, 170, 230))
    ramp = np.linspace(0, 255, SIDE, dtype=np.uint8)
    yield Image.fromarray(
        np.stack([np.tile(ramp, (SIDE, 1)), np.tile(ramp[:, None], (1, SIDE)), np.full((SIDE, SIDE), 90, np.uint8)], -1)
    )
    yield Image.fromarray(draw.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
    yield Image.fromarray(
        np.tile(np.where(np.arange(SIDE) // 8 % 2, 230, 60).astype(np.uint8)[:, None, None], (1, SIDE, 3))
    )
    page = np.full((SIDE, SIDE, 3), 250, np.uint8)  # lines of dark blocks of uneven length, as a page of text
    for top in range(16, SIDE - 16, 14):
        left = 16
        while left < SIDE - 30:
            width = int(draw.integers(8, 40))
            page[top : top + 6, left : min(left + width, SIDE - 16)] = 40
            left += width + 6
    yield Image.fromarray(page)


def pictures_of(folder: Path, limit: int) -> Iterator[Image.Image]:
    """Evenly through the test split."""
    rows = read_split(folder, "test")
    for place in np.linspace(0, len(rows) - 1, min(limit, len(rows))).astype(int):
        yield open_picture(rows[int(place)].file).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=None, help="default: the model in the package")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--absent", type=Path, nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=100)
    given = parser.parse_args()
    editor = Editor.from_pretrained(given.model)
    rows = read_split(given.data, "test")
    sentences = [rows[int(i)].captions[0] for i in np.linspace(0, len(rows) - 1, given.limit).astype(int)[::-1]]
    sets = {folder.name: pictures_of(folder, given.limit) for folder in (given.data, *given.absent)}
    print(f"model {editor.engine.fingerprint}; captions of {given.data.name}/test")
    print(f"{'pictures':<12} {'n':>4} {'untouched':>10} {'pixels touched':>15}")
    for name, pictures in {**sets, "anybody's": islice(cycle(list(anybodys())), given.limit)}.items():
        touched = [(editor.edit(p, s).mask > 0).mean() for p, s in zip(pictures, sentences, strict=False)]
        print(f"{name:<12} {len(touched):>4} {np.mean(np.array(touched) == 0):>10.3f} {np.mean(touched):>15.3f}")


if __name__ == "__main__":
    main()
