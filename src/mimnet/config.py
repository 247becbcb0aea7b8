"""Every setting, as frozen dataclasses; presets are TOML files that hold only what differs.

The defaults below are the `paper` preset: what the text of the paper says, and our reading where it is silent
(docs/choices.md). A comment beside a field is its help text on the command line.
"""

import dataclasses
import tomllib
import typing
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

from mimnet.errors import MimnetError

T = TypeVar("T")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise MimnetError(otherwise)


@dataclass(frozen=True)
class ModelConfig:
    """What the networks are (Sec. 3.1 to 3.5.1). Stored beside the weights; a model is rebuilt from it alone."""

    size: int = 256  # side of the fine picture in pixels; the coarse picture has half of it
    stages: int = 2  # 2: coarse and fine (ICM and FIR); 1: the coarse stage only, an ablation
    memory: bool = True  # False: texture straight from the words, an ablation (Fig. 6)
    memories: int = 128  # N, the number of memories (Eq. 1)
    memory_spread: float = 1.0  # standard deviation of the memories' random start (Eq. 1)
    texture: int = 256  # d, the width of a memory (Eq. 1)
    word_vector: int = 300  # width of the frozen word vectors
    word_feature: int = 256  # width of the Bi-LSTM's word features, both directions together
    max_words: int = 24  # a longer caption is cut
    encoder: Literal["vgg16", "own"] = "vgg16"  # the CNN of V and Vb: VGG-16 to relu3_3, or the project's own
    encoder_width: int = 256  # c, the width of V and Vb; VGG-16 has 256
    share_encoder: bool = True  # one CNN for picture and boundary image, as the text has it
    train_encoder: bool = False  # True: the CNNs go on learning with the generator
    boundary: Literal["canny", "sobel"] = "canny"  # the detector of the boundary image
    detail: bool = False  # True: fine-scale luminance joins the boundary image as structure
    structure_skip: bool = False  # True: the decoders also see the boundary image at full size
    locate_sees_image: bool = False  # True: A = sigmoid(g . (Vm + U*V)), the map also sees the picture
    locate_scale: bool = False  # True: Eq. 9's product is divided by the square root of its width
    attention_scale: bool = False  # True: Eq. 2 and 10's products are divided by the square root of their width
    decoder_width: int = 128  # width of the coarse decoder; the fine one has half
    paste: bool = False  # True: the result is A * edit + (1 - A) * input, in training and in use
    discriminator_width: int = 64  # width of the discriminators' first layer
    discriminator_levels: int = 4  # down-samplings in Phi of the coarse stage; the fine stage has one more
    patch_reality: bool = False  # True: Eq. 12 per patch, then averaged in logarithms

    def __post_init__(self) -> None:
        _require(
            self.size >= 32 and self.size % 16 == 0,
            f"model.size is {self.size}; it must be a multiple of 16, 32 or more",
        )
        _require(self.memory_spread > 0, f"model.memory_spread is {self.memory_spread}; it must be positive")
        _require(self.stages in (1, 2), f"model.stages is {self.stages}; it must be 1 or 2")
        _require(self.word_feature % 2 == 0, f"model.word_feature is {self.word_feature}; two directions need it even")
        for name in ("memories", "texture", "word_vector", "word_feature", "max_words", "discriminator_levels"):
            _require(getattr(self, name) > 0, f"model.{name} is {getattr(self, name)}; it must be positive")
        for name in ("encoder_width", "decoder_width", "discriminator_width"):
            value = getattr(self, name)
            _require(value > 0 and value % 8 == 0, f"model.{name} is {value}; it must be a multiple of 8")
        if self.encoder == "vgg16":
            _require(
                self.encoder_width == 256, f"model.encoder_width is {self.encoder_width}; VGG-16 to relu3_3 has 256"
            )
            _require(self.share_encoder, "model.share_encoder is false; VGG-16 serves picture and boundary image alike")


@dataclass(frozen=True)
class LossConfig:
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
    r1: float = 0.0  # departure: gradient penalty of the reality head on real pictures
    r1_every: int = 16  # the penalty is taken at every so many steps

    def __post_init__(self) -> None:
        _require(self.r1_every > 0, f"loss.r1_every is {self.r1_every}; it must be positive")
        least, most = self.map_area_least, self.map_area_most
        _require(0 <= least <= most <= 1, f"loss.map_area_least to most is {least} to {most}; both are shares in order")


@dataclass(frozen=True)
class PicturesConfig:
    """How pictures and captions are drawn for training."""

    flip: bool = False  # True: mirrored at random (departure)
    crop: float = 0.0  # random crop that cuts off up to this share of each side (departure)
    held_out: float = 0.0  # share of the training pictures kept aside, for watching a run

    def __post_init__(self) -> None:
        _require(0 <= self.crop <= 0.5, f"pictures.crop is {self.crop}; it goes from 0 to 0.5")
        _require(0 <= self.held_out <= 0.5, f"pictures.held_out is {self.held_out}; it goes from 0 to 0.5")


@dataclass(frozen=True)
class TrainConfig:
    """The loop (Sec. 4.1)."""

    batch: int = 30  # pictures in a step, over all processes together
    steps: int = 0  # total steps; 0: from epochs
    epochs: int = 600  # used when steps is 0: 600 CUB and Oxford-102, 40 CelebA, 70 DeepFashion
    lr: float = 2e-4  # Adam's step size, fixed
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
            _require(getattr(self, name) > 0, f"train.{name} is {getattr(self, name)}; it must be positive")
        _require(self.steps >= 0, f"train.steps is {self.steps}; it must be 0 (from epochs) or more")
        _require(0 <= self.ema < 1, f"train.ema is {self.ema}; it goes from 0 to below 1")


