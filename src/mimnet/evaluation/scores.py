"""Scores of every picture, in chunks that are kept on disk."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from mimnet.data.drawn import DrawnPicture, named_parts, read_drawn, render, true_edit, true_mask
from mimnet.errors import MimnetError
from mimnet.evaluation.edited import chunks, edits, inputs, resized
from mimnet.evaluation.pairs import Pair, Pairs
from mimnet.evaluation.panel import Panel
from mimnet.evaluation.runs import REAL, TRUE, UNCHANGED, Run
from mimnet.evaluation.store import keep_arrays, kept_arrays
from mimnet.images import open_picture, to_array
from mimnet.metrics.attributes import attribute_score
from mimnet.metrics.difference import difference
from mimnet.metrics.frechet import available as torchmetrics_available
from mimnet.metrics.manipulative import manipulative_precision
from mimnet.metrics.outside import outside, psnr_outside, ssim_outside
from mimnet.metrics.retrieval import r_precision
from mimnet.metrics.similarity import similarity
from mimnet.metrics.structure import edge_ssim, fine_energy
from mimnet.metrics.truth import truth_score

VECTORS = ("embedding", "probabilities", "features")  # several numbers a picture; what sets are scored from


@dataclass(frozen=True)
class Candidate:
    """What is scored: a stage of a run, the unedited pictures, real pictures, or true edits."""

    name: str
    run: Run | None = None
    stage: int = -1

    @property
    def key(self) -> str:
        """Names it on disk."""
        return self.name.replace(" ", "-") if self.run is None else f"{self.run.painter.fingerprint}-{self.stage}"


@dataclass
class Scored:
    """One candidate's scores: by name, an array over pictures (NaN where a score has no meaning)."""

    candidate: Candidate
    values: dict[str, NDArray[np.floating]] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """What is known of one chunk of drawn pictures."""

    pictures: NDArray[np.uint8]  # n,S,S,3: the true edits
    masks: NDArray[np.uint8]  # n,S,S
    before: list[DrawnPicture]
    after: list[dict[str, str]]  # attributes of the true edits
    stated: list[dict[str, str]]  # what the sentences name


class Truths:
    """Scenes of a drawn split."""

    def __init__(self, split: Path) -> None:
        self.drawn = {str(d.file.relative_to(split)): d for d in read_drawn(split)}

    def groups(self, split: Path) -> dict[Path, str]:
        """File -> kind of object: a flower is edited by captions of flowers alone."""
        return {split / name: d.scene.kind for name, d in self.drawn.items()}

    def of(self, some: Sequence[Pair], size: int) -> Truth:
        """Draw the true edits as large as the pictures are, and bring them to the common size as the pictures are.

        Drawn at the common size at once they would have other edges and textures than the pictures, and no edit could
        meet them.
        """
        pictures, masks, after, stated = [], [], [], []
        for pair in some:
            drawn = self.drawn[pair.file]
            scene, side = drawn.scene, open_picture(drawn.file).width
            named = next(c.attributes for c in self.drawn[pair.source].captions if c.text == pair.caption)
            goal = true_edit(scene, named)
            still = goal == scene or not named_parts(scene.kind, named)
            mask = np.zeros((side, side), np.uint8) if still else true_mask(scene, named, side)
            pictures.append(to_array(Image.fromarray(render(goal, side).image), size))
            masks.append(np.asarray(Image.fromarray(mask).resize((size, size), Image.Resampling.BILINEAR)))
            after.append(goal.attributes)
            stated.append(named)
        return Truth(np.stack(pictures), np.stack(masks), [self.drawn[p.file] for p in some], after, stated)


def truths_of(split: Path) -> Truths | None:
    """Scenes, if the split is a drawn one."""
    metadata = split / "metadata.jsonl"
    if not metadata.is_file():
        return None
    with metadata.open(encoding="utf-8") as opened:
        if '"scene"' not in opened.readline():
            return None
    try:
        return Truths(split)
    except (ValueError, KeyError) as error:
        raise MimnetError(f"{split} is a drawn set that cannot be used: {error}") from error


def score(
    candidates: Sequence[Candidate],
    pairs: Pairs,
    judges: Panel,
    *,
    size: int,
    out: Path,
    truths: Truths | None = None,
    quiet: bool = False,
) -> list[Scored]:
    """Scores of all candidates on all pairs at the common `size`, edits and scores kept in `out`."""
    parts: list[list[dict[str, NDArray[np.floating]]]] = [[] for _ in candidates]
    folder = _folder(pairs, judges, size, out)
    bar = tqdm(total=len(candidates) * len(pairs), desc="scoring", unit="", disable=quiet or None)
    for start, some in chunks(pairs):
        shared: _Chunk | None = None
        for candidate, found in zip(candidates, parts, strict=True):
            file = _file(folder, candidate, start)
            values = kept_arrays(file)
            if values is None:
                shared = shared or _Chunk(pairs, some, judges, size, truths)
                values = shared.score(candidate, start, out)
                keep_arrays(file, values)
            found.append(values)
            bar.update(len(some))
    bar.close()
    scored = [
        Scored(candidate, {name: np.concatenate([part[name] for part in found]) for name in found[0]})
        for candidate, found in zip(candidates, parts, strict=True)
    ]
    if judges.matcher is not None:
        _match(scored, pairs, judges)
    return scored


