"""Target Localization Unit (Sec. 3.3, Eq. 9)."""

import torch
from torch import Tensor, nn

from mimnet.nn.layers import conv3x3


class TargetLocalization(nn.Module):
    """One weight per cell: how much of it the sentence repaints.

    `sees_image` is a departure: a projection U of the picture's own features joins the value, so that the map can
    tell an object from its background and see what already matches. `gain` is one too: above 1 the map is more decided,
    open where it was half open, shut where it was nearly shut.
    """

    def __init__(self, *, width: int, sees_image: bool = False, scale: bool = False, gain: float = 1.0) -> None:
        super().__init__()
        self.evidence = conv3x3(width, width) if sees_image else None
        self.scale = gain * (width**-0.5 if scale else 1.0)

    def forward(self, texture: Tensor, painted: Tensor, seen: Tensor, more: Tensor | None = None) -> Tensor:
        """Global texture g B,c; painted features Vm and picture features V, both B,c,H,W -> A B,1,H,W in (0,1).

        `more` B,H,W is added to the product (a departure, see `PartGate`); with g B,c,H,W every place has its own (a
        departure, see `words_at`).
        """
        value = painted if self.evidence is None else painted + self.evidence(seen)
        places = "bc,bchw->bhw" if texture.ndim == 2 else "bchw,bchw->bhw"
        product = torch.einsum(places, texture, value) * self.scale
        product = product if more is None else product.float() + more
        return torch.sigmoid(product)[:, None]  # Eq. 9  (B,1,H,W)
