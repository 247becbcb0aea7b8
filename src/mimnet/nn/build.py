"""From plain numbers to MIM-Net's networks: the one place where their parts are put together."""

from typing import Literal

from torch import nn

from mimnet.nn.boundary import Detector, boundary_channels
from mimnet.nn.coarse import CoarseDecoder, CoarseStage
from mimnet.nn.discriminator import Discriminator
from mimnet.nn.form import FormPainter, FormReader
from mimnet.nn.generator import Generator
from mimnet.nn.locate import TargetLocalization
from mimnet.nn.memory import TextureMemory, WordTexture
from mimnet.nn.named import NamedParts, PartGate
from mimnet.nn.presence import Presence
from mimnet.nn.refine import FineDecoder, RefineStage
from mimnet.nn.text import BiLSTM, WordVectors
from mimnet.nn.vision import ImageCNN, OwnCNN, SqueezeNetFeatures, VGG16Features


def build_generator(
    *,
    words: int,
    word_vector: int,
    word_feature: int,
    memory: bool,
    memories: int,
    memory_spread: float,
    texture: int,
    encoder: Literal["vgg16", "squeezenet", "own"],
    encoder_width: int,
    share_encoder: bool,
    train_encoder: bool,
    detector: Detector | None,
    detail: bool,
    structure_skip: bool,
    locate_sees_image: bool,
    locate_scale: bool,
    map_gain: float,
    parts: int,
    part_textures: bool,
    form: int,
    presence: int,
    attention_scale: bool,
    decoder_width: int,
    stages: int,
    paste: bool,
) -> Generator:
    """A generator with random weights. `words` counts the vocabulary; without a `detector` boundary maps are given.

    The other settings are `MIMNetModel`'s.
    """
    borrowed: dict[str, type[ImageCNN]] = {"vgg16": VGG16Features, "squeezenet": SqueezeNetFeatures}
    image_encoder = borrowed[encoder]() if encoder in borrowed else OwnCNN(inputs=3, width=encoder_width)
    if encoder_width != image_encoder.width:
        raise ValueError(f"the encoder {encoder} has width {image_encoder.width}, not {encoder_width}")
    structure_channels = boundary_channels(detail=detail)
    skip = structure_channels if structure_skip else 0
    bounds_encoder = None if share_encoder else OwnCNN(inputs=structure_channels, width=encoder_width)
    store: TextureMemory | WordTexture
    if memory:
        store = TextureMemory(
            memories=memories,
            texture=texture,
            word_feature=word_feature,
            spread=memory_spread,
            scale=attention_scale,
        )
    else:
        store = WordTexture(texture=texture, word_feature=word_feature)
    coarse = CoarseStage(
        width=encoder_width,
        texture=texture,
        locate=TargetLocalization(width=encoder_width, sees_image=locate_sees_image, scale=locate_scale, gain=map_gain),
        decoder=CoarseDecoder(inputs=encoder_width, width=decoder_width, structure=skip),
        gate=PartGate(width=encoder_width, parts=parts) if parts else None,
        form=FormPainter(width=encoder_width, form=form) if form else None,
    )
    refine = None
    if stages == 2:
        decoder = FineDecoder(inputs=encoder_width + texture, width=decoder_width // 2, structure=skip)
        refine = RefineStage(width=encoder_width, texture=texture, decoder=decoder, scale=attention_scale)
    return Generator(
        vectors=WordVectors(words=words, width=word_vector),
        reader=BiLSTM(inputs=word_vector, features=word_feature),
        memory=store,
        image_encoder=image_encoder,
        bounds_encoder=bounds_encoder,
        coarse=coarse,
        refine=refine,
        train_encoder=train_encoder,
        detector=detector,
        detail=detail,
        paste=paste,
        named=NamedParts(word_vector=word_vector, parts=parts, textures=part_textures) if parts else None,
        form=FormReader(word_vector=word_vector, form=form) if form else None,
        presence=Presence(width=encoder_width, presence=presence) if presence else None,
    )


def build_discriminators(
    *,
    discriminator_width: int,
    discriminator_levels: int,
    word_vector: int,
    word_feature: int,
    patch_reality: bool,
    stages: int,
) -> nn.ModuleList:
    """One discriminator pair per stage, coarse first; the fine stage has one level more."""
    return nn.ModuleList(
        Discriminator(
            width=discriminator_width,
            levels=discriminator_levels + stage,
            word_vector=word_vector,
            word_feature=word_feature,
            patch_reality=patch_reality,
        )
        for stage in range(stages)
    )
