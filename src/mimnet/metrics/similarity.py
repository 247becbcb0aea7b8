"""Similarity (Sim, Sec. 4.2): does the picture match the sentence, in DAMSM's eyes?

Convention: cosine of the picture's global embedding and the sentence's embedding (no regions, no words), one pair at
a time, in [-1, 1]; mean over pairs.
"""

import numpy as np
from numpy.typing import NDArray


def similarity(pictures: NDArray[np.floating], sentences: NDArray[np.floating]) -> NDArray[np.float64]:
    """Embeddings n,d and n,d -> n cosines; 0 for a vector without length.

    >>> similarity(np.array([[3.0, 4.0]]), np.array([[4.0, 3.0]])).round(2).tolist()
    [0.96]
    """
    a, b = pictures.astype(np.float64), sentences.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosines: NDArray[np.float64] = (a * b).sum(1) / np.where(lengths > 0, lengths, 1)
    return cosines
