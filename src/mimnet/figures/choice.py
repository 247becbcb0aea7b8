"""Which pairs the figures and the report show: those of a comparison in the same folder, or newly drawn ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mimnet.data.folder import Captioned, read_split
from mimnet.evaluation.edited import missing
from mimnet.evaluation.painter import Painter
from mimnet.evaluation.pairs import Pairs, draw_pairs, load_pairs
from mimnet.evaluation.scores import truths_of


@dataclass(frozen=True)
class Choice:
    """Pairs whose edits are kept together, and which of them are shown."""

    pairs: Pairs
    shown: tuple[int, ...]  # places in `pairs`: what the report holds
    rows: tuple[int, ...]  # some of `shown`, by seed: what the figures show
    drawn: bool  # the split is a drawn set
    remark: str  # where the pairs come from


def choose(
    data: Path, split: str, out: Path, painters: Sequence[Painter], *, seed: int, limit: int, rows: int
) -> Choice:
    """The pairs of OUT/pairs.json if they are what `seed` and the data ask for, else `limit` (0: all) new ones.

    Where not all models have their edits of those pairs in OUT, the `limit` pairs alone are edited.
    """
    found = read_split(data, split)
    folder = data / split
    truths = truths_of(folder)
    groups = truths.groups(folder) if truths is not None else None
    kept = _kept(found, folder, out, seed, groups)
    if kept is None:
        pairs = draw_pairs(found, folder, seed=seed, limit=limit, groups=groups)
        shown = tuple(range(len(pairs)))
        other = ", for those of pairs.json are other ones" if (out / "pairs.json").is_file() else ""
        remark = f"pairs drawn{other}"
    else:
        pairs, shown = kept, _even(len(kept), limit)
        if len(shown) < len(kept) and any(missing(painter, kept, out) for painter in painters):
            pairs = Pairs(folder, seed, tuple(kept.pairs[i] for i in shown))
            shown = tuple(range(len(pairs)))
        remark = "pairs of the folder's pairs.json"
    order = np.random.default_rng([seed, 31]).permutation(len(shown))[:rows]
    return Choice(pairs, shown, tuple(shown[i] for i in sorted(order)), groups is not None, remark)


def _kept(
    found: Sequence[Captioned], folder: Path, out: Path, seed: int, groups: dict[Path, str] | None
) -> Pairs | None:
    file = out / "pairs.json"
    if not file.is_file():
        return None
    kept = load_pairs(file, folder)
    drawn = draw_pairs(found, folder, seed=seed, limit=len(kept), groups=groups)
    return drawn if drawn.fingerprint == kept.fingerprint else None


def _even(count: int, limit: int) -> tuple[int, ...]:
    """
    >>> _even(5, 3), _even(3, 0)
    ((0, 2, 4), (0, 1, 2))
    """
    wanted = min(limit, count) if limit > 0 else count
    return tuple(int(i) for i in np.linspace(0, count - 1, wanted).round())
