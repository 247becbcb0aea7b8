"""The parts that the paper takes pretrained: word vectors with their vocabulary, and the image CNN."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mimnet.config import ModelConfig
from mimnet.errors import MimnetError
from mimnet.nn.generator import Generator
from mimnet.tensorfile import read_tensors, write_tensors
from mimnet.text import Vocabulary
from mimnet.weights import read_weights

FORMAT = "mimnet-encoders-1"


@dataclass(frozen=True)
class Encoders:
    """What a generator starts from. `image` and `bounds` are state dictionaries; empty means random weights."""

    vocabulary: Vocabulary
    vectors: Tensor  # words,width
    image: dict[str, Tensor]
    bounds: dict[str, Tensor]


def save_encoders(path: Path, encoders: Encoders) -> None:
    """Write them to one file, whole or not at all."""
    tensors = {"vectors": encoders.vectors}
    tensors |= {f"image.{name}": x for name, x in encoders.image.items()}
    tensors |= {f"bounds.{name}": x for name, x in encoders.bounds.items()}
    write_tensors(path, tensors, {"vocabulary": encoders.vocabulary.to_json()}, format=FORMAT)


def load_encoders(path: Path) -> Encoders:
    """Read what `save_encoders` wrote."""
    tensors, metadata = read_tensors(path, format=FORMAT)
    vocabulary = Vocabulary.from_json(metadata.get("vocabulary", ""), where=str(path))

    def part(prefix: str) -> dict[str, Tensor]:
        return {name.removeprefix(prefix): x for name, x in tensors.items() if name.startswith(prefix)}

    return Encoders(vocabulary, tensors["vectors"], part("image."), part("bounds."))


def load_vgg16(path: Path | None) -> dict[str, Tensor]:
    """VGG-16's weights to relu3_3 from a file in torchvision's naming, or from torch's own cache.

    The file is `vgg16-397923af.pth` as torchvision fetches it, or the same as safetensors. Only tensors are read.
    """
    cached = Path(torch.hub.get_dir()) / "checkpoints" / "vgg16-397923af.pth"
    file = path or cached
    if not file.is_file():
        raise MimnetError(
            f"no VGG-16 weights at {file}: name torchvision's vgg16-397923af.pth with --vgg, "
            "or use a preset with its own CNN (compact)"
        )
    tensors = read_weights(file)
    if "features.0.weight" not in tensors:
        raise MimnetError(f"{file} holds no VGG-16: it lacks features.0.weight, torchvision's name of its first layer")
    return {name: x for name, x in tensors.items() if name.startswith("features.") and int(name.split(".")[1]) < 16}


def put_in(encoders: Encoders, generator: Generator, config: ModelConfig) -> None:
    """Start `generator` from pretrained parts. Raises `MimnetError` where they do not fit."""
    if encoders.vectors.shape != generator.vectors.vectors.shape:
        wanted, given = tuple(generator.vectors.vectors.shape), tuple(encoders.vectors.shape)
        raise MimnetError(f"word vectors are {given}, the model wants {wanted}; set model.word_vector to {given[1]}")
    generator.vectors.vectors.copy_(encoders.vectors)
    for part, weights in ((generator.image_encoder, encoders.image), (generator.bounds_encoder, encoders.bounds)):
        if part is not None and weights:
            try:
                part.load_state_dict(weights)
            except RuntimeError as error:
                reason = " ".join(str(error).split())[:160]
                raise MimnetError(
                    f"pretrained CNN does not fit model.encoder = {config.encoder!r}: {reason}"
                ) from error
