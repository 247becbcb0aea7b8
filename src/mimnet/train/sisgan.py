"""SISGAN's training (Dong et al., 2017): one answer for picture and sentence together."""

import torch
from torch import Tensor

from mimnet.train.conditioned import divergence, no, yes


def relevant(x: Tensor) -> Tensor:
    """Sentences that edits are made with: the first half of the batch rolled back by one within itself, the rest kept.

    >>> relevant(torch.tensor([1, 2, 3, 4, 5, 6])).tolist()
    [2, 3, 1, 4, 5, 6]
    """
    half = len(x) // 2
    return torch.cat([x[:half].roll(-1, 0), x[half:]])


def discriminator_loss(
    *, match: Tensor, mismatch: Tensor, fake: Tensor, mismatch_weight: float, fake_weight: float
) -> Tensor:
    """Logits B of real pictures with their own sentences, with others, and of edits with theirs -> scalar."""
    return yes(match) + mismatch_weight * no(mismatch) + fake_weight * no(fake)


def generator_loss(*, fake: Tensor, mean: Tensor, log_deviation: Tensor, divergence_weight: float) -> Tensor:
    """Logits B of edits with their sentences, and the condition's distribution B,width -> scalar."""
    return yes(fake) + divergence_weight * divergence(mean, log_deviation)


def ranking(pictures: Tensor, sentences: Tensor, *, margin: float) -> Tensor:
    """Hinge on cosines of pictures and sentences, B,d each, in both directions: a pair must beat others by `margin`.

    The sum over all wrong pairs, divided by B.
    """
    pictures, sentences = (torch.nn.functional.normalize(x.float(), dim=1) for x in (pictures, sentences))
    cosine = pictures @ sentences.T  # B,B
    own = cosine.diagonal()
    wrong = 1 - torch.eye(len(cosine), device=cosine.device)
    by_picture = (margin - own[:, None] + cosine).relu() * wrong
    by_sentence = (margin - own[None, :] + cosine).relu() * wrong
    return (by_picture + by_sentence).sum() / len(cosine)
