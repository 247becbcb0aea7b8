"""Is a difference more than chance? Sign-flip permutation, Holm's correction, bootstrap; numpy alone.

The raters are the sample: they are resampled and their signs are flipped, never single grades, since one rater's
grades hang together. What is found holds for other raters of the same pictures, not for other pictures.
"""

import numpy as np
from numpy.typing import NDArray

EXACT = 14  # up to so many raters all 2^n signs are gone through
FLIPS = 100_000  # beyond, so many are drawn
RESAMPLES = 10_000
CHUNK = 5_000


def sign_flip(differences: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Two-sided p for every column of raters,columns: is the mean difference zero?

    Without a difference either sign of a rater's difference is as likely; p is the share of sign patterns whose mean is
    as far from zero as the one found. Drawn patterns count the one found among them, so p is never zero.

    >>> sign_flip(np.array([[1.0], [2], [1], [3]]), np.random.default_rng(0)).tolist()
    [0.125]
    """
    raters = len(differences)
    found = np.abs(differences.sum(0)) * (1 - 1e-9)  # sums in another order differ in the last bit
    if raters <= EXACT:
        signs = 1.0 - 2.0 * ((np.arange(2**raters)[:, None] >> np.arange(raters)) & 1)
        share: NDArray[np.float64] = (np.abs(signs @ differences) >= found).mean(0)
        return share
    hits = np.zeros(differences.shape[1])
    for _ in range(FLIPS // CHUNK):
        signs = 1.0 - 2.0 * rng.integers(0, 2, (CHUNK, raters), dtype=np.int8)
        hits += (np.abs(signs @ differences) >= found).sum(0)
    return (1 + hits) / (1 + FLIPS)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of p corrected for their number, after Holm: the chance of a single false finding stays below them.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(raised, 1)
    return corrected


def bootstrap(means: NDArray[np.float64], rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the 95% interval of the mean of every column of raters,columns; percentiles over resampled raters."""
    raters = len(means)
    weights = rng.multinomial(raters, np.full(raters, 1 / raters), RESAMPLES) / raters
    low, high = np.percentile(weights @ means, [2.5, 97.5], axis=0)
    return low, high
