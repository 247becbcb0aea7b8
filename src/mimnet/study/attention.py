"""Raters who seem to have clicked without looking."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimnet.study.answers import Sheet

HASTE = 1.5  # seconds: nobody compares two pictures and gives three grades in less
CORRELATION = 0.1  # with the mean of the other raters; random grades come to zero, give or take
ENOUGH = 30  # grades; with fewer a correlation says nothing


@dataclass(frozen=True)
class Flag:
    """A rater, and why the answers are in doubt."""

    rater: str
    name: str
    reasons: tuple[str, ...]


def flags(sheets: Sequence[Sheet]) -> list[Flag]:
    """Raters in doubt, by four signs, each stated with its figure.

    Haste: half of the screens or more were in view for less than `HASTE` seconds. Sameness: every question got one and
    the same grade throughout. Unrelated: the grades correlate no more than `CORRELATION` with the mean of all other
    raters; this needs three raters and `ENOUGH` grades, and random grades to 90 screens pass it one time in twenty.
    A flag is a reason to look, not a proof.
    """
    everything = np.stack([sheet.grades.ravel() for sheet in sheets]).astype(np.float64)
    found = []
    for place, sheet in enumerate(sheets):
        reasons = []
        median = float(np.median(sheet.seconds))
        if median < HASTE:
            reasons.append(f"median of {median:.1f} s per screen, below {HASTE} s")
        by_question = sheet.grades.reshape(-1, sheet.grades.shape[-1])
        if len(by_question) > 1 and (by_question == by_question[0]).all():
            reasons.append("the same grades on every screen")
        elif len(sheets) >= 3 and everything.shape[1] >= ENOUGH:
            others = np.delete(everything, place, 0).mean(0)
            spread = everything[place].std() * others.std()
            covariance = ((everything[place] - everything[place].mean()) * (others - others.mean())).mean()
            correlation = covariance / spread if spread > 0 else 0.0
            if correlation <= CORRELATION:
                reasons.append(f"correlation of {correlation:.2f} with the other raters, not above {CORRELATION}")
        twins = [other.rater for i, other in enumerate(sheets[:place]) if (everything[i] == everything[place]).all()]
        if twins and everything.shape[1] >= ENOUGH:
            reasons.append(f"every grade is that of {twins[0]}")
        if reasons:
            found.append(Flag(sheet.rater, sheet.name, tuple(reasons)))
    return found
