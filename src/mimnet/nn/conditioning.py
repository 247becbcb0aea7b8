"""What SISGAN's and TAGAN's generators share: one vector of the whole sentence, fused with the picture's features."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mimnet.nn.batchnorm import normed
from mimnet.nn.edit import Edit, EditingNetwork
from mimnet.nn.layers import activation
from mimnet.nn.text import WordVectors


@dataclass(frozen=True)
class Seen:
    """What the generator keeps of a picture; it serves any number of sentences."""

    image: Tensor  # B,3,H,W in [-1, 1]
    features: Tensor  # B,c,h,w


@dataclass(frozen=True)
class Sentence:
    """What the generator keeps of a sentence."""

    features: Tensor  # B,d
    mean: Tensor  # mu of the condition: B,noise_width
    log_deviation: Tensor  # log sigma of the condition: B,noise_width
    attention: Tensor | None = None  # these models have no memory

    def condition(self, noise: Tensor | None) -> Tensor:
        """c = mu + sigma * noise: B,noise_width; without noise mu itself."""
        return self.mean if noise is None else self.mean + self.log_deviation.exp() * noise


@dataclass(frozen=True, kw_only=True)
class ConditionedEdit(Edit):
    """An edit with the distribution that its condition was drawn from, for the loss that keeps it near N(0, 1)."""

    mean: Tensor  # mu: B,noise_width
    log_deviation: Tensor  # log sigma: B,noise_width


class Augmentation(nn.Module):
    """Conditioning augmentation (StackGAN): a sentence becomes a distribution of conditions."""

    def __init__(self, *, inputs: int, width: int, bias: bool) -> None:
        super().__init__()
        self.mean = nn.Linear(inputs, width, bias=bias)
        self.log_deviation = nn.Linear(inputs, width, bias=bias)

    def forward(self, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """B,inputs -> mu and log sigma, B,width both"""
        return activation(self.mean(sentence)), activation(self.log_deviation(sentence))


class Residual(nn.Module):
    """Two normalised convolutions around a plain shortcut."""

    def __init__(self, width: int, *, relu_after_add: bool) -> None:
        super().__init__()
        self.first, self.second = normed(width, width), normed(width, width)
        self.relu_after_add = relu_after_add

    def forward(self, x: Tensor) -> Tensor:
        """B,width,h,w, both"""
        x = x + self.second(self.first(x).relu())
        return x.relu() if self.relu_after_add else x


class Fusion(nn.Module):
    """The condition tiled over the grid and joined to the features, a convolution, and residual blocks.

    `relu_after_add`: SISGAN has its ReLU after the add of each block and none after the first convolution; TAGAN
    has it the other way round.
    """

    def __init__(self, *, width: int, condition: int, blocks: int, relu_after_add: bool) -> None:
        super().__init__()
        self.join = normed(width + condition, width)
        self.blocks = nn.Sequential(*(Residual(width, relu_after_add=relu_after_add) for _ in range(blocks)))
        self.relu_after_add = relu_after_add

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """B,width,h,w and B,condition -> B,width,h,w"""
        tiled = condition[:, :, None, None].expand(-1, -1, *features.shape[-2:])
        x: Tensor = self.join(torch.cat([features, tiled.to(features.dtype)], 1))
        fused: Tensor = self.blocks(x if self.relu_after_add else x.relu())
        return fused


class ConditionedGenerator(EditingNetwork):
    """Picture and sentence in, edit out; a family brings its parts and says how it reads a sentence."""

    vectors: WordVectors
    encoder: nn.Module
    augment: Augmentation
    fusion: Fusion
    decoder: nn.Module
    skip: bool  # whether the fused features are added to the picture's own

    def sentence(self, ids: Tensor, length: Tensor) -> Tensor:
        """Word ids B,L and lengths B -> one vector of the whole sentence B,d."""
        raise NotImplementedError

    def see(self, image: Tensor) -> Seen:
        """RGB B,3,H,W in [-1, 1], H and W multiples of 16 -> `Seen`."""
        return Seen(image, self.encoder(image))

    def read(self, ids: Tensor, length: Tensor) -> Sentence:
        """Word ids B,L and lengths B -> `Sentence`."""
        features = self.sentence(ids, length)
        return Sentence(features, *self.augment(features))

    def paint(self, seen: Seen, sentence: Sentence, *, noise: Tensor | None = None) -> ConditionedEdit:
        """One sentence for each picture -> `ConditionedEdit`; `noise` B,noise_width is standard normal or none."""
        fused = self.fusion(seen.features, sentence.condition(noise))
        picture = self.decoder(fused + seen.features if self.skip else fused)
        return ConditionedEdit((picture,), mean=sentence.mean, log_deviation=sentence.log_deviation)
