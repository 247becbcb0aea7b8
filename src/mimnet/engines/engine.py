"""What an editor asks of whatever computes its edits, in numpy; and which engine a model is opened with."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.text import Encoded, Vocabulary

EngineName = Literal["torch", "onnx"]
PACKAGES = {"torch": "torch", "onnx": "onnxruntime"}  # what each engine is made of


@dataclass(frozen=True)
class Painted:
    """The network's edit of one picture by one sentence."""

    stages: tuple[NDArray[np.float32], ...]  # 3,s,s in [-1, 1], coarsest first
    weight_map: NDArray[np.float32] | None  # A: h,w in (0, 1); None in a family that repaints the whole picture
    attention: NDArray[np.float32] | None  # how every word chose among the memories, L,N; None without memories
    named: NDArray[np.float32] | None = None  # parts + 1, in (0, 1): whether the sentence gives each part a look
    told: NDArray[np.float32] | None = None  # parts + 1,L in (0, 1): whether each word tells it
    presence: float | None = None  # in (0, 1): whether the picture shows the object; None in a model that cannot tell


class Engine(Protocol):
    """A model, ready to paint. What `open` gives serves any number of sentences and calls, from any thread."""

    fingerprint: str  # of the model: one for both engines
    size: int  # side of the square that the network sees
    max_words: int
    vocabulary: Vocabulary
    through: dict[str, dict[str, float]]  # words given after training: the known words each is read through
    parts: list[str]  # the words of each part of the object that it knows, the whole object last
    remembers: bool  # words choose among memories, so `Painted.attention` tells how
    needs_edges: bool  # it was trained with boundary maps from files, and `open` cannot do without
    same_bits: bool  # an edit has the same bits whatever is painted in the same pass
    weights: Path | None  # the model file that it was read from

    def open(self, picture: NDArray[np.uint8], edges: NDArray[np.uint8] | None) -> Any:
        """Look at a picture size,size,3 once. `edges` size,size: its boundary map, for a model that needs one.

        Raises `MimnetError` where a map is missing, or is given to a model that finds boundaries itself.
        """

    def paint(self, seen: Sequence[Any], encoded: Sequence[Encoded]) -> list[Painted]:
        """An edit for each sentence, of the picture in the same place of `seen`, all in one pass."""


def open_engine(name: str | Path | None, engine: EngineName | None = None) -> Engine:
    """A model by its name in the package, a path, a run directory, a folder of graphs, or a name on the hub.

    `engine`: torch reads the model file; onnx the graphs that `mimnet export` wrote, and needs no torch. None: onnx for
    a folder of graphs, else torch where it is installed, else onnx. Raises `MimnetError`.
    """
    from mimnet.graphs import is_graphs

    if engine is None:
        if name is not None and is_graphs(Path(name)):
            engine = "onnx"
        else:
            engine = next((kind for kind in ("torch", "onnx") if installed(kind)), None)
    if engine is None:
        raise MimnetError(
            "neither torch nor onnxruntime is installed: pip install 'mimnet[torch]', or to edit alone 'mimnet[onnx]'"
        )
    if engine not in PACKAGES:
        raise MimnetError(f"no engine {engine!r}; engines are: {', '.join(PACKAGES)}")
    if not installed(engine):
        raise MimnetError(f"the engine {engine} needs {PACKAGES[engine]}: pip install 'mimnet[{engine}]'")
    if engine == "torch":
        from mimnet.engines.torch import TorchEngine

        return TorchEngine.read(name)
    from mimnet.engines.onnx import OnnxEngine

    return OnnxEngine.read(name)


def installed(engine: EngineName) -> bool:
    """Whether what the engine is made of can be imported; it is not imported for that."""
    return importlib.util.find_spec(PACKAGES[engine]) is not None
