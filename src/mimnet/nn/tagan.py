"""TAGAN: Text-Adaptive Generative Adversarial Networks (Nam et al., 2018), compared with in Sec. 4.

Its discriminator is the ancestor of MIM-Net's (Eq. 12 and 13).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mimnet.nn.batchnorm import PictureDecoder, PictureEncoder, Trunk, levels_for, normed, random_start
from mimnet.nn.conditioning import Augmentation, ConditionedGenerator, Fusion
from mimnet.nn.layers import activation, masked_mean, masked_softmax, word_mask
from mimnet.nn.text import BiGRU, WordVectors

FLOOR = 1e-7  # added to a word's probability before its logarithm


class TAGANGenerator(ConditionedGenerator):
    """A trained encoder on an eighth of the side, fused with the mean of the word states; the result is added to it."""

    skip = True

    def __init__(
        self,
        *,
        words: int,
        word_vector: int,
        word_feature: int,
        encoder_width: int,
        condition: int,
        blocks: int,
        test_noise: bool,
    ) -> None:
        super().__init__()
        width = 8 * encoder_width
        self.vectors = WordVectors(words=words, width=word_vector)
        self.reader = BiGRU(inputs=word_vector, features=word_feature)
        self.encoder = PictureEncoder(width=encoder_width, halvings=3)
        self.augment = Augmentation(inputs=word_feature, width=condition, bias=True)
        self.fusion = Fusion(width=width, condition=condition, blocks=blocks, relu_after_add=False)
        self.decoder = PictureDecoder(inputs=width, doublings=3)
        self.noise_width, self.test_noise = condition, test_noise
        random_start(self)

    def sentence(self, ids: Tensor, length: Tensor) -> Tensor:
        """Word ids B,L and lengths B -> the mean of the word states B,d."""
        words = self.reader(self.vectors(ids), length)
        return masked_mean(words, word_mask(length, ids.shape[1]))


@dataclass(frozen=True)
class Judged:
    """What the discriminator keeps of a picture; it serves any number of sentences."""

    grid: Tensor  # the coarsest map: B,c,h,w
    levels: tuple[Tensor, ...]  # one vector per level, finest first: B,c_k


class TAGANDiscriminator(nn.Module):
    """Is the picture real, and does every word of the sentence show in it, each at the level that it concerns?

    `levels` halvings bring the picture to the grid that is judged: 5 of them 128 px to 4x4. The last three are the
    levels at which words look. Larger pictures are judged at several places, and the logits averaged.
    """

    def __init__(self, *, width: int, levels: int, word_vector: int, word_feature: int) -> None:
        super().__init__()
        if levels < 3:
            raise ValueError(f"words look at three levels; got {levels}")
        self.trunk = Trunk(width=width, levels=levels)
        widths = self.trunk.widths[-3:]
        self.answer = nn.Conv2d(widths[-1], 1, 4)
        self.level = nn.ModuleList(normed(c, c) for c in widths)
        self.reader = BiGRU(inputs=word_vector, features=word_feature)
        self.word_filter = nn.ModuleList(nn.Linear(word_feature, c + 1) for c in widths)  # weights, and a bias
        self.word_level = nn.Linear(word_feature, len(widths))
        random_start(self)

    def features(self, image: Tensor) -> Judged:
        """RGB B,3,H,W in [-1, 1] -> `Judged`"""
        maps = self.trunk(image)
        seen = (activation(layer(x)) for layer, x in zip(self.level, maps[-3:], strict=True))
        return Judged(maps[-1], tuple(x.float().mean((2, 3)) for x in seen))

    def reality(self, judged: Judged) -> Tensor:
        """Logits of being real, B."""
        logits: Tensor = self.answer(judged.grid)
        return logits.flatten(1).float().mean(1)

    def conformity(self, judged: Judged, vectors: Tensor, length: Tensor) -> Tensor:
        """Word vectors B,L,word_vector and lengths B -> log probability that the sentence fits: B, at most 0."""
        states = self.reader(vectors, length)  # B,L,word_feature
        mask = word_mask(length, states.shape[1])
        similarity = torch.einsum("bld,bd->bl", states, masked_mean(states, mask))
        importance = masked_softmax(similarity, mask)  # B,L
        share = torch.softmax(self.word_level(states), -1)  # beta: B,L,3
        word = torch.zeros_like(importance)
        for k, (filters, seen) in enumerate(zip(self.word_filter, judged.levels, strict=True)):
            weight = filters(states)  # B,L,c_k+1
            logits = torch.einsum("blc,bc->bl", weight[..., :-1], seen) + weight[..., -1]
            word = word + share[..., k] * logits.sigmoid()
        return (importance * (word + FLOOR).clamp(max=1).log()).sum(1)


def build_discriminators(*, size: int, discriminator_width: int, word_vector: int, word_feature: int) -> nn.ModuleList:
    """The one discriminator, as deep as pictures of `size` want it."""
    network = TAGANDiscriminator(
        width=discriminator_width, levels=levels_for(size), word_vector=word_vector, word_feature=word_feature
    )
    return nn.ModuleList([network])
