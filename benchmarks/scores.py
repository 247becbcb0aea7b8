"""Scores of a model: edits against known truth on drawn pictures, colour-following on captioned flowers.

python benchmarks/scores.py MODEL [--drawn DIR] [--flowers DIR] [--split test] [--limit 100] [--json FILE]
"""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from mimnet.checkpoint import find_model, load_model
from mimnet.data.folder import read_split
from mimnet.evaluate import colour_scores, drawn_scores, mean_change
from mimnet.files import write_whole


def interval(values: list[float], *, draws: int = 1000) -> tuple[float, float, float]:
    """Mean with its 95% bootstrap interval."""
    rng = np.random.default_rng(0)
    array = np.asarray(values)
    means = array[rng.integers(0, len(array), (draws, len(array)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(array.mean()), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--drawn", type=Path)
    parser.add_argument("--flowers", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    model = load_model(find_model(given.model))
    told: dict[str, Any] = {"model": model.fingerprint, "step": model.training.get("step"), "size": model.config.size}
    print(f"model {model.fingerprint}, step {told['step']}, {model.config.size} px")
    if given.drawn:
        scores = drawn_scores(model, given.drawn / given.split, limit=given.limit)
        told["drawn"] = {"pictures": len(scores)}
        for name in ("inside", "unchanged", "outside", "iou", "pointing"):
            mean, low, high = interval([float(getattr(score, name)) for score in scores])
            told["drawn"][name] = [mean, low, high]
            print(f"drawn, {name:<10}{mean:.4f}  [{low:.4f}, {high:.4f}]  n {len(scores)}")
    if given.flowers:
        rows = read_split(given.flowers, given.split)
        told["colours"] = {}
        for s in colour_scores(model, rows, limit=given.limit):
            told["colours"][s.colour] = dataclasses.asdict(s)
            real = "-" if s.real is None else f"{s.real:.2f}"
            print(f"colour {s.colour:<8} leads in {s.edits:.2f} of edits, {s.unchanged:.2f} unedited,", end=" ")
            print(f"{real} of {s.real_pictures} real pictures")
        for name in ("edits", "unchanged"):
            told[f"colour_{name}"] = float(np.mean([c[name] for c in told["colours"].values()]))
        told["diff"] = mean_change(model, rows, limit=given.limit)
        print(f"colours, mean of edits {told['colour_edits']:.3f}, unedited {told['colour_unchanged']:.3f}")
        print(f"Diff {told['diff']:.4f}, edits by full captions of other classes")
    if given.json:
        write_whole(given.json, json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
