"""Words to word features: frozen word vectors, a Bi-LSTM (Sec. 3.1), and the GRUs of the models compared with."""

import torch
from torch import Tensor, nn

from mimnet.nn.layers import word_mask


class WordVectors(nn.Module):
    """A table of pretrained word vectors; frozen, so it is a buffer and no optimiser can reach it."""

    vectors: Tensor

    def __init__(self, *, words: int, width: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.zeros(words, width))

    def forward(self, ids: Tensor) -> Tensor:
        """ids B,L (int64) -> B,L,width"""
        return nn.functional.embedding(ids, self.vectors)


class BiLSTM(nn.Module):
    """A bi-directional LSTM over captions of different length.

    It is two one-way LSTMs; the second reads each caption reversed within its own length. That equals a packed
    Bi-LSTM, needs no packing, and keeps the length an input when exported (a fused Bi-LSTM freezes it).
    """

    def __init__(self, *, inputs: int, features: int) -> None:
        super().__init__()
        if features % 2:
            raise ValueError(f"word features are two directions together, so even; got {features}")
        self.ahead = nn.LSTM(inputs, features // 2, batch_first=True)
        self.back = nn.LSTM(inputs, features // 2, batch_first=True)

    def forward(self, vectors: Tensor, length: Tensor) -> Tensor:
        """vectors B,L,inputs; length B -> word features B,L,features, zero on padding."""
        ahead, back = _both_ways(self.ahead, self.back, vectors, length)
        return _silent(torch.cat([ahead, back], -1), length)


class BiGRU(nn.Module):
    """A bi-directional GRU made as `BiLSTM` is; a word's state is the mean of the two directions (TAGAN)."""

    def __init__(self, *, inputs: int, features: int) -> None:
        super().__init__()
        self.ahead = nn.GRU(inputs, features, batch_first=True)
        self.back = nn.GRU(inputs, features, batch_first=True)

    def forward(self, vectors: Tensor, length: Tensor) -> Tensor:
        """vectors B,L,inputs; length B -> word features B,L,features, zero on padding."""
        ahead, back = _both_ways(self.ahead, self.back, vectors, length)
        return _silent((ahead + back) / 2, length)


class SentenceGRU(nn.Module):
    """A GRU whose state at the last word stands for the sentence (SISGAN)."""

    def __init__(self, *, inputs: int, features: int) -> None:
        super().__init__()
        self.ahead = nn.GRU(inputs, features, batch_first=True)

    def forward(self, vectors: Tensor, length: Tensor) -> Tensor:
        """vectors B,L,inputs; length B -> B,features"""
        states, _ = self.ahead(vectors)  # B,L,features
        return _reorder(states, length[:, None] - 1)[:, 0]


def _both_ways(ahead: nn.RNNBase, back: nn.RNNBase, vectors: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """States of both directions in the order of the words, B,L,features each; on padding they mean nothing."""
    place = torch.arange(vectors.shape[1], device=length.device)[None, :]  # 1,L
    mirror = torch.where(place < length[:, None], length[:, None] - 1 - place, place)  # B,L
    forth, _ = ahead(vectors)
    mirrored, _ = back(_reorder(vectors, mirror))
    return forth, _reorder(mirrored, mirror)


def _silent(states: Tensor, length: Tensor) -> Tensor:
    return states * word_mask(length, states.shape[1])[..., None].to(states.dtype)


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    return x.gather(1, order[..., None].expand(-1, -1, x.shape[2]))
