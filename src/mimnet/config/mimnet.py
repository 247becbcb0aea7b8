"""Settings of MIM-Net. The defaults are the `paper` preset: what the text says, and our reading where it is silent."""

import math
from dataclasses import dataclass, fields
from typing import Literal

from mimnet.config.base import LossConfig, ModelConfig, require


@dataclass(frozen=True)
class MIMNetModel(ModelConfig):
    """What the networks are (Sec. 3.1 to 3.5.1)."""

    stages: int = 2  # 2: coarse and fine (ICM and FIR); 1: the coarse stage only, an ablation
    memory: bool = True  # False: texture straight from the words, an ablation (Fig. 6)
    memories: int = 128  # N, the number of memories (Eq. 1)
    memory_spread: float = 1.0  # standard deviation of the memories' random start (Eq. 1)
    texture: int = 256  # d, the width of a memory (Eq. 1)
    word_feature: int = 256  # width of the Bi-LSTM's word features, both directions together
    encoder: Literal["vgg16", "squeezenet", "own"] = "vgg16"  # the CNN of V: to relu3_3, to fire3, or own
    encoder_width: int = 256  # c, the width of V and Vb; VGG-16 has 256, SqueezeNet 128
    share_encoder: bool = True  # one CNN for picture and boundary image, as the text has it; False: an own one for Vb
    train_encoder: bool = False  # True: the project's own CNNs go on learning with the generator
    boundary: Literal["canny", "sobel", "opencv", "files"] = "canny"  # the detector; files: maps beside the pictures
    detail: bool = False  # True: fine-scale luminance joins the boundary image as structure
    structure_skip: bool = False  # True: the decoders also see the boundary image at full size
    locate_sees_image: bool = False  # True: A = sigmoid(g . (Vm + U*V)), the map also sees the picture
    locate_scale: bool = False  # True: Eq. 9's product is divided by the square root of its width
    map_gain: float = 1.0  # times the product of Eq. 9; above 1 the map is more decided (departure)
    parts: int = 0  # of the object that the map knows by their names in sentences; 0: none (departure)
    part_textures: bool = False  # each of them is painted by the words that speak of it (departure)
    form: int = 0  # width of what sentences say of form, read past the memories; 0: they do not (departure)
    presence: int = 0  # width of what tells whether a picture shows the object; 0: nothing does (departure)
    attention_scale: bool = False  # True: Eq. 2 and 10's products are divided by the square root of their width
    decoder_width: int = 128  # width of the coarse decoder; the fine one has half
    paste: bool = False  # True: the result is A * edit + (1 - A) * input, in training and in use
    discriminator_width: int = 64  # width of the discriminators' first layer
    discriminator_levels: int = 4  # down-samplings in Phi of the coarse stage; the fine stage has one more
    patch_reality: bool = False  # True: Eq. 12 per patch, then averaged in logarithms

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.memory_spread > 0, f"model.memory_spread is {self.memory_spread}; it must be positive")
        require(self.map_gain > 0, f"model.map_gain is {self.map_gain}; it must be positive")
        require(self.parts >= 0, f"model.parts is {self.parts}; it must be 0 (none) or more")
        require(
            self.parts > 0 or not self.part_textures,
            "model.part_textures is for models that know parts; set model.parts",
        )
        require(self.form >= 0, f"model.form is {self.form}; it must be 0 (none) or more")
        require(self.presence >= 0, f"model.presence is {self.presence}; it must be 0 (none) or more")
        require(self.stages in (1, 2), f"model.stages is {self.stages}; it must be 1 or 2")
        require(self.word_feature % 2 == 0, f"model.word_feature is {self.word_feature}; two directions need it even")
        for name in ("memories", "texture", "word_feature", "discriminator_levels"):
            require(getattr(self, name) > 0, f"model.{name} is {getattr(self, name)}; it must be positive")
        for name in ("encoder_width", "decoder_width", "discriminator_width"):
            value = getattr(self, name)
            require(value > 0 and value % 8 == 0, f"model.{name} is {value}; it must be a multiple of 8")
        for encoder, what, width in (("vgg16", "VGG-16 to relu3_3", 256), ("squeezenet", "SqueezeNet to fire3", 128)):
            require(
                self.encoder != encoder or self.encoder_width == width,
                f"model.encoder_width is {self.encoder_width}; {what} has {width}",
            )


