"""The word-level discriminator of ManiGAN's paper, which it takes over from ControlGAN: do the words show in a picture?

The public code computes its term from plain numbers, so that nothing learns from it; this one has a gradient.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.layers import masked_softmax


class WordCorrelation(nn.Module):
    """Every word asks a picture's regions, and what it finds is compared with it; learned: how regions are perceived.

    `width` is that of words and of regions. Which words count, and how much, is learned too.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.perceive = nn.Linear(width, width, bias=False)
        self.importance = nn.Linear(width, 1, bias=False)

    def forward(self, regions: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Regions B,R,d; words B,L,d; mask B,L, False on padding -> correlation of picture and sentence B, in (0, 1)"""
        seen, words = self.perceive(regions.float()), words.float()  # B,R,d and B,L,d
        attention = torch.einsum("bld,brd->blr", words, seen).softmax(2)
        context = torch.einsum("blr,brd->bld", attention, seen)
        shows = F.cosine_similarity(context, words, dim=2).sigmoid()  # B,L
        importance = masked_softmax(self.importance(words)[:, :, 0], mask)  # B,L
        return (importance * shows).sum(1)
