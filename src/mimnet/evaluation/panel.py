"""The judges of a comparison: from files, or trained on the data first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.attngan import released_files
from mimnet.cnns import load_squeezenet
from mimnet.config import JudgeConfig, default_judge
from mimnet.data.folder import Captioned
from mimnet.errors import MimnetError
from mimnet.evaluation.painter import ModelPainter
from mimnet.evaluation.runs import Run
from mimnet.judges.attngan import AttnGAN, load_attngan
from mimnet.judges.inception import load_inception2015
from mimnet.judges.judge import Classifier, Features, Judge, Matcher
from mimnet.judges.onnx import OnnxClassifier
from mimnet.judges.own import OwnAttributes, OwnClassifier, OwnMatcher, load_judge
from mimnet.judges.squeeze import SqueezeFeatures
from mimnet.judges.stackgan import load_stackgan
from mimnet.metrics.perceptual import load_heads, lpips
from mimnet.nn.manigan.generator import ManiGAN
from mimnet.tfcheckpoint.checkpoint import is_checkpoint
from mimnet.train.engine import make_engine
from mimnet.train.judges import FILES, train_judge
from mimnet.weights import fingerprint


class Perceptual:
    """LPIPS as a judge: SqueezeNet's maps, weighed by fitted heads."""

    def __init__(self, features: SqueezeFeatures, heads: Path) -> None:
        self.network, self.heads = features.network, load_heads(heads)
        self.name = "LPIPS v0.1 on SqueezeNet 1.1"
        self.fingerprint = fingerprint({f"head{i}": head for i, head in enumerate(self.heads)})

    def distance(self, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Pictures n,H,W,3 twice -> n."""
        return lpips(self.network, self.heads, a, b)


@dataclass(frozen=True)
class Panel:
    """Who judges what; None where nobody does, and the column is empty."""

    classifier: Classifier | None = None
    matcher: Matcher | None = None
    features: Features | None = None
    perceptual: Perceptual | None = None
    attributes: OwnAttributes | None = None

    def named(self) -> dict[str, dict[str, Any]]:
        """Name and fingerprint of every judge, and how one of ours did on pictures kept aside; by its columns."""
        columns: dict[str, Judge | None] = {
            "is": self.classifier,
            "sim, mp, r_precision": self.matcher,
            "fid, kid": self.features,
            "lpips": self.perceptual,
            "named, kept": self.attributes,
        }
        told: dict[str, dict[str, Any]] = {}
        for column, judge in columns.items():
            if judge is not None:
                told[column] = {"name": judge.name, "fingerprint": judge.fingerprint}
                if isinstance(judge, OwnClassifier | OwnMatcher | OwnAttributes):
                    told[column]["kept_aside"] = judge.trained.training.get("kept_aside", {})
        return told


@dataclass(frozen=True)
class Given:
    """Files of judges; what is not given is looked for in `folder`, and trained there if it is missing."""

    folder: Path
    classifier: Path | None = None  # ours, Inception-2015 (.pth), StackGAN's TensorFlow checkpoint or any ONNX file
    drop_first: bool = False  # the ONNX classifier's class 0 is a background
    encoders: Path | None = None  # ours, or a folder with AttnGAN's three files
    features: Path | None = None  # SqueezeNet 1.1 or Inception-2015; without it the classifier's features serve
    lpips: Path | None = None  # LPIPS's heads for SqueezeNet, which --features must then be
    attributes: Path | None = None  # ours, for drawn sets
    cnn: Path | None = None  # SqueezeNet 1.1, the frozen CNN of our judges
    train: bool = True  # False: leave columns empty rather than train a judge


def missing_judges(given: Given, rows: Sequence[Captioned], *, drawn: bool) -> list[str]:
    """Kinds of judges that `panel` would train first."""
    wanted = [("damsm", given.encoders)]
    kinds = {row.kind for row in rows}
    if len(kinds) > 1 and None not in kinds:
        wanted.append(("classes", given.classifier))
    if drawn:
        wanted.append(("attributes", given.attributes))
    return [
        kind for kind, file in wanted if given.train and file is None and not (given.folder / FILES[kind]).is_file()
    ]


def judge_settings(given: Given) -> JudgeConfig:
    """What missing judges are trained with."""
    return default_judge(frozen=given.cnn is not None)


def classifier_expected(given: Given, rows: Sequence[Captioned]) -> bool:
    """Whether there will be an Inception score; `rows` as for `panel`."""
    there = _found(given.classifier, given.folder, "classes") is not None
    return there or "classes" in missing_judges(given, rows, drawn=False)


def panel(given: Given, data: Path, rows: Sequence[Captioned], *, drawn: bool, quiet: bool = False) -> Panel:
    """Open all judges, training the missing ones. `rows` are the training pictures (empty if there are none).

    What is there is opened first, so that a wrong file is told before anything is trained.
    """
    found = _open(given, drawn=drawn)
    todo = missing_judges(given, rows, drawn=drawn) if rows else []
    for kind in todo:
        engine = make_engine(accelerator="auto")
        train_judge(kind, judge_settings(given), data, given.folder, engine, cnn=given.cnn, quiet=quiet)
    return _open(given, drawn=drawn) if todo else found


def _open(given: Given, *, drawn: bool) -> Panel:
    """The judges whose files are there."""
    classifier = _classifier(given)
    features: Features | None = None
    perceptual = None
    if given.features is not None:
        features = _features(given.features)
    elif isinstance(classifier, OwnClassifier):
        features = classifier
    if given.lpips is not None:
        if not isinstance(features, SqueezeFeatures):
            raise MimnetError("--lpips has heads for SqueezeNet; name SqueezeNet's file with --features too")
        perceptual = Perceptual(features, given.lpips)
    attributes = None
    if drawn and (file := _found(given.attributes, given.folder, "attributes")):
        judge = load_judge(file, kind="attributes", cnn=given.cnn)
        attributes = judge if isinstance(judge, OwnAttributes) else None
    return Panel(classifier, _matcher(given), features, perceptual, attributes)


def refuse_teachers(judges: Panel, runs: Sequence[Run]) -> None:
    """Raise `MimnetError` if one of our judges shares its seed with a run: it would score its own pupil."""
    for judge in (judges.classifier, judges.matcher, judges.attributes):
        if isinstance(judge, OwnClassifier | OwnMatcher | OwnAttributes):
            seed = judge.trained.training.get("seed")
            for run in runs:
                if seed is not None and run.painter.training.get("train", {}).get("seed") == seed:
                    raise MimnetError(
                        f"the judge {judge.name!r} and the model {run.name!r} were both trained with seed {seed}; "
                        "train the judge with another --seed"
                    )


def pupils(judges: Panel, runs: Sequence[Run]) -> list[str]:
    """Names of runs that learned from the very encoders of AttnGAN that judge them, as in published tables."""
    if not isinstance(judges.matcher, AttnGAN):
        return []
    judging = judges.matcher.sentence.encoder.weight[1:].cpu()  # word 0 is padding
    found = []
    for run in runs:
        generator = run.painter.model.generator if isinstance(run.painter, ModelPainter) else None
        if isinstance(generator, ManiGAN):
            learned = generator.damsm.text.vectors.weight[2:].cpu()
            if learned.shape == judging.shape and torch.allclose(learned, judging, rtol=1e-2, atol=1e-3):
                found.append(run.name)
    return found


def _found(file: Path | None, folder: Path, kind: str) -> Path | None:
    if file is not None:
        return file
    usual = folder / FILES[kind]
    return usual if usual.is_file() else None


def _classifier(given: Given) -> Classifier | None:
    file = _found(given.classifier, given.folder, "classes")
    if file is None:
        return None
    if file.suffix == ".pb" or (file / "saved_model.pb").is_file():
        raise MimnetError(
            f"{file} is a graph of TensorFlow: give StackGAN's checkpoint (model.ckpt), or convert the graph once with "
            "tf2onnx and give the .onnx file"
        )
    if is_checkpoint(file):
        return load_stackgan(file)
    if file.suffix == ".onnx":
        return OnnxClassifier(file, drop_first=given.drop_first)
    if file.suffix in (".pth", ".pt"):
        return load_inception2015(file)
    judge = load_judge(file, kind="classes", cnn=given.cnn)
    assert isinstance(judge, OwnClassifier)
    if len(judge.trained.answers["class"]) < 2:
        raise MimnetError(f"{file} knows one class; an Inception score needs at least two")
    return judge


def _matcher(given: Given) -> Matcher | None:
    file = _found(given.encoders, given.folder, "damsm")
    if file is None:
        return None
    if file.is_dir():
        return load_attngan(**released_files(file))
    judge = load_judge(file, kind="damsm", cnn=given.cnn)
    assert isinstance(judge, OwnMatcher)
    return judge


def _features(file: Path) -> Features:
    if file.suffix == ".npz" or "squeezenet" in file.name:
        return SqueezeFeatures(load_squeezenet(file))
    return load_inception2015(file)
