"""Settings of the networks that judge edits."""

from dataclasses import dataclass

from mimnet.config.base import require


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
            require(value > 0 and value % 8 == 0, f"{name} is {value}; it must be a multiple of 8")
        for name in ("word_vector", "max_words", "steps", "batch"):
            require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}; it must be positive")
        require(
            self.size >= 32 and self.size % 16 == 0, f"size is {self.size}; it must be a multiple of 16, 32 or more"
        )
        require(0 <= self.dropout < 1, f"dropout is {self.dropout}; it goes from 0 to below 1")
        require(0 <= self.crop <= 0.5, f"crop is {self.crop}; it goes from 0 to 0.5")
        require(0 < self.held_out <= 0.5, f"held_out is {self.held_out}; it goes from above 0 to 0.5")


def default_judge(*, frozen: bool) -> JudgeConfig:
    """Settings of a judge; one on a frozen ImageNet CNN sees larger pictures and needs fewer steps."""
    return JudgeConfig(size=128, steps=800) if frozen else JudgeConfig()
