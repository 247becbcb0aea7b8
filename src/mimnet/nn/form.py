"""What a sentence says of form: sleeves, a neck (a departure, `model.form`)."""

import torch
from torch import Tensor, nn

from mimnet.nn.layers import activation, conv3x3, norm, up
from mimnet.nn.named import phrase_layer, read_phrases


class FormReader(nn.Module):
    """A sentence to its form features, past the memories.

    Those hold what things look like (Eq. 3): "a round neck" and "a polo collar" differ there by a seventh of what "red"
    and "blue" do. Words are read as they are, some together, and the ones that say most of a feature decide it.
    """

    def __init__(self, *, word_vector: int, form: int) -> None:
        super().__init__()
        self.phrase = phrase_layer(word_vector, word_vector)
        self.say = nn.Linear(word_vector, form)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Word vectors B,L,width and word mask B,L -> B,form"""
        said: Tensor = self.say(read_phrases(self.phrase, vectors, mask).transpose(1, 2))
        return said.masked_fill(~mask[..., None], -1e4).amax(1)


class Moved(nn.Module):
    """A convolution whose normalised features a sentence scales and moves."""

    def __init__(self, width: int, *, form: int) -> None:
        super().__init__()
        self.conv, self.norm = conv3x3(width, width), norm(width)
        self.adapt = nn.Linear(form, 2 * width)

    def forward(self, x: Tensor, form: Tensor) -> Tensor:
        """B,width,h,w and B,form -> B,width,h,w"""
        scale, shift = self.adapt(form)[:, :, None, None].chunk(2, 1)
        return activation(self.norm(self.conv(x)) * (1 + scale) + shift)


class Formed(nn.Module):
    """A residual block of one and a convolution."""

    def __init__(self, width: int, *, form: int) -> None:
        super().__init__()
        self.first, self.second = Moved(width, form=form), conv3x3(width, width)

    def forward(self, x: Tensor, form: Tensor) -> Tensor:
        """B,width,h,w and B,form -> B,width,h,w"""
        return activation(x + self.second(self.first(x, form)))


class FormPainter(nn.Module):
    """What forms add to the painted features Vm of Eq. 6, in which a sentence meets a few cells around each alone.

    A sleeve is drawn where nothing is, far from what tells where it belongs: so down to a sixteenth of the picture and
    back. Four fifths of the work lie below the grid. The last layer starts from nothing, so that a trained model
    goes on as it was.
    """

    def __init__(self, *, width: int, form: int) -> None:
        super().__init__()
        wide = 2 * width
        self.eighth, self.sixteenth = conv3x3(wide, wide, stride=2), conv3x3(wide, wide, stride=2)
        self.far = nn.ModuleList(Formed(wide, form=form) for _ in range(2))
        self.near = Formed(wide, form=form)
        self.back = conv3x3(wide, width)
        self.grid = Moved(width, form=form)
        self.out = nn.Conv2d(width, width, 1)
        for start in self.out.parameters():
            nn.init.zeros_(start)

    def forward(self, bounds: Tensor, seen: Tensor, form: Tensor) -> Tensor:
        """Vb and V B,c,H,W (H and W multiples of 4); form features B,form -> B,c,H,W"""
        eighth = activation(self.eighth(torch.cat([bounds, seen], 1)))
        far = activation(self.sixteenth(eighth))
        for block in self.far:
            far = block(far, form)
        near = self.near(eighth + up(far), form)
        added: Tensor = self.out(self.grid(bounds + up(self.back(near)), form))
        return added
