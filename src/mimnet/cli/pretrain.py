"""`mimnet pretrain PRESET --data DIR --out DIR`: the parts that the paper takes pretrained."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from mimnet.cli.train import Settings, read_settings
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Pretrain(Settings):
    """Learn word vectors and image CNN by matching pictures with captions: mimnet pretrain PRESET --data DIR --out DIR.

    Writes OUT/encoders.safetensors for `mimnet train --encoders`.
    """


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    preset, form = read_settings(Pretrain, arguments, verb="pretrain")
    config = form.config(preset)
    if config.pretrain.steps <= 0:
        raise MimnetError(f"{preset} has no pretraining (pretrain.steps is 0); set --pretrain.steps")
    from mimnet.train.engine import make_engine
    from mimnet.train.run import Sources, pretrain

    engine = make_engine(devices=form.devices, nodes=form.nodes, accelerator=form.accelerator)
    try:
        file = pretrain(config, form.data, form.out, engine, Sources(vectors=form.vectors), quiet=form.quiet)
    except KeyboardInterrupt:
        print("stopped and saved; the same command goes on", file=sys.stderr)
        return 130
    print(f"done: {file}")
    return 0
