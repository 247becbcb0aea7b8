"""Tiny random models, a small drawn set, and a report of painted squares."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from mimnet.checkpoint import Model, save_model
from mimnet.config import load_config
from mimnet.data.drawn import write_drawn_set
from mimnet.evaluation.pairs import Pair
from mimnet.families import new_generator
from mimnet.figures.report import Report
from mimnet.figures.scored import Scores
from mimnet.figures.shown import Result, Shown
from mimnet.text import PAD, UNKNOWN, Vocabulary

WORDS = ["this", "flower", "bird", "has", "a", "with", "petals", "red", "blue", "white", "pink", "yellow", "black"]
LOSSES = {
    "full": {"pseudo_texture": 1.0, "random_memory": 1.0},
    "no-lmem": {"pseudo_texture": 1.0, "random_memory": 0.0},
    "no-pgt-no-lmem": {"pseudo_texture": 0.0, "random_memory": 0.0},
}


def tiny_model(*, loss: dict[str, float] | None = None, seed: int = 0, **changes: Any) -> Model:
    torch.manual_seed(seed)
    config = dataclasses.replace(load_config("tiny").model, **changes)
    vocabulary = Vocabulary([PAD, UNKNOWN, *WORDS])
    generator = new_generator(config, len(vocabulary)).eval().requires_grad_(False)
    torch.nn.init.normal_(generator.vectors.vectors)
    return Model(generator, config, vocabulary, {"loss": loss or {}}, f"{seed:016x}")


def saved(folder: Path, model: Model) -> Path:
    """A model file as a run leaves it."""
    weights = dict(model.generator.state_dict())
    save_model(folder / "model.safetensors", weights, model.config, model.vocabulary, model.training)
    return folder


def drawn_set(folder: Path, *, test: int = 12) -> Path:
    write_drawn_set(folder / "set", train=0, test=test, seed=0, size=32)
    return folder / "set"


def squares(captions: list[str], values: list[dict[str, float]]) -> Report:
    """Two models; `values` are the first one's scores, the second's are none but Diff."""
    painters: dict[str, Any] = {
        name: SimpleNamespace(part=part, size=32, fingerprint=name * 4)
        for name, part in (("one", "full"), ("two", None))
    }
    pairs = [Pair(f"{i}.png", "own <b>", c, "s.png", None, "k") for i, c in enumerate(captions)]
    scores = Scores({"one": {(p.file, p.caption): v for p, v in zip(pairs, values, strict=True)}}, "Scores made up.")
    report = Report(painters, scores, title="Squares & <more>", remarks=["Some pairs."])
    for i, pair in enumerate(pairs):
        picture = np.full((32, 32, 3), i, np.uint8)
        mapped = np.eye(8, dtype=np.uint8) * 255
        results = {"one": Result(picture + 20, mapped), "two": Result(picture + 40, None)}
        report.add(Shown(i, pair, picture, results))
    return report
