"""MIM-Net's generator: both stages around one memory (Sec. 3, Fig. 3)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mimnet.nn.coarse import CoarseStage
from mimnet.nn.layers import resize, word_mask
from mimnet.nn.memory import TextureMemory, WordTexture
from mimnet.nn.refine import RefineStage
from mimnet.nn.text import BiLSTM, WordVectors


@dataclass(frozen=True)
class Seen:
    """What the generator keeps of a picture; it serves any number of sentences."""

    image: Tensor  # I: B,3,4H,4W in [-1, 1]
    structure: Tensor  # Bd: B,k,4H,4W
    features: Tensor  # V: B,c,H,W
    bounds: Tensor  # Vb: B,c,H,W


@dataclass(frozen=True)
class Texture:
    """What the generator keeps of a sentence."""

    words: Tensor  # e: B,L,d
    mask: Tensor  # B,L, False on padding
    attention: Tensor | None  # a: B,L,N; none in the ablation without memory


@dataclass(frozen=True)
class Edit:
    """A painted picture with everything that explains it."""

    coarse: Tensor  # I1: B,3,2H,2W in [-1, 1]
    fine: Tensor | None  # I2: B,3,4H,4W in [-1, 1]; none with one stage
    weight_map: Tensor  # A: B,1,H,W in (0, 1)
    texture: Tensor  # g: B,c

    @property
    def stages(self) -> list[Tensor]:
        """The pictures, coarse first."""
        return [self.coarse] if self.fine is None else [self.coarse, self.fine]

    @property
    def last(self) -> Tensor:
        """The most refined picture."""
        return self.coarse if self.fine is None else self.fine

    def split(self, parts: int) -> "list[Edit]":
        """The batch cut into equal parts, in order."""
        fines = self.fine.chunk(parts) if self.fine is not None else [None] * parts
        pieces = zip(
            self.coarse.chunk(parts), fines, self.weight_map.chunk(parts), self.texture.chunk(parts), strict=True
        )
        return [Edit(*piece) for piece in pieces]


class Generator(nn.Module):
    """Boundary image, picture and sentence in, edit out."""

    def __init__(
        self,
        *,
        vectors: WordVectors,
        reader: BiLSTM,
        memory: TextureMemory | WordTexture,
        image_encoder: nn.Module,
        bounds_encoder: nn.Module | None,
        coarse: CoarseStage,
        refine: RefineStage | None,
        train_encoder: bool,
    ) -> None:
        super().__init__()
        self.vectors = vectors
        self.reader = reader
        self.memory = memory
        self.image_encoder = image_encoder
        self.bounds_encoder = bounds_encoder  # none: one CNN for both, as the text has it
        self.coarse = coarse
        self.refine = refine
        if not train_encoder:
            for encoder in (image_encoder, bounds_encoder):
                if encoder is not None:
                    encoder.requires_grad_(False)

    def see(self, image: Tensor, structure: Tensor) -> Seen:
        """RGB B,3,H,W in [-1, 1] and its boundary image B,k,H,W -> `Seen`; H and W are multiples of 16."""
        if self.bounds_encoder is None:
            bounds = self.image_encoder(structure[:, :1].expand(-1, 3, -1, -1))
        else:
            bounds = self.bounds_encoder(structure)
        return Seen(image, structure, self.image_encoder(image), bounds)

    def read(self, ids: Tensor, length: Tensor, *, attention: Tensor | None = None, frozen: bool = False) -> Texture:
        """Word ids B,L and lengths B -> `Texture`. `attention` and `frozen` as in `TextureMemory.forward`."""
        words = self.reader(self.vectors(ids), length)
        mask = word_mask(length, ids.shape[1])
        if isinstance(self.memory, WordTexture):
            return Texture(self.memory(words), mask, None)
        textures, weights = self.memory(words, attention=attention, frozen=frozen)
        return Texture(textures, mask, weights)

    def paint(self, seen: Seen, texture: Texture) -> Edit:
        """One sentence for each picture -> `Edit`."""
        coarse = self.coarse(seen.features, seen.bounds, seen.structure, texture.words, texture.mask)
        fine = None
        if self.refine is not None:
            fine = self.refine(coarse.fused, seen.structure, texture.words, texture.mask)
        return Edit(coarse.picture, fine, coarse.weight_map, coarse.texture)

    def forward(self, image: Tensor, structure: Tensor, ids: Tensor, length: Tensor) -> Edit:
        """`see`, `read` and `paint` in one."""
        return self.paint(self.see(image, structure), self.read(ids, length))


def paste(picture: Tensor, image: Tensor, weight_map: Tensor) -> Tensor:
    """A * picture + (1 - A) * image, map and image brought to the picture's size (a departure, `model.paste`)."""
    size = (picture.shape[-2], picture.shape[-1])
    weight = resize(weight_map, size)
    return weight * picture + (1 - weight) * resize(image, size)


def repeat(seen: Seen, times: int) -> Seen:
    """The same pictures for several batches of sentences."""
    return Seen(*(torch.cat([x] * times) for x in (seen.image, seen.structure, seen.features, seen.bounds)))
