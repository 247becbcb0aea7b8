"""Fine-grain image refinement (Sec. 3.4, Eq. 10 and 11)."""

import torch
from torch import Tensor, nn

from mimnet.nn.layers import activation, conv3x3, masked_softmax, resize, up

LEAST = 1e-4  # that a word counts anywhere, so that its logarithm is finite


class FineDecoder(nn.Module):
    """Dec2 with its up-sampling. Its first layer is 1x1 and stands before the up-sampling: the two commute."""

    def __init__(self, *, inputs: int, width: int, structure: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(inputs, width, 1)
        self.first = conv3x3(width, width)
        self.second = conv3x3(width + structure, width)
        self.colour = conv3x3(width, 3)
        self.structure = structure

    def forward(self, x: Tensor, structure: Tensor) -> Tensor:
        """B,inputs,H,W and the boundary image -> B,3,2H,2W in [-1, 1]"""
        x = activation(up(self.reduce(x)))
        x = activation(self.first(x))
        if self.structure:
            x = torch.cat([x, resize(structure, (x.shape[-2], x.shape[-1]))], 1)
        return torch.tanh(self.colour(activation(self.second(x))))


class RefineStage(nn.Module):
    """Every patch asks the words for its own texture; the result is decoded at twice the size."""

    def __init__(self, *, width: int, texture: int, decoder: FineDecoder, scale: bool = False) -> None:
        super().__init__()
        self.query = nn.Conv2d(width, texture, 1, bias=False)  # W_f
        self.decode = decoder
        self.scale = texture**-0.5 if scale else 1.0

    def word_attention(self, fused: Tensor, textures: Tensor, mask: Tensor, words: Tensor | None = None) -> Tensor:
        """Vu B,c,H,W; textures B,L,d; mask B,L -> weights over words B,H*W,L, zero on padding.

        `words` B,L,h,w, how much each counts at each place, multiplies them before they are brought to sum 1 (a
        departure, see `words_at`).
        """
        query = self.query(fused).flatten(2).transpose(1, 2)  # B,HW,d
        scores = query @ textures.transpose(1, 2).to(query.dtype) * self.scale  # B,HW,L
        scores = scores.float()
        if words is not None:
            counts = resize(words.float(), (fused.shape[-2], fused.shape[-1])).flatten(2).transpose(1, 2)
            scores = scores + counts.clamp(min=LEAST).log()
        return masked_softmax(scores, mask[:, None, :])

    def forward(
        self, fused: Tensor, structure: Tensor, textures: Tensor, mask: Tensor, words: Tensor | None = None
    ) -> Tensor:
        """Vu B,c,H,W; boundary image; textures B,L,d; mask B,L; as in `word_attention` -> I2 B,3,2H,2W in [-1, 1]."""
        height, width = fused.shape[-2:]
        attention = self.word_attention(fused, textures, mask, words)
        local = attention.to(textures.dtype) @ textures  # Eq. 10: F  (B,HW,d)
        local = local.transpose(1, 2).reshape(fused.shape[0], -1, height, width)  # B,d,H,W
        picture: Tensor = self.decode(torch.cat([fused, local.to(fused.dtype)], 1), structure)  # Eq. 11: I2
        return picture
