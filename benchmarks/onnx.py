"""What the engine of onnxruntime costs beside that of torch, in one run: an edit, a whole process, its memory.

    python benchmarks/onnx.py [--model flowers] [--size 256] [--json FILE]

An edit is everything from a decoded picture and a sentence to the finished picture. Engines take turns, so that a busy
moment slows both; ratios are what to compare between machines. The command is timed as a person would: interpreter,
imports, model, one edit, writing a PNG; its seconds of processor time tell what it needs where others are busy too. The
bounds are this project's aims for two CPU cores.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mimnet.files import write_whole

TEXT = "this flower has bright red petals and a yellow center"
BOUNDS = {"edit_ms": 60.0, "command_s": 1.5, "peak_mb": 300.0}

WARM = """
import statistics, sys, time
from pathlib import Path
from PIL import Image
from mimnet.editor import Editor
model, engine, picture, text = sys.argv[1:]
editor = Editor.from_pretrained(model, engine=engine)
image = Image.open(picture).convert("RGB")
parts = []
for _ in range(12):
    begun = time.perf_counter()
    opened = editor.open(image)
    seen = time.perf_counter()
    edited = editor.edit(opened, text)
    parts.append((seen - begun, time.perf_counter() - seen))
parts = parts[3:]
print(statistics.median(map(sum, parts)), *(statistics.median(p) for p in zip(*parts)))
"""
COMMAND = """
import sys, time
from pathlib import Path
from mimnet.cli import main
model, engine, picture, text = sys.argv[1:]
try:
    main(["edit", picture, text, "--model", model, "--engine", engine, "--out", picture + ".out.png", "--force"])
except SystemExit as ended:
    assert ended.code == 0
told = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(told.split()[1]) / 1024, time.process_time())
"""


def fresh(code: str, *arguments: str) -> tuple[list[float], float]:
    """Numbers on the last line that a fresh interpreter prints, and its wall seconds."""
    begun = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return [float(x) for x in ran.stdout.splitlines()[-1].split()], time.perf_counter() - begun


def measure(model: str, size: int, repeats: int) -> dict[str, dict[str, float]]:
    """Median figures of both engines."""
    found: dict[str, dict[str, list[float]]] = {engine: {} for engine in ("torch", "onnx")}

    def keep(engine: str, name: str, value: float) -> None:
        found[engine].setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as folder:
        picture = str(Path(folder) / "picture.png")
        noise = np.random.default_rng(0).integers(0, 256, (size // 8, size // 8, 3), np.uint8)
        Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC).save(picture)
        for _ in range(repeats):
            for engine in found:
                (whole, looking, painting), _ = fresh(WARM, model, engine, picture, TEXT)
                keep(engine, "edit_ms", whole * 1000)
                keep(engine, "look_ms", looking * 1000)
                keep(engine, "paint_ms", painting * 1000)
                (peak, busy), wall = fresh(COMMAND, model, engine, picture, TEXT)
                keep(engine, "command_s", wall)
                keep(engine, "command_cpu_s", busy)
                keep(engine, "peak_mb", peak)
    return {engine: {name: statistics.median(v) for name, v in values.items()} for engine, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="flowers")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = measure(given.model, given.size, given.repeats)
    cores = len(os.sched_getaffinity(0))
    told: dict[str, Any] = {"model": given.model, "size": given.size, "cores": cores, **figures}
    told["torch_by_onnx"] = {name: figures["torch"][name] / value for name, value in figures["onnx"].items()}
    print(f"{given.model}, {given.size} px, {cores} cores; median of {given.repeats}")
    print(f"{'':<14} {'torch':>8} {'onnx':>8} {'torch/onnx':>11} {'bound':>8}")
    for name, value in figures["onnx"].items():
        bound = f"{BOUNDS[name]:g}" if name in BOUNDS else ""
        print(f"{name:<14} {figures['torch'][name]:8.3g} {value:8.3g} {told['torch_by_onnx'][name]:11.2f} {bound:>8}")
    if given.json:
        write_whole(given.json, json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
