"""The engine of onnxruntime: exported graphs on the CPU. It needs no torch and starts in a fraction of a second."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from mimnet.engines.engine import Painted
from mimnet.errors import MimnetError
from mimnet.graphs import GRAPHS, Graphs, find_graphs
from mimnet.images import to_signed
from mimnet.text import Encoded

Tensors = dict[str, NDArray[Any]]
MOST = 4  # threads; graphs as small as these gain nothing from more, and lose where a core is busy


class OnnxEngine:
    """As `Engine`, with a folder of graphs."""

    needs_edges = False  # a model that is given its boundary maps is not exported
    same_bits = True

    def __init__(self, graphs: Graphs) -> None:
        manifest = graphs.manifest
        self.graphs = graphs
        self.fingerprint = graphs.fingerprint
        self.size, self.max_words = int(manifest["size"]), int(manifest["max_words"])
        self.vocabulary, self.through = graphs.vocabulary, dict(manifest["through"])
        self.parts = [str(part) for part in manifest.get("parts", [])]
        self.remembers = "attention" in graphs.names("read", "outputs")
        self.weights: Path | None = None
        self.noise = np.array(manifest.get("noise", []), np.float32)
        self.sessions = {graph: _session(graphs, graph) for graph in GRAPHS}

    @classmethod
    def read(cls, name: str | Path | None) -> "OnnxEngine":
        """A folder of graphs, or a model that has its own beside it, see `graphs.find_graphs`."""
        return cls(find_graphs(name))

    def open(self, picture: NDArray[np.uint8], edges: NDArray[np.uint8] | None) -> Tensors:
        """As `Engine.open`."""
        if edges is not None:
            raise MimnetError(
                "this model finds boundaries itself; a map of yours is for one with model.boundary = files"
            )
        return self._run("see", {"image": to_signed(picture)})

    def paint(self, seen: Sequence[Tensors], encoded: Sequence[Encoded]) -> list[Painted]:
        """As `Engine.paint`."""
        ids = np.array([e.ids for e in encoded], np.int64)
        length = np.array([e.length for e in encoded], np.int64)
        read = self._run("read", {"ids": ids, "length": length})
        together = {name: np.concatenate([one[name] for one in seen]) for name in seen[0]}
        if self.noise.size:
            together["noise"] = np.tile(self.noise, (len(encoded), 1))
        edits = self._run("paint", together | read)
        stages = sorted((name for name in edits if name.startswith("stage_")), key=lambda name: int(name[6:]))
        maps, words, shown = edits.get("weight_map"), read.get("attention"), together.get("seen_presence")
        return [
            Painted(
                tuple(edits[name][i] for name in stages),
                None if maps is None else maps[i, 0],
                None if words is None else words[i],
                named=_chance(read["named"][i]) if "named" in read else None,
                told=_chance(read["told"][i]) if "told" in read else None,
                presence=None if shown is None else float(_chance(shown[i])),
            )
            for i in range(len(encoded))
        ]

    def _run(self, graph: str, given: Tensors) -> Tensors:
        outputs = self.graphs.names(graph, "outputs")
        return dict(zip(outputs, self.sessions[graph].run(outputs, given), strict=True))


def _chance(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    chance: NDArray[np.float32] = 1 / (1 + np.exp(-logits.clip(-50, 50)))
    return chance


def _session(graphs: Graphs, graph: str) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave cores to others
    options.log_severity_level = 3  # errors alone; they are told in one line below
    try:
        return onnxruntime.InferenceSession(graphs.read(graph), options, providers=["CPUExecutionProvider"])
    except MimnetError:
        raise
    except Exception as error:  # onnxruntime's errors share no base but this
        reason = " ".join(str(error).split())[:160]
        raise MimnetError(f"onnxruntime cannot run {graph}.onnx of {graphs.folder}: {reason}") from error


def _threads() -> int:
    """As many as there are cores for this process, up to `MOST`, or fewer where OMP_NUM_THREADS says so."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, MOST, int(asked)) if asked.isdecimal() and int(asked) > 0 else min(cores, MOST)
