"""The families side by side: seconds and memory of one edit and of one training step, in one run.

    python benchmarks/families.py [--presets compact sisgan-small ...] [--runs 5] [--json FILE]

Networks have random weights; every measurement is a process of its own, so that no peak of memory is another's. An edit
is of 256 px, or of a family's only size where it has one. A training step has the preset's batch and size, or `--batch`
and `--size` for all alike. Everything is also told as a ratio to the first preset. The order of the presets is gone
through `--runs` times and medians are told, so that a machine whose speed drifts does not favour anyone.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from speed import edit_seconds, peak_mb, training

from mimnet.files import write_whole

PRESETS = (
    "compact",
    "sisgan-small",
    "tagan-small",
    "manigan-small",
    "manigan-small-dcm",
    "paper",
    "sisgan",
    "tagan",
    "manigan",
    "manigan-dcm",
)
FIGURES = ("gflop", "edit_s", "edit_mb", "images_per_s", "step_s", "train_mb")


def one(what: str, preset: str, batch: int, size: int) -> dict[str, float]:
    """One measurement in this process."""
    if what == "edit":
        return {**edit_seconds(preset), "edit_mb": peak_mb()}
    told = training(preset, steps=2, batch=batch, size=size)
    step = told["batch"] / told["images_per_s"]
    return {"images_per_s": told["images_per_s"], "step_s": step, "train_mb": peak_mb()}


def measured(what: str, preset: str, given: argparse.Namespace) -> dict[str, Any]:
    """The same in a process of its own; nothing where it does not fit into memory."""
    options = ["--one", what, "--presets", preset, "--batch", str(given.batch), "--size", str(given.size)]
    done = subprocess.run([sys.executable, __file__, *options], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"{preset}, {what}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=PRESETS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=0, help="pictures in a training step (default: the preset's)")
    parser.add_argument("--size", type=int, default=0, help="side of a training picture (default: the preset's)")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", choices=("edit", "train"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one, given.presets[0], given.batch, given.size)))
        return
    found: dict[str, dict[str, list[float]]] = {preset: {} for preset in given.presets}
    for _ in range(given.runs):
        for preset in given.presets:
            for what in ("edit", "train"):
                for name, value in measured(what, preset, given).items():
                    found[preset].setdefault(name, []).append(value)
    table = {
        preset: {name: statistics.median(told[name]) for name in FIGURES if name in told}
        for preset, told in found.items()
    }
    first = table[given.presets[0]]
    print(f"{'':<20}" + "".join(f"{name:>22}" for name in FIGURES))
    for preset, told in table.items():
        cells = [f"{told[n]:.4g} ({told[n] / first[n]:.2f})" if n in told and n in first else "-" for n in FIGURES]
        print(f"{preset:<20}" + "".join(f"{cell:>22}" for cell in cells))
    if given.json:
        write_whole(given.json, json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
