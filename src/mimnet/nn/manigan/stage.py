"""A stage of ManiGAN: places and channels ask the words, then the picture steers what they found."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mimnet.nn.layers import masked_softmax
from mimnet.nn.manigan.blocks import AffineCombination, Gated, Residual, Up


class SpatialAttention(nn.Module):
    """Every place asks the words.

    `public_code_mask` masks as the public code does: its scores stand picture by picture, its masks pixel by pixel, so
    that at a batch above 1 a place leaves out the words that are padding in some other caption of the batch.
    """

    def __init__(self, *, width: int, words: int, public_code_mask: bool) -> None:
        super().__init__()
        self.word = nn.Linear(words, width, bias=False)
        self.public_code_mask = public_code_mask

    def forward(self, x: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """x B,c,H,W; words B,L,d; mask B,L, False on padding -> B,c,H,W"""
        keys = self.word(words)  # B,L,c
        scores = torch.einsum("bcp,blc->bpl", x.flatten(2), keys.to(x.dtype)).float()  # B,HW,L
        allowed = mask[:, None].expand_as(scores)
        if self.public_code_mask:
            rows = torch.arange(scores.shape[0] * scores.shape[1], device=mask.device)
            allowed = mask[rows % mask.shape[0]].view(scores.shape)
        attention = masked_softmax(scores, allowed)
        return torch.einsum("bpl,blc->bcp", attention.to(keys.dtype), keys).view(x.shape)


class ChannelAttention(nn.Module):
    """Every channel, seen as a picture, asks the words, each seen as a picture: so it works at one size alone.

    `sizes` are the sides of word maps that are allocated, the one in use first; the public code has one for each stage
    in every stage. Padding is left out.
    """

    def __init__(self, *, words: int, sizes: Sequence[int]) -> None:
        super().__init__()
        self.word = nn.ModuleList(nn.Linear(words, side * side, bias=False) for side in sizes)

    def forward(self, x: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """x B,c,H,W; words B,L,d; mask B,L -> B,c,H,W"""
        maps = self.word[0](words)  # B,L,HW
        scores = torch.einsum("bcp,blp->bcl", x.flatten(2), maps.to(x.dtype)).float()  # B,c,L
        attention = masked_softmax(scores, mask[:, None])
        return torch.einsum("bcl,blp->bcp", attention.to(maps.dtype), maps).view(x.shape)


class Stage(nn.Module):
    """Attention, affine combination, residual blocks; at twice the size with `grow`."""

    def __init__(
        self,
        *,
        width: int,
        words: int,
        hidden: int,
        blocks: int,
        sizes: Sequence[int],
        grow: bool,
        public_code_mask: bool,
    ) -> None:
        super().__init__()
        self.places = SpatialAttention(width=width, words=words, public_code_mask=public_code_mask)
        self.channels = ChannelAttention(words=words, sizes=sizes)
        self.combine = AffineCombination(width=3 * width, image=width, hidden=hidden)
        self.blocks = nn.Sequential(*(Residual(3 * width) for _ in range(blocks)))
        self.end = Up(3 * width, width) if grow else Gated(3 * width, width)

    def forward(self, x: Tensor, image: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Hidden and picture features B,c,H,W; words B,L,d; mask B,L -> B,c,H,W, or twice the size"""
        places = self.places(x, words, mask)
        channels = self.channels(places, words, mask)
        joined = torch.cat([x, places.to(x.dtype), channels.to(x.dtype)], 1)  # B,3c,H,W
        grown: Tensor = self.end(self.blocks(self.combine(joined, image)))
        return grown
