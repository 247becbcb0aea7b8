"""ManiGAN's main module: sentence and picture to pictures of growing size."""

from dataclasses import dataclass
from math import isqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.damsm import Viewed
from mimnet.nn.manigan.blocks import Colour, Gated, Up
from mimnet.nn.manigan.stage import Stage

START = 4  # side of the map that the sentence becomes


@dataclass(frozen=True)
class Main:
    """What the main module makes."""

    pictures: tuple[Tensor, ...]  # B,3,s,s in [-1, 1], coarsest first
    hidden: tuple[Tensor, ...]  # B,c,s,s: what each picture was made from
    mu: Tensor  # B,condition
    logvar: Tensor  # B,condition


class Conditioning(nn.Module):
    """A sentence to a normal distribution, from which its condition is drawn."""

    def __init__(self, *, words: int, condition: int) -> None:
        super().__init__()
        self.linear = nn.Linear(words, 4 * condition)

    def forward(self, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """B,d -> mean and logarithm of the variance, both B,condition"""
        mu, logvar = F.glu(self.linear(sentence), 1).chunk(2, 1)
        return mu, logvar


class FirstStage(nn.Module):
    """Condition, noise and the picture's global feature to hidden features of the smallest size."""

    def __init__(self, *, inputs: int, width: int, side: int) -> None:
        super().__init__()
        wide = width * side // START
        self.linear = nn.Linear(inputs, 2 * wide * START * START, bias=False)
        self.norm = nn.BatchNorm1d(2 * wide * START * START)
        ups = []
        while wide > width:
            ups.append(Up(wide, wide // 2))
            wide //= 2
        self.up = nn.Sequential(*ups)

    def forward(self, x: Tensor) -> Tensor:
        """B,inputs -> B,width,side,side"""
        x = F.glu(self.norm(self.linear(x)), 1)
        grown: Tensor = self.up(x.view(x.shape[0], -1, START, START))
        return grown


class ImageBranch(nn.Module):
    """The picture's regions, brought to the size of every stage."""

    def __init__(self, *, regions: int, width: int, side: int, stages: int) -> None:
        super().__init__()
        self.side = side
        self.first = Gated(regions, width)
        self.up = nn.ModuleList(Up(width, width) for _ in range(stages - 1))

    def forward(self, regions: Tensor) -> list[Tensor]:
        """Square regions B,R,d -> B,c,s,s for every stage"""
        grid = isqrt(regions.shape[1])
        x = regions.transpose(1, 2).reshape(regions.shape[0], -1, grid, grid)
        maps = [self.first(F.interpolate(x, size=(self.side, self.side), mode="nearest"))]
        for up in self.up:
            maps.append(up(maps[-1]))
        return maps


class MainModule(nn.Module):
    """`stages` pictures, the last of side `size`, each half as large as the next.

    `words` is the width of words, sentence, regions and global feature; `width` of the hidden features; `hidden` inside
    every affine combination. `exact_counts` gives every stage the word maps of all, of which it uses one, as the
    public code does. `size` is 4 times a power of two, and the smallest stage has a side of 8 or more.
    """

    def __init__(
        self,
        *,
        size: int,
        stages: int,
        width: int,
        words: int,
        hidden: int,
        blocks: int,
        noise: int,
        condition: int,
        exact_counts: bool,
        public_code_mask: bool,
    ) -> None:
        super().__init__()
        side = size >> (stages - 1)
        if stages < 2 or side < 2 * START or size & (size - 1):
            raise ValueError(f"{stages} stages up to {size} px: 2 or more, from 8 px, and the size a power of two")
        self.noise, self.condition = noise, condition
        self.conditioning = Conditioning(words=words, condition=condition)
        self.first = FirstStage(inputs=condition + noise + words, width=width, side=side)
        self.branch = ImageBranch(regions=words, width=width, side=side, stages=stages)
        sides = [side << i for i in range(stages - 1)]
        self.stages = nn.ModuleList(
            Stage(
                width=width,
                words=words,
                hidden=hidden,
                blocks=blocks,
                sizes=[own, *(s for s in sides if exact_counts and s != own)],
                grow=True,
                public_code_mask=public_code_mask,
            )
            for own in sides
        )
        self.colours = nn.ModuleList(Colour(width=width, hidden=hidden) for _ in range(stages))

    def forward(self, words: Tensor, sentence: Tensor, mask: Tensor, viewed: Viewed, noise: Tensor | None) -> Main:
        """Words B,L,d, sentence B,d, mask B,L, what DAMSM saw, and normal noise B,noise + condition -> `Main`.

        Without noise the condition is its mean and the rest is zero.
        """
        mu, logvar = self.conditioning(sentence)
        condition, z = mu, mu.new_zeros(mu.shape[0], self.noise)
        if noise is not None:
            z, spread = noise[:, : self.noise], noise[:, self.noise :]
            condition = mu + (logvar / 2).exp() * spread
        images = self.branch(viewed.regions)
        hidden = [self.first(torch.cat([condition, z, viewed.whole], 1))]
        for stage, image in zip(self.stages, images, strict=False):
            hidden.append(stage(hidden[-1], image, words, mask))
        pictures = [colour(x, image) for colour, x, image in zip(self.colours, hidden, images, strict=True)]
        return Main(tuple(pictures), tuple(hidden), mu, logvar)
