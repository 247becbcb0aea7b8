"""A whole comparison: pairs, judges, scores, rows. What `mimnet evaluate` does."""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mimnet.data.folder import Captioned, read_split
from mimnet.errors import MimnetError
from mimnet.evaluation.colour import ColourRow, colour_edits, colour_rows
from mimnet.evaluation.edited import CHUNK, missing, seconds_per_edit, settled_pairs
from mimnet.evaluation.pairs import Pairs, draw_pairs
from mimnet.evaluation.panel import (
    Given,
    Panel,
    classifier_expected,
    judge_settings,
    missing_judges,
    panel,
    pupils,
    refuse_teachers,
)
from mimnet.evaluation.published import NOT_THE_SAME
from mimnet.evaluation.rows import Row, figures
from mimnet.evaluation.runs import REAL, TRUE, UNCHANGED, Run, read_runs
from mimnet.evaluation.scores import Candidate, Scored, score, seconds_per_score, truths_of, unscored
from mimnet.evaluation.store import keep_arrays, kept_arrays
from mimnet.files import write_whole
from mimnet.images import open_picture, picture_size, to_array
from mimnet.judges.stackgan import StackGanInception
from mimnet.metrics import (
    attributes,
    bootstrap,
    colour,
    difference,
    frechet,
    inception_score,
    manipulative,
    outside,
    perceptual,
    retrieval,
    similarity,
    structure,
    truth,
)
from mimnet.metrics.convention import convention
from mimnet.train.engine import make_engine
from mimnet.train.judges import seconds_per_step

METRICS: dict[str, ModuleType] = {
    "IS": inception_score,
    "Sim": similarity,
    "R-precision": retrieval,
    "Diff": difference,
    "MP": manipulative,
    "FID, KID": frechet,
    "LPIPS": perceptual,
    "outside the map": outside,
    "inside the map": structure,
    "known truth": truth,
    "attributes": attributes,
    "colours": colour,
    "intervals": bootstrap,
}
REAL_PICTURES = 2000  # training pictures at most that FID and KID compare with
LEAST, MOST = 17, 4096  # common size in pixels: LPIPS and SSIM need so many


@dataclass(frozen=True)
class Settings:
    """What a comparison is made of, beside its runs and data."""

    out: Path
    split: str = "test"
    limit: int = 0  # 0: all pictures of the split
    size: int = 0  # common size in pixels; 0: the largest model's
    seed: int = 0
    splits: int = 10
    colours: int = 100
    sentence: str = ""
    further: bool = True  # FID and KID too, which take long where features are many

    def check(self) -> None:
        """Raise `MimnetError` for what cannot be compared."""
        for name, least in (("limit", 0), ("seed", 0), ("splits", 1), ("colours", 0)):
            value = getattr(self, name)
            if value < least:
                raise MimnetError(f"{name} is {value}; it must be {least} or more")
        if self.size and not LEAST <= self.size <= MOST:
            raise MimnetError(f"size is {self.size}; it goes from {LEAST} to {MOST}, or is 0 for the largest model's")
        if self.sentence and "{}" not in self.sentence:
            raise MimnetError(f"the sentence {self.sentence!r} has no {{}} where the colour goes")
        if self.out.exists() and not self.out.is_dir():
            raise MimnetError(f"{self.out} is a file; name a folder with --out")


@dataclass(frozen=True)
class Comparison:
    """The result: rows, and everything that says what they mean."""

    rows: list[Row]
    colours: list[ColourRow]
    scored: dict[str, list[Scored]]  # name of a row -> scores of its seeds, for looking at single pictures
    pairs: Pairs
    size: int
    judges: Panel
    data: str  # name and fingerprint
    splits: int  # of IS

    def conventions(self) -> dict[str, str]:
        """What every score means, by name."""
        told = {name: convention(metric) for name, metric in METRICS.items()}
        told["IS"] += f" Here: {self.splits} splits of {len(self.pairs) // self.splits} pictures."
        if isinstance(self.judges.classifier, StackGanInception):
            told["IS"] += f" {self.judges.classifier.convention}"
        kinds = "other classes" if all(p.kind is not None for p in self.pairs.pairs) else "other pictures"
        pairs = f"pairs {self.pairs.fingerprint} drawn by seed {self.pairs.seed}, captions from {kinds}"
        told["pictures"] = (
            f"{len(self.pairs)} pictures of {self.data}; {pairs}, the same for every row; compared at {self.size} px "
            "(outputs enlarged bilinearly)"
        )
        return told

    def to_json(self) -> dict[str, Any]:
        """Everything but single pictures; NaN becomes null."""
        told = {
            "conventions": self.conventions(),
            "data": self.data,
            "pairs": self.pairs.fingerprint,
            "size": self.size,
            "judges": self.judges.named(),
            "paper": {"data": "CUB, Table 1 of the paper", "remark": NOT_THE_SAME},
            "rows": [row.to_json() for row in self.rows],
            "colours": [row.to_json() for row in self.colours],
        }
        return _plain(told)  # type: ignore[no-any-return]

    def pictures_json(self) -> dict[str, Any]:
        """Every score of every picture, by row and seed."""
        return _plain(  # type: ignore[no-any-return]
            {
                "pairs": [{"file": p.file, "caption": p.caption, "own": p.own} for p in self.pairs.pairs],
                "rows": {
                    name: [{k: v.tolist() for k, v in s.values.items() if v.ndim == 1} for s in seeds]
                    for name, seeds in self.scored.items()
                },
            }
        )


