"""What each departure from the paper does to the map: one short run for each, that departure off, on drawn flowers.

    python benchmarks/departures.py --data DRAWN --out DIR [--steps 700] [--size 32] [--parallel 2] [--json FILE]

DRAWN comes from `mimnet data draw --kind flower`. Every run has the same seed, pictures and steps; all but the one that
changes the boundary image share one pretraining. The scores are those of benchmarks/scores.py on DRAWN/test.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mimnet.files import write_whole

OFF = {
    "laptop": [],
    "without model.paste": ["--model.no-paste"],
    "without loss.map_area": ["--loss.map-area", "0"],
    "without loss.map_roughness": ["--loss.map-roughness", "0"],
    "without loss.map_edge": ["--loss.map-edge", "0"],
    "without model.locate_sees_image": ["--model.no-locate-sees-image"],
    "without model.detail, structure_skip": ["--model.no-detail", "--model.no-structure-skip"],
    "without model.patch_reality": ["--model.no-patch-reality"],
    "without loss.r1": ["--loss.r1", "0"],
    "without model.train_encoder": ["--model.no-train-encoder"],
}
PRETRAIN = ["--pretrain.steps", "300", "--pretrain.size", "32"]
FIGURES = ("inside", "unchanged", "outside", "iou", "pointing")


def one(name: str, given: argparse.Namespace) -> dict[str, list[float]]:
    """Train with the departure off, score, return mean and interval of every figure."""
    out = given.out / name.replace(" ", "-").replace(",", "")
    environment = {**os.environ, "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // given.parallel))}
    settings = (
        f"--model.size {given.size} --train.steps {given.steps} --train.sample-every 100000 --quiet".split() + PRETRAIN
    )
    command = [sys.executable, "-m", "mimnet", "train", "laptop", "--data", str(given.data), "--out", str(out)]
    shared = (
        [] if "--model.no-detail" in OFF[name] else ["--encoders", str(given.out / "pretrain" / "encoders.safetensors")]
    )
    subprocess.run([*command, *settings, *shared, *OFF[name]], env=environment, check=True, capture_output=True)
    scores = out / "scores.json"
    script = Path(__file__).with_name("scores.py")
    command = [
        sys.executable,
        str(script),
        str(out),
        "--drawn",
        str(given.data),
        "--limit",
        "200",
        "--json",
        str(scores),
    ]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    figures: dict[str, list[float]] = json.loads(scores.read_text())["drawn"]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    pretrain = [sys.executable, "-m", "mimnet", "pretrain", "laptop", "--data", str(given.data), "--quiet"]
    pretrain += ["--out", str(given.out / "pretrain"), "--model.size", str(given.size), *PRETRAIN]
    subprocess.run(pretrain, check=True, capture_output=True)
    with ThreadPoolExecutor(given.parallel) as pool:
        results = dict(zip(OFF, pool.map(lambda name: one(name, given), OFF), strict=True))
    print("| | " + " | ".join(FIGURES) + " |")
    print("|---" * (1 + len(FIGURES)) + "|")
    for name, figures in results.items():
        cells = [f"{mean:.3f} [{low:.3f}, {high:.3f}]" for mean, low, high in (figures[f] for f in FIGURES)]
        print(f"| {name} | " + " | ".join(cells) + " |")
    if given.json:
        write_whole(given.json, json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
