"""95% intervals by resampling pictures, and seeds where a row has several.

Convention: 95%, percentile bootstrap, 1,000 draws by seed 0; pictures are drawn with replacement, the same for every
seed of a row, and the row's seeds too where it has several, for means and for figures of means (MP of means, relative
error) alike; IS: splits are drawn in place of pictures; FID and KID: the figure plus and minus 1.96 deviations over 20
such draws, for repeated pictures move them.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000


def interval(values: NDArray[np.float64], *, draws: int = DRAWS, seed: int = 0) -> tuple[float, float, float]:
    """Mean of values (n, or seeds,n) with its 95% interval; NaNs are left out. All NaN where nothing counts.

    >>> interval(np.array([1.0, 1.0, 1.0]))
    (1.0, 1.0, 1.0)
    """
    return interval_of(lambda mean: mean, values, draws=draws, seed=seed)


def interval_of(
    statistic: Callable[..., float], *tables: NDArray[np.float64], draws: int = DRAWS, seed: int = 0
) -> tuple[float, float, float]:
    """The same for a figure of means: `statistic` gets the mean of every table (n, or seeds,n; all alike).

    Pictures and seeds are drawn once for all tables; a place that is NaN in one of them counts in none.

    >>> interval_of(lambda a, b: a / b, np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    (0.5, 0.5, 0.5)
    """
    stacked = np.stack([np.atleast_2d(table) for table in tables])  # tables,seeds,n
    known = ~np.isnan(stacked.sum(0))
    _, seeds, n = stacked.shape
    if not known.any():
        return (np.nan, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    drawn = np.full(draws, np.nan)
    for i in range(draws):
        picked = np.ix_(rng.integers(0, seeds, seeds), rng.integers(0, n, n))
        there = known[picked]
        if there.any():
            drawn[i] = statistic(*(table[picked][there].mean() for table in stacked))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(statistic(*(table[known].mean() for table in stacked))), float(low), float(high)
