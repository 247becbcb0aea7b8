"""Settings of ManiGAN (Li et al., 2020). The defaults are the `manigan` preset: its public code, at its full size."""

from dataclasses import dataclass
from typing import Literal

from mimnet.config.base import LossConfig, ModelConfig, require


@dataclass(frozen=True)
class ManiGANModel(ModelConfig):
    """What the networks are."""

    max_words: int = 18  # a longer caption is cut
    stages: int = 3  # pictures, each half as large as the next
    encoder: Literal["imagenet", "vgg16", "squeezenet", "own"] = (
        "imagenet"  # CNNs: Inception v3 and VGG-16, or MIM-Net's in both places: VGG-16, SqueezeNet or our own
    )
    encoder_width: int = 64  # of our own CNN
    encoder_size: int = 64  # side of the pictures that DAMSM sees; with Inception it always sees 299
    imagenet_detail: bool = False  # True: VGG-16 sees ImageNet's mean and deviation; False: [-1, 1], as the public code
    word_feature: int = 256  # width of words, sentences, regions and global feature
    word_dropout: float = 0.5  # of word vectors, while DAMSM learns
    width: int = 32  # of the hidden features
    combination_width: int = 128  # inside the affine combinations
    blocks: int = 2  # residual blocks in a stage
    noise: int = 100  # numbers of noise beside the condition
    condition: int = 100  # width of the condition that a sentence becomes
    correct: bool = False  # True: with the detail correction, learned on a trained main module (--start)
    exact_counts: bool = True  # word maps that no stage uses are there too, as in the public code
    public_code_mask: bool = False  # True: padding is masked by other captions of the batch, as in the public code
    unit_features: bool = (
        False  # True: what DAMSM gives is brought to mean square 1, or pictures drown words (departure)
    )
    word_level: Literal["published", "paper"] = (
        "published"  # published: its public code's word-level term, which has no gradient, is left out; paper: learned
    )
    test_noise: bool = True  # False: an edit takes the mean of the condition, and no noise
    discriminator_width: int = 64  # width of the discriminators' first layer

    def __post_init__(self) -> None:
        super().__post_init__()
        smallest = self.size >> (self.stages - 1) if self.stages > 1 else 0
        require(
            smallest >= 8 and self.size & (self.size - 1) == 0,
            f"model.size is {self.size} with {self.stages} stages; ManiGAN needs a power of two and 2 stages or more, "
            "the smallest of 8 px or more",
        )
        require(self.word_feature % 2 == 0, f"model.word_feature is {self.word_feature}; two directions need it even")
        for name in ("word_feature", "width", "combination_width", "blocks", "noise", "condition"):
            require(getattr(self, name) > 0, f"model.{name} is {getattr(self, name)}; it must be positive")
        for name in ("encoder_width", "discriminator_width"):
            value = getattr(self, name)
            require(value > 0 and value % 8 == 0, f"model.{name} is {value}; it must be a multiple of 8")
        require(
            self.encoder_size >= 32 and self.encoder_size % 16 == 0,
            f"model.encoder_size is {self.encoder_size}; it must be a multiple of 16, 32 or more",
        )
        require(0 <= self.word_dropout < 1, f"model.word_dropout is {self.word_dropout}; it goes from 0 to below 1")


@dataclass(frozen=True)
class ManiGANLoss(LossConfig):
    """Weights of the generator's terms; of the discriminators' the word-level one alone has one."""

    reality: float = 1.0  # the picture looks real, at every size
    matching: float = 1.0  # it looks real with its sentence, at every size
    damsm: float = 5.0  # words with regions and sentence with picture, on the finest picture
    correlation: float = 0.5  # words show in the finest picture's regions, in both losses; with model.word_level paper
    perceptual: float = 1.0  # squared difference of a CNN's half-size features to the real picture's
    divergence: float = 1.0  # of the condition from a standard normal distribution
    difference: float = -1.0  # mean absolute difference to the real picture, of the detail correction; rewarded below 0
