"""The loader: its speed beside what training consumes, and its memory and start-up beside the number of pictures.

    python benchmarks/loader.py [--data DIR] [--pictures 2000 200000] [--preset compact] [--json FILE]

Large sets are made by repetition: hard links to the pictures of DIR (drawn ones if it is not given), each a file of its
own with ten captions. Loader and training run in one process, one after the other, with the same threads, so their
ratio is of one machine in one state. Start-up is that of a new process once everything is cached: reading the split,
its words, the cache, and the first batch; without the import of torch. `first` is the same when nothing is cached.
Memory is what the process holds after the batches (its anonymous part, and its peak), without torch's own.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from speed import training

from mimnet.config import load_config
from mimnet.data.batches import split_held_out
from mimnet.data.drawn import write_drawn_set
from mimnet.data.folder import read_split
from mimnet.data.rows import vocabulary_of
from mimnet.data.source import open_source
from mimnet.files import write_whole

CAPTIONS = 10


def memory() -> dict[str, float]:
    """MB that this process holds: all that is resident, its own part, and the peak."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    named = {"resident": "VmRSS", "anonymous": "RssAnon", "peak": "VmHWM"}
    return {name: int(lines[key].split()[0]) / 1024 for name, key in named.items()}


def repeat(source: Path, pictures: int, to: Path) -> None:
    """A folder of `pictures` hard links to the training pictures of `source`, with captions and classes."""
    rows = list(read_split(source, "train"))
    (to / "train").mkdir(parents=True)
    lines = []
    for i, row in zip(range(pictures), itertools.cycle(rows), strict=False):
        name = f"{i:06d}{row.file.suffix}"
        os.link(row.file, to / "train" / name)
        text = [caption for caption, _ in zip(itertools.cycle(row.captions), range(CAPTIONS), strict=False)]
        lines.append(json.dumps({"file_name": name, "text": text, "class": row.kind}))
    write_whole(to / "train" / "metadata.jsonl", "\n".join(lines))


def load(data: Path, preset: str, batches: int) -> dict[str, Any]:
    """Start-up, speed and memory of the loader in this process."""
    torch.rand(16, 3, 8, 8).permute(0, 2, 3, 1).contiguous()
    config = load_config(preset)
    before = memory()
    begun, worked = time.perf_counter(), time.process_time()
    rows, _ = split_held_out(read_split(data, "train"), config.pictures.held_out)
    source = open_source(
        rows,
        vocabulary_of(rows),
        words=config.model.max_words,
        size=config.model.size,
        batch=config.train.batch,
        settings=config.pictures,
        seed=0,
        quiet=True,
    )
    source.at(0)
    told: dict[str, Any] = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - worked}
    begun = time.perf_counter()
    for step in range(1, 1 + batches):
        source.at(step * 37)  # all over the epoch
    told["images_per_s"] = batches * config.train.batch / (time.perf_counter() - begun)
    after = memory()
    return told | {f"{name}_mb": after[name] - before[name] for name in after}


def in_new_process(*arguments: str) -> dict[str, Any]:
    """What `load` tells there."""
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pictures", type=int, nargs="*", default=[2000, 200_000])
    parser.add_argument("--preset", default="compact")
    parser.add_argument("--batches", type=int, default=300)
    parser.add_argument("--home", type=Path, help="for the sets and the cache; must be on one disk with DIR")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        print(json.dumps(load(given.load, given.preset, given.batches)))
        return
    told: dict[str, Any] = {"threads": torch.get_num_threads(), "sets": {}}
    with tempfile.TemporaryDirectory(dir=given.home) as scratch:
        os.environ["MIMNET_HOME"] = str(Path(scratch) / "home")
        os.environ.setdefault("MIMNET_CACHE_GB", "60")
        source = given.data
        if source is None:
            source = Path(scratch) / "drawn"
            write_drawn_set(source, train=500, test=0, seed=0, size=128)
        for pictures in given.pictures:
            data = Path(scratch) / str(pictures)
            repeat(source, pictures, data)
            time.sleep(2.5)  # files of the last two seconds are not yet remembered
            arguments = ("--load", str(data), "--preset", given.preset, "--batches", str(given.batches))
            first, cached = in_new_process(*arguments), in_new_process(*arguments)
            told["sets"][pictures] = {"first": first, "cached": cached}
            for name, figures in told["sets"][pictures].items():
                print(f"{pictures:>8} {name:<7}" + "  ".join(f"{key} {value:.4g}" for key, value in figures.items()))
        loader = load(Path(scratch) / str(given.pictures[0]), given.preset, given.batches)["images_per_s"]
        trained = training(given.preset, steps=6)["images_per_s"]
        told |= {"loader": loader, "training": trained, "ratio": loader / trained}
        print(
            f"loader {loader:.1f} images/s, training {given.preset} {trained:.2f} images/s: {loader / trained:.0f} to 1"
        )
    if given.json:
        write_whole(given.json, json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
