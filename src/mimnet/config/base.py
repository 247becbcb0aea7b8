"""What the settings of every family of models have in common."""

from dataclasses import dataclass

from mimnet.errors import MimnetError


def require(holds: bool, otherwise: str) -> None:
    """Raise `MimnetError` with `otherwise` unless the setting `holds`."""
    if not holds:
        raise MimnetError(otherwise)


@dataclass(frozen=True)
class ModelConfig:
    """What networks are. Stored beside the weights; a model is rebuilt from it alone. Families add their own."""

    size: int = 256  # side of the finest picture in pixels
    word_vector: int = 300  # width of the word vectors
    max_words: int = 24  # a longer caption is cut

    def __post_init__(self) -> None:
        require(
            self.size >= 32 and self.size % 16 == 0,
            f"model.size is {self.size}; it must be a multiple of 16, 32 or more",
        )
        for name in ("word_vector", "max_words"):
            require(getattr(self, name) > 0, f"model.{name} is {getattr(self, name)}; it must be positive")


@dataclass(frozen=True)
class LossConfig:
    """Weights of the losses. Families add their own; 0 turns a loss off."""
