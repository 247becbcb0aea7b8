"""`mimnet train PRESET --data DIR --out RUN`: train, or go on."""

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import tyro

from mimnet.cli.parse import parse
from mimnet.config import (
    SECTIONS,
    Config,
    LossConfig,
    MIMNetLoss,
    MIMNetModel,
    ModelConfig,
    PicturesConfig,
    PretrainConfig,
    TrainConfig,
    load_config,
    preset_names,
)
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Settings:
    """Options that training and pretraining share; the preset comes first: mimnet train PRESET --data DIR."""

    data: Path  # folder of captioned pictures, with train/ in it
    out: Path  # run directory; the same command again goes on from where it stands
    also: tuple[Path, ...] = ()  # more such folders, of other objects, that train along in equal shares
    vectors: Path | None = (
        None  # word vectors: GloVe, fastText (.txt, .vec, .bin) or word2vec; also .gz, FILE.zip/MEMBER
    )
    vgg: str | None = None  # torchvision's VGG-16 weights, for models that have it: a file, or user/name on the hub
    fc7: Path | None = None  # torchvision's VGG-16 weights with its classifier, for SISGAN's text stage
    inception: Path | None = None  # torchvision's Inception v3 weights, for models that have it
    squeezenet: str | None = None  # SqueezeNet 1.1's weights, for models that have it: a file, or user/name on the hub
    devices: int = 1  # processes on this machine
    nodes: int = 1  # machines
    accelerator: Literal["auto", "cpu", "cuda"] = "auto"  # what a process runs on
    quiet: bool = False  # no progress bar
    model: ModelConfig = field(default_factory=MIMNetModel)
    loss: LossConfig = field(default_factory=MIMNetLoss)
    pictures: PicturesConfig = field(default_factory=PicturesConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)

    def config(self, start: Config) -> Config:
        """The experiment that the preset and the flags describe together."""
        return dataclasses.replace(start, **{section: getattr(self, section) for section in SECTIONS})


F = TypeVar("F", bound=Settings)


@dataclass(frozen=True)
class Train(Settings):
    """Train a preset (or a TOML file) on captioned pictures: mimnet train PRESET --data DIR --out RUN.

    Every setting of the preset is an option.
    """

    encoders: Path | None = None  # file of `mimnet pretrain`, or a folder with AttnGAN's DAMSM (three files)
    absent: tuple[Path, ...] = ()  # such folders whose pictures do not show the object: the map learns to stay shut
    start: Path | None = None  # run to go on from, at another size or on other pictures, or a model: a file, flowers
    dry_run: bool = False  # tell configuration, parameters, step time and total time, and train nothing


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    start, form = read_settings(Train, arguments, verb="train")
    config = form.config(start)
    from mimnet.train.engine import make_engine
    from mimnet.train.run import Folders, Sources, dry_run, train
    from mimnet.train.start import Start

    engine = make_engine(devices=form.devices, nodes=form.nodes, accelerator=form.accelerator)
    sources = Sources(
        form.encoders,
        form.vectors,
        form.vgg,
        None if form.start is None else Start(form.start),
        form.fc7,
        form.inception,
        squeezenet=form.squeezenet,
    )
    folders = Folders((form.data, *form.also), form.absent)
    if form.dry_run:
        print(dry_run(config, folders, engine, sources))
        return 0
    try:
        progress = train(config, folders, form.out, engine, sources, quiet=form.quiet)
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on from the last checkpoint in {form.out}", file=sys.stderr)
        return 130
    if progress.stopped:
        print(f"stopped and saved at step {progress.step}; the same command goes on", file=sys.stderr)
        return 130
    print(f"done: {progress.step} steps, {form.out / 'model.safetensors'}")
    return 0


def read_settings(form: type[F], arguments: Sequence[str], *, verb: str) -> tuple[Config, F]:
    """The preset, which comes first, and the options, whose defaults are the preset's."""
    given = list(arguments)
    asks_help = "-h" in given or "--help" in given
    if given and not given[0].startswith("-"):
        preset = given.pop(0)
    elif asks_help:
        preset = "paper"
    else:
        raise MimnetError(
            f"name a preset or a TOML file first: mimnet {verb} PRESET; presets: {', '.join(preset_names())}"
        )
    config = load_config(preset)
    sections = {section: getattr(config, section) for section in SECTIONS}
    default = form(data=tyro.MISSING, out=tyro.MISSING, **sections)
    return config, parse(form, given, verb=f"{verb} {preset}", default=default)
