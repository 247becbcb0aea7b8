"""SSIM by its formula, with SciPy's filter."""

import numpy as np
from scipy.ndimage import gaussian_filter


def ssim_by_hand(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The map of one channel in [0, 1]: Gaussian window of 11 pixels, sigma 1.5."""

    def blurred(x: np.ndarray) -> np.ndarray:
        return gaussian_filter(x, 1.5, radius=5, mode="reflect")

    ma, mb = blurred(a), blurred(b)
    va, vb, cov = blurred(a * a) - ma**2, blurred(b * b) - mb**2, blurred(a * b) - ma * mb
    c1, c2 = 0.01**2, 0.03**2
    return ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
