"""Initial coarse manipulation (Sec. 3.2, Eq. 4 to 8)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mimnet.nn.layers import Residual, activation, conv3x3, masked_mean, resize, up
from mimnet.nn.locate import TargetLocalization
from mimnet.nn.named import PartGate


class Coarse(NamedTuple):
    """What the coarse stage makes."""

    picture: Tensor  # I1: B,3,2H,2W in [-1, 1]
    fused: Tensor  # Vu: B,c,2H,2W
    weight_map: Tensor  # A: B,1,H,W in (0, 1)
    texture: Tensor  # g: B,c


class Weighed(NamedTuple):
    """What is known before anything is decoded."""

    painted: Tensor  # Vm: B,c,H,W
    weight_map: Tensor  # A: B,1,H,W in (0, 1)
    texture: Tensor  # g: B,c


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
    ) -> None:
        super().__init__()
        self.to_feature = nn.Linear(texture, width, bias=False)  # W_g
        self.paint = Residual(2 * width, width)
        self.locate = locate
        self.decode = decoder
        self.gate = gate

    def global_texture(self, textures: Tensor, mask: Tensor) -> Tensor:
        """Word-level textures B,L,d and word mask B,L -> g B,c; padding is left out of the mean."""
        g: Tensor = self.to_feature(masked_mean(textures, mask))  # Eq. 4
        return g

    def weigh(
        self, seen: Tensor, bounds: Tensor, textures: Tensor, mask: Tensor, named: Tensor | None = None
    ) -> Weighed:
        """V and Vb B,c,H,W; word-level textures B,L,d; mask B,L; of a model with a gate `named` -> `Weighed`."""
        g = self.global_texture(textures, mask)
        tiled = g[:, :, None, None].expand(-1, -1, *bounds.shape[-2:])
        both = torch.cat([bounds, tiled], 1)  # Eq. 5: U  (B,2c,H,W)
        painted = self.paint(both)  # Eq. 6: Vm  (B,c,H,W)
        more = None if self.gate is None or named is None else self.gate(seen, named)
        return Weighed(painted, self.locate(g, painted, seen, more), g)

    def forward(
        self,
        seen: Tensor,
        bounds: Tensor,
        structure: Tensor,
        textures: Tensor,
        mask: Tensor,
        named: Tensor | None = None,
    ) -> Coarse:
        """V and Vb B,c,H,W; boundary image; word-level textures B,L,d; mask B,L; as in `weigh` -> `Coarse`."""
        painted, weight_map, g = self.weigh(seen, bounds, textures, mask, named)
        fused = up(fuse(weight_map, painted, seen))  # Eq. 7: Vu  (B,c,2H,2W)
        picture = self.decode(fused, structure)  # Eq. 8: I1
        return Coarse(picture, fused, weight_map, g)


def fuse(weight_map: Tensor, painted: Tensor, seen: Tensor) -> Tensor:
    """The convex combination inside Eq. 7: A = 0 gives `seen` back, A = 1 gives `painted`."""
    return weight_map * painted + (1 - weight_map) * seen
