"""Time, memory and sureness of `mimnet data check`, each beside a bound measured in the same run.

    python benchmarks/check.py [--search 200000] [--pictures 1000] [--copies 100] [--json FILE]

Search: random signs, all with all; the bound is counting the differing signs of as many pairs and nothing else.
Pictures: drawn ones of 256 px, JPEG; the bound is decoding them one after the other and nothing else. Copies: of drawn
flowers, made in many ways.
"""

import argparse
import io
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from mimnet.data.check.duplicates import find_groups
from mimnet.data.check.pictures import look_at
from mimnet.data.check.signs import COLUMNS, ROWS, Signs, fitting_radius, pairs_within
from mimnet.data.drawn import render, sample_scene, species_of
from mimnet.files import write_whole
from mimnet.images import open_picture


def search(n: int) -> dict[str, Any]:
    """Seconds of processor time for comparing n pictures with each other."""
    draw = np.random.default_rng(0)
    even, odd = draw.integers(0, 2**32, (2, n), dtype=np.uint32)
    of = Signs(np.zeros((n, 64), np.float32), even, odd)
    begun = time.process_time()
    radius = fitting_radius(of)
    pairs = sum(len(i) for _, i, _ in pairs_within(of, radius))
    took = time.process_time() - begun
    begun, xor, count = time.process_time(), np.empty(ROWS * COLUMNS, np.uint32), np.empty(ROWS * COLUMNS, np.uint8)
    for _ in range(-(-n * n // (2 * ROWS * COLUMNS))):
        np.bitwise_count(xor, out=count)
        np.bitwise_count(xor, out=count)
    bound = time.process_time() - begun
    return {"pictures": n, "radius": radius, "pairs": pairs, "seconds": took, "bound": bound, "ratio": took / bound}


def flower(number: int, size: int) -> Image.Image:
    """A drawn flower."""
    species = species_of("flower", "train")
    return Image.fromarray(render(sample_scene(number, "flower", species[number % len(species)]), size).image)


def pictures(n: int, folder: Path) -> dict[str, Any]:
    """Seconds and growth of memory for n pictures: a hundred drawn ones, and the same shifted by some pixels."""
    base = [np.asarray(flower(number, 256)) for number in range(100)]
    files = []
    for number in range(n):
        files.append(folder / f"{number}.jpg")
        shifted = np.roll(base[number % 100], 7 * (number // 100), axis=(0, 1))
        Image.fromarray(shifted).save(files[-1], quality=90)
    begun = time.process_time()
    for file in files:
        open_picture(file)
    bound = time.process_time() - begun
    look_at(files[:300], quiet=True)  # what the decoders and threads need once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    looks = look_at(files, quiet=True)
    took = time.process_time() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    begun = time.process_time()
    find_groups(looks, quiet=True)
    compared = time.process_time() - begun
    return {
        "pictures": n,
        "seconds": took,
        "bound": bound,
        "ratio": took / bound,
        "seconds_comparing": compared,
        "megabytes_grown": grown / 1024,
    }


def _jpeg(picture: Image.Image, quality: int) -> Image.Image:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality)
    return open_picture(data.getvalue())


def _cropped(picture: Image.Image, share: float) -> Image.Image:
    return picture.crop((round(share * picture.width), 0, picture.width, round((1 - share) * picture.height)))


WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG, quality 80": lambda p: _jpeg(p, 80),
    "JPEG, quality 30": lambda p: _jpeg(p, 30),
    "half the size": lambda p: p.resize((p.width // 2, p.height // 2)),
    "mirrored": ImageOps.mirror,
    "cropped by 3% at a corner": lambda p: _cropped(p, 0.03),
    "cropped by 5% at a corner": lambda p: _cropped(p, 0.05),
    "cropped by 8% at a corner": lambda p: _cropped(p, 0.08),
}


def copies(n: int, folder: Path) -> dict[str, Any]:
    """Of n drawn flowers and a copy of each, the share of copies found, and different flowers called the same."""
    originals = [folder / f"o{number}.png" for number in range(n)]
    for number, file in enumerate(originals):
        flower(10_000 + number, 128).save(file)
    told = {}
    for way, copied in WAYS.items():
        files = [folder / f"c{number}.png" for number in range(n)]
        for original, file in zip(originals, files, strict=True):
            copied(open_picture(original)).save(file)
        groups = find_groups(look_at(originals + files, quiet=True), quiet=True)
        right = sum(group == (group[0], group[0] + n) for group in groups.members)
        told[way] = {"found": right / n, "wrong": len(groups.members) - right}
    return told


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", type=int, default=200_000)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--copies", type=int, default=100)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        told = {
            "pictures": pictures(given.pictures, Path(scratch)),
            "copies": copies(given.copies, Path(scratch)),
            "search": search(given.search),
        }
    print(json.dumps(told, indent=1))
    if given.json:
        write_whole(given.json, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
