"""Tests of the word-level discriminator of ManiGAN's paper, against plain numpy."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.nn.layers import word_mask
from mimnet.nn.manigan.words import WordCorrelation


def softmax(x: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(x - x.max())
    return raised / raised.sum()


def by_hand(network: WordCorrelation, regions: Tensor, words: Tensor, length: int) -> float:
    """One picture and one sentence, word after word."""
    perceive, importance = (p.detach().double().numpy() for p in network.parameters())
    seen = regions.double().numpy() @ perceive.T
    shows, scores = [], []
    for word in words[:length].double().numpy():
        context = softmax(seen @ word) @ seen
        cosine = context @ word / np.linalg.norm(context) / np.linalg.norm(word)
        shows.append(1 / (1 + np.exp(-cosine)))
        scores.append(importance[0] @ word)
    return float(softmax(np.array(scores)) @ np.array(shows))


def inputs() -> tuple[Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(3)
    return torch.randn(3, 9, 6, generator=draw), torch.randn(3, 5, 6, generator=draw), torch.tensor([5, 2, 1])


def test_the_correlation_is_that_of_the_formula() -> None:
    network = WordCorrelation(width=6)
    regions, words, length = inputs()
    told = network(regions, words, word_mask(length, 5))
    expected = [by_hand(network, regions[i], words[i], int(length[i])) for i in range(3)]
    assert told.tolist() == pytest.approx(expected, rel=1e-5)
    assert told.shape == (3,)
    assert ((told > 0) & (told < 1)).all()


def test_padding_and_neighbours_play_no_part() -> None:
    network = WordCorrelation(width=6)
    regions, words, length = inputs()
    told = network(regions, words, word_mask(length, 5))
    for rest in (torch.zeros(()), torch.full((), 7.0)):  # encoders give zeros there
        other = torch.where(word_mask(length, 5)[..., None], words, rest)
        torch.testing.assert_close(network(regions, other, word_mask(length, 5)), told)
    alone = [network(regions[i : i + 1], words[i : i + 1], word_mask(length[i : i + 1], 5)) for i in range(3)]
    torch.testing.assert_close(torch.cat(alone), told)


def test_gradients_reach_every_weight_and_the_regions_with_silent_padding() -> None:
    network = WordCorrelation(width=6)
    regions, words, length = inputs()
    silent = words * word_mask(length, 5)[..., None]
    network(regions.requires_grad_(), silent, word_mask(length, 5)).sum().backward()
    for x in (regions, *network.parameters()):
        assert x.grad is not None
        assert x.grad.isfinite().all()
        assert x.grad.abs().sum() > 0


def test_a_word_that_shows_correlates_more_than_one_that_does_not() -> None:
    network = WordCorrelation(width=6)
    with torch.no_grad():
        network.perceive.weight.copy_(torch.eye(6))
    word = torch.tensor([[[4.0, 0, 0, 0, 0, 0]]])
    mask = torch.ones(1, 1, dtype=torch.bool)
    there, elsewhere = torch.zeros(1, 4, 6), torch.zeros(1, 4, 6)
    there[0, 2, 0], elsewhere[0, 2, 1] = 3.0, 3.0
    assert network(there, word, mask).item() == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-5)
    assert network(elsewhere, word, mask).item() == pytest.approx(0.5)
