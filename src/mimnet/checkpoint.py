"""One file is one model: weights, configuration and vocabulary together."""

import dataclasses
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimnet.config import ModelConfig, family_of, model_config_from_json
from mimnet.errors import MimnetError
from mimnet.hub import fetch, hub_name
from mimnet.text import Vocabulary

if TYPE_CHECKING:  # to find a model takes no torch; to read one does
    from torch import Tensor

    from mimnet.nn.edit import EditingNetwork

FORMAT = "mimnet-model-1"
MOST_HEAD = 100_000_000  # bytes of a safetensors file's head, by its own definition
DEFAULT = "flowers"  # the model in the package that is used when none is named


@dataclass(frozen=True)
class Description:
    """What a model file says of its weights."""

    config: ModelConfig
    vocabulary: Vocabulary
    training: dict[str, Any]  # steps, data, hardware, scores: what `mimnet info` tells
    fingerprint: str  # of weights, configuration and vocabulary, 16 hexadecimal digits


@dataclass(frozen=True)
class Model:
    """A trained model, ready to use. All but `generator` and `file` is as in `Description`."""

    generator: "EditingNetwork"
    config: ModelConfig
    vocabulary: Vocabulary
    training: dict[str, Any]
    fingerprint: str
    file: Path | None = None  # where it was read from

    @property
    def family(self) -> str:
        """Which networks it has."""
        return family_of(self.config)

    @property
    def parts(self) -> list[str]:
        """The words of each part of the object that it knows, the whole object last; empty if it knows none."""
        told = str(self.training.get("parts", ""))
        return [part.removeprefix("whole: ") for part in told.split("; ")] if told else []

    @property
    def through(self) -> dict[str, dict[str, float]]:
        """Words given after training (`mimnet extend`): the known words each is read through, with their weights."""
        return {entry["word"]: entry["through"] for entry in self.training.get("extended", [])}

    def noise(self, count: int) -> "Tensor | None":
        """The noise of `count` edits, always the same; None in a family without, or whose edits take its mean."""
        from mimnet.nn.edit import seeded_noise

        return seeded_noise(self.generator.noise_width if self.generator.test_noise else 0, count)


def save_model(
    path: Path,
    weights: "dict[str, Tensor]",
    config: ModelConfig,
    vocabulary: Vocabulary,
    training: dict[str, Any],
    *,
    half: bool = False,
) -> None:
    """Write a model file, whole or not at all; `half` stores 16-bit floats."""
    from mimnet.tensorfile import write_tensors

    metadata = {
        "family": family_of(config),
        "config": json.dumps(dataclasses.asdict(config)),
        "vocabulary": vocabulary.to_json(),
        "training": json.dumps(training),
    }
    write_tensors(path, weights, metadata, format=FORMAT, half=half)


def load_model(path: Path) -> Model:
    """Read a model file, or the folder that holds `model.safetensors`.

    Raises `MimnetError` if it is missing, of another kind, cut short, or not what was saved.
    """
    from mimnet.families import new_generator
    from mimnet.tensorfile import read_tensors

    file = path / "model.safetensors" if path.is_dir() else path
    tensors, metadata = read_tensors(file, format=FORMAT)
    told = _described(metadata, file)
    generator = new_generator(told.config, len(told.vocabulary))
    try:
        generator.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise MimnetError(f"{file}: weights do not fit their configuration: {reason}") from error
    generator.eval().requires_grad_(False)
    return Model(generator, told.config, told.vocabulary, told.training, told.fingerprint, file)


def read_description(file: Path) -> Description:
    """What a model file says of itself in its head; its weights are not looked at, and no torch is needed.

    Raises `MimnetError` if it says nothing that can be read.
    """
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            metadata = json.loads(opened.read(min(length, MOST_HEAD)))["__metadata__"]
        if metadata.get("format") != FORMAT:
            raise ValueError(f"its format is {metadata.get('format')!r}")
    except OSError as error:
        raise MimnetError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MimnetError(f"{file} is not a whole model file ({error}); get or make it again") from error
    return _described(metadata, file)


def _described(metadata: dict[str, str], file: Path) -> Description:
    try:
        described = json.loads(metadata["config"])
        vocabulary = Vocabulary.from_json(metadata["vocabulary"], where=str(file))
        training, fingerprint = json.loads(metadata["training"]), metadata["fingerprint"]
    except (KeyError, json.JSONDecodeError) as error:
        raise MimnetError(f"{file} lacks a part of its description ({error}); get or make it again") from error
    config = model_config_from_json(described, family=metadata.get("family", ""), where=str(file))
    return Description(config, vocabulary, training, fingerprint)


def find_model(name: str | Path | None) -> Path:
    """The file of a model: its name in the package (default: `flowers`), a path, a run directory, or a name on the hub.

    A name on the hub is `user/name` or `user/name@revision`; the model is fetched into the hub's cache once.
    """
    shipped = shipped_models()
    name = DEFAULT if name is None else name
    if str(name) in shipped:
        return shipped[str(name)]
    path = Path(name)
    if not path.exists():
        on_hub = hub_name(str(name))
        if on_hub is not None:
            return fetch(*on_hub)
        known = ", ".join(sorted(shipped)) or "none"
        raise MimnetError(f"no model {str(name)!r}: neither a path nor one of the package's models ({known})")
    return path


def shipped_models() -> dict[str, Path]:
    """Models inside the package, by name."""
    folder = Path(str(resources.files("mimnet"))) / "models"
    return {file.parent.name: file for file in sorted(folder.glob("*/model.safetensors"))}
