"""Manipulative precision (MP, Eq. 22): does the edit match the sentence without changing everything?

Convention: (1 - Diff) * Sim (Eq. 22), as the mean of products over pairs; and as the product of means, for papers do
not say which they print.
"""

import numpy as np
from numpy.typing import NDArray


def manipulative_precision(sim: NDArray[np.floating], diff: NDArray[np.floating]) -> NDArray[np.floating]:
    """MP of every pair (Eq. 22): n and n -> n. Given two means it is the product of means.

    >>> manipulative_precision(np.array([0.5, 0.2]), np.array([0.0, 0.5])).tolist()
    [0.5, 0.1]
    """
    return (1 - diff) * sim  # Eq. 22
