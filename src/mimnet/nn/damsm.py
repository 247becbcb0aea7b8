"""DAMSM: words and regions, sentence and picture in one space (AttnGAN, Sec. 3.2; what Sec. 4.2 measures Sim with)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mimnet.nn.text import BiLSTM


@dataclass(frozen=True)
class Read:
    """A caption as the encoders see it."""

    words: Tensor  # B,L,d, zero on padding
    sentence: Tensor  # B,d


@dataclass(frozen=True)
class Viewed:
    """A picture as the encoders see it."""

    regions: Tensor  # B,R,d
    whole: Tensor  # B,d


class TextEncoder(nn.Module):
    """Learned word vectors and a Bi-LSTM; the sentence is its two final states."""

    def __init__(self, *, words: int, word_vector: int, width: int, dropout: float) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, word_vector)
        self.dropout = nn.Dropout(dropout)
        self.lstm = BiLSTM(inputs=word_vector, features=width)
        nn.init.uniform_(self.vectors.weight, -0.1, 0.1)

    def forward(self, ids: Tensor, length: Tensor) -> Read:
        """ids B,L and lengths B -> `Read` of width d."""
        words = self.lstm(self.dropout(self.vectors(ids)), length)
        half = words.shape[2] // 2
        last = words[torch.arange(words.shape[0], device=ids.device), length - 1]
        return Read(words, torch.cat([last[:, :half], words[:, 0, half:]], 1))


class PictureHeads(nn.Module):
    """From what a CNN looked at to the common space."""

    def __init__(self, *, regions: int, whole: int, width: int) -> None:
        super().__init__()
        self.region = nn.Linear(regions, width, bias=False)
        self.picture = nn.Linear(whole, width)
        for layer in (self.region, self.picture):
            nn.init.uniform_(layer.weight, -0.1, 0.1)

    def forward(self, regions: Tensor, whole: Tensor) -> Viewed:
        """regions B,C,h,w and whole B,D -> `Viewed` of width d."""
        return Viewed(self.region(regions.flatten(2).transpose(1, 2)), self.picture(whole))
