"""A small drawn set, random models and small judges, for tests of comparisons."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.checkpoint import save_model
from mimnet.config import JudgeConfig, MIMNetLoss, load_config
from mimnet.evaluation.painter import Painted
from mimnet.families import new_generator
from mimnet.text import PAD, UNKNOWN, Vocabulary
from mimnet.train.engine import Engine
from mimnet.train.judges import train_judge

WORDS = ("this", "flower", "has", "petals", "red", "blue", "white", "yellow", "pink", "a", "the", "of", "center", "is")


def write_model(run: Path, *, seed: int = 0, memory: bool = True, random_memory: float = 1.0) -> Path:
    """A random model as a run directory."""
    torch.manual_seed(seed)
    config = dataclasses.replace(load_config("tiny").model, memory=memory)
    vocabulary = Vocabulary([PAD, UNKNOWN, *WORDS])
    generator = new_generator(config, len(vocabulary)).eval()
    torch.nn.init.normal_(generator.vectors.vectors)
    training = {
        "preset": "tiny",
        "loss": dataclasses.asdict(MIMNetLoss(random_memory=random_memory)),
        "train": {"seed": seed},
        "step": 1,
    }
    save_model(run / "model.safetensors", generator.state_dict(), config, vocabulary, training)
    return run


class Paints:
    """A painter that a test knows: a picture becomes `colour`, or stays where there is none. It counts its edits."""

    size, sizes, part = 32, [32], None

    def __init__(self, name: str, colour: tuple[int, int, int] | None = None, *, fails_after: int = 10**9) -> None:
        self.fingerprint, self.colour, self.fails_after = f"{name:0<16}", colour, fails_after
        self.training: dict[str, Any] = {"train": {"seed": 5}}
        self.painted = 0

    def paint(self, pictures: NDArray[np.uint8], texts: Sequence[str]) -> Painted:
        if self.painted + len(pictures) > self.fails_after:
            raise KeyboardInterrupt
        self.painted += len(pictures)
        edit = pictures.copy()
        if self.colour is not None:
            edit[:] = self.colour
        value = 0 if self.colour is None else 255
        return Painted([edit], np.full((len(pictures), 8, 8), value, np.uint8))


def write_judges(data: Path, out: Path, *, drawn: bool = True) -> Path:
    """All judges, hardly trained."""
    config = JudgeConfig(size=32, width=16, embedding=16, word_vector=16, steps=3, batch=8)
    for kind in ("classes", "damsm", *(["attributes"] if drawn else [])):
        train_judge(kind, config, data, out, Engine(torch.device("cpu")), quiet=True)
    return out
