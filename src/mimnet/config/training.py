"""Settings of the loop that trains every family: pictures, steps, and what comes before."""

from dataclasses import dataclass
from typing import Literal

from mimnet.config.base import require

PHRASE = (2, 5)  # least and most words of a phrase that stands for a caption
RARE = 0.005  # share of captions below which a word counts as no rarer
NEAR_AMONG = 24  # captions of other classes among which the nearest is taken
COLOURS = (
    *("red", "orange", "yellow", "pink", "purple", "blue", "green"),
    *("brown", "tan", "black", "grey", "gray", "white", "navy", "beige", "cream", "coffee", "camel", "khaki"),
    *("maroon", "burgundy", "apricot", "lavender", "lilac", "violet", "magenta", "teal", "cyan", "turquoise"),
    *("gold", "golden", "silver"),
)
APART = 3  # words from one colour to the next from which they colour different things: "a red head and white belly"


@dataclass(frozen=True)
class PicturesConfig:
    """How pictures and captions are drawn for training."""

    flip: bool = False  # True: mirrored at random (departure)
    crop: float = 0.0  # random crop that cuts off up to this share of each side (departure)
    phrases: float = 0.0  # share of captions cut to a phrase of 2 to 5 words (departure)
    leave_out: float = 0.0  # mean share of the words of a caption or phrase that are left out at random (departure)
    shuffled: float = 0.0  # share of sentences whose words come in random order, for lists of attributes (departure)
    balance: float = 0.0  # 0: all pictures equally often; 1: by how rare their words are (departure)
    near: float = 0.0  # share of the other sentences S' that are near to the picture's own (departure)
    exchange: float = 0.0  # share of S' that are the picture's own caption with two colours exchanged (departure)
    corners: bool = False  # True: corners of the pictures themselves are pictures without the object too (departure)
    absent: float = 0.25  # pictures without the object beside each batch, as a share of it
    paired: float = 0.5  # pairs of a picture and an edit of it beside each batch, as a share of it
    dyes: float = 0.0  # share of the colours that pairs are asked for which --absent's objects show (departure)
    sewn: float = 0.0  # share of the growing pairs that begin with a real picture, not with a cut one (departure)
    yoked: float = 0.0  # share of these pairs that end with another garment's shoulders, neck and sleeves (departure)
    necked: float = 0.0  # share of these pairs that end with the neck that is typical of its name (departure)
    colourless: float = 0.0  # share of the pairs that keep their colour whose sentence names none (departure)
    typical: float = 0.0  # how much more often pairs grow to an outline that their caption tells (departure)
    kinds: float = 0.0  # share of the pairs that keep their shape asked for by words that tell of none (departure)
    plain: float = 0.0  # share of the pictures whose object stands on plain ground in place of its own (departure)
    parts: str = ""  # words of the object's parts, by part, "head crown, belly breast": pairs dye these (departure)
    whole: str = ""  # words that name the object in captions beside its parts, "bird body"
    part_areas: float = 1.0  # how firmly parts are held to areas in the ratio of how often captions name them
    held_out: float = 0.0  # share of the training pictures kept aside, for watching a run

    def __post_init__(self) -> None:
        require(0 <= self.crop <= 0.5, f"pictures.crop is {self.crop}; it goes from 0 to 0.5")
        require(0 <= self.phrases <= 1, f"pictures.phrases is {self.phrases}; it goes from 0 to 1")
        require(0 <= self.leave_out < 0.5, f"pictures.leave_out is {self.leave_out}; it goes from 0 to below 0.5")
        require(0 <= self.shuffled <= 1, f"pictures.shuffled is {self.shuffled}; it goes from 0 to 1")
        require(0 <= self.balance <= 1, f"pictures.balance is {self.balance}; it goes from 0 to 1")
        require(0 <= self.near <= 1, f"pictures.near is {self.near}; it goes from 0 to 1")
        require(0 <= self.exchange <= 1, f"pictures.exchange is {self.exchange}; it goes from 0 to 1")
        require(0 < self.absent <= 1, f"pictures.absent is {self.absent}; it goes from above 0 to 1")
        require(0 < self.paired <= 1, f"pictures.paired is {self.paired}; it goes from above 0 to 1")
        require(0 <= self.dyes <= 1, f"pictures.dyes is {self.dyes}; it goes from 0 to 1")
        require(0 <= self.sewn <= 1, f"pictures.sewn is {self.sewn}; it goes from 0 to 1")
        require(0 <= self.yoked <= 1, f"pictures.yoked is {self.yoked}; it goes from 0 to 1")
        require(0 <= self.necked <= 1, f"pictures.necked is {self.necked}; it goes from 0 to 1")
        require(0 <= self.colourless <= 1, f"pictures.colourless is {self.colourless}; it goes from 0 to 1")
        require(self.typical >= 0, f"pictures.typical is {self.typical}; it must be 0 or more")
        require(0 <= self.kinds <= 1, f"pictures.kinds is {self.kinds}; it goes from 0 to 1")
        require(0 <= self.plain <= 1, f"pictures.plain is {self.plain}; it goes from 0 to 1")
        named = [word for group in (*self.groups, self.whole) for word in group.split()]
        twice = [word for word in named if named.count(word) > 1]
        require(
            not twice, f"pictures.parts and pictures.whole name {twice[0] if twice else ''!r} twice; once is enough"
        )
        require(self.part_areas >= 0, f"pictures.part_areas is {self.part_areas}; it must be 0 or more")
        require(not self.whole or bool(self.groups), "pictures.whole goes with pictures.parts; name parts, or leave it")
        require(0 <= self.held_out <= 0.5, f"pictures.held_out is {self.held_out}; it goes from 0 to 0.5")

    @property
    def groups(self) -> tuple[str, ...]:
        """The words of each part, lower-case.

        >>> PicturesConfig(parts="head  Crown, belly").groups
        ('head crown', 'belly')
        """
        each = (" ".join(group.lower().split()) for group in self.parts.split(","))
        return tuple(group for group in each if group)


