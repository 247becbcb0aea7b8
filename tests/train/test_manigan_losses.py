"""Tests of ManiGAN's losses, each against plain numpy, and of their weights' one place."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from mimnet.config import ManiGANLoss
from mimnet.train import manigan as losses

DRAW = np.random.default_rng(0)


def drawn(*shape: int) -> Tensor:
    return torch.from_numpy(DRAW.normal(size=shape)).float()


def entropy(logits: Tensor, truth: float) -> float:
    """Binary cross-entropy of probabilities, as the sigmoid gives them."""
    p = 1 / (1 + np.exp(-logits.double().numpy()))
    return float(-(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean())


def test_the_discriminators_loss_counts_right_by_halves_and_wrong_by_thirds() -> None:
    real, matched, wrong, fake, fake_matched = drawn(4), drawn(4), drawn(3), drawn(4), drawn(4)
    expected = (entropy(real, 1) + entropy(matched, 1)) / 2
    expected += (entropy(fake, 0) + entropy(fake_matched, 0) + entropy(wrong, 0)) / 3
    value = losses.discriminator(
        real=real, real_matched=matched, real_wrong=wrong, fake=fake, fake_matched=fake_matched
    )
    assert value.item() == pytest.approx(expected, rel=1e-5)


def test_the_adversarial_loss_sums_over_sizes() -> None:
    logits = [drawn(4), drawn(4), drawn(4)]
    assert losses.adversarial(logits).item() == pytest.approx(sum(entropy(x, 1) for x in logits), rel=1e-5)


def test_the_perceptual_loss_is_a_mean_over_sizes_of_squared_differences() -> None:
    made, real = [drawn(2, 3, 4, 4), drawn(2, 3, 8, 8)], [drawn(2, 3, 4, 4), drawn(2, 3, 8, 8)]
    expected = sum(((a - b).numpy() ** 2).mean() for a, b in zip(made, real, strict=True)) / 2
    assert losses.perceptual(made, real).item() == pytest.approx(expected, rel=1e-5)


def test_the_divergence_is_that_of_the_two_distributions() -> None:
    mu, logvar = torch.tensor([[0.7]]), torch.tensor([[-0.9]])
    x = np.linspace(-12, 12, 200_001)
    spread = np.exp(-0.9 / 2)
    p = np.exp(-(((x - 0.7) / spread) ** 2) / 2) / spread / np.sqrt(2 * np.pi)
    q = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    integral = np.trapezoid(p * (np.log(np.maximum(p, 1e-300)) - np.log(np.maximum(q, 1e-300))), x)
    assert losses.divergence(mu, logvar).item() == pytest.approx(integral, rel=1e-4)
    both = losses.divergence(torch.cat([mu, mu * 0]), torch.cat([logvar, logvar * 0]))
    assert both.item() == pytest.approx(integral / 2, rel=1e-4)


def test_the_difference_is_absolute() -> None:
    a, b = drawn(2, 3, 4, 4), drawn(2, 3, 4, 4)
    assert losses.difference(a, b).item() == pytest.approx(np.abs(a.numpy() - b.numpy()).mean(), rel=1e-5)


def test_the_total_uses_every_weight_once_and_rewards_a_difference() -> None:
    names = [f.name for f in dataclasses.fields(ManiGANLoss)]
    terms = {name: torch.tensor(float(DRAW.uniform(1, 2))) for name in names}
    weights = ManiGANLoss(**{name: float(DRAW.uniform(1, 2)) for name in names})
    value = losses.total(terms, weights).item()
    assert value == pytest.approx(sum(getattr(weights, n) * terms[n].item() for n in names), rel=1e-6)
    assert ManiGANLoss().difference == -1.0
    assert ManiGANLoss().damsm == 5.0


def test_wrong_pairs_go_from_long_to_short_and_never_to_oneself() -> None:
    length = torch.tensor([4, 9, 4, 7])
    pictures, sentences = losses.wrong_pairs(length)
    assert pictures.tolist() == [1, 3, 0]
    assert sentences.tolist() == [3, 0, 2]
    assert (pictures != sentences).all()


def test_no_loss_depends_on_the_batchs_size() -> None:
    a, b, c = drawn(3), drawn(3, 4), drawn(3, 3, 8, 8)

    def values(n: int) -> list[float]:
        logits, numbers, maps = (torch.cat([x] * n) for x in (a, b, c))
        return [
            losses.discriminator(
                real=logits, real_matched=logits, real_wrong=logits, fake=logits, fake_matched=logits
            ).item(),
            losses.adversarial([logits]).item(),
            losses.perceptual([maps], [maps + 1]).item(),
            losses.divergence(numbers, numbers).item(),
            losses.difference(maps, maps * 2).item(),
        ]

    assert values(1) == pytest.approx(values(2), rel=1e-5)
    assert min(values(1)) > 0


def test_losses_are_numbers_for_certain_judges() -> None:
    sure = torch.tensor([1e4, -1e4], requires_grad=True)
    value = losses.discriminator(real=sure, real_matched=sure, real_wrong=sure, fake=sure, fake_matched=sure)
    (value + losses.adversarial([sure])).backward()
    assert value.isfinite()
    assert sure.grad is not None
    assert sure.grad.isfinite().all()


def test_the_word_level_loss_wants_own_words_and_no_others() -> None:
    matched, wrong = drawn(4).sigmoid(), drawn(3).sigmoid()
    expected = 1 - matched.numpy().mean() + wrong.numpy().mean()
    assert losses.correlation(matched, wrong).item() == pytest.approx(expected, rel=1e-6)
