"""From a folder of captioned pictures to the file of a judge. The same call again goes on from where it stands."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mimnet.cnns import load_squeezenet
from mimnet.config import JudgeConfig, PicturesConfig, TrainConfig
from mimnet.data.batches import Batch, Source, split_held_out
from mimnet.data.cache import resized_pictures
from mimnet.data.drawn import VOCABULARY, read_drawn
from mimnet.data.folder import Captioned, read_split
from mimnet.data.rows import Rows, vocabulary_of
from mimnet.data.source import open_source
from mimnet.errors import MimnetError
from mimnet.files import write_whole
from mimnet.judges.own import (
    CLASS,
    OwnAttributes,
    OwnClassifier,
    OwnMatcher,
    Trained,
    build_encoders,
    build_look,
    build_recogniser,
    load_judge,
    save_judge,
)
from mimnet.judges.squeeze import SqueezeFeatures
from mimnet.metrics.retrieval import r_precision
from mimnet.text import Vocabulary
from mimnet.train.engine import Engine
from mimnet.train.judging import EncodersSystem, RecognisingSystem
from mimnet.train.loop import STATE, run_loop
from mimnet.train.system import System

FILES = {"classes": "classifier.safetensors", "damsm": "damsm.safetensors", "attributes": "attributes.safetensors"}


def train_judge(
    kind: str,
    config: JudgeConfig,
    data: Path,
    out: Path,
    engine: Engine,
    *,
    cnn: Path | None = None,
    quiet: bool = False,
) -> tuple[Path, dict[str, float]]:
    """Train a judge of `kind` ("classes", "damsm" or "attributes") on DATA/train.

    Returns its file in `out` and how it does on training pictures that were kept aside.

    Raises `MimnetError` for pictures without classes, or with one alone, and for attributes of a set that is not drawn.
    """
    file = out / FILES[kind]
    if file.is_file():
        there = load_judge(file, kind=kind, cnn=cnn).trained
        if there.config != config:
            raise MimnetError(f"{file} is a judge with other settings; choose another --out, or delete it")
        return file, there.training["kept_aside"]
    rows, kept = split_held_out(read_split(data, "train"), config.held_out)
    if len(kept) < 2:
        raise MimnetError(f"{data}/train has {len(rows)} pictures, too few to keep some aside; a judge needs more")
    scratch = out / f"{kind}.run"
    _claim(scratch / "judge.json", {**asdict(config), "kind": kind, "cnn": str(cnn) if cnn else "own"}, engine)
    torch.manual_seed(config.seed)
    look = build_look(config, cnn)
    vocabulary = vocabulary_of(rows)
    answers: dict[str, list[str]] = {}
    system: System
    network: nn.Module
    if kind == "damsm":
        network = encoders = build_encoders(look, config, len(vocabulary))
        system = EncodersSystem(encoders)
    else:
        answers, labels = _classes(rows, data) if kind == "classes" else _attributes(data, rows)
        network = recogniser = build_recogniser(look, config, answers)
        system = RecognisingSystem(recogniser, labels)
    train = TrainConfig(batch=min(config.batch, len(rows)), lr=config.lr, beta1=0.9, seed=config.seed)
    batches = _batches(config, rows, vocabulary, batch=train.batch, quiet=quiet)
    _, progress = run_loop(system, batches, train, steps=config.steps, out=scratch, engine=engine, quiet=quiet)
    if progress.stopped:
        raise KeyboardInterrupt
    if engine.rank == 0:
        network.to("cpu")
        seen = "own" if cnn is None else SqueezeFeatures(load_squeezenet(cnn)).fingerprint
        training = {"data": data.resolve().name, "pictures": len(rows), "steps": config.steps, "seed": config.seed}
        trained = Trained(kind, config, answers, vocabulary if kind == "damsm" else None, seen, training)
        trained.training["kept_aside"] = _measured(network, trained, kept, data)
        save_judge(file, network, trained)
        (scratch / STATE).unlink(missing_ok=True)  # what a broken-off training would go on from; the log stays
    engine.barrier()
    return file, load_judge(file, kind=kind, cnn=cnn).trained.training["kept_aside"]


def seconds_per_step(kind: str, config: JudgeConfig, pictures: int, engine: Engine, *, cnn: Path | None) -> float:
    """Measured on noise, after one step to warm up; `pictures` is how many there are to train on."""
    count = min(config.batch, pictures)
    image = torch.rand(count, 3, config.size, config.size) * 2 - 1
    ids, length = torch.ones(count, config.max_words, dtype=torch.int64), torch.full((count,), config.max_words)
    batch = Batch(image, ids, length, ids, length, torch.arange(count), rows=tuple(range(count))).to(engine.device)
    look = build_look(config, cnn)
    system: System
    if kind == "damsm":
        system = EncodersSystem(build_encoders(look, config, words=1000))
    else:
        system = RecognisingSystem(build_recogniser(look, config, {CLASS: ["one", "other"]}), np.zeros((count, 1), int))
    system.networks.to(engine.device)
    took = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        for phase in system.step(batch, 0):
            phase.total.backward()  # type: ignore[no-untyped-call]
            phase.total.item()  # a GPU is waited for
        took = time.perf_counter() - begun
    return took


def _claim(file: Path, settings: dict[str, Any], engine: Engine) -> None:
    if engine.rank == 0:
        text = json.dumps(settings, indent=1)
        if file.is_file() and file.read_text() != text:
            raise MimnetError(f"{file.parent} holds a judge in training with other settings; choose another --out")
        write_whole(file, text)
    engine.barrier()


def _batches(config: JudgeConfig, rows: Rows, vocabulary: Vocabulary, *, batch: int, quiet: bool) -> Source:
    return open_source(
        rows,
        vocabulary,
        words=config.max_words,
        size=config.size,
        batch=batch,
        settings=PicturesConfig(flip=True, crop=config.crop),
        seed=config.seed,
        quiet=quiet,
    )


def _classes(rows: Sequence[Captioned], data: Path) -> tuple[dict[str, list[str]], NDArray[np.int64]]:
    if any(row.kind is None for row in rows):
        raise MimnetError(f'{data}/train has pictures without a class; a classifier needs "class" in every line')
    names = sorted({str(row.kind) for row in rows})
    if len(names) < 2:
        raise MimnetError(f"{data}/train has one class; a classifier needs at least two")
    return {CLASS: names}, np.array([[names.index(str(row.kind))] for row in rows])


def _attributes(data: Path, rows: Sequence[Captioned]) -> tuple[dict[str, list[str]], NDArray[np.int64]]:
    try:
        scenes = {drawn.file: drawn.scene for drawn in read_drawn(data / "train")}
    except (FileNotFoundError, ValueError) as error:
        raise MimnetError(
            f"{data} is no drawn set with known attributes ({error}); make one with mimnet data draw"
        ) from error
    kinds = {scene.kind for scene in scenes.values()}
    if len(kinds) != 1:
        raise MimnetError(
            f"{data} mixes {' and '.join(sorted(kinds))}; attributes are learned of one kind: draw with --kind"
        )
    answers = {name: list(values) for name, values in VOCABULARY[kinds.pop()].items()}
    picked = [scenes[row.file].attributes for row in rows]
    return answers, np.array([[names.index(a[q]) for q, names in answers.items()] for a in picked])


def _measured(network: nn.Module, trained: Trained, kept: Sequence[Captioned], data: Path) -> dict[str, float]:
    """How the judge does on training pictures that it was not trained on."""
    pictures = np.asarray(resized_pictures(kept, trained.config.size, quiet=True))
    if trained.kind == "damsm":
        matcher = OwnMatcher(network, trained, "")
        kinds = [row.kind for row in kept]
        if len(set(kinds)) < 2:  # one class for everything says nothing: every sentence is of its own, as in training
            kinds = [None] * len(kept)
        return {
            "r_precision": float(
                np.mean(
                    r_precision(
                        matcher.pictures(pictures),
                        matcher.sentences([row.captions[0] for row in kept]),
                        kinds,
                        candidates=min(100, len(kept)),
                    )
                )
            )
        }
    if trained.kind == "classes":
        names = trained.answers[CLASS]
        told = OwnClassifier(network, trained, "").probabilities(pictures).argmax(1)
        return {"accuracy": float(np.mean([names[i] == str(row.kind) for i, row in zip(told, kept, strict=True)]))}
    scenes = {drawn.file: drawn.scene for drawn in read_drawn(data / "train")}
    answers = OwnAttributes(network, trained, "").answers(pictures)
    return {
        f"accuracy_{q}": float(
            np.mean([a[q] == scenes[row.file].attributes[q] for a, row in zip(answers, kept, strict=True)])
        )
        for q in trained.answers
    }
