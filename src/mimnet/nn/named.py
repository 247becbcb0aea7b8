"""The map opens on the parts that the sentence names (a departure, `model.parts`)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPAN = 5  # words that are read together: "wings that are brown"
START = 4.0  # how much a part that is named opens Eq. 9's logit, and one that is not shuts it, at first


class NamedParts(nn.Module):
    """Which parts of the object a sentence gives a look, the whole object last: logits.

    Words are read as they are, some together, and the one that names a part most decides. Textures come through
    memories that hold what things look like (Eq. 3), and "head" and "belly" look alike there.
    """

    def __init__(self, *, word_vector: int, parts: int) -> None:
        super().__init__()
        self.phrase = nn.Conv1d(word_vector, word_vector, SPAN, padding=SPAN // 2)
        self.name = nn.Linear(word_vector, parts + 1)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Word vectors B,L,width and word mask B,L -> B,parts + 1"""
        scale = vectors.shape[-1] ** -0.5  # vectors are about as long as their width's root
        phrases = self.phrase((vectors * mask[..., None] * scale * 2).transpose(1, 2)).transpose(1, 2)
        named: Tensor = self.name(F.leaky_relu(phrases, 0.2)).masked_fill(~mask[..., None], -1e4)
        most: Tensor = named.amax(1)
        return most


class PartGate(nn.Module):
    """Where the parts lie, and what the map gains where they are named."""

    def __init__(self, *, width: int, parts: int) -> None:
        super().__init__()
        self.regions = nn.Conv2d(width, parts + 1, 1)
        self.weight = nn.Parameter(torch.tensor(START))

    def forward(self, seen: Tensor, named: Tensor) -> Tensor:
        """V B,c,H,W and logits B,parts + 1 -> what is added to Eq. 9's product, B,H,W."""
        chance = named.float().sigmoid()
        whole = chance[:, -1:]
        meant = torch.cat([1 - (1 - chance[:, :-1]) * (1 - whole), whole], 1)  # the whole is every part, and the rest
        inside = torch.einsum("bk,bkhw->bhw", meant, self.regions(seen).float().softmax(1))
        more: Tensor = self.weight * (2 * inside - 1)
        return more
