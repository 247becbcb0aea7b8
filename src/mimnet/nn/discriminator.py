"""The discriminators of one stage: reality and word-level text conformity (Sec. 3.5.1, Eq. 12 and 13)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.layers import activation, masked_mean, masked_softmax, word_mask
from mimnet.nn.text import BiLSTM


class Discriminator(nn.Module):
    """One CNN, two questions: is the picture real, and does it conform to the sentence?

    Both heads answer in logarithms; probabilities are never multiplied.
    """

    def __init__(self, *, width: int, levels: int, word_vector: int, word_feature: int, patch_reality: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for level in range(levels):
            outputs = width * min(2**level, 8)
            layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1))  # 4 is a multiple of 2: even gradients
            inputs = outputs
        self.down = nn.ModuleList(layers)
        self.reality_head = nn.Conv2d(inputs, 1, 1)  # w_r, b_r
        self.reader = BiLSTM(inputs=word_vector, features=word_feature)
        self.word_filter = nn.Linear(word_feature, inputs)  # W(s)
        self.word_bias = nn.Linear(word_feature, 1)  # b(s)
        self.patch_reality = patch_reality

    def layers(self, image: Tensor) -> list[Tensor]:
        """B,3,H,W in [-1, 1] -> what each layer of Phi sees, the finest first; the last is Phi."""
        seen: list[Tensor] = []
        for layer in self.down:
            seen.append(activation(layer(seen[-1] if seen else image)))
        return seen

    def features(self, image: Tensor) -> Tensor:
        """Phi: B,3,H,W in [-1, 1] -> B,C,h,w"""
        return self.layers(image)[-1]

    def reality(self, features: Tensor) -> Tensor:
        """Phi's features -> logits of Dr: B,1,1, or B,h,w per patch (departure)."""
        if not self.patch_reality:
            features = features.mean((2, 3), keepdim=True)
        logits: Tensor = self.reality_head(features)[:, 0]  # Eq. 12, before the sigmoid
        return logits.float()

    def conformity(self, features: Tensor, vectors: Tensor, length: Tensor) -> Tensor:
        """Phi's features, word vectors B,L,word_vector, lengths B -> log Dt: B, at most 0."""
        states, importance = self._read(vectors, length)
        x = features.float().mean((2, 3))  # B,C
        logits = torch.einsum("blc,bc->bl", self.word_filter(states), x) + self.word_bias(states)[..., 0]
        return (importance * F.logsigmoid(logits)).sum(1)  # Eq. 13, in logarithms

    def conformities(self, features: Tensor, vectors: Tensor, length: Tensor) -> Tensor:
        """The same of every picture with every sentence: B,B, pictures down and sentences across."""
        states, importance = self._read(vectors, length)
        x = features.float().mean((2, 3))
        logits = torch.einsum("tlc,bc->btl", self.word_filter(states), x) + self.word_bias(states)[..., 0]
        return (importance * F.logsigmoid(logits)).sum(2)

    def _read(self, vectors: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """The words' states s B,L,word_feature and their importance gamma B,L, 0 on padding."""
        states = self.reader(vectors, length)
        mask = word_mask(length, states.shape[1])
        similarity = torch.einsum("bld,bd->bl", states, masked_mean(states, mask))
        return states, masked_softmax(similarity, mask)