def unscored(candidates: Sequence[Candidate], pairs: Pairs, judges: Panel, *, size: int, out: Path) -> int:
    """How many pictures of all candidates `score` has still to score."""
    folder = _folder(pairs, judges, size, out)
    return sum(len(some) for start, some in chunks(pairs) for c in candidates if not _file(folder, c, start).is_file())


def seconds_per_score(pairs: Pairs, judges: Panel, *, size: int, truths: Truths | None) -> float:
    """Measured on eight unedited pictures, after one to warm up."""
    took = 0.0
    for count in (1, min(8, len(pairs))):
        begun = time.perf_counter()
        _Chunk(pairs, pairs.pairs[:count], judges, size, truths).score(Candidate(UNCHANGED), 0, Path())
        took = (time.perf_counter() - begun) / count
    return took


def _folder(pairs: Pairs, judges: Panel, size: int, out: Path) -> Path:
    told = [json.dumps(judges.named(), sort_keys=True), str(size), pairs.fingerprint, pairs.pictures]
    told += [str(torchmetrics_available()), "4"]
    return out / "scores" / hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _file(folder: Path, candidate: Candidate, start: int) -> Path:
    return folder / candidate.key / f"{start:06d}.npz"


def _match(scored: Sequence[Scored], pairs: Pairs, judges: Panel) -> None:
    """Sim, MP and R-precision, of the embeddings of all pairs."""
    assert judges.matcher is not None
    own, other = (judges.matcher.sentences([getattr(p, f) for p in pairs.pairs]) for f in ("own", "caption"))
    for s in scored:
        real = s.candidate.name == REAL and s.candidate.run is None
        sentences = own if real else other
        kinds = [p.kind if real else p.source_kind for p in pairs.pairs]
        s.values["sim"] = similarity(s.values["embedding"], sentences)
        s.values["mp"] = manipulative_precision(s.values["sim"], s.values["diff"])
        s.values["r_precision"] = r_precision(s.values["embedding"], sentences, kinds).astype(float)


class _Chunk:
    """Some pairs, with what all candidates share."""

    def __init__(self, pairs: Pairs, some: Sequence[Pair], judges: Panel, size: int, truths: Truths | None) -> None:
        self.pairs, self.some, self.judges, self.size = pairs, some, judges, size
        self.before = inputs(pairs, some, size)
        self.truth = truths.of(some, size) if truths is not None else None
        self.seen = judges.attributes.answers(self.before) if judges.attributes is not None else []

    def score(self, candidate: Candidate, start: int, out: Path) -> dict[str, NDArray[np.floating]]:
        after, weight_map = self.before, None
        if candidate.run is not None:
            painted = edits(candidate.run.painter, self.pairs, start, self.some, out)
            after, weight_map = resized(painted.stages[candidate.stage], self.size), painted.weight_map
        elif candidate.name == TRUE:
            assert self.truth is not None
            after = self.truth.pictures
        judges, before = self.judges, self.before
        values: dict[str, NDArray[np.floating]] = {"diff": difference(before, after)}
        if judges.matcher is not None:
            values["embedding"] = judges.matcher.pictures(after)
        if judges.classifier is not None:
            values["probabilities"] = judges.classifier.probabilities(after)
        if judges.features is not None:
            values["features"] = judges.features.features(after)
        if judges.perceptual is not None:
            values["lpips"] = judges.perceptual.distance(before, after)
        if weight_map is not None:
            where = outside(weight_map, self.size)
            values["psnr_outside"] = psnr_outside(before, after, where)
            if torchmetrics_available():
                values["ssim_outside"] = ssim_outside(before, after, where)
        if candidate.run is not None or candidate.name == TRUE:
            inside = np.ones(before.shape[:3], bool) if weight_map is None else ~where
            values |= {"fine_before": fine_energy(before, inside), "fine_after": fine_energy(after, inside)}
            if torchmetrics_available():
                values["edge_ssim"] = edge_ssim(before, after, inside)
        if self.truth is not None:
            values |= dict(self._truth(self.truth, after, weight_map))
        return values

    def _truth(
        self, truth: Truth, after: NDArray[np.uint8], weight_map: NDArray[np.uint8] | None
    ) -> Iterator[tuple[str, NDArray[np.floating]]]:
        blank = np.zeros((1, 1), np.uint8)
        found = [
            truth_score(
                image=self.before[i],
                edit=after[i],
                truth=truth.pictures[i],
                mask=truth.masks[i],
                weight_map=blank if weight_map is None else weight_map[i],
            )
            for i in range(len(after))
        ]
        names = ["inside", "unchanged", "outside", *(["iou", "pointing"] if weight_map is not None else [])]
        for name in names:
            yield name, np.array([np.nan if s is None else float(getattr(s, name)) for s in found])
        if self.judges.attributes is None:
            return
        seen = self.judges.attributes.answers(after)
        asked = self.judges.attributes.reliable()

        def some(values: dict[str, str]) -> dict[str, str]:
            return {name: value for name, value in values.items() if name in asked}

        told = [
            attribute_score(
                seen_before=some(self.seen[i]),
                seen_after=some(seen[i]),
                true_before=some(truth.before[i].scene.attributes),
                true_after=some(truth.after[i]),
                named=some(truth.stated[i]),
            )
            for i in range(len(after))
        ]
        yield "named", np.array([np.nan if t.named is None else t.named for t in told])
        yield "kept", np.array([np.nan if t.kept is None else t.kept for t in told])
