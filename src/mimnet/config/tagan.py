"""Settings of TAGAN. The defaults are what its published numbers are taken to be made with."""

from dataclasses import dataclass

from mimnet.config.base import LossConfig, ModelConfig, require


@dataclass(frozen=True)
class TAGANModel(ModelConfig):
    """What the networks are (Nam et al., 2018)."""

    size: int = 128  # side of the picture in pixels
    max_words: int = 50  # a longer caption is cut
    word_feature: int = 512  # width of a word's state, the mean of both directions of a GRU
    encoder_width: int = 64  # width of the encoder's first layer; the fusion has eight times that
    condition: int = 128  # width of the condition
    blocks: int = 4  # residual blocks of the fusion
    discriminator_width: int = 64  # width of the discriminator's first layer
    test_noise: bool = True  # the condition is drawn in use too (always the same draw); False: it is its mean

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("word_feature", "condition", "blocks", "encoder_width", "discriminator_width"):
            require(getattr(self, name) > 0, f"model.{name} is {getattr(self, name)}; it must be positive")


@dataclass(frozen=True)
class TAGANLoss(LossConfig):
    """Weights of the losses beside the first of each sum, which has weight 1."""

    conformity: float = 10.0  # discriminator and generator: every word shows in the picture
    reconstruction: float = 0.2  # generator: mean absolute difference to the input under the picture's own sentence
    divergence: float = 0.5  # generator: of the condition from the standard normal distribution, in both passes
