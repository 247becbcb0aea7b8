"""95% intervals by resampling pictures, and seeds where a row has several.

Convention: 95%, percentile bootstrap, 1,000 draws by seed 0; pictures are drawn with replacement, the same for every
seed of a row, and the row's seeds too where it has several; IS: the row's splits are drawn; FID and KID: the figure
plus and minus 1.96 deviations over 20 such draws, for repeated pictures move them.
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
    table = np.atleast_2d(values)
    seeds, n = table.shape
    if n == 0 or np.isnan(table).all():
        return (np.nan, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    means = np.empty(draws)
    for i in range(draws):
        picked = table[np.ix_(rng.integers(0, seeds, seeds), rng.integers(0, n, n))]
        known = ~np.isnan(picked)
        means[i] = picked[known].mean() if known.any() else np.nan
    low, high = np.nanpercentile(means, [2.5, 97.5])
    return float(np.nanmean(table)), float(low), float(high)


def interval_of(
    statistic: Callable[[NDArray[np.int64]], float], n: int, *, draws: int = 200, seed: int = 0
) -> tuple[float, float, float]:
    """The same for a figure of a whole set, as a function of the pictures' places 0..n-1."""
    rng = np.random.default_rng(seed)
    drawn = [statistic(rng.integers(0, n, n)) for _ in range(draws)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return statistic(np.arange(n)), float(low), float(high)
