"""R-precision: does a picture find its sentence among others?

Convention: the true sentence is first, by cosine of global embeddings, among itself and 99 sentences of other classes
than its own, drawn by seed and the same for every model (fewer where the set has fewer); ties count against it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError


def r_precision(
    pictures: NDArray[np.floating],
    sentences: NDArray[np.floating],
    kinds: Sequence[str | None],
    *,
    candidates: int = 100,
    seed: int = 0,
) -> NDArray[np.bool_]:
    """Embeddings n,d and n,d of pairs, and the class that every sentence comes from -> n hits.

    A sentence without a class is of a class of its own. Raises `MimnetError` where all are of one class.
    """
    n = len(pictures)
    a = pictures / np.maximum(np.linalg.norm(pictures, axis=1, keepdims=True), 1e-12)
    b = sentences / np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), 1e-12)
    scores = a.astype(np.float64) @ b.astype(np.float64).T  # picture, sentence
    names = [kind if kind is not None else f"\0{i}" for i, kind in enumerate(kinds)]
    codes = np.unique(names, return_inverse=True)[1]
    hits = np.zeros(n, bool)
    for i in range(n):
        others = np.flatnonzero(codes != codes[i])
        if not len(others):
            raise MimnetError("R-precision needs sentences of at least two classes")
        draw = np.random.default_rng([seed, i])
        rivals = draw.choice(others, min(candidates - 1, len(others)), replace=False)
        hits[i] = scores[i, i] > scores[i, rivals].max()
    return hits
