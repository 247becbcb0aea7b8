"""Settings of SISGAN. The defaults are what its published numbers are taken to be made with."""

from dataclasses import dataclass
from typing import Literal

from mimnet.config.base import LossConfig, ModelConfig, require


@dataclass(frozen=True)
class SISGANModel(ModelConfig):
    """What the networks are (Dong et al., 2017)."""

    size: int = 64  # side of the picture in pixels
    max_words: int = 50  # a longer caption is cut
    sentence: int = 300  # width of the frozen GRU that reads the sentence
    encoder: Literal["vgg16_bn", "own", "none"] = "vgg16_bn"  # pretrained picture CNN; none: trained with the rest
    encoder_width: int = 512  # width of its features, and of the fusion; VGG-16 to conv4_3 has 512
    dilate: bool = False  # True: VGG-16's last block is dilated, as was meant; in the public code it had no effect
    train_encoder: bool = False  # True: the pretrained CNN goes on learning with the generator
    condition: int = 128  # width of the condition, and of the sentence in the discriminator
    blocks: int = 4  # residual blocks of the fusion
    discriminator_width: int = 64  # width of the discriminator's first layer
    test_noise: bool = True  # the condition is drawn in use too (always the same draw); False: it is its mean

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("sentence", "condition", "blocks"):
            require(getattr(self, name) > 0, f"model.{name} is {getattr(self, name)}; it must be positive")
        for name in ("encoder_width", "discriminator_width"):
            value = getattr(self, name)
            require(value > 0 and value % 8 == 0, f"model.{name} is {value}; it must be a multiple of 8")
        if self.encoder == "vgg16_bn":
            require(
                self.encoder_width == 512, f"model.encoder_width is {self.encoder_width}; VGG-16 to conv4_3 has 512"
            )


@dataclass(frozen=True)
class SISGANLoss(LossConfig):
    """Weights of the losses beside the first of each sum, which has weight 1."""

    mismatch: float = 0.5  # discriminator: a real picture with another sentence
    fake: float = 0.5  # discriminator: an edit with its sentence
    divergence: float = 1.0  # generator: of the condition from the standard normal distribution