def compare(
    names: Sequence[str],
    data: Path,
    given: Given,
    settings: Settings,
    *,
    tell: Callable[[str], None] = lambda text: None,
    quiet: bool = False,
) -> Comparison:
    """Score `names` (runs) on `data`. `tell` gets a line on what it costs before it starts.

    Raises `MimnetError` for a run without a model, data without captions, fewer pictures than splits.
    """
    settings.check()
    runs = read_runs(names)
    rows = read_split(data, settings.split)
    truths = truths_of(data / settings.split)
    count = min(settings.limit, len(rows)) if settings.limit > 0 else len(rows)
    training = read_split(data, "train") if (data / "train").is_dir() else []
    if count < settings.splits and classifier_expected(given, training):
        raise MimnetError(
            f"{count} pictures cannot make {settings.splits} splits for IS; score more (--limit), or set --splits"
        )
    groups = truths.groups(data / settings.split) if truths else None
    pairs = settled_pairs(
        data,
        settings.out,
        lambda: draw_pairs(rows, data / settings.split, seed=settings.seed, limit=settings.limit, groups=groups),
        split=settings.split,
    )
    everyone = [run for some in runs.values() for run in some]
    tell(_cost(runs, pairs, rows, given, training, settings, drawn=truths is not None))
    judges = panel(given, data, training, drawn=truths is not None, quiet=quiet)
    refuse_teachers(judges, everyone)
    for name in pupils(judges, everyone):
        tell(f"{name} was trained with the encoders that judge it here: its Sim is no fair one beside others'")
    size = settings.size or max(run.painter.size for run in everyone)
    lines = _lines(runs, drawn=truths is not None)
    flat = [candidate for _, candidates in lines for candidate in candidates]
    left = unscored(flat, pairs, judges, size=size, out=settings.out)
    if left:
        seconds = left * seconds_per_score(pairs, judges, size=size, truths=truths)
        tell(f"{left:,} pictures to score by {len(judges.named())} judges, about {_time(seconds)}")
    scored = score(flat, pairs, judges, size=size, out=settings.out, truths=truths, quiet=quiet)
    real = _real_features(judges, training, size, settings.out, quiet=quiet) if settings.further else None
    made, kept, first = [], {}, 0
    for name, candidates in tqdm(lines, desc="rows", unit="", disable=quiet or None):
        seeds = scored[first : first + len(candidates)]
        first += len(candidates)
        kept[name] = seeds
        made.append(_row(name, seeds, size, len(pairs), real, settings.splits))
    colours = []
    if truths is None and settings.colours > 0:
        models = {name: some[0].painter for name, some in runs.items()}
        colours = colour_rows(
            models, rows, out=settings.out, limit=settings.colours, sentence=settings.sentence, quiet=quiet
        )
    told = f"{data.resolve().name}/{settings.split} {_fingerprint(rows)}"
    return Comparison(made, colours, kept, pairs, size, judges, told, settings.splits)


def save(comparison: Comparison, out: Path) -> None:
    """pictures.json (every score of every picture) into `out`."""
    write_whole(out / "pictures.json", json.dumps(comparison.pictures_json()) + "\n")


