"""Pretraining of DAMSM's encoders, which stay frozen afterwards: with the run's own seed, never that of a judge."""

import dataclasses

from torch import Tensor, nn

from mimnet.config import Config, ManiGANModel
from mimnet.encoders import Encoders
from mimnet.errors import MimnetError
from mimnet.nn.look import BorrowedLook, InceptionLook, OwnLook
from mimnet.nn.manigan.build import build_damsm
from mimnet.nn.vision import OwnDetail
from mimnet.train.judging import EncodersSystem
from mimnet.train.stages import Stage

BETA1 = 0.9  # of Adam; the rest of the training has a generator's


def damsm_stage(config: Config) -> Stage:
    """Learn to match words with regions and sentences with pictures; the own CNN serves the detail features too."""
    p = config.pretrain
    m = config.model
    assert isinstance(m, ManiGANModel)
    own = m.encoder == "own"
    return Stage(
        name="damsm",
        gives=frozenset({"damsm", "image"} if own else {"damsm"}),
        build=lambda encoders: DAMSMSystem(config, encoders),
        train=dataclasses.replace(config.train, batch=p.batch, lr=p.lr, beta1=BETA1, halve_every=0),
        steps=p.steps,
        size=m.size if m.encoder == "imagenet" else m.encoder_size,
    )


class DAMSMSystem(EncodersSystem):
    """The judges' recipe for encoders that a generator is trained with."""

    def __init__(self, config: Config, encoders: Encoders) -> None:
        if config.pretrain.steps == 0:
            raise MimnetError(
                "DAMSM's encoders are missing: name a file of `mimnet pretrain` with --encoders, "
                "or set --pretrain.steps"
            )
        m = config.model
        assert isinstance(m, ManiGANModel)
        network = build_damsm(
            words=len(encoders.vocabulary),
            encoder=m.encoder,
            encoder_width=m.encoder_width,
            word_vector=m.word_vector,
            word_feature=m.word_feature,
            word_dropout=m.word_dropout,
        )
        if isinstance(network.look, InceptionLook):
            network.look.network.load_state_dict(encoders.parts["inception"])
        if isinstance(network.look, BorrowedLook):
            network.look.cnn.load_state_dict(encoders.parts["look"])
        super().__init__(network)

    def learned(self, encoders: Encoders) -> Encoders:
        """`encoders` with DAMSM, and with its own CNN for the detail features."""
        inside = {"inception", "look"}  # DAMSM has it in itself
        parts = {name: state for name, state in encoders.parts.items() if name not in inside}
        parts["damsm"] = _state(self.network)
        if isinstance(self.network.look, OwnLook):
            cnn = self.network.look.cnn
            wanted = OwnDetail(width=cnn.width).state_dict()
            parts["image"] = {name: x for name, x in _state(cnn).items() if name in wanted}
        return dataclasses.replace(encoders, parts=parts)


def _state(network: nn.Module) -> dict[str, Tensor]:
    return {name: x.detach().cpu().clone() for name, x in network.state_dict().items()}
