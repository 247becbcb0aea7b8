"""`mimnet pretrain`: the parts that the paper takes pretrained, and the networks that judge edits."""

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from mimnet.cli.parse import parse
from mimnet.cli.train import Settings, read_settings
from mimnet.config import JudgeConfig, default_judge
from mimnet.errors import MimnetError

JUDGES = {"--classifier": "classes", "--encoders": "damsm", "--attributes": "attributes"}


@dataclass(frozen=True)
class Pretrain(Settings):
    """Learn word vectors and image CNN by matching pictures with captions: mimnet pretrain PRESET --data DIR --out DIR.

    Writes OUT/encoders.safetensors for `mimnet train --encoders`. With --classifier, --encoders or --attributes it
    learns a judge for `mimnet evaluate` instead, without a preset: mimnet pretrain --encoders --help.
    """


@dataclass(frozen=True)
class Judge(JudgeConfig):
    """Learn a network that judges edits: mimnet pretrain --classifier|--encoders|--attributes --data DIR --out DIR.

    --classifier learns the classes of the pictures (IS), --encoders pictures and captions in one space as DAMSM does
    (Sim, R-precision), --attributes what is drawn in a drawn set. Its seed is no generator's, so nobody is judged by
    its own teacher.
    """

    data: Path = tyro.MISSING  # folder of captioned pictures, with train/ in it
    out: Path = tyro.MISSING  # folder of judges; the same command again goes on
    cnn: Path | None = None  # SqueezeNet 1.1's ImageNet weights: a frozen CNN in place of one learned here
    devices: int = 1  # processes on this machine
    nodes: int = 1  # machines
    accelerator: Literal["auto", "cpu", "cuda"] = "auto"  # what a process runs on
    quiet: bool = False  # no progress bar


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    asked = [flag for flag in JUDGES if flag in arguments]
    if len(asked) > 1:
        raise MimnetError(f"{' and '.join(asked)} are different judges; learn one at a time")
    if asked:
        return _judge(asked[0], [a for a in arguments if a != asked[0]])
    start, form = read_settings(Pretrain, arguments, verb="pretrain")
    config = form.config(start)
    from mimnet.train.engine import make_engine
    from mimnet.train.run import Folders, Sources, pretrain
    from mimnet.train.systems import SYSTEMS

    if not SYSTEMS[config.family].stages(config):
        raise MimnetError(f"{config.name} has no pretraining (pretrain.steps is 0); set --pretrain.steps")

    engine = make_engine(devices=form.devices, nodes=form.nodes, accelerator=form.accelerator)
    sources = Sources(
        vectors=form.vectors, vgg=form.vgg, fc7=form.fc7, inception=form.inception, squeezenet=form.squeezenet
    )
    try:
        file = pretrain(config, Folders((form.data, *form.also)), form.out, engine, sources, quiet=form.quiet)
    except KeyboardInterrupt:
        print("stopped and saved; the same command goes on", file=sys.stderr)
        return 130
    print(f"done: {file}")
    return 0


def _judge(flag: str, arguments: Sequence[str]) -> int:
    frozen = any(a.split("=")[0] == "--cnn" for a in arguments)
    start = Judge(**dataclasses.asdict(default_judge(frozen=frozen)))
    form = parse(Judge, arguments, verb=f"pretrain {flag}", default=start)
    config = JudgeConfig(**{f.name: getattr(form, f.name) for f in dataclasses.fields(JudgeConfig)})
    from mimnet.train.engine import make_engine
    from mimnet.train.judges import train_judge

    engine = make_engine(devices=form.devices, nodes=form.nodes, accelerator=form.accelerator)
    try:
        file, measured = train_judge(JUDGES[flag], config, form.data, form.out, engine, cnn=form.cnn, quiet=form.quiet)
    except KeyboardInterrupt:
        print("stopped and saved; the same command goes on", file=sys.stderr)
        return 130
    told = ", ".join(f"{name} {value:.3f}" for name, value in measured.items())
    print(f"done: {file} (on pictures kept aside: {told})")
    return 0