def _lines(runs: dict[str, list[Run]], *, drawn: bool) -> list[tuple[str, list[Candidate]]]:
    """Rows in the table's order: the unedited pictures, every run (coarse stage first for the whole method), bounds."""
    lines = [(UNCHANGED, [Candidate(UNCHANGED)])]
    for name, some in runs.items():
        painter = some[0].painter
        if len(painter.sizes) > 1 and painter.part == "full":
            coarse = f"{name} (coarse, {painter.sizes[0]} px)"
            lines.append((coarse, [Candidate(coarse, run, 0) for run in some]))
        lines.append((name, [Candidate(name, run, len(painter.sizes) - 1) for run in some]))
    if drawn:
        lines.append((TRUE, [Candidate(TRUE)]))
    return [*lines, (REAL, [Candidate(REAL)])]


def _row(name: str, seeds: list[Scored], size: int, n: int, real: NDArray[np.floating] | None, splits: int) -> Row:
    run, stage = seeds[0].candidate.run, seeds[0].candidate.stage
    found = figures(seeds, real, splits=splits)
    if run is None:
        if name == REAL:  # other sentences than the edits', so nothing there is to be compared with known truth
            for figure in ("inside", "inside_relative", "outside", "named", "kept"):
                found.pop(figure, None)
        return Row(name, size, n, [], [], "real" if name == REAL else None, figures=found)
    painter = run.painter
    trained = [s.candidate.run.painter.training.get("train", {}).get("seed", 0) for s in seeds if s.candidate.run]
    models = [s.candidate.run.painter.fingerprint for s in seeds if s.candidate.run]
    coarse = stage < len(painter.sizes) - 1
    return Row(name, painter.sizes[stage], n, trained, models, painter.part, coarse, found)


def _cost(
    runs: dict[str, list[Run]],
    pairs: Pairs,
    rows: Sequence[Captioned],
    given: Given,
    training: Sequence[Captioned],
    settings: Settings,
    *,
    drawn: bool,
) -> str:
    everyone = [run for some in runs.values() for run in some]
    seconds, count, speeds = 0.0, 0, {}
    for run in everyone:
        left = missing(run.painter, pairs, settings.out)
        if left or (settings.colours and not drawn):
            speeds[run.painter.fingerprint] = seconds_per_edit(run.painter, pairs)
            seconds += left * speeds[run.painter.fingerprint]
        count += left
    told = [f"{len(pairs)} pictures, {_models(len(everyone))}: {count:,} edits to make, about {_time(seconds)}"]
    kept = len(everyone) * len(pairs) - count
    if kept:
        told.append(f"{kept:,} are there already")
    if settings.colours and not drawn:
        each = colour_edits(1, rows, limit=settings.colours)
        whole = each * sum(speeds[some[0].painter.fingerprint] for some in runs.values())
        told.append(f"colours: {each * len(runs):,} edits, about {_time(whole)} where they are not there yet")
    todo = missing_judges(given, training, drawn=drawn) if training else []
    if todo:
        config, engine = judge_settings(given), make_engine(accelerator="auto")
        took = [config.steps * seconds_per_step(kind, config, len(training), engine, cnn=given.cnn) for kind in todo]
        told.append(
            f"judges to train first, {config.steps:,} steps each, into {given.folder}: {', '.join(todo)}, about "
            f"{_time(sum(took))}"
        )
    return "; ".join(told)


def _models(count: int) -> str:
    return f"{count} model{'' if count == 1 else 's'}"


def _time(seconds: float) -> str:
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 60:.1f} minutes" if seconds >= 90 else f"{math.ceil(seconds)} s"


def _real_features(
    judges: Panel, training: Sequence[Captioned], size: int, out: Path, *, quiet: bool
) -> NDArray[np.floating] | None:
    """Of training pictures evenly through the split, kept in `out`. None without features, or torchmetrics."""
    if judges.features is None or len(training) < 2 or not frechet.available():
        return None
    count = min(REAL_PICTURES, len(training))
    chosen = [training[i] for i in np.linspace(0, len(training) - 1, count).round().astype(int)]
    file = out / "scores" / f"real-{judges.features.fingerprint}-{_fingerprint(chosen)}-{size}.npz"
    kept = kept_arrays(file)
    if kept is not None:
        return kept["features"]
    parts = []
    for start in tqdm(range(0, count, CHUNK), desc="real pictures", unit="", disable=quiet or None):
        pictures = np.stack([to_array(open_picture(row.file), size) for row in chosen[start : start + CHUNK]])
        parts.append(judges.features.features(pictures))
    features = np.concatenate(parts)
    keep_arrays(file, {"features": features})
    return features


def _fingerprint(rows: Sequence[Captioned]) -> str:
    """Of the split: names, sizes in bytes and captions of its pictures."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([row.file.name, picture_size(row.file), row.captions]).encode())
    return digest.hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(x) for x in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
