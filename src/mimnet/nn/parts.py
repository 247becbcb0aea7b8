"""Where the parts of an object lie, and what colours are called (a departure, `pictures.parts`)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.layers import activation, conv3x3, norm, resize

WIDTH = 24
HIDDEN = 48  # of the colours' namer


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution, self.norm = conv3x3(inputs, outputs, stride), norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs,H,W -> B,outputs,H,W or half of it"""
        return activation(self.norm(self.convolution(x)))


class PartLocator(nn.Module):
    """Which part each place of an object belongs to: a small U-Net over picture, object and place."""

    def __init__(self, parts: int, width: int = WIDTH) -> None:
        super().__init__()
        w = width
        self.enter = _Block(6, w, 2)
        self.down = nn.ModuleList(
            nn.Sequential(_Block(a * w, b * w, 2), _Block(b * w, b * w)) for a, b in ((1, 2), (2, 3), (3, 4))
        )
        self.up = nn.ModuleList(_Block(a * w, b * w) for a, b in ((7, 3), (5, 2), (3, 2)))
        self.leave = nn.Conv2d(2 * w, parts + 1, 1)

    def forward(self, picture: Tensor, there: Tensor) -> Tensor:
        """Pictures B,3,H,W in [-1, 1] and their objects B,1,H,W in [0, 1] -> logits B,parts + 1,H/2,W/2; rest last."""
        count, _, height, width = picture.shape
        across = torch.linspace(-1, 1, width, device=picture.device).abs().expand(count, 1, height, width)
        down = torch.linspace(-1, 1, height, device=picture.device)[:, None].expand(count, 1, height, width)
        x = self.enter(torch.cat([picture, there, down, across], 1))
        seen = [x]
        for block in self.down:
            x = block(x)
            seen.append(x)
        x = x + x.mean((2, 3), keepdim=True)
        for block, fine in zip(self.up, reversed(seen[:-1]), strict=True):
            x = block(torch.cat([resize(x, (fine.shape[-2], fine.shape[-1])), fine], 1))
        logits: Tensor = self.leave(x)
        return logits

    @torch.no_grad()
    def regions(self, picture: Tensor, there: Tensor) -> Tensor:
        """Shares of the parts, B,parts + 1,H/2,W/2 of sum 1, the mean of those of the picture and its mirror image."""
        both = self(picture, there), self(picture.flip(-1), there.flip(-1)).flip(-1)
        shares: Tensor = ((both[0] + both[1]) / 2).softmax(1)
        return shares


class ColourNamer(nn.Module):
    """What captions call a colour, beside the mean colour of the object that it is on."""

    def __init__(self, names: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(6, HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        self.last = nn.Linear(HIDDEN, names)

    def forward(self, colour: Tensor, mean: Tensor) -> Tensor:
        """Colours B,P,3 in [-1, 1] and means B,3 -> chances of names B,P,names."""
        x = torch.cat([colour, mean[:, None].expand_as(colour)], -1)
        chances: Tensor = F.softmax(self.last(F.relu(self.second(F.relu(self.first(x))))), -1)
        return chances
