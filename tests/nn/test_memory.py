"""Tests of the texture memory (Eq. 1 to 3) and of its ablation."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from mimnet.nn.memory import TextureMemory, WordTexture


@pytest.mark.parametrize("scale", [False, True])
def test_eq2_and_eq3_equal_numpy(scale: bool) -> None:
    store = TextureMemory(memories=6, texture=5, word_feature=4, scale=scale)
    words = torch.randn(2, 3, 4)
    textures, attention = store(words)
    memory, project = store.memory.detach().numpy(), store.key.weight.detach().numpy()
    for b in range(2):
        for j in range(3):
            products = np.array([words[b, j].numpy() @ (project @ m) for m in memory])
            products = products / 2 if scale else products  # the square root of 4
            a = np.exp(products) / np.exp(products).sum()
            np.testing.assert_allclose(attention[b, j].detach().numpy(), a, rtol=1e-5)
            e = sum(weight * m for weight, m in zip(a, memory, strict=True))
            np.testing.assert_allclose(textures[b, j].detach().numpy(), e, atol=1e-6)


def test_every_word_texture_is_a_convex_combination_of_memories() -> None:
    store = TextureMemory(memories=6, texture=4, word_feature=8)
    words = 20 * torch.randn(3, 5, 8)  # far from anything seen in training
    textures, attention = store(words)
    memory = store.memory.detach().numpy()
    assert (attention >= 0).all()
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 5))
    inside = textures.detach().numpy().reshape(-1, 4)
    assert (inside >= memory.min(0) - 1e-6).all()
    assert (inside <= memory.max(0) + 1e-6).all()
    # Without looking at our attention: a solver finds weights of its own, at least 0 and of sum 1, for every texture.
    assert max(distance_to_mixtures(e, memory) for e in inside) < 1e-5
    assert distance_to_mixtures(memory.max(0), memory) > 0.01  # a corner of the box is no mixture


def distance_to_mixtures(e: np.ndarray, memory: np.ndarray) -> float:
    """Least sum of |e - mixture| over all convex combinations of memories, by linear programming."""
    count, width = memory.shape
    slack = np.eye(width)
    found = linprog(
        np.concatenate([np.zeros(count), np.ones(width)]),
        A_ub=np.block([[memory.T, -slack], [-memory.T, -slack]]),
        b_ub=np.concatenate([e, -e]),
        A_eq=np.concatenate([np.ones(count), np.zeros(width)])[None],
        b_eq=[1.0],
    )
    return float(found.fun)


def test_given_attention_replaces_eq2() -> None:
    store = TextureMemory(memories=4, texture=3, word_feature=6)
    given = torch.eye(4)[[2, 0]][None]
    textures, attention = store(torch.randn(1, 2, 6), attention=given)
    assert attention is given
    torch.testing.assert_close(textures[0], store.memory[[2, 0]])


def test_frozen_keeps_gradients_from_the_memories_alone() -> None:
    store = TextureMemory(memories=4, texture=3, word_feature=6)
    for frozen in (True, False):
        store.zero_grad(set_to_none=True)
        words = torch.randn(1, 2, 6, requires_grad=True)
        store(words, frozen=frozen)[0].square().sum().backward()
        assert words.grad is not None
        assert words.grad.abs().sum() > 0
        assert store.key.weight.grad is not None
        assert store.key.weight.grad.abs().sum() > 0
        assert (store.memory.grad is None) == frozen


def test_frozen_does_not_change_the_result() -> None:
    store = TextureMemory(memories=4, texture=3, word_feature=6)
    words = torch.randn(1, 2, 6)
    torch.testing.assert_close(store(words, frozen=True), store(words))


def test_the_ablation_is_a_projection_of_the_word() -> None:
    plain = WordTexture(texture=3, word_feature=6)
    words = torch.randn(2, 4, 6)
    expected = words.numpy() @ plain.project.weight.detach().numpy().T + plain.project.bias.detach().numpy()
    np.testing.assert_allclose(plain(words).detach().numpy(), expected, atol=1e-6)


def test_memories_begin_with_the_spread_that_is_asked_for() -> None:
    torch.manual_seed(0)
    for spread in (1.0, 0.125):
        store = TextureMemory(memories=200, texture=50, word_feature=4, spread=spread)
        assert store.memory.std().item() == pytest.approx(spread, rel=0.05)
