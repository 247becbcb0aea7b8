"""What the tests of the service share: a small engine in numpy, pictures, and services of every kind."""

import io
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.editor import Editor
from mimnet.engines.engine import Painted
from mimnet.serve.app import Service, Setting
from mimnet.serve.keys import Keys
from mimnet.serve.limits import Limits
from mimnet.serve.loaded import Loaded
from mimnet.serve.logs import set_up
from mimnet.serve.server import listen, run
from mimnet.text import PAD, UNKNOWN, Encoded, Vocabulary

TEXT = "a flower with red petals"
SIDE = 32


class NumpyEngine:
    """An engine whose edits depend on picture and sentence; `delay` seconds a picture, `gate` holds it up."""

    fingerprint = "0123456789abcdef"
    size, max_words = SIDE, 8
    remembers, needs_edges, same_bits = True, False, True
    weights = None
    parts: tuple[str, ...] = ()

    def __init__(self, *, delay: float = 0.0) -> None:
        self.vocabulary = Vocabulary([PAD, UNKNOWN, *TEXT.split(), "blue", "nothing"])
        self.through: dict[str, dict[str, float]] = {}
        self.delay = delay
        self.gate = threading.Event()
        self.gate.set()
        self.passes: list[int] = []  # pictures of each pass

    def open(self, picture: NDArray[np.uint8], edges: Any) -> NDArray[np.float32]:
        return picture.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1

    def paint(self, seen: Sequence[Any], encoded: Sequence[Encoded]) -> list[Painted]:
        self.gate.wait(20)
        time.sleep(self.delay * len(seen))
        self.passes.append(len(seen))
        return [self._one(*pair) for pair in zip(seen, encoded, strict=True)]

    def _one(self, seen: NDArray[np.float32], encoded: Encoded) -> Painted:
        amount = np.float32(sum(encoded.ids) % 7 / 7)
        nothing = self.vocabulary.ids["nothing"] in encoded.ids
        weights = np.zeros((8, 8), np.float32)
        weights[2:6, 2:6] = 0 if nothing else 0.9
        attention = np.full((self.max_words, 4), 0.25, np.float32)
        return Painted((np.clip(seen * amount + np.float32(0.3), -1, 1),), weights, attention)


def service(*, engine: NumpyEngine | None = None, site: Path | None = None, **named: Any) -> Service:
    """A service with two models of numpy, `flowers` and `birds`; `named`: keys, origins, or fields of `Limits`."""
    first = Editor(engine or NumpyEngine())
    models = {"flowers": Loaded("flowers", first), "birds": Loaded("birds", Editor(NumpyEngine()))}
    keys, origins = Keys(named.pop("keys", [])), named.pop("origins", ())
    return Service(Setting(models, Limits(**{"threads": 2, **named}), keys, origins, site))


def picture(width: int = 40, height: int = 30, *, seed: int = 0, format: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture file of noise on a slope."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(40, 200, width)[None, :, None] + rng.integers(-30, 30, (height, width, 4))
    made = io.BytesIO()
    Image.fromarray(slope.clip(0, 255).astype(np.uint8), "RGBA").convert(mode).save(made, format)
    return made.getvalue()


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)))


if __name__ == "__main__":  # a process of its own: delay, then fields of Limits as name=value
    bounds = {
        name: float(value) if "timeout" in name else int(value) for name, value in (x.split("=") for x in sys.argv[2:])
    }
    set_up("info")
    run(service(engine=NumpyEngine(delay=float(sys.argv[1])), **bounds), listen("127.0.0.1", 0))