@dataclass(frozen=True)
class TrainConfig:
    """The loop (Sec. 4.1)."""

    batch: int = 30  # pictures in a step, over all processes together
    steps: int = 0  # total steps; 0: from epochs
    minutes: float = 0.0  # of training, over all starts, after which a run ends before its steps; 0: it does not
    epochs: int = 600  # used when steps is 0: 600 CUB and Oxford-102, 40 CelebA, 70 DeepFashion
    lr: float = 2e-4  # Adam's step size
    halve_every: int = 0  # epochs after which the step size is halved, again and again; 0: it stays
    fade: float = 0.0  # share of all steps, at the end, in which the step size falls evenly to nothing; 0: it does not
    beta1: float = 0.5  # Adam's beta_1 (the text leaves it open)
    beta2: float = 0.999  # Adam's beta_2
    ema: float = 0.0  # decay of the generator's moving average; 0: none
    bf16: bool = False  # networks in bfloat16 where the hardware computes in it, losses in float32
    channels_last: bool = False  # memory layout of pictures and convolutions
    seed: int = 0  # of everything drawn at random
    save_every: int = 500  # steps between checkpoints
    sample_every: int = 500  # steps between sample grids

    def __post_init__(self) -> None:
        for name in ("batch", "save_every", "sample_every"):
            require(getattr(self, name) > 0, f"train.{name} is {getattr(self, name)}; it must be positive")
        require(self.halve_every >= 0, f"train.halve_every is {self.halve_every}; it must be 0 (never) or more epochs")
        require(0 <= self.fade <= 1, f"train.fade is {self.fade}; it is a share of the steps, from 0 to 1")
        require(self.minutes >= 0, f"train.minutes is {self.minutes}; it must be 0 (as long as the steps take) or more")
        require(self.steps >= 0, f"train.steps is {self.steps}; it must be 0 (from epochs) or more")
        require(0 <= self.ema < 1, f"train.ema is {self.ema}; it goes from 0 to below 1")


@dataclass(frozen=True)
class PretrainConfig:
    """The parts that the paper takes pretrained, learned here by matching pictures with their captions."""

    steps: int = 0  # 0: no pretraining (vectors and CNN come from files)
    batch: int = 48  # pictures in a step
    size: int = 64  # side of the pictures in pixels
    lr: float = 1e-3  # Adam's step size
    temperature: float = 0.1  # of the matching loss
    width: int = 128  # of the common space of pictures and captions
    reader_steps: int = 0  # of SISGAN's text stage, after the above; 0: its reader comes from a file
    reader_lr: float = 2e-4  # Adam's step size there; its beta_1 is 0.9
    reader_margin: float = 0.2  # by which a picture's own sentence must beat others, in cosine
    reader_pictures: Literal["pooled", "fc7"] = "pooled"  # pictures as the model's own CNN pools them, or VGG-16's fc7
