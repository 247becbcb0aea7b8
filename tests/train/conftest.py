"""Captioned pictures small enough to train on in seconds, and the command that does."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

COLOURS = {"red": (200, 30, 30), "blue": (40, 60, 200), "white": (240, 240, 240), "yellow": (240, 220, 40)}
STEPS = 24


@pytest.fixture(scope="session")
def captioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Coloured discs on noise, with captions and classes."""
    root = tmp_path_factory.mktemp("discs")
    draw = np.random.default_rng(0)
    (root / "train").mkdir()
    lines = []
    y, x = np.mgrid[:32, :32]
    for i in range(24):
        name = list(COLOURS)[i % len(COLOURS)]
        picture = draw.integers(0, 90, (32, 32, 3))
        picture[(y - 16) ** 2 + (x - 16) ** 2 < draw.integers(60, 140)] = COLOURS[name]
        Image.fromarray(picture.astype(np.uint8)).save(root / "train" / f"{i}.png")
        text = [f"this flower has {name} petals", f"a {name} flower on the ground"]
        lines.append(json.dumps({"file_name": f"{i}.png", "text": text, "class": name}))
    (root / "train" / "metadata.jsonl").write_text("\n".join(lines))
    return root


def command(data: Path, out: Path, *more: str) -> list[str]:
    """`mimnet train tiny` for `STEPS` steps, unless `more` says otherwise."""
    settings = (
        f"--train.steps {STEPS} --train.save-every 4 --train.sample-every 1000 --train.batch 4 --pretrain.steps 6 "
        "--pretrain.batch 8 --loss.r1-every 3 --pictures.held-out 0 --quiet"
    )
    base = [sys.executable, "-m", "mimnet", "train", "tiny", "--data", str(data), "--out", str(out)]
    return [*base, *settings.split(), *more]


def environment(tmp_path: Path) -> dict[str, str]:
    """One thread, and a cache of its own."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "MIMNET_HOME": str(tmp_path / "home")}
