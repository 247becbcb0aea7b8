"""Tests of a stage's discriminator pair (Eq. 12 and 13)."""

import numpy as np
import pytest
import torch

from mimnet.nn.discriminator import Discriminator


def build(*, patch: bool = False, width: int = 4, levels: int = 3) -> Discriminator:
    return Discriminator(width=width, levels=levels, word_vector=5, word_feature=6, patch_reality=patch)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_eq13_equals_a_slow_product_of_probabilities() -> None:
    judge = build()
    features = 5 * torch.randn(3, 16, 2, 2)
    vectors, length = 3 * torch.randn(3, 5, 5), torch.tensor([5, 2, 1])
    given = judge.conformity(features, vectors, length).detach().double().numpy()
    states = judge.reader(vectors, length).detach().double().numpy()
    w, wb = (p.detach().numpy() for p in (judge.word_filter.weight, judge.word_filter.bias))
    b, bb = (p.detach().numpy() for p in (judge.word_bias.weight, judge.word_bias.bias))
    for i, words in enumerate(length.tolist()):
        x = features[i].numpy().mean((1, 2))
        s = states[i, :words]
        similarity = np.array([s_j @ s.mean(0) for s_j in s])
        gamma = np.exp(similarity) / np.exp(similarity).sum()
        product = 1.0
        for j in range(words):
            product *= sigmoid((w @ s[j] + wb) @ x + (b @ s[j] + bb)[0]) ** gamma[j]
        assert np.exp(given[i]) == pytest.approx(product, rel=1e-5)


def test_eq13_stays_a_number_where_the_product_of_probabilities_does_not() -> None:
    judge = build()
    vectors, length = torch.randn(1, 4, 5), torch.tensor([4])
    features = 1e4 * torch.randn(1, 16, 2, 2)
    with torch.no_grad():
        judge.word_bias.bias.fill_(-1e4)
        judge.word_filter.weight.zero_()
        judge.word_filter.bias.zero_()
    features.requires_grad_()
    log_probability = judge.conformity(features, vectors, length)
    assert log_probability.exp().item() == 0  # the product underflows
    assert log_probability.item() == pytest.approx(-1e4, rel=1e-3)
    log_probability.sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in judge.parameters())


def test_conformities_are_those_of_every_picture_with_every_sentence() -> None:
    judge = build()
    features, vectors = torch.randn(3, 16, 2, 2), torch.randn(3, 4, 5)
    length = torch.tensor([4, 2, 3])
    matrix = judge.conformities(features, vectors, length)
    for picture in range(3):
        same = features[picture : picture + 1].expand(3, -1, -1, -1)
        torch.testing.assert_close(matrix[picture], judge.conformity(same, vectors, length))


def test_log_conformity_is_never_positive() -> None:
    scores = build().conformity(10 * torch.randn(8, 16, 2, 2), torch.randn(8, 4, 5), torch.full((8,), 4))
    assert (scores <= 0).all()


def test_conformity_is_deaf_to_padding() -> None:
    judge = build()
    features, vectors = torch.randn(2, 16, 2, 2), torch.randn(2, 6, 5)
    length = torch.tensor([6, 3])
    batched = judge.conformity(features, vectors, length)
    noisy = vectors.clone()
    noisy[1, 3:] = 100.0
    torch.testing.assert_close(judge.conformity(features, noisy, length), batched, atol=1e-6, rtol=0)
    alone = judge.conformity(features[1:], vectors[1:, :3], torch.tensor([3]))
    torch.testing.assert_close(alone, batched[1:], atol=1e-6, rtol=0)
    longer = judge.conformity(features[1:], vectors[1:], torch.tensor([4]))
    assert not torch.allclose(longer, batched[1:], atol=1e-4)


def test_eq12_judges_the_pooled_feature_or_every_patch() -> None:
    whole, patches = build(), build(patch=True)
    patches.load_state_dict(whole.state_dict())
    features = torch.randn(2, 16, 3, 3)
    w, b = (p.detach().numpy() for p in (whole.reality_head.weight, whole.reality_head.bias))
    pooled = features.numpy().mean((2, 3)) @ w[0, :, 0, 0] + b[0]
    each = np.einsum("bchw,c->bhw", features.numpy(), w[0, :, 0, 0]) + b[0]
    np.testing.assert_allclose(whole.reality(features).detach().numpy()[:, 0, 0], pooled, atol=1e-5)
    np.testing.assert_allclose(patches.reality(features).detach().numpy(), each, atol=1e-5)


def test_features_halve_the_picture_at_every_level() -> None:
    assert build(levels=2).features(torch.randn(1, 3, 16, 16)).shape == (1, 8, 4, 4)
    assert build(levels=5).features(torch.randn(1, 3, 64, 32)).shape == (1, 32, 2, 1)  # 8 times the width at most
