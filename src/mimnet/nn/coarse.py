"""Initial coarse manipulation (Sec. 3.2, Eq. 4 to 8)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mimnet.nn.form import FormPainter
from mimnet.nn.layers import Residual, activation, conv3x3, masked_mean, resize, up
from mimnet.nn.locate import TargetLocalization
from mimnet.nn.named import Named, PartGate, words_at


class Coarse(NamedTuple):
    """What the coarse stage makes."""

    picture: Tensor  # I1: B,3,2H,2W in [-1, 1]
    fused: Tensor  # Vu: B,c,2H,2W
    weight_map: Tensor  # A: B,1,H,W in (0, 1)
    texture: Tensor  # g: B,c
    words: Tensor | None  # B,L,H,W: how much each word counts at each place; None where all do alike


class Weighed(NamedTuple):
    """What is known before anything is decoded."""

    painted: Tensor  # Vm: B,c,H,W
    weight_map: Tensor  # A: B,1,H,W in (0, 1)
    texture: Tensor  # g: B,c
    words: Tensor | None  # as in `Coarse`


class CoarseDecoder(nn.Module):
    """Dec1: features to a picture. The supplement that describes it is lost; two convolutions are our reading."""

    def __init__(self, *, inputs: int, width: int, structure: int) -> None:
        super().__init__()
        self.first = conv3x3(inputs, width)
        self.second = conv3x3(width + structure, width // 2)
        self.colour = conv3x3(width // 2, 3)
        self.structure = structure

    def forward(self, x: Tensor, structure: Tensor) -> Tensor:
        """B,inputs,H,W and the boundary image -> B,3,H,W in [-1, 1]"""
        x = activation(self.first(x))
        if self.structure:  # departure: boundaries at full size, which the grid cannot hold
            x = torch.cat([x, resize(structure, (x.shape[-2], x.shape[-1]))], 1)
        return torch.tanh(self.colour(activation(self.second(x))))


class CoarseStage(nn.Module):
    """Paint the global texture onto the boundary features, and fuse by the weight map."""

    def __init__(
        self,
        *,
        width: int,
        texture: int,
        locate: TargetLocalization,
        decoder: CoarseDecoder,
        gate: PartGate | None = None,
        form: FormPainter | None = None,
    ) -> None:
        super().__init__()
        self.to_feature = nn.Linear(texture, width, bias=False)  # W_g
        self.paint = Residual(2 * width, width)
        self.locate = locate
        self.decode = decoder
        self.gate = gate
        self.form = form

    def global_texture(self, textures: Tensor, mask: Tensor) -> Tensor:
        """Word-level textures B,L,d and word mask B,L -> g B,c; padding is left out of the mean."""
        g: Tensor = self.to_feature(masked_mean(textures, mask))  # Eq. 4
        return g

    def weigh(
        self,
        seen: Tensor,
        bounds: Tensor,
        textures: Tensor,
        mask: Tensor,
        said: Named | None = None,
        form: Tensor | None = None,
    ) -> Weighed:
        """V and Vb B,c,H,W; word-level textures B,L,d; mask B,L -> `Weighed`.

        `said` for a model with a gate, `form` B,form for one that reads forms (departures).
        """
        g = self.global_texture(textures, mask)
        texture, tiled = g, g[:, :, None, None].expand(-1, -1, *bounds.shape[-2:])
        more = words = None
        if self.gate is not None and said is not None:
            shares = self.gate.shares(seen)
            more = self.gate(shares, said.named)
            if said.told is not None:  # departure: a g for every place, of the words that speak of it
                words = words_at(shares, said.named, said.told, mask)
                by_place = torch.einsum("blhw,bld->bhwd", words.to(textures.dtype), textures)
                texture = tiled = self.to_feature(by_place).permute(0, 3, 1, 2)
        both = torch.cat([bounds, tiled], 1)  # Eq. 5: U  (B,2c,H,W)
        painted = self.paint(both)  # Eq. 6: Vm  (B,c,H,W)
        if self.form is not None and form is not None:
            painted = painted + self.form(bounds, seen, form.to(bounds.dtype))
        return Weighed(painted, self.locate(texture, painted, seen, more), g, words)

    def forward(
        self,
        seen: Tensor,
        bounds: Tensor,
        structure: Tensor,
        textures: Tensor,
        mask: Tensor,
        said: Named | None = None,
        form: Tensor | None = None,
    ) -> Coarse:
        """V and Vb B,c,H,W; boundary image; word-level textures B,L,d; mask B,L; as in `weigh` -> `Coarse`."""
        painted, weight_map, g, words = self.weigh(seen, bounds, textures, mask, said, form)
        fused = up(fuse(weight_map, painted, seen))  # Eq. 7: Vu  (B,c,2H,2W)
        picture = self.decode(fused, structure)  # Eq. 8: I1
        return Coarse(picture, fused, weight_map, g, words)


def fuse(weight_map: Tensor, painted: Tensor, seen: Tensor) -> Tensor:
    """The convex combination inside Eq. 7: A = 0 gives `seen` back, A = 1 gives `painted`."""
    return weight_map * painted + (1 - weight_map) * seen
