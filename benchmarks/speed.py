"""Speed and memory, each beside a bound measured in the same run.

    python benchmarks/speed.py [--model MODEL] [--train-presets tiny compact paper] [--json FILE]

The bound is this machine's own convolution rate: the best of several plain 3x3 convolutions, in float32 for editing and
in the training's number format for training. A fraction compares the operations that convolutions, products and LSTMs
need with what the machine could have done in the time.
"""

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from mimnet.checkpoint import find_model, load_model
from mimnet.config import load_config
from mimnet.cost import EDIT_SIZE, gflop_per_edit, seconds_per_edit
from mimnet.data.batches import Batch
from mimnet.families import new_generator
from mimnet.files import write_whole
from mimnet.ground import beyond, mended
from mimnet.train.grids import Fixed
from mimnet.train.systems import SYSTEMS

COLD = """
import sys, time
begun = time.perf_counter()
from mimnet.editor import Editor
from PIL import Image
editor = Editor.from_pretrained(sys.argv[1])
editor(Image.open(sys.argv[2]), "this flower has red petals")
took = time.perf_counter() - begun
# Not getrusage: its peak counts the parent that this process was forked from.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(took, peak)
"""


def convolution_rate(*, bf16: bool) -> float:
    """GFLOP/s of the best of some 3x3 convolutions, channels last, forward."""
    best = 0.0
    for width, side in ((32, 128), (48, 128), (64, 64), (128, 32), (256, 32)):
        x = torch.randn(8, width, side, side).contiguous(memory_format=torch.channels_last)
        layer = torch.nn.Conv2d(width, width, 3, padding=1).to(memory_format=torch.channels_last)
        flop = 2 * 9 * width * width * 8 * side * side
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            layer(x)
            times = []
            for _ in range(5):
                begun = time.perf_counter()
                layer(x)
                times.append(time.perf_counter() - begun)
        best = max(best, flop / min(times) / 1e9)
    return best


def ground_seconds(side: int) -> float:
    """Seconds that paint on plain ground takes on the network's square, before it is enlarged: cracks and outline."""
    saw = np.full((3, side, side), 255, np.float32)
    saw[:, side // 4 :, side // 3 : side * 2 // 3] = 60
    change = np.zeros_like(saw)
    change[:, side // 4 : side // 2, side // 8 :] = -80
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        made = beyond(saw, mended(saw, change), np.ones((side, side), np.float32))
        times.append(time.perf_counter() - begun)
    assert made is not None
    return statistics.median(times)


def editing(name: str) -> dict[str, Any]:
    """Seconds, memory and fraction of the bound for one model's edits."""
    path = find_model(name)
    model = load_model(path)
    gflop = gflop_per_edit(model.generator, model.config)
    rate = convolution_rate(bf16=False)
    told: dict[str, Any] = {"model": model.fingerprint, "gflop": gflop, "convolution_gflops": rate}
    for batch in (1, 8):
        seconds = seconds_per_edit(model.generator, model.config, batch=batch, repeats=9) / batch
        told[f"seconds_batch_{batch}"] = seconds
        told[f"fraction_batch_{batch}"] = gflop / seconds / rate
    told["plain_ground_over_network"] = ground_seconds(model.config.size) / told["seconds_batch_1"]
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "noise.png"
        noise = np.random.default_rng(0).integers(0, 255, (EDIT_SIZE, EDIT_SIZE, 3), np.uint8)
        Image.fromarray(noise).save(picture)
        cold = [
            subprocess.run(
                [sys.executable, "-c", COLD, str(path), str(picture)], capture_output=True, text=True, check=True
            ).stdout.split()
            for _ in range(3)
        ]
    told["cold_start_seconds"] = statistics.median(float(seconds) for seconds, _ in cold)
    told["peak_mb"] = max(int(kb) for _, kb in cold) / 1024
    return told


def peak_mb() -> float:
    """The most memory that this process has held. Not getrusage: its peak counts the parent that it was forked from."""
    told = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(told.split()[1]) / 1024


def edit_seconds(preset: str) -> dict[str, float]:
    """GFLOP and seconds of one edit of 256 px, or of the family's only size, by networks with random weights."""
    config = load_config(preset).model
    generator = new_generator(config, 2000).eval()
    size = EDIT_SIZE if generator.any_size else config.size
    return {
        "gflop": gflop_per_edit(generator, config, size=size),
        "edit_s": seconds_per_edit(generator, config, size=size),
    }


def training(preset: str, *, steps: int, batch: int = 0, size: int = 0) -> dict[str, Any]:
    """Images a second of a preset's training step, and its fraction of the bound. Networks and data are random."""
    config = load_config(preset)
    if preset == "paper" and not batch:  # 30 pictures of 256 px need minutes a step; the rate a picture is the same
        batch = 4
    config = dataclasses.replace(
        config,
        train=dataclasses.replace(config.train, batch=batch or config.train.batch),
        model=dataclasses.replace(config.model, size=size or config.model.size),
    )
    m, size, batch = config.model, config.model.size, config.train.batch
    torch.manual_seed(0)
    words = torch.randint(2, 2000, (2, batch, m.max_words))
    length = torch.full((batch,), 10)
    made = Batch(torch.rand(batch, 3, size, size) * 2 - 1, words[0], length, words[1], length, torch.arange(batch))
    made = made.to(torch.device("cpu"), channels_last=config.train.channels_last)
    system = SYSTEMS[config.family](config, new_generator(m, 2000), fixed=Fixed(made, []))
    layout = torch.channels_last if config.train.channels_last else torch.contiguous_format
    system.networks.to(memory_format=layout)
    optimisers = {name: torch.optim.Adam(p, lr=1e-4) for name, p in system.groups().items()}

    def step(number: int) -> None:
        for phase in system.step(made, number):
            optimisers[phase.group].zero_grad()
            phase.total.backward()
            optimisers[phase.group].step()

    with FlopCounterMode(display=False) as counter:
        step(1)
    times = []
    for number in range(1, 1 + steps):  # step 0 would carry the lazy penalty
        begun = time.perf_counter()
        step(number)
        times.append(time.perf_counter() - begun)
    seconds, gflop = statistics.median(times), counter.get_total_flops() / 1e9
    rate = convolution_rate(bf16=config.train.bf16)
    return {
        "batch": batch,
        "size": size,
        "images_per_s": batch / seconds,
        "gflop_per_image": gflop / batch,
        "convolution_gflops": rate,
        "fraction": gflop / seconds / rate,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="flowers")
    parser.add_argument("--train-presets", nargs="*", default=["tiny", "compact", "paper"])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    told: dict[str, Any] = {"threads": torch.get_num_threads(), "editing": editing(given.model), "training": {}}
    for key, value in told["editing"].items():
        print(f"edit {key:<24}{value if isinstance(value, str) else f'{value:.4g}'}")
    for preset in given.train_presets:
        told["training"][preset] = figures = training(preset, steps=1 if preset == "paper" else 6)
        print(f"train {preset:<10}" + "  ".join(f"{key} {value:.4g}" for key, value in figures.items()))
    if given.json:
        write_whole(given.json, json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
