"""Single pictures edited by several models, for people to look at (the human study, Table 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mimnet.data.folder import read_split
from mimnet.evaluation.edited import chunks, edits, inputs, resized
from mimnet.evaluation.pairs import Pairs, draw_pairs
from mimnet.evaluation.runs import read_runs
from mimnet.evaluation.scores import truths_of


@dataclass(frozen=True)
class PairEdits:
    """One picture edited by all models, at one size."""

    caption: str
    picture: NDArray[np.uint8]  # S,S,3
    edits: dict[str, NDArray[np.uint8]]  # name of the row -> S,S,3


def edited_pairs(
    runs: Sequence[str],
    data: Path,
    *,
    split: str = "test",
    limit: int = 30,
    seed: int = 0,
    size: int | None = None,
    out: Path | None = None,
    quiet: bool = False,
) -> list[PairEdits]:
    """Pictures drawn by seed, each edited by the first model of every row; `size` is by default the largest model's."""
    rows = {name: some[0].painter for name, some in read_runs(runs).items()}
    side = size or max(painter.size for painter in rows.values())
    found = read_split(data, split)
    order = np.random.default_rng([seed, 30]).permutation(len(found))[:limit]
    picked = [found[i] for i in sorted(order)]
    truths = truths_of(data / split)
    groups = truths.groups(data / split) if truths is not None else None
    everything = draw_pairs(found, data / split, seed=seed, groups=groups)
    names = {str(row.file.relative_to(data / split)) for row in picked}
    pairs = Pairs(data / split, seed, tuple(pair for pair in everything.pairs if pair.file in names))
    bar = tqdm(total=len(rows) * len(pairs), desc="editing", unit="", disable=quiet or None)
    made: list[PairEdits] = []
    for start, some in chunks(pairs):
        painted = {}
        for name, painter in rows.items():
            painted[name] = resized(edits(painter, pairs, start, some, out).last, side)
            bar.update(len(some))
        pictures = inputs(pairs, some, side)
        made += [
            PairEdits(pair.caption, pictures[i], {name: edit[i] for name, edit in painted.items()})
            for i, pair in enumerate(some)
        ]
    bar.close()
    return made
