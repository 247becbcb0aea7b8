"""The engine of torch: a model file's own networks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.boundaries import maps_to_tensor, needs_edges, see
from mimnet.checkpoint import Model, find_model, load_model
from mimnet.engines.engine import Painted
from mimnet.errors import MimnetError
from mimnet.graphs import is_graphs
from mimnet.images import to_tensor
from mimnet.nn.edit import Seen, join, split
from mimnet.text import Encoded


class TorchEngine:
    """As `Engine`, with a `Model`."""

    same_bits = False  # on a CPU; and one pass for two to eight pictures took 1.2 to 1.6 times as long as one for each

    def __init__(self, model: Model) -> None:
        self.model = model
        self.fingerprint = model.fingerprint
        self.size, self.max_words = model.config.size, model.config.max_words
        self.vocabulary, self.through, self.parts = model.vocabulary, model.through, model.parts
        self.remembers = model.generator.remembers
        self.needs_edges = needs_edges(model.generator)
        self.weights = model.file

    @classmethod
    def read(cls, name: str | Path | None) -> "TorchEngine":
        """A model by name or path, see `checkpoint.find_model`."""
        if name is not None and is_graphs(Path(name)):
            raise MimnetError(f"{name} holds graphs, which the engine onnx runs; the engine torch reads the model file")
        return cls(load_model(find_model(name)))

    @torch.inference_mode()
    def open(self, picture: NDArray[np.uint8], edges: NDArray[np.uint8] | None) -> Any:
        """As `Engine.open`."""
        maps = None if edges is None else maps_to_tensor(edges[None])
        return see(self.model.generator, to_tensor(picture), maps)

    @torch.inference_mode()
    def paint(self, seen: Sequence[Seen], encoded: Sequence[Encoded]) -> list[Painted]:
        """As `Engine.paint`."""
        generator, count = self.model.generator, len(encoded)
        ids = torch.tensor([e.ids for e in encoded])
        length = torch.tensor([e.length for e in encoded])
        sentence = generator.read(ids, length)
        pictures = join(seen)
        edits = split(generator.paint(pictures, sentence, noise=self.model.noise(count)), count)
        words = [None] * count if sentence.attention is None else [a.numpy() for a in sentence.attention]
        named, told = (_chances(getattr(sentence, name, None), count) for name in ("named", "told"))
        there = _chances(getattr(pictures, "presence", None), count)
        return [
            Painted(
                tuple(stage[0].float().numpy() for stage in edit.stages),
                None if edit.weight_map is None else edit.weight_map[0, 0].float().numpy(),
                attention=word,
                named=part,
                told=by,
                presence=None if shown is None else float(shown),
            )
            for edit, word, part, by, shown in zip(edits, words, named, told, there, strict=True)
        ]


def _chances(logits: torch.Tensor | None, count: int) -> Sequence[NDArray[np.float32] | None]:
    return [None] * count if logits is None else [each.float().sigmoid().numpy() for each in logits]
