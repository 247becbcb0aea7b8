"""Exported graphs beside torch on the same pictures: how far edits differ, what that does to scores, and how fast.

Differences of pictures are in grey levels of 255, of maps in parts of 1. "Nearly all" is what 999 of 1,000 values stay
below. The tolerances are what `mimnet export` lets pass.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mimnet.data.folder import Captioned
from mimnet.engines.engine import Engine, Painted
from mimnet.engines.onnx import OnnxEngine
from mimnet.engines.torch import TorchEngine
from mimnet.errors import MimnetError
from mimnet.evaluation.colour import sentence_for
from mimnet.evaluation.painter import GraphsPainter, ModelPainter, Painter
from mimnet.evaluation.pairs import draw_pairs
from mimnet.export.samples import SEED, Samples
from mimnet.images import open_picture, to_array
from mimnet.judges.judge import Matcher
from mimnet.metrics.colour import PETALS, leads
from mimnet.metrics.difference import difference
from mimnet.metrics.similarity import similarity
from mimnet.text import Encoded

Precision = Literal["fp32", "fp16", "int8"]


@dataclass(frozen=True)
class Tolerance:
    """How far an export may be from torch."""

    mean: float  # grey levels, of the last stage
    nearly_all: float  # grey levels
    map_mean: float  # of the weight map


TOLERANCES: dict[str, Tolerance] = {
    "fp32": Tolerance(mean=0.02, nearly_all=0.25, map_mean=0.0005),
    "fp16": Tolerance(mean=0.1, nearly_all=1.0, map_mean=0.002),
    "int8": Tolerance(mean=2.5, nearly_all=15.0, map_mean=0.02),
}


@dataclass(frozen=True)
class Comparison:
    """What was measured; `scores` are (torch, onnx) by name."""

    pictures: int
    where: str  # what they were
    mean: float
    nearly_all: float
    largest: float
    map_mean: float | None  # none without a map
    map_largest: float | None
    together: float  # the largest difference where three edits are painted in one batch
    seconds: float  # of an edit, median; picture, sentence and painting
    seconds_torch: float
    bytes: int  # of the three graphs
    scores: dict[str, tuple[float, float]]

    def to_json(self) -> dict[str, Any]:
        """As it stands in the manifest, rounded to what was measured."""
        told: dict[str, Any] = {}
        for key, value in asdict(self).items():
            told[key] = _rounded(value)
        told["speed"] = _rounded(self.seconds_torch / self.seconds)
        return told

    def lines(self, precision: str, model_bytes: int) -> list[str]:
        """For people."""
        maps = "" if self.map_mean is None else f"; map {self.map_mean:.2g} mean, {self.map_largest:.2g} largest"
        said = [
            f"{precision}: {self.bytes / 1e6:.2f} MB (model file {model_bytes / 1e6:.2f}), "
            f"{self.seconds_torch / self.seconds:.2f} times as fast as torch ({self.seconds * 1000:.0f} ms)",
            f"  on {self.pictures} {self.where}, grey levels of 255: {self.mean:.2g} mean, "
            f"{self.nearly_all:.2g} nearly all, {self.largest:.2g} largest{maps}",
        ]
        if self.scores:
            told = (f"{name} {torch:.4f} -> {onnx:.4f}" for name, (torch, onnx) in self.scores.items())
            said.append(f"  scores, torch -> onnx: {', '.join(told)}")
        return said


def compare(
    torch: TorchEngine, onnx: OnnxEngine, samples: Samples, scores: dict[str, tuple[float, float]], where: str
) -> Comparison:
    """Both engines on the same samples, one at a time and by turns, so that a busy moment slows both."""
    moved, maps, theirs, ours = [], [], [], []
    for picture, sentence in zip(samples.pictures, samples.sentences, strict=True):
        a, slow = _edit(torch, picture, sentence)
        b, fast = _edit(onnx, picture, sentence)
        moved.append(np.abs(a.stages[-1] - b.stages[-1]) * 127.5)
        if a.weight_map is not None and b.weight_map is not None:
            maps.append(np.abs(a.weight_map - b.weight_map))
        theirs.append(slow)
        ours.append(fast)
    both: tuple[Engine, Engine] = (torch, onnx)
    batches = [
        e.paint([e.open(picture, None) for picture in samples.pictures[:3]], samples.sentences[:3]) for e in both
    ]
    apart = np.stack(moved)
    return Comparison(
        pictures=len(samples.sentences),
        where=where,
        mean=float(apart.mean()),
        nearly_all=float(np.quantile(apart, 0.999)),
        largest=float(apart.max()),
        map_mean=float(np.mean(maps)) if maps else None,
        map_largest=float(np.max(maps)) if maps else None,
        together=float(max(np.abs(a.stages[-1] - b.stages[-1]).max() for a, b in zip(*batches, strict=True)) * 127.5),
        seconds=statistics.median(ours),
        seconds_torch=statistics.median(theirs),
        bytes=sum(int(graph["bytes"]) for graph in onnx.graphs.manifest["graphs"].values()),
        scores=scores,
    )


def check(found: Comparison, precision: Precision) -> None:
    """Raise `MimnetError` if graphs are outside the tolerance of their precision."""
    allowed = TOLERANCES[precision]
    measured = {
        "mean": (found.mean, allowed.mean),
        "nearly all": (found.nearly_all, allowed.nearly_all),
        "in a batch": (found.together, 8 * allowed.nearly_all),
        "map, mean": (found.map_mean or 0.0, allowed.map_mean),
    }
    for what, (value, most) in measured.items():
        if not value <= most:  # nan as well
            raise MimnetError(
                f"{precision} differs too much from torch ({what}: {value:.3g}, at most {most:g} is let pass); "
                "nothing was written. Another --precision may do"
            )


def scores(
    torch: TorchEngine, onnx: OnnxEngine, rows: Sequence[Captioned], folder: Path, count: int, matcher: Matcher | None
) -> dict[str, tuple[float, float]]:
    """Diff, colour-following and, with a `matcher`, Sim of both, on `count` pictures, as `mimnet evaluate` has them."""
    painters: list[Painter] = [ModelPainter(torch.model), GraphsPainter(onnx)]
    pairs = draw_pairs(rows, folder, seed=SEED, limit=count)
    before = np.stack([to_array(open_picture(folder / pair.file), torch.size) for pair in pairs.pairs])
    captions = [pair.caption for pair in pairs.pairs]
    colours = [PETALS[i % len(PETALS)] for i in range(len(captions))]
    asked = [sentence_for(rows).replace("{}", colour) for colour in colours]
    after = [painter.paint(before, captions).last for painter in painters]
    coloured = [painter.paint(before, asked).last for painter in painters]
    found = {
        "diff": [float(difference(before, edits).mean()) for edits in after],
        "colour": [float(np.mean([leads(e, c) for e, c in zip(edits, colours, strict=True)])) for edits in coloured],
    }
    if matcher is not None:
        sentences = matcher.sentences(captions)
        found["sim"] = [float(similarity(matcher.pictures(edits), sentences).mean()) for edits in after]
    return {name: (values[0], values[1]) for name, values in found.items()}


def _edit(engine: Engine, picture: NDArray[np.uint8], sentence: Encoded) -> tuple[Painted, float]:
    """An edit and its seconds."""
    begun = time.perf_counter()
    made = engine.paint([engine.open(picture, None)], [sentence])[0]
    return made, time.perf_counter() - begun


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: [_rounded(x) for x in pair] for key, pair in value.items()}
    return value
