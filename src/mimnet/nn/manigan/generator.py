"""ManiGAN's generator: frozen DAMSM encoders, main module, and the detail correction on top where it is on."""

from dataclasses import dataclass
from typing import Self

import torch.nn.functional as F
from torch import Tensor, nn

from mimnet.nn.damsm import Viewed
from mimnet.nn.edit import Edit, EditingNetwork
from mimnet.nn.judge import PairEncoders
from mimnet.nn.layers import resize, word_mask
from mimnet.nn.look import BorrowedLook, InceptionLook
from mimnet.nn.manigan.correct import DetailCorrection
from mimnet.nn.manigan.main import MainModule


@dataclass(frozen=True)
class Seen:
    """What the generator keeps of a picture; it serves any number of sentences."""

    image: Tensor  # B,3,H,W in [-1, 1]
    regions: Tensor  # B,R,d
    whole: Tensor  # B,d


@dataclass(frozen=True)
class SeenDetail(Seen):
    """With what the detail correction wants too."""

    detail: Tensor  # B,k,H/2,W/2


@dataclass(frozen=True)
class Sentence:
    """What the generator keeps of a sentence."""

    words: Tensor  # B,L,d
    sentence: Tensor  # B,d
    mask: Tensor  # B,L, False on padding
    attention: Tensor | None = None  # none: there is no memory


@dataclass(frozen=True, kw_only=True)
class ManiGANEdit(Edit):
    """Pictures with what the losses need."""

    mu: Tensor  # B,condition
    logvar: Tensor  # B,condition


class ManiGAN(EditingNetwork):
    """Picture and sentence in, edit out.

    `damsm` and `image` are frozen and stay in evaluation mode; with `correct` the main module too, which is trained
    before it. `look` is the side to which DAMSM's pictures are brought, the one it was trained with; 0: as they come.
    `unit_features` brings every vector that DAMSM gives to mean square 1, so that pictures do not drown words.
    """

    any_size = False  # a channel asks words as pictures of the size that it was built for

    def __init__(
        self,
        *,
        damsm: PairEncoders,
        image: nn.Module,
        main: MainModule,
        correct: DetailCorrection | None = None,
        look: int = 0,
        unit_features: bool = False,
        test_noise: bool = True,
    ) -> None:
        super().__init__()
        self.damsm = damsm
        self.image = image
        self.main = main
        self.correct = correct
        self.look = look
        self.unit_features = unit_features
        self.test_noise = test_noise
        self.noise_width = main.noise + main.condition
        self.held = [damsm, image] if correct is None else [damsm, image, main]  # a list: not registered twice
        for part in self.held:
            part.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Frozen parts stay in evaluation mode."""
        super().train(mode)
        for part in self.held:
            part.train(False)
        return self

    def parts(self) -> dict[str, nn.Module]:
        """Parts that start from pretrained weights; the CNN that DAMSM borrows comes with it, or before it learns."""
        look = self.damsm.look
        borrowed: dict[str, nn.Module] = {"inception": look.network} if isinstance(look, InceptionLook) else {}
        if isinstance(look, BorrowedLook):
            borrowed = {"look": look.cnn}
        return {**borrowed, "damsm": self.damsm, "image": self.image}

    def view(self, image: Tensor) -> Viewed:
        """RGB B,3,H,W in [-1, 1] -> what DAMSM sees in it, B,R,d and B,d; gradients reach the picture."""
        return self.damsm.view(resize(image, (self.look, self.look)) if self.look else image)

    def see(self, image: Tensor) -> Seen:
        """RGB B,3,size,size in [-1, 1] -> `Seen`."""
        viewed = self.view(image)
        regions, whole = self.scaled(viewed.regions), self.scaled(viewed.whole)
        if self.correct is None:
            return Seen(image, regions, whole)
        return SeenDetail(image, regions, whole, self.image(image))

    def read(self, ids: Tensor, length: Tensor) -> Sentence:
        """Word ids B,L and lengths B -> `Sentence`."""
        read = self.damsm.read(ids, length)
        return Sentence(self.scaled(read.words), self.scaled(read.sentence), word_mask(length, ids.shape[1]))

    def scaled(self, x: Tensor) -> Tensor:
        """Vectors of DAMSM as the networks that learn see them: with `unit_features` at mean square 1."""
        # 1e-8 beside the mean square, all times a power of two: ONNX's optimiser takes so small a number for nothing
        return F.rms_norm(x * 2**13, x.shape[-1:], eps=1e-8 * 2**26) if self.unit_features else x

    def paint(self, seen: Seen, sentence: Sentence, *, noise: Tensor | None = None) -> ManiGANEdit:
        """One sentence for each picture -> `ManiGANEdit`; with the detail correction its picture is the last stage.

        `noise`: normal numbers B,noise_width. Without, the condition is its mean and the rest of the noise is zero.
        """
        viewed = Viewed(seen.regions, seen.whole)
        made = self.main(sentence.words, sentence.sentence, sentence.mask, viewed, noise)
        pictures = made.pictures
        if self.correct is not None:
            assert isinstance(seen, SeenDetail)
            picture = self.correct(made.hidden[-1], seen.detail, sentence.words, sentence.mask)
            pictures = (*pictures, picture)
        return ManiGANEdit(stages=pictures, mu=made.mu, logvar=made.logvar)
