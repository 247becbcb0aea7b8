"""The parts that a sentence names: where the map opens, and which words paint which (departures, `model.parts`)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mimnet.nn.layers import activation, masked_softmax

SPAN = 5  # words that are read together: "wings that are brown"
START = 4.0  # how much a part that is named opens Eq. 9's logit, and one that is not shuts it, at first


@dataclass(frozen=True)
class Named:
    """What a sentence says of parts, the whole object last: logits."""

    named: Tensor  # B,parts + 1: whether it gives a part a look
    told: Tensor | None = None  # B,parts + 1,L: whether a word tells that look; none without `model.part_textures`


def phrase_layer(inputs: int, outputs: int) -> nn.Conv1d:
    """A convolution over words, `SPAN` at a time."""
    return nn.Conv1d(inputs, outputs, SPAN, padding=SPAN // 2)


def read_phrases(layer: nn.Module, vectors: Tensor, mask: Tensor) -> Tensor:
    """Word vectors B,L,width and word mask B,L -> what `layer` makes of words read together, B,outputs,L."""
    scale = vectors.shape[-1] ** -0.5  # vectors are about as long as their width's root
    return activation(layer((vectors * mask[..., None] * scale * 2).transpose(1, 2)))


class NamedParts(nn.Module):
    """Which parts of the object a sentence gives a look, and by which words.

    Words are read as they are, some together, and the one that names a part most decides. Textures come through
    memories that hold what things look like (Eq. 3), and "head" and "belly" look alike there.
    """

    def __init__(self, *, word_vector: int, parts: int, textures: bool) -> None:
        super().__init__()
        self.phrase = phrase_layer(word_vector, word_vector)
        self.name = nn.Linear(word_vector, parts + 1)
        self.tell = phrase_layer(word_vector, parts + 1) if textures else None

    def forward(self, vectors: Tensor, mask: Tensor) -> Named:
        """Word vectors B,L,width and word mask B,L -> `Named`"""
        phrases = read_phrases(self.phrase, vectors, mask)
        named: Tensor = self.name(phrases.transpose(1, 2)).masked_fill(~mask[..., None], -1e4)
        told = None if self.tell is None else self.tell(phrases * mask[:, None])
        return Named(named.amax(1), told)


class PartGate(nn.Module):
    """Where the parts lie, and what the map gains where they are named."""

    def __init__(self, *, width: int, parts: int) -> None:
        super().__init__()
        self.regions = nn.Conv2d(width, parts + 1, 1)
        self.weight = nn.Parameter(torch.tensor(START))

    def shares(self, seen: Tensor) -> Tensor:
        """V B,c,H,W -> how much each place belongs to each part, the rest last: B,parts + 1,H,W of sum 1."""
        shares: Tensor = self.regions(seen).float().softmax(1)
        return shares

    def forward(self, shares: Tensor, named: Tensor) -> Tensor:
        """Shares B,parts + 1,H,W and logits B,parts + 1 -> what is added to Eq. 9's product, B,H,W."""
        chance = named.float().sigmoid()
        whole = chance[:, -1:]
        meant = torch.cat([1 - (1 - chance[:, :-1]) * (1 - whole), whole], 1)  # the whole is every part, and the rest
        inside = torch.einsum("bk,bkhw->bhw", meant, shares)
        more: Tensor = self.weight * (2 * inside - 1)
        return more


def belonging(said: Named, mask: Tensor) -> Tensor:
    """How much each word belongs to what is said of each part, B,parts + 1,L, of sum 1 over parts or less.

    >>> told = torch.tensor([[[9.0, -9.0, -9.0], [9.0, 9.0, -9.0]]])  # the first word tells both parts
    >>> belongs = belonging(Named(torch.tensor([[9.0, 9.0]]), told), torch.ones(1, 3, dtype=torch.bool))
    >>> belongs.round(decimals=2)[0].tolist()
    [[0.5, 0.0, 0.0], [0.5, 1.0, 0.0]]
    """
    assert said.told is not None
    each = said.named.float().sigmoid()[..., None] * said.told.float().sigmoid() * mask[:, None]
    return each / each.sum(1, keepdim=True).clamp(min=1)


def words_at(shares: Tensor, named: Tensor, told: Tensor, mask: Tensor) -> Tensor:
    """How much each word counts at each place, in place of the same everywhere (Eq. 4): B,L,H,W, of sum 1 over words.

    The words that tell the look of a part count where it lies. Where no part is named it is those of the whole object,
    and all words alike where that is not named either. Shares B,parts + 1,H,W; `named` and `told` as in `Named`.

    >>> two = torch.tensor([[[9.0, -9.0], [-9.0, 9.0], [-9.0, -9.0]]])  # a part told by each of two words
    >>> place = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)  # which belongs to the first part
    >>> counts = words_at(place, torch.tensor([[9.0, 9.0, -9.0]]), two, torch.ones(1, 2, dtype=torch.bool))
    >>> counts.flatten().round(decimals=2)
    tensor([1., 0.])
    """
    chance = named.float().sigmoid()
    on = mask.float()
    alike = on / on.sum(1, keepdim=True).clamp(min=1)  # B,L
    each = masked_softmax(told.float(), mask[:, None])  # B,parts + 1,L: in the ratios of their odds
    whole = chance[:, -1:] * each[:, -1] + (1 - chance[:, -1:]) * alike
    of_parts = chance[:, :-1, None] * each[:, :-1] + (1 - chance[:, :-1, None]) * whole[:, None]
    counts = torch.cat([of_parts, whole[:, None]], 1)  # B,parts + 1,L
    return torch.einsum("bkl,bkhw->blhw", counts, shares)
