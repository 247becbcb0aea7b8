"""Inception score (IS): are the pictures recognisable and varied, in a classifier's eyes?

Convention: exp of the mean KL(p(y|x) || p(y)) in nats over equal splits (10 unless another number stands below) of
pictures shuffled by seed 0, p(y) taken within the split; mean and population standard deviation over splits; pictures
beyond a multiple of the splits are left out; of several seeds both are averaged. It is at most the classifier's number
of classes, and the smaller the splits the smaller it comes out.
"""

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError


def inception_scores(probabilities: NDArray[np.floating], *, splits: int = 10, seed: int = 0) -> NDArray[np.float64]:
    """Probabilities n,K -> the score of every split.

    Raises `MimnetError` for fewer pictures than splits, and for a classifier with one class.

    >>> sure = np.eye(4)[np.arange(40) % 4]
    >>> inception_scores(sure, splits=1).round(6).tolist()
    [4.0]
    """
    n, classes = probabilities.shape
    if classes < 2:
        raise MimnetError("the classifier has one class; an Inception score needs at least two")
    if n < splits:
        raise MimnetError(f"{n} pictures cannot make {splits} splits; score more pictures (--limit), or fewer --splits")
    p = probabilities.astype(np.float64)[np.random.default_rng(seed).permutation(n)]
    parts = p[: n // splits * splits].reshape(splits, -1, classes)
    marginal = parts.mean(1, keepdims=True)
    tiny = np.finfo(np.float64).tiny
    kl = (parts * (np.log(np.maximum(parts, tiny)) - np.log(np.maximum(marginal, tiny)))).sum(-1)
    scores: NDArray[np.float64] = np.exp(kl.mean(1))
    return scores
