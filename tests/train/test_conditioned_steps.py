"""Tests of SISGAN's and TAGAN's losses, against plain numpy, and of their training steps."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from conditioned_case import build, gradients, some_batch, tiny
from torch import Tensor

from mimnet.config import SISGANLoss, TAGANLoss
from mimnet.errors import MimnetError
from mimnet.nn.conditioning import ConditionedGenerator
from mimnet.nn.sisgan import SISGANDiscriminator
from mimnet.nn.tagan import TAGANDiscriminator
from mimnet.train import sisgan, tagan
from mimnet.train.condition import divergence
from mimnet.train.conditioned import rolled
from mimnet.train.reader import ranking
from mimnet.train.system import Phase

DRAW = np.random.default_rng(0)
FAMILIES = ["sisgan", "tagan"]


def drawn(*shape: int) -> Tensor:
    return torch.from_numpy(DRAW.normal(size=shape)).float()


def entropy(logits: Tensor, truth: float) -> float:
    """Binary cross-entropy as it is defined."""
    p = 1 / (1 + np.exp(-logits.double().numpy()))
    return float(-(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean())


def test_divergence_is_that_of_two_normal_distributions() -> None:
    mean, log_deviation = drawn(3, 4), 0.3 * drawn(3, 4)
    ours = torch.distributions.Normal(mean, log_deviation.exp())
    standard = torch.distributions.Normal(torch.zeros(3, 4), torch.ones(3, 4))
    expected = torch.distributions.kl_divergence(ours, standard).mean()
    assert divergence(mean, 2 * log_deviation).item() == pytest.approx(expected.item(), rel=1e-5)


def test_sisgans_discriminator_loss_is_its_three_cross_entropies() -> None:
    match, mismatch, fake = drawn(5), drawn(5), drawn(5)
    expected = entropy(match, 1) + 0.5 * entropy(mismatch, 0) + 0.5 * entropy(fake, 0)
    found = sisgan.discriminator_loss(match=match, mismatch=mismatch, fake=fake, weights=SISGANLoss())
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_tagans_discriminator_loss_judges_edits_for_reality_alone() -> None:
    real, fake = drawn(5), drawn(5)
    matched, other = torch.rand(5) * 0.9 + 0.05, torch.rand(5) * 0.9 + 0.05
    fitting = (-np.log(matched.numpy()).mean() - np.log(1 - other.numpy()).mean()) / 2
    expected = entropy(real, 1) + entropy(fake, 0) + 10 * fitting
    found = tagan.discriminator_loss(
        real=real, fake=fake, log_matched=matched.log(), log_rolled=other.log(), weights=TAGANLoss()
    )
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_the_generators_sums() -> None:
    terms = {name: drawn(1)[0] for name in ("reality", "conformity", "reconstruction", "divergence", "matching")}
    t = {name: x.item() for name, x in terms.items()}
    expected = t["reality"] + 10 * t["conformity"] + 0.2 * t["reconstruction"] + 0.5 * t["divergence"]
    assert tagan.generator_loss(terms, TAGANLoss()).item() == pytest.approx(expected, rel=1e-5)
    assert sisgan.generator_loss(terms, SISGANLoss()).item() == pytest.approx(t["matching"] + t["divergence"], rel=1e-5)


def test_which_sentences_belong_to_others() -> None:
    assert rolled(torch.arange(5)).tolist() == np.roll(np.arange(5), 1).tolist() == [4, 0, 1, 2, 3]
    assert sisgan.relevant(torch.arange(7)).tolist() == [1, 2, 0, 3, 4, 5, 6]
    ids = torch.arange(8).view(4, 2)
    assert sisgan.relevant(ids).tolist() == [[2, 3], [0, 1], [4, 5], [6, 7]]


@pytest.mark.parametrize("margin", [0.2, 0.7])
def test_ranking_is_the_hinge_of_every_wrong_pair(margin: float) -> None:
    pictures, sentences = drawn(4, 6), drawn(4, 6)
    v = pictures.numpy() / np.linalg.norm(pictures.numpy(), axis=1, keepdims=True)
    s = sentences.numpy() / np.linalg.norm(sentences.numpy(), axis=1, keepdims=True)
    expected = 0.0
    for i in range(4):
        for j in range(4):
            if i != j:
                expected += max(0, margin - v[i] @ s[i] + v[i] @ s[j]) + max(0, margin - v[i] @ s[i] + v[j] @ s[i])
    assert ranking(pictures, sentences, margin=margin).item() == pytest.approx(expected / 4, rel=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_discriminator_comes_first_and_each_phase_moves_its_own_group(family: str) -> None:
    system, batch = build(tiny(family))
    phases: list[Phase] = []
    before: dict[str, Tensor] = {}
    for phase in system.step(batch, 0):
        phases.append(phase)
        assert phase.total.isfinite()
        phase.total.backward()  # type: ignore[no-untyped-call]
        if phase.group == "discriminators":
            assert gradients(system.network) == {}
            before = gradients(system.discriminators)
            assert set(before) == set(dict(system.discriminators.named_parameters()))
        else:
            after = gradients(system.discriminators)
            assert all(torch.equal(after[name], g) for name, g in before.items())
            moved = {id(p) for p in system.groups()["generator"]}
            missing = [n for n, p in system.network.named_parameters() if id(p) in moved and p.grad is None]
            assert missing == []
    assert [phase.group for phase in phases] == ["discriminators", "generator"]
    assert all(p.requires_grad for p in system.discriminators.parameters())


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_frozen_is_in_no_group(family: str) -> None:
    system, _ = build(tiny(family))
    assert isinstance(system.network, ConditionedGenerator)
    moved = {id(p) for p in system.groups()["generator"]}
    held = {name.split(".")[0] for name, p in system.network.named_parameters() if id(p) not in moved}
    assert held == ({"reader", "encoder"} if family == "sisgan" else set())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_generator_meets_the_updated_discriminator(family: str) -> None:
    def judged(move: bool) -> float:
        system, batch = build(tiny(family))
        for phase in system.step(batch, 1):
            if phase.group == "generator":
                return phase.terms["matching" if family == "sisgan" else "reality"].item()
            if move:
                with torch.no_grad():
                    system.discriminators[0].answer.bias.add_(1.0)  # type: ignore[union-attr, operator]
        raise AssertionError

    assert judged(True) < judged(False) - 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_noise_is_a_function_of_the_step(family: str) -> None:
    def total(step: int) -> float:
        system, batch = build(tiny(family))
        return next(iter(system.step(batch, step))).total.item()

    assert total(3) == total(3)
    assert total(3) != total(4)


@pytest.mark.parametrize(("family", "least"), [("sisgan", 4), ("tagan", 2)])
def test_a_batch_without_other_sentences_is_refused(family: str, least: int) -> None:
    system, _ = build(tiny(family))
    said = rf"{least} pictures or more, it would have {least - 1}; raise --train.batch"
    with pytest.raises(MimnetError, match=said):
        system.stages(tiny(family, train={"batch": least - 1}))
    with pytest.raises(MimnetError, match=said):
        next(iter(system.step(some_batch(system.config, least - 1), 0)))
    next(iter(system.step(some_batch(system.config, least), 0)))


WEIGHTS = [
    ("sisgan", "mismatch", 0),
    ("sisgan", "fake", 0),
    ("sisgan", "divergence", 1),
    ("tagan", "conformity", 0),
    ("tagan", "conformity", 1),
    ("tagan", "reconstruction", 1),
    ("tagan", "divergence", 1),
]


@pytest.mark.parametrize(("family", "name", "place"), WEIGHTS)
def test_totals_follow_their_weights(family: str, name: str, place: int) -> None:
    def total(factor: float) -> float:
        config = tiny(family)
        loss = dataclasses.replace(config.loss, **{name: getattr(config.loss, name) * factor})
        system, batch = build(dataclasses.replace(config, loss=loss))
        return [phase.total.item() for phase in system.step(batch, 1)][place]

    one, two, three = total(1), total(2), total(3)
    assert abs(two - one) > 1e-6
    assert three - two == pytest.approx(two - one, rel=1e-2, abs=2e-7)


@torch.no_grad()
def test_sisgan_judges_which_picture_with_which_sentence() -> None:
    """In evaluation mode, so that every picture can be judged by itself."""
    system, batch = build(tiny("sisgan"))
    generator, judge = system.network.eval(), system.discriminators[0].eval()
    assert isinstance(generator, ConditionedGenerator)
    assert isinstance(judge, SISGANDiscriminator)
    noise = system.draw(batch, 1, generator.noise_width)

    def logit(picture: Tensor, i: int) -> Tensor:
        sentence = generator.read(batch.ids[i : i + 1], batch.length[i : i + 1]).features
        return judge.matching(judge.features(picture), sentence)[0]

    def edit(place: int, i: int) -> Tensor:
        sentence = generator.read(batch.ids[i : i + 1], batch.length[i : i + 1])
        seen = generator.see(batch.image[place : place + 1])
        return generator.paint(seen, sentence, noise=noise[place : place + 1]).last

    pictures = [batch.image[i : i + 1] for i in range(4)]
    match = torch.stack([logit(pictures[i], i) for i in range(4)])
    mismatch = torch.stack([logit(pictures[i], j) for i, j in enumerate((3, 0, 1, 2))])
    fake = torch.stack([logit(edit(i, j), j) for i, j in enumerate((1, 0, 2, 3))])
    first, second = system.step(batch, 1)
    expected = entropy(match, 1) + 0.5 * entropy(mismatch, 0) + 0.5 * entropy(fake, 0)
    assert first.total.item() == pytest.approx(expected, rel=1e-5)
    assert second.terms["matching"].item() == pytest.approx(entropy(fake, 1), rel=1e-5)


@torch.no_grad()
def test_tagan_judges_which_picture_with_which_sentence() -> None:
    system, batch = build(tiny("tagan"))
    generator, judge = system.network.eval(), system.discriminators[0].eval()
    assert isinstance(generator, ConditionedGenerator)
    assert isinstance(judge, TAGANDiscriminator)
    noise = [system.draw(batch, 1, generator.noise_width, of=i) for i in range(2)]
    assert not torch.equal(*noise)
    rolled_back = [3, 0, 1, 2]

    def painted(order: list[int], noise: Tensor) -> Tensor:
        sentence = generator.read(batch.ids[order], batch.length[order])
        return generator.paint(generator.see(batch.image), sentence, noise=noise).last

    def fits(picture: Tensor, order: list[int]) -> Tensor:
        return judge.conformity(judge.features(picture), generator.vectors(batch.ids[order]), batch.length[order])

    edit, again = painted(rolled_back, noise[0]), painted([0, 1, 2, 3], noise[1])
    real, fake = (judge.reality(judge.features(x)) for x in (batch.image, edit))
    matched, other = fits(batch.image, [0, 1, 2, 3]), fits(batch.image, rolled_back)
    first, second = system.step(batch, 1)
    conformity = -matched.mean() - torch.log(1 - other.exp()).mean()
    expected = entropy(real, 1) + entropy(fake, 0) + 10 * conformity.item() / 2
    assert first.total.item() == pytest.approx(expected, rel=1e-5)
    told: dict[str, Any] = {name: x.item() for name, x in second.terms.items()}
    assert told["reality"] == pytest.approx(entropy(fake, 1), rel=1e-5)
    assert told["conformity"] == pytest.approx(-fits(edit, rolled_back).mean().item(), rel=1e-5)
    assert told["reconstruction"] == pytest.approx((again - batch.image).abs().mean().item(), rel=1e-5)
    sentence = generator.read(batch.ids, batch.length)
    once = divergence(sentence.mean, 2 * sentence.log_deviation).item()
    assert told["divergence"] == pytest.approx(2 * once, rel=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_may_start_from_one_at_another_size(family: str) -> None:
    small, _ = build(tiny(family))
    large, _ = build(tiny(family, model={"size": 64}))
    torch.manual_seed(1)
    before = {name: x.clone() for name, x in large.discriminators.state_dict().items()}
    with torch.no_grad():
        for p in small.network.parameters():
            p.add_(1.0)
    large.start(dict(small.networks.state_dict()))
    assert all(torch.equal(x, small.network.state_dict()[name]) for name, x in large.network.state_dict().items())
    assert all(torch.equal(x, before[name]) for name, x in large.discriminators.state_dict().items())
    again, _ = build(tiny(family))
    with torch.no_grad():
        for p in small.discriminators.parameters():
            p.add_(1.0)
    again.start(dict(small.networks.state_dict()))
    state = again.discriminators.state_dict()
    assert all(torch.equal(x, state[name]) for name, x in small.discriminators.state_dict().items())
