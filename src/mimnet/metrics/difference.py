"""Pixel difference (Diff, Sec. 4.2): how much of the picture did the edit change?

Convention: mean absolute difference (L1) of input and output over pixels and RGB, values in [0, 1], both at the
common size; mean over pairs.
"""

import numpy as np
from numpy.typing import NDArray


def difference(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Pictures n,H,W,3 twice -> n values in [0, 1].

    >>> difference(np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 51, np.uint8)).tolist()
    [0.2]
    """
    change = np.abs(before.astype(np.float64) - after.astype(np.float64))
    means: NDArray[np.float64] = change.reshape(len(before), -1).mean(1) / 255
    return means
