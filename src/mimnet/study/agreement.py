"""Agreement between raters: Krippendorff's alpha for ordered grades."""

import numpy as np
from numpy.typing import NDArray


def ordinal_alpha(ratings: NDArray[np.float64]) -> float | None:
    """Alpha of raters,units with NaN where a rater gave no grade: 1 for full agreement, 0 for chance.

    The distance of two grades is the number of grades given between them, half of either's own counted. None where it
    is not defined: no unit has two grades, or all grades are the same.

    >>> ordinal_alpha(np.array([[1.0, 2, 5], [1, 2, 5]]))
    1.0
    """
    values = np.unique(ratings[~np.isnan(ratings)])
    if not len(values):
        return None
    counts = np.stack([(ratings == value).sum(0) for value in values], 1).astype(np.float64)  # units, values
    given = counts.sum(1)
    counts, given = counts[given > 1], given[given > 1]  # a unit with one grade tells nothing of agreement
    totals = counts.sum(0)
    pairs = (counts.T / (given - 1)) @ counts - np.diag((counts / (given - 1)[:, None]).sum(0))
    below = np.cumsum(totals) - totals / 2  # grades given up to the middle of each value
    distance = (below[:, None] - below[None]) ** 2
    expected = (totals[:, None] * totals[None] * distance).sum()
    if expected == 0:
        return None
    return float(1 - (totals.sum() - 1) * (pairs * distance).sum() / expected)
