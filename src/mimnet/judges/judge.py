"""What a metric needs of a network, whoever trained it. Results never depend on how pictures are batched."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

TOGETHER = 32  # pictures in one pass; not a setting, for no result depends on it


class Judge(Protocol):
    """A network with a name for people and a fingerprint of its weights, 16 hexadecimal digits."""

    name: str
    fingerprint: str


class Classifier(Judge, Protocol):
    """Tells classes apart (IS)."""

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,K, rows sum to 1."""


class Matcher(Judge, Protocol):
    """Brings pictures and sentences into one space (Sim, R-precision)."""

    def pictures(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,d."""

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """n sentences -> n,d."""


class Features(Judge, Protocol):
    """Describes pictures (FID, KID)."""

    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures n,H,W,3 -> n,d."""
