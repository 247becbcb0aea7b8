"""SISGAN's text stage: a GRU learns to tell which picture a sentence belongs to, and is frozen after it."""

import dataclasses
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from mimnet.config import Config, SISGANModel
from mimnet.data.batches import Batch
from mimnet.encoders import Encoders, put_in
from mimnet.errors import MimnetError
from mimnet.families import new_generator
from mimnet.nn.sisgan import SISGANGenerator
from mimnet.nn.vgg import VGG16FC7
from mimnet.train.precision import autocast
from mimnet.train.stages import Stage
from mimnet.train.system import Phase


def ranking(pictures: Tensor, sentences: Tensor, *, margin: float) -> Tensor:
    """Hinge on the cosines of pictures and sentences B,d, in both directions: a pair must beat others by `margin`.

    The sum over all that do not belong together, divided by B.
    """
    cosine = F.normalize(pictures.float(), dim=1) @ F.normalize(sentences.float(), dim=1).T  # B,B
    own = cosine.diagonal()
    wrong = ~torch.eye(len(cosine), dtype=torch.bool, device=cosine.device)
    by_picture, by_sentence = (margin - own[:, None] + cosine).relu(), (margin - own[None, :] + cosine).relu()
    return (by_picture + by_sentence)[wrong].sum() / len(cosine)


def reader_stage(config: Config) -> Stage:
    """Learn the reader, given word vectors and the picture CNN."""
    p = config.pretrain
    return Stage(
        name="reader",
        gives=frozenset({"reader"}),
        build=lambda encoders: ReaderSystem(config, encoders),
        train=dataclasses.replace(config.train, batch=p.batch, lr=p.reader_lr, beta1=0.9, halve_every=0),
        steps=p.reader_steps,
        size=p.size,
    )


class ReaderSystem:
    """Sentences and frozen pictures in one space."""

    averaged: str | None = None

    def __init__(self, config: Config, encoders: Encoders) -> None:
        assert isinstance(config.model, SISGANModel)
        self.config = config
        self.pooled = config.pretrain.reader_pictures == "pooled"
        _check(config, encoders)
        generator = new_generator(config.model, len(encoders.vocabulary))
        put_in(encoders, generator)
        assert isinstance(generator, SISGANGenerator)
        self.vectors, self.reader = generator.vectors, generator.reader.train().requires_grad_(True)
        if self.pooled:
            self.pictures, width = generator.encoder.eval().requires_grad_(False), 2 * config.model.encoder_width
        else:
            weights = encoders.parts["fc7"]
            width = len(weights["classifier.3.weight"])
            self.pictures = VGG16FC7(width=width)
            try:
                self.pictures.load_state_dict(weights)
            except RuntimeError as error:
                reason = " ".join(str(error).split())[:160]
                raise MimnetError(f"the file of --fc7 is not all of torchvision's VGG-16: {reason}") from error
        self.project = nn.Linear(width, config.model.sentence, bias=False)
        parts = {"vectors": self.vectors, "reader": self.reader, "pictures": self.pictures, "project": self.project}
        self.networks = nn.ModuleDict(parts)

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """One group: reader and projection."""
        return {"reader": [*self.reader.parameters(), *self.project.parameters()]}

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """One phase."""
        with torch.no_grad(), autocast(batch.image.device, bf16=self.config.train.bf16):
            seen = self.pictures(batch.image)
            if self.pooled:
                seen = torch.cat([seen.float().mean((2, 3)), seen.float().amax((2, 3))], 1)
        sentences = self.reader(self.vectors(batch.ids), batch.length)
        loss = ranking(self.project(seen.float()), sentences, margin=self.config.pretrain.reader_margin)
        yield Phase("reader", loss, {"ranking": loss})

    def sample(self, averaged: nn.Module) -> Image.Image | None:
        """Nothing to look at."""
        return None

    def learned(self, encoders: Encoders) -> Encoders:
        """The reader; VGG-16 to fc7 has done its work."""
        state = {name: x.detach().cpu() for name, x in self.reader.state_dict().items()}
        kept = {name: part for name, part in encoders.parts.items() if name != "fc7"}
        return dataclasses.replace(encoders, parts={**kept, "reader": state})


def _check(config: Config, encoders: Encoders) -> None:
    """Raise `MimnetError` where something is missing that the reader is learned from."""
    if config.pretrain.reader_steps == 0:
        raise MimnetError(
            "SISGAN's sentence reader is missing: set --pretrain.reader-steps, or name a file of `mimnet pretrain` "
            "that has one with --encoders"
        )
    if config.pretrain.reader_pictures == "pooled" and "image" not in encoders.parts:
        raise MimnetError(
            "there is no trained picture CNN to learn sentences by: set --pretrain.steps with --model.encoder own, or "
            "--pretrain.reader-pictures fc7"
        )
