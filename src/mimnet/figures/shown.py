"""Pairs with the edits of every model, one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mimnet.evaluation.edited import chunks, edits, inputs
from mimnet.evaluation.painter import Painter
from mimnet.evaluation.pairs import Pair, Pairs


@dataclass(frozen=True)
class Result:
    """What one model made of one pair."""

    picture: NDArray[np.uint8]  # s,s,3
    weight_map: NDArray[np.uint8] | None  # h,w; none in a family without map


@dataclass(frozen=True)
class Shown:
    """One pair."""

    place: int  # among the pairs
    pair: Pair
    picture: NDArray[np.uint8]  # S,S,3: the input at the largest model's size
    results: dict[str, Result]  # by the name of the row


def walk(
    painters: Mapping[str, Painter], pairs: Pairs, places: Sequence[int], *, store: Path, quiet: bool
) -> Iterator[Shown]:
    """The pairs at `places` in order, edited by every model; edits are kept in `store`."""
    side = max(painter.size for painter in painters.values())
    wanted = set(places)
    with tqdm(total=len(painters) * len(places), desc="editing", unit="", disable=quiet or None) as bar:
        for start, some in chunks(pairs):
            here = [i for i in range(len(some)) if start + i in wanted]
            if not here:
                continue
            made = {}
            for name, painter in painters.items():
                made[name] = edits(painter, pairs, start, some, store)
                bar.update(len(here))
            pictures = inputs(pairs, [some[i] for i in here], side)
            for picture, i in zip(pictures, here, strict=True):
                results = {
                    name: Result(p.last[i], None if p.weight_map is None else p.weight_map[i])
                    for name, p in made.items()
                }
                yield Shown(start + i, some[i], picture, results)
