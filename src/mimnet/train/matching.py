"""Pretraining: word vectors and CNNs that match pictures, and their boundary images, with their captions.

It stands in for the pretrained word embeddings (Sec. 1) and the pretrained CNN (Sec. 3.2), so that nothing has to be
downloaded. Words become vectors that tell what they look like: red and blue stand in the same sentences, but not
beside the same pictures.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from mimnet.boundary import boundary_channels, boundary_image
from mimnet.config import Config
from mimnet.damsm import matching
from mimnet.data.batches import Batch
from mimnet.nn.layers import masked_mean, word_mask
from mimnet.nn.vision import OwnCNN
from mimnet.train.precision import autocast
from mimnet.train.system import Phase


class MatchingSystem:
    """Captions and pictures in one space; a picture must find its own caption in the batch and the reverse."""

    averaged: str | None = None

    def __init__(self, config: Config, *, words: int, vectors: Tensor | None) -> None:
        self.config = config
        m, width = config.model, config.pretrain.width
        self.words = nn.Embedding(words, m.word_vector)
        if vectors is not None:  # read from a file: they stay as they are
            self.words.weight.data.copy_(vectors)
            self.words.weight.requires_grad_(False)
        self.sentence = nn.Linear(m.word_vector, width)
        own = m.encoder == "own"
        self.image = OwnCNN(inputs=3, width=m.encoder_width) if own else None
        channels = boundary_channels(detail=m.detail)
        separate = own and not m.share_encoder
        self.bounds = OwnCNN(inputs=channels, width=m.encoder_width) if separate else None
        self.heads = nn.ModuleList(nn.Linear(2 * m.encoder_width, width) for _ in range(2))
        self.networks = nn.ModuleDict({"words": self.words, "sentence": self.sentence, "heads": self.heads})
        for name, part in (("image", self.image), ("bounds", self.bounds)):
            if part is not None:
                self.networks[name] = part

    def groups(self) -> dict[str, list[nn.Parameter]]:
        """One group: everything moves together."""
        return {"encoders": [p for p in self.networks.parameters() if p.requires_grad]}

    def step(self, batch: Batch, step: int) -> Iterator[Phase]:
        """One matching loss for pictures and one for their boundary images."""
        m = self.config.model
        structure = boundary_image(batch.image, detector=m.boundary, detail=m.detail)
        mask = word_mask(batch.length, batch.ids.shape[1])
        text = F.normalize(self.sentence(masked_mean(self.words(batch.ids), mask)), dim=-1)  # B,width
        terms = {}
        sources = ((self.image, batch.image, "picture"), (self.bounds, structure, "boundary"))
        for (encoder, x, name), head in zip(sources, self.heads, strict=True):
            if encoder is not None:
                with autocast(x.device, bf16=self.config.train.bf16):
                    features = encoder(x)
                pooled = torch.cat([features.float().mean((2, 3)), features.float().amax((2, 3))], 1)
                seen = F.normalize(head(pooled), dim=-1)  # B,width
                terms[name] = matching(seen @ text.T / self.config.pretrain.temperature, batch.kind)
        yield Phase("encoders", torch.stack(list(terms.values())).sum(), terms)

    def sample(self, averaged: nn.Module) -> Image.Image | None:
        """Nothing to look at."""
        return None

    def vectors(self) -> Tensor:
        """The learned word vectors, brought to unit variance, padding zero."""
        vectors = self.words.weight.detach().clone()
        if self.words.weight.requires_grad:
            vectors = (vectors - vectors.mean(0)) / vectors.std()
        vectors[0] = 0
        return vectors
