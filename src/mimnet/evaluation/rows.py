"""From scores of pictures to rows of a table: means with intervals, over pictures and seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.evaluation.published import published
from mimnet.evaluation.scores import Scored
from mimnet.metrics.bootstrap import interval, interval_of
from mimnet.metrics.frechet import frechet_distance, kernel_distance
from mimnet.metrics.inception_score import inception_scores
from mimnet.metrics.manipulative import manipulative_precision

MEANS = (  # scores of pictures whose mean is a column
    "sim", "diff", "mp", "r_precision", "lpips", "ssim_outside", "psnr_outside", "edge_ssim",
    "inside", "outside", "iou", "pointing", "named", "kept",
)  # fmt: skip
CROWD_DRAWS = 20  # resamplings of FID and KID: each is a matrix root


@dataclass(frozen=True)
class Figure:
    """A figure with its 95% interval (None where there is none) and, for IS, the deviation over splits."""

    value: float
    interval: tuple[float, float] | None
    std: float | None = None
    digits: int = 3  # behind the point in a table, below 10

    def to_json(self) -> dict[str, Any]:
        """As it stands in a table's JSON."""
        told: dict[str, Any] = {"value": self.value, "interval": list(self.interval) if self.interval else None}
        return told if self.std is None else {**told, "std": self.std}


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    name: str
    size: int  # side in pixels of the stage that is scored
    n: int  # pictures
    seeds: list[int]  # of training; empty for rows that nobody trained
    models: list[str]  # fingerprints
    part: str | None  # which part of the method it stands for
    coarse: bool = False  # the coarse stage, not the last
    figures: dict[str, Figure] = field(default_factory=dict)

    def paper(self) -> dict[str, Any] | None:
        """The paper's row that stands beside it."""
        return published(self.part, coarse=self.coarse)

    def to_json(self) -> dict[str, Any]:
        """As it stands in a table's JSON."""
        head = {"name": self.name, "size": self.size, "n": self.n, "seeds": self.seeds, "models": self.models}
        figures = {name: figure.to_json() for name, figure in self.figures.items()}
        return {**head, **figures, "paper": self.paper()}


def figures(seeds: Sequence[Scored], real_features: NDArray[np.floating] | None, *, splits: int) -> dict[str, Figure]:
    """All figures of one row, from the scores of its seeds on the same pictures."""
    found: dict[str, Figure] = {}
    values = [scored.values for scored in seeds]
    if "probabilities" in values[0]:
        found["is"] = _inception([v["probabilities"] for v in values], splits)
    for name in MEANS:
        if name in values[0]:
            found[name] = _figure(interval(np.stack([v[name].astype(np.float64) for v in values])))
    if "mp" in found:
        sim, diff = (np.stack([v[name] for v in values]) for name in ("sim", "diff"))
        found["mp_of_means"] = _figure(interval_of(lambda s, d: float(manipulative_precision(s, d)), sim, diff))
    if "inside" in values[0]:  # error to the true edit over that of leaving the picture alone
        inside, unchanged = (np.stack([v[name] for v in values]) for name in ("inside", "unchanged"))
        found["inside_relative"] = _figure(interval_of(lambda i, u: float(i / u), inside, unchanged))
    if "fine_after" in values[0]:
        after, before = (np.stack([v[name] for v in values]) for name in ("fine_after", "fine_before"))
        if np.nansum(before) > 0:  # else all is flat, and no share has a meaning
            found["fine_energy"] = _figure(interval_of(lambda a, b: float(a / b) if b > 0 else np.nan, after, before))
    if real_features is not None and "features" in values[0]:
        for name, distance in (("fid", frechet_distance), ("kid", kernel_distance)):
            found[name] = _crowd([v["features"] for v in values], real_features, distance)
    return found


def _figure(told: tuple[float, float, float]) -> Figure:
    value, low, high = told
    return Figure(value, (low, high) if np.isfinite([low, high]).all() else None)


def _inception(probabilities: Sequence[NDArray[np.floating]], splits: int) -> Figure:
    scores = np.stack([inception_scores(p, splits=splits) for p in probabilities])
    value, low, high = interval(scores)
    return Figure(value, (low, high), float(scores.std(1).mean()))


def _crowd(
    made: Sequence[NDArray[np.floating]],
    real: NDArray[np.floating],
    distance: Callable[[NDArray[np.floating], NDArray[np.floating]], float],
) -> Figure:
    """Mean over seeds. Drawing with replacement repeats pictures, which alone moves such a distance, so the interval
    has the figure in its middle and the draws give its width."""
    value = float(np.mean([distance(real, features) for features in made]))
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(CROWD_DRAWS):
        features = made[int(rng.integers(len(made)))]
        drawn.append(distance(real, features[rng.integers(0, len(features), len(features))]))
    half = 1.96 * float(np.std(drawn, ddof=1))
    return Figure(value, (value - half, value + half))
