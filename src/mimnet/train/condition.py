"""The price on the distribution that a generator draws its condition from, against one that says nothing."""

from torch import Tensor


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of N(mean, exp(log_variance)) from N(0, 1), a mean over its numbers and the batch.

    >>> import torch
    >>> divergence(torch.ones(2, 3), torch.zeros(2, 3)).item()
    0.5
    """
    mean, log_variance = mean.float(), log_variance.float()
    return (mean.square() + log_variance.exp() - 1 - log_variance).mean() / 2
