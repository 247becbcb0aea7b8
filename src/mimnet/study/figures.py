"""The figures of a group of raters: what each model got, how models differ, how far raters agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mimnet.study.agreement import ordinal_alpha
from mimnet.study.answers import Sheet
from mimnet.study.key import StudyKey
from mimnet.study.questions import QUESTIONS
from mimnet.study.significance import bootstrap, holm, sign_flip


@dataclass(frozen=True)
class Cell:
    """A model's grades in one question."""

    model: str
    question: str
    mean: float
    std: float  # over all grades, divisor n, as we read the paper's "mean ± std"
    n: int
    low: float | None  # 95% interval of the mean over raters; none for a single rater
    high: float | None


@dataclass(frozen=True)
class Pair:
    """Two models in one question: first minus second."""

    first: str
    second: str
    question: str
    difference: float
    p: float
    p_holm: float  # corrected over the pairs of this question


@dataclass(frozen=True)
class Figures:
    """Everything that a group of raters tells."""

    raters: int
    cells: tuple[Cell, ...]  # models by name, and their questions
    pairs: tuple[Pair, ...]
    alpha: dict[str, float | None]  # by question

    def cell(self, model: str, question: str) -> Cell:
        """The cell of a model and a question."""
        return next(cell for cell in self.cells if (cell.model, cell.question) == (model, question))


def figures(sheets: Sequence[Sheet], key: StudyKey, *, seed: int = 0) -> Figures:
    """Figures of `sheets`; `seed` draws the resamples and sign flips."""
    rng = np.random.default_rng(seed)
    places = sorted(range(len(key.models)), key=lambda place: list(key.models.values())[place])
    names = [list(key.models.values())[place] for place in places]
    grades = np.stack([sheet.grades for sheet in sheets])[:, :, places].astype(np.float64)  # raters, items, models, Q
    raters, items, models, asked = grades.shape
    by_rater = grades.mean(1)
    several = raters > 1
    low, high = (end.reshape(models, asked) for end in bootstrap(by_rater.reshape(raters, -1), rng))
    cells = tuple(
        Cell(
            name,
            question.name,
            float(grades[:, :, m, q].mean()),
            float(grades[:, :, m, q].std()),
            raters * items,
            float(low[m, q]) if several else None,
            float(high[m, q]) if several else None,
        )
        for m, name in enumerate(names)
        for q, question in enumerate(QUESTIONS)
    )
    alpha = {
        question.name: ordinal_alpha(grades[:, :, :, q].reshape(raters, -1)) for q, question in enumerate(QUESTIONS)
    }
    couples = list(combinations(range(models), 2))
    pairs: list[Pair] = []
    for q, question in enumerate(QUESTIONS) if couples else ():
        differences = np.stack([by_rater[:, a, q] - by_rater[:, b, q] for a, b in couples], 1)
        p = sign_flip(differences, rng)
        for place, ((a, b), corrected) in enumerate(zip(couples, holm(p), strict=True)):
            difference = float(differences[:, place].mean())
            pairs.append(Pair(names[a], names[b], question.name, difference, float(p[place]), float(corrected)))
    return Figures(raters, cells, tuple(pairs), alpha)
