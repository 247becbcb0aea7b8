"""Colours of things in pictures, and how well they tell the names that captions give them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mimnet.data.outline import Colours

SMALL = 4.0  # pixels that a thing must have, or its colours are not known
TELLING = 4  # power to which the chance of a colour's name is raised
NAMED = 8  # pictures from which a colour's name is known
SPREAD = 12.0  # grey levels that are added to the spread of a name's colours


def colours_within(picture: NDArray[np.uint8], weight: NDArray[np.float32]) -> Colours | None:
    """Mean and deviation of S,S,3 by weights S,S; None if there are too few pixels."""
    total = float(weight.sum())
    if total < SMALL:
        return None
    levels = picture.astype(np.float32)
    mean = (levels * weight[..., None]).sum((0, 1)) / total
    spread = np.sqrt((((levels - mean) ** 2) * weight[..., None]).sum((0, 1)) / total)
    return Colours(mean, spread)


def typical_of_names(means: NDArray[np.float32], names: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
    """How well colours n,3 tell their names: powers of the chance of the name, given the colour, over their mean.

    A name's colours are one Gaussian, and names are as frequent as each other. The mean is that of each name, so that
    none counts more than others. What has no name, or one that less than `NAMED` have, counts 1.
    """
    counts = Counter(names)
    known = [name for name, count in counts.items() if name and count >= NAMED]
    if not known:
        return np.ones(len(means))
    densities = np.empty((len(known), len(means)))
    for density, name in zip(densities, known, strict=True):
        some = means[[given == name for given in names]].astype(np.float64)
        spread = np.cov(some.T) + np.eye(3) * SPREAD**2
        away = means - some.mean(0)
        density[:] = -0.5 * np.einsum("ni,ij,nj->n", away, np.linalg.inv(spread), away)
        density -= 0.5 * np.linalg.slogdet(spread)[1]
    chances = np.exp(densities - densities.max(0))
    chances /= chances.sum(0)
    typical = np.ones(len(means))
    for own, name in zip(chances, known, strict=True):
        mine = np.array([given == name for given in names])
        typical[mine] = own[mine] ** TELLING / (own[mine] ** TELLING).mean()
    return typical