@dataclass(frozen=True)
class MIMNetLoss(LossConfig):
    """Weights of Eq. 17, 20 and 21, and of the named departures (0 turns one off)."""

    reality: float = 1.0  # lambda_1, Eq. 18 and 20
    conformity: float = 10.0  # lambda_2, Eq. 19 and 20
    reconstruction: float = 10.0  # lambda_3, Eq. 14 and 20
    pseudo_texture: float = 1.0  # lambda_4, Eq. 15 and 20
    random_memory: float = 1.0  # lambda_5, Eq. 16 and 20
    random_memory_power: float = 1.0  # of Eq. 16: uniform numbers to this power, then normalised; more is sharper
    discriminator_coarse: float = 1.0  # lambda_6, Eq. 21
    discriminator_fine: float = 1.0  # lambda_7, Eq. 21
    discriminator_conformity: float = 10.0  # lambda_t, Eq. 17
    pseudo_texture_stop_gradient: bool = True  # of Eq. 15: g* is a target, it is not moved towards g
    map_area: float = 0.0  # departure: price on the map's area outside the span below
    map_area_least: float = 0.15  # the price begins below this share of the picture
    map_area_most: float = 0.40  # the price begins above this share of the picture
    map_roughness: float = 0.0  # departure: price on the map's total variation
    map_edge: float = 0.0  # how much cheaper a step of the map is where the picture steps too; 0: not at all
    map_outside: float = 0.0  # departure: price on the map where colours say that the picture's object is not
    map_inside: float = 0.0  # departure: price on the map that is less than half open on the object so found
    detail: float = 0.0  # departure: price on fine-scale luminance that an edit loses or adds
    absent: float = 0.0  # departure: price on the map where the picture does not show the object (--absent)
    presence: float = 0.0  # departure: price on not knowing whether a picture shows the object (--absent)
    presence_alone: bool = False  # departure: nothing else is learned, for a finished model that --start names
    paired: float = 0.0  # departure: price on the difference of edits to their truth, where there is one
    paired_map: float = 0.0  # departure: price on a map that is not open where the truth of these edits differs
    paired_nearby: float = 0.0  # departure: price on colours of these edits that their truth shows nowhere near
    paired_detail: float = 0.0  # departure: price on fine-scale luminance that differs from that of their truth
    paired_features: float = 0.0  # departure: price on what discriminators see in them and not in their truth
    paired_conformity: float = 0.0  # departure: share of Eq. 17's conformity that pairs have beside real pictures
    parts: float = 0.0  # departure: price on which parts are where, and which ones are named, where that is known
    discriminators_first: int = 0  # departure: steps at the beginning in which discriminators alone learn, conformity
    conformity_bounded: bool = False  # departure: Eq. 19 asks for no more than real pictures show of the sentence
    all_pairs: bool = False  # departure: in Eq. 17 every picture also meets the own sentences of the whole batch
    r1: float = 0.0  # departure: gradient penalty of the reality head on real pictures
    r1_conformity: float = 0.0  # departure: the same of the conformity head, on real pictures with their own sentences
    r1_every: int = 16  # the penalties are taken at every so many steps

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            require(0 <= value < math.inf, f"loss.{f.name} is {value}; it must be 0 or more")
        require(self.r1_every > 0, f"loss.r1_every is {self.r1_every}; it must be positive")
        least, most = self.map_area_least, self.map_area_most
        require(0 <= least <= most <= 1, f"loss.map_area_least to most is {least} to {most}; both are shares in order")
