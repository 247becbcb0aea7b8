"""What a comparison needs of a model, whatever its family: pictures and sentences in, edits out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.boundaries import needs_edges, see
from mimnet.checkpoint import Model, find_model, load_model
from mimnet.config import MIMNetModel
from mimnet.errors import MimnetError
from mimnet.graphs import is_graphs
from mimnet.images import from_tensor, from_weights, to_tensor
from mimnet.nn.generator import paste

if TYPE_CHECKING:
    from mimnet.engines.onnx import OnnxEngine

PAPERS_NAME = {"sisgan": "SISGAN", "tagan": "TAGAN", "manigan": "ManiGAN"}  # family -> row of the paper's Table 1
TOGETHER = 16  # pictures in one pass; not a setting, for no result depends on it


@dataclass(frozen=True)
class Painted:
    """Edits of n pictures."""

    stages: list[NDArray[np.uint8]]  # n,s,s,3, coarse first; the last is the result
    weight_map: NDArray[np.uint8] | None  # n,h,w, 255 where the edit counts in full; None in a family without map

    @property
    def last(self) -> NDArray[np.uint8]:
        """The result, n,s,s,3."""
        return self.stages[-1]


class Painter(Protocol):
    """A trained model of any family."""

    fingerprint: str
    size: int  # side of the pictures that go in, and of the last stage
    sizes: list[int]  # of every stage
    training: dict[str, Any]  # what the model file tells of its training
    part: str | None  # which row of the paper's tables it stands for: "full", "no memory" and so on; None: no row

    def paint(self, pictures: NDArray[np.uint8], texts: Sequence[str]) -> Painted:
        """Pictures n,size,size,3 and a sentence for each; no result depends on its neighbours."""


class ModelPainter:
    """A model file: the network's pictures at its own size, pasted by the map where the model is used so."""

    def __init__(self, model: Model) -> None:
        if needs_edges(model.generator):
            raise MimnetError("a comparison has no boundary maps from files; this model was trained with such")
        self.model, self.fingerprint, self.training = model, model.fingerprint, model.training
        self.size = model.config.size
        self.part = _part(model)
        self.sizes = [
            stage.shape[1] for stage in self.paint(np.zeros((1, self.size, self.size, 3), np.uint8), ["a"]).stages
        ]

    @torch.inference_mode()
    def paint(self, pictures: NDArray[np.uint8], texts: Sequence[str]) -> Painted:
        """As `Painter.paint`."""
        model, parts, maps = self.model, [], []
        for start in range(0, len(pictures), TOGETHER):
            image = to_tensor(pictures[start : start + TOGETHER])
            ids, length = model.vocabulary.batch(texts[start : start + TOGETHER], model.config.max_words)
            seen, sentence = see(model.generator, image, None), model.generator.read(ids, length)
            edit = model.generator.paint(seen, sentence, noise=model.noise(len(image)))
            parts.append([from_tensor(stage) for stage in model.generator.results(edit, image)])
            if edit.weight_map is not None:
                maps.append(from_weights(edit.weight_map))
        stages = [np.concatenate(stage) for stage in zip(*parts, strict=True)]
        return Painted(stages, np.concatenate(maps) if maps else None)


class GraphsPainter:
    """A folder of ONNX graphs, used as the model that it was exported from. Its fingerprint is of the graphs."""

    part: str | None = None

    def __init__(self, engine: "OnnxEngine") -> None:
        self.engine = engine
        self.size = engine.size
        self.fingerprint = engine.graphs.digest
        self.training: dict[str, Any] = {}
        self.pastes = bool(engine.graphs.manifest.get("paste"))
        blank = np.zeros((1, self.size, self.size, 3), np.uint8)
        self.sizes = [stage.shape[1] for stage in self.paint(blank, ["a"]).stages]

    @torch.inference_mode()
    def paint(self, pictures: NDArray[np.uint8], texts: Sequence[str]) -> Painted:
        """As `Painter.paint`."""
        engine, parts, maps = self.engine, [], []
        for start in range(0, len(pictures), TOGETHER):
            some = pictures[start : start + TOGETHER]
            encoded = [engine.vocabulary.encode(text, engine.max_words) for text in texts[start : start + TOGETHER]]
            edits = engine.paint([engine.open(picture, None) for picture in some], encoded)
            stages = [torch.from_numpy(np.stack(stage)) for stage in zip(*(e.stages for e in edits), strict=True)]
            found = [e.weight_map for e in edits if e.weight_map is not None]
            if found:
                weight_map = torch.from_numpy(np.stack(found))[:, None]
                maps.append(from_weights(weight_map))
                if self.pastes:
                    image = to_tensor(some)
                    stages = [paste(stage, image, weight_map) for stage in stages]
            parts.append([from_tensor(stage) for stage in stages])
        stages_of_all = [np.concatenate(stage) for stage in zip(*parts, strict=True)]
        return Painted(stages_of_all, np.concatenate(maps) if maps else None)


def load_painter(name: str | Path) -> Painter:
    """A model by path, run directory or name in the package, or a folder of graphs. Raises `MimnetError`."""
    if is_graphs(Path(name)):
        from mimnet.engines.onnx import OnnxEngine

        return GraphsPainter(OnnxEngine.read(name))
    return ModelPainter(load_model(find_model(name)))


def _part(model: Model) -> str | None:
    if not isinstance(model.config, MIMNetModel):
        return PAPERS_NAME.get(model.family)
    loss = model.training.get("loss", {})
    pseudo, random = loss.get("pseudo_texture", 0) > 0, loss.get("random_memory", 0) > 0
    if not model.config.memory:
        return "no memory"
    return {(True, True): "full", (True, False): "no L_mem", (False, False): "no L_pgt, no L_mem"}.get(
        (pseudo, random), "no L_pgt"
    )
