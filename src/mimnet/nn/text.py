"""Words to word features: frozen word vectors and a Bi-LSTM (Sec. 3.1)."""

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
        words = vectors.shape[1]
        place = torch.arange(words, device=length.device)[None, :]  # 1,L
        mirror = torch.where(place < length[:, None], length[:, None] - 1 - place, place)  # B,L
        ahead, _ = self.ahead(vectors)  # B,L,features/2
        back, _ = self.back(_reorder(vectors, mirror))
        both = torch.cat([ahead, _reorder(back, mirror)], -1)  # B,L,features
        return both * word_mask(length, words)[..., None].to(both.dtype)


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    return x.gather(1, order[..., None].expand(-1, -1, x.shape[2]))
