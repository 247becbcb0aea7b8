"""From plain numbers to ManiGAN's networks, and how their weights begin."""

from typing import Literal

from torch import nn

from mimnet.nn.inception import InceptionV3
from mimnet.nn.judge import PairEncoders
from mimnet.nn.look import BorrowedLook, InceptionLook, Look, OwnLook
from mimnet.nn.manigan.correct import DetailCorrection
from mimnet.nn.manigan.discriminator import ManiGANDiscriminator
from mimnet.nn.manigan.generator import ManiGAN
from mimnet.nn.manigan.main import MainModule
from mimnet.nn.manigan.words import WordCorrelation
from mimnet.nn.vision import ImageCNN, OwnDetail, SqueezeNetDetail, SqueezeNetFeatures, VGG16Features

Encoder = Literal["imagenet", "vgg16", "squeezenet", "own"]


def build_damsm(
    *,
    words: int,
    encoder: Encoder,
    encoder_width: int,
    word_vector: int,
    word_feature: int,
    word_dropout: float,
) -> PairEncoders:
    """DAMSM's encoders, on the own CNN or on a frozen one, with random weights."""
    look: Look
    if encoder == "own":
        look = OwnLook(width=encoder_width)
    elif encoder == "imagenet":
        look = InceptionLook(InceptionV3(classes=None))
    else:
        look = BorrowedLook(VGG16Features() if encoder == "vgg16" else SqueezeNetFeatures())
    return PairEncoders(look, words=words, word_vector=word_vector, width=word_feature, dropout=word_dropout)


def build_manigan(
    *,
    words: int,
    size: int,
    stages: int,
    encoder: Encoder,
    encoder_width: int,
    encoder_size: int,
    imagenet_detail: bool,
    word_vector: int,
    word_feature: int,
    word_dropout: float,
    width: int,
    combination_width: int,
    blocks: int,
    noise: int,
    condition: int,
    correct: bool,
    exact_counts: bool,
    public_code_mask: bool,
    unit_features: bool,
    test_noise: bool,
) -> ManiGAN:
    """A generator with random weights. `words` counts the vocabulary; the other settings are `ManiGANModel`'s."""
    image: ImageCNN
    if encoder == "own":
        image = OwnDetail(width=encoder_width)
    elif encoder == "squeezenet":
        image = SqueezeNetDetail()
    else:
        image = VGG16Features(last="relu2_2", imagenet=imagenet_detail)
    detail = None
    if correct:
        detail = DetailCorrection(
            size=size,
            width=width,
            words=word_feature,
            hidden=combination_width,
            blocks=blocks,
            detail=image.width,
            public_code_mask=public_code_mask,
        )
    return ManiGAN(
        damsm=build_damsm(
            words=words,
            encoder=encoder,
            encoder_width=encoder_width,
            word_vector=word_vector,
            word_feature=word_feature,
            word_dropout=word_dropout,
        ),
        image=image,
        main=MainModule(
            size=size,
            stages=stages,
            width=width,
            words=word_feature,
            hidden=combination_width,
            blocks=blocks,
            noise=noise,
            condition=condition,
            exact_counts=exact_counts,
            public_code_mask=public_code_mask,
        ),
        correct=detail,
        look=0 if encoder == "imagenet" else encoder_size,
        unit_features=unit_features,
        test_noise=test_noise,
    )


def build_manigan_discriminators(
    *,
    size: int,
    stages: int,
    discriminator_width: int,
    word_feature: int,
    correct: bool,
    word_level: Literal["published", "paper"],
) -> nn.ModuleList:
    """One discriminator for each size, smallest first; for the detail correction one of the full size alone.

    The word-level discriminator of the paper stands in the last one.
    """
    sides = [size >> i for i in reversed(range(stages))]
    ends = discriminator_width * sides[0] // 8
    return nn.ModuleList(
        ManiGANDiscriminator(
            size=side,
            width=discriminator_width,
            ends=ends,
            words=word_feature,
            correlation=WordCorrelation(width=word_feature) if word_level == "paper" and side == size else None,
        )
        for side in (sides[-1:] if correct else sides)
    )


def begin(network: nn.Module) -> None:
    """Random weights as the public code begins: orthogonal, batch normalisation's scale N(1, 0.02), biases zero."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.orthogonal_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)