@dataclass(frozen=True)
class PretrainConfig:
    """The parts that the paper takes pretrained, learned here by matching pictures with their captions."""

    steps: int = 0  # 0: no pretraining (vectors and CNN come from files)
    batch: int = 48  # pictures in a step
    size: int = 64  # side of the pictures in pixels
    lr: float = 1e-3  # Adam's step size
    temperature: float = 0.1  # of the matching loss
    width: int = 128  # of the common space of pictures and captions


@dataclass(frozen=True)
class JudgeConfig:
    """Networks that judge edits; no preset has them, for every model is judged by the same (Sec. 4.2)."""

    size: int = 64  # side of the pictures in pixels
    width: int = 64  # of the project's own CNN
    embedding: int = 256  # width of the common space of pictures and captions
    word_vector: int = 300  # width of the learned word vectors
    max_words: int = 18  # a longer caption is cut
    dropout: float = 0.5  # of word vectors, and before a classifier's heads
    steps: int = 1500  # of training
    batch: int = 32  # pictures in a step
    lr: float = 1e-3  # Adam's step size
    crop: float = 0.15  # random crop that cuts off up to this share of each side
    held_out: float = 0.05  # share of the training pictures kept aside, on which the judge is measured
    seed: int = 1_000_003  # far from any seed of a generator: nobody is judged by its own teacher

    def __post_init__(self) -> None:
        for name in ("width", "embedding"):
            value = getattr(self, name)
            _require(value > 0 and value % 8 == 0, f"{name} is {value}; it must be a multiple of 8")
        for name in ("word_vector", "max_words", "steps", "batch"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}; it must be positive")
        _require(
            self.size >= 32 and self.size % 16 == 0, f"size is {self.size}; it must be a multiple of 16, 32 or more"
        )
        _require(0 <= self.dropout < 1, f"dropout is {self.dropout}; it goes from 0 to below 1")
        _require(0 <= self.crop <= 0.5, f"crop is {self.crop}; it goes from 0 to 0.5")
        _require(0 < self.held_out <= 0.5, f"held_out is {self.held_out}; it goes from above 0 to 0.5")


def default_judge(*, frozen: bool) -> JudgeConfig:
    """Settings of a judge; one on a frozen ImageNet CNN sees larger pictures and needs fewer steps."""
    return JudgeConfig(size=128, steps=800) if frozen else JudgeConfig()


@dataclass(frozen=True)
class Config:
    """A whole experiment."""

    name: str = "paper"  # the preset that this comes from
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    pictures: PicturesConfig = field(default_factory=PicturesConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)


def preset_names() -> list[str]:
    """Names of the presets in the package, sorted."""
    folder = resources.files("mimnet") / "presets"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_config(name_or_path: str | Path) -> Config:
    """Read a preset by name, or a TOML file by path. `base = "NAME"` in a file builds on another preset.

    Raises `MimnetError` naming the known presets, or for an unknown key the known keys.

    >>> load_config("paper").train.batch
    30
    """
    return _load(name_or_path, above=())


def _load(name_or_path: str | Path, *, above: tuple[str, ...]) -> Config:
    path = Path(name_or_path)
    if str(name_or_path) in preset_names():
        text = (resources.files("mimnet") / "presets" / f"{name_or_path}.toml").read_text()
    elif path.suffix == ".toml" and path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise MimnetError(f"{path} is not UTF-8 text: {error.reason}") from error
    else:
        raise MimnetError(f"no preset or TOML file {str(name_or_path)!r}; presets are: {', '.join(preset_names())}")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MimnetError(f"{name_or_path} is not TOML: {error}") from error
    base = values.pop("base", None)
    if base is not None and (not isinstance(base, str) or base in (*above, str(name_or_path))):
        raise MimnetError(f"{name_or_path}: base is {base!r}; it must name another preset or TOML file")
    start = _load(base, above=(*above, str(name_or_path))) if base is not None else Config()
    values.setdefault("name", path.stem)
    return merge(start, values, where=str(name_or_path))


def merge(config: T, values: dict[str, Any], *, where: str) -> T:
    """`config` with `values` (nested dictionaries) put in; `where` names their source in errors."""
    known = typing.get_type_hints(type(config))
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise MimnetError(f"{where}: unknown setting {key!r}; known here: {', '.join(known)}")
        current = getattr(config, key)
        if dataclasses.is_dataclass(current):
            if not isinstance(value, dict):
                raise MimnetError(f"{where}: {key!r} is a table of settings, not {value!r}")
            changes[key] = merge(current, value, where=f"{where} [{key}]")
        else:
            changes[key] = _checked(value, known[key], f"{where}: {key}")
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]


def _checked(value: Any, wanted: Any, where: str) -> Any:
    if typing.get_origin(wanted) is Literal:
        if value not in typing.get_args(wanted):
            raise MimnetError(f"{where} is {value!r}; it must be one of {', '.join(typing.get_args(wanted))}")
        return value
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise MimnetError(f"{where} is {value!r}; it must be of type {wanted.__name__}")
    return value


def to_toml(config: Config) -> str:
    """The whole configuration as TOML text that `load_config` reads back.

    >>> "size = 256" in to_toml(Config())
    True
    """

    def line(key: str, value: Any) -> str:
        if isinstance(value, bool):
            return f"{key} = {str(value).lower()}"
        return f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value!r}"

    parts = [line("name", config.name)]
    for section in dataclasses.fields(config)[1:]:
        parts += ["", f"[{section.name}]"]
        table = dataclasses.asdict(getattr(config, section.name))
        parts += [line(key, value) for key, value in table.items()]
    return "\n".join(parts) + "\n"


def model_config_from_json(values: dict[str, Any], *, where: str) -> ModelConfig:
    """The networks' configuration out of a checkpoint's JSON."""
    return merge(ModelConfig(), values, where=where)
