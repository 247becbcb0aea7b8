"""Pretraining: word vectors and CNNs that match pictures, and their boundary images, with their captions.

It stands in for the pretrained word embeddings (Sec. 1) and the pretrained CNN (Sec. 3.2), so that nothing has to be
downloaded. Words become vectors that tell what they look like: red and blue stand in the same sentences, but not
beside the same pictures.
"""

import dataclasses
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from mimnet.config import Config
from mimnet.damsm import matching
from mimnet.data.batches import Batch
from mimnet.encoders import Encoders
from mimnet.families import new_generator
from mimnet.nn.edit import EditingNetwork
from mimnet.nn.generator import Generator
from mimnet.nn.layers import masked_mean, word_mask
from mimnet.nn.vision import OwnCNN
from mimnet.train.precision import autocast
from mimnet.train.stages import Stage
from mimnet.train.system import Phase

WIDTH = 48  # of the CNN that word vectors are learned with where the model has none of our own


def matching_stage(config: Config) -> Stage:
    """Learn word vectors (unless they come from a file) and the model's own CNNs."""
    p = config.pretrain
    return Stage(
        name="matching",
        gives=frozenset({"vectors", *_own(new_generator(config.model, 2))}),
        build=lambda encoders: MatchingSystem(config, encoders),
        train=dataclasses.replace(config.train, batch=p.batch, lr=p.lr, halve_every=0),
        steps=p.steps,
        size=p.size,
    )


class MatchingSystem:
    """Captions and pictures in one space; a picture must find its own caption in the batch and the reverse."""

    averaged: str | None = None

    def __init__(self, config: Config, encoders: Encoders) -> None:
        self.config = config
        vectors, width, count = encoders.vectors, config.pretrain.width, len(encoders.vocabulary)
        self.words = nn.Embedding(count, config.model.word_vector if vectors is None else vectors.shape[1])
        if vectors is not None:  # read from a file: they stay as they are
            self.words.weight.data.copy_(vectors)
            self.words.weight.requires_grad_(False)
        self.sentence = nn.Linear(self.words.embedding_dim, width)
        generator = new_generator(config.model, count)
        self.parts = _own(generator)
        shown = dict(self.parts)
        if shown.keys() <= {"bounds"}:  # boundary images show no colour: words also need pictures
            shown = {"image": OwnCNN(inputs=3, width=WIDTH), **shown}
        self.encoders = nn.ModuleDict(shown)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * cnn.width, width) for name, cnn in shown.items()})
        self.structure = generator.structure if isinstance(generator, Generator) else None
        self.networks = nn.ModuleDict(
            {"words": self.words, "sentence": self.sentence, "encoders": self.encoders, "heads": self.heads}
        )

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """One group: everything moves together."""
        return {"encoders": [p for p in self.networks.parameters() if p.requires_grad]}

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """One matching loss for pictures and one for their boundary images."""
        mask = word_mask(batch.length, batch.ids.shape[1])
        text = F.normalize(self.sentence(masked_mean(self.words(batch.ids), mask)), dim=-1)  # B,width
        terms = {}
        for name, encoder in self.encoders.items():
            x = self.structure(batch.image, batch.edges) if name == "bounds" and self.structure else batch.image
            with autocast(x.device, bf16=self.config.train.bf16):
                features = encoder(x)
            pooled = torch.cat([features.float().mean((2, 3)), features.float().amax((2, 3))], 1)
            seen = F.normalize(self.heads[name](pooled), dim=-1)  # B,width
            terms[name] = matching(seen @ text.T / self.config.pretrain.temperature, batch.kind)
        yield Phase("encoders", torch.stack(list(terms.values())).sum(), terms)

    def sample(self, averaged: nn.Module) -> Image.Image | None:
        """Nothing to look at."""
        return None

    def learned(self, encoders: Encoders) -> Encoders:
        """Word vectors, brought to unit variance, padding zero, and the CNNs."""
        vectors = self.words.weight.detach().cpu().clone()
        if self.words.weight.requires_grad:
            vectors = (vectors - vectors.mean(0)) / vectors.std()
        vectors[0] = 0
        states = {name: {k: x.cpu() for k, x in cnn.state_dict().items()} for name, cnn in self.parts.items()}
        return dataclasses.replace(encoders, vectors=vectors, parts={**encoders.parts, **states})


def _own(generator: EditingNetwork) -> dict[str, OwnCNN]:
    """Those parts of a generator that are CNNs of our own."""
    return {name: part for name, part in generator.parts().items() if isinstance(part, OwnCNN)}
