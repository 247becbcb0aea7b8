"""Tests of ManiGAN's training step: who is judged with which sentence, and whose parameters move."""

import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mimnet.config import Config, load_config, merge
from mimnet.damsm import damsm
from mimnet.data.batches import Batch
from mimnet.errors import MimnetError
from mimnet.families import new_generator
from mimnet.nn.layers import resize
from mimnet.nn.manigan.discriminator import ManiGANDiscriminator
from mimnet.train import manigan as losses
from mimnet.train.grids import Fixed
from mimnet.train.manigan import ManiGANSystem
from mimnet.train.system import Phase

WORDS, SIZE = 12, 32
SMALL = {
    "model": {"size": SIZE, "encoder_width": 8, "encoder_size": 32, "word_feature": 8, "width": 4, "noise": 3},
    "train": {"bf16": False, "batch": 3},
}


def small(*, correct: bool = False, **loss: float) -> Config:
    config = merge(load_config("manigan-small"), SMALL, where="test")
    model = dataclasses.replace(config.model, correct=correct, discriminator_width=8)  # type: ignore[call-arg]
    return dataclasses.replace(config, model=model, loss=dataclasses.replace(config.loss, **loss))


def some_batch(pictures: int = 3) -> Batch:
    draw = torch.Generator().manual_seed(5)
    return Batch(
        torch.rand(pictures, 3, SIZE, SIZE, generator=draw) * 2 - 1,
        torch.randint(1, WORDS, (pictures, 8), generator=draw),
        torch.tensor([4, 7, 2][:pictures]),
        torch.randint(1, WORDS, (pictures, 8), generator=draw),
        torch.tensor([6, 3, 5][:pictures]),
        torch.arange(pictures),
    )


def build(config: Config) -> tuple[ManiGANSystem, Batch]:
    torch.manual_seed(0)
    batch = some_batch()
    return ManiGANSystem(config, new_generator(config.model, WORDS), fixed=Fixed(batch, [])), batch


def gradients(network: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


def state(network: nn.Module) -> dict[str, Tensor]:
    return {name: x.clone() for name, x in network.state_dict().items()}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("correct", [False, True])
def test_discriminators_come_first_and_each_phase_moves_its_own_group(correct: bool) -> None:
    system, batch = build(small(correct=correct))
    phases: list[Phase] = []
    for phase in system.step(batch, 0):
        phases.append(phase)
        phase.total.backward()  # type: ignore[no-untyped-call]
        assert phase.total.isfinite()
        if phase.group == "discriminators":
            assert gradients(system.generator) == {}
            before = gradients(system.discriminators)
            assert set(before) == set(dict(system.discriminators.named_parameters()))
        else:
            after = gradients(system.discriminators)
            assert all(torch.equal(after[name], g) for name, g in before.items())
            learning = "correct." if correct else "main."
            moved = set(gradients(system.generator))
            assert moved == {n for n, _ in system.generator.named_parameters() if n.startswith(learning)}
            assert {id(p) for p in system.groups()["generator"]} == {
                id(p) for n, p in system.generator.named_parameters() if n in moved
            }
    assert [phase.group for phase in phases] == ["discriminators", "generator"]
    own = {"difference"} if correct else {"perceptual", "divergence"}
    assert set(phases[1].terms) == {"reality", "matching", "damsm", "words", "sentence"} | own
    assert len(system.discriminators) == (1 if correct else 3)
    assert all(p.requires_grad for p in system.discriminators.parameters())


def painted(system: ManiGANSystem, batch: Batch, step: int) -> Any:
    generator = system.generator.train()
    noise = system.draw(batch, step, generator.noise_width)
    return generator.paint(generator.see(batch.image), generator.read(batch.ids, batch.length), noise=noise)


@torch.no_grad()
@pytest.mark.parametrize("correct", [False, True])
def test_who_is_judged_with_which_sentence(correct: bool) -> None:
    system, batch = build(small(correct=correct))
    edit = painted(system, batch, 1)
    pictures = edit.stages[-1:] if correct else edit.stages
    sentence = system.generator.read(batch.ids, batch.length).sentence
    system.discriminators.train()
    expected, reality, matching = torch.zeros(()), torch.zeros(()), torch.zeros(())
    for judge, fake in zip(system.discriminators, pictures, strict=True):
        assert isinstance(judge, ManiGANDiscriminator)
        real = judge.features(resize(batch.image, (fake.shape[2], fake.shape[3])))
        made = judge.features(fake)
        expected += losses.discriminator(
            real=judge.reality(real),
            real_matched=judge.matching(real, sentence),
            real_wrong=judge.matching(real[[1, 0]], sentence[[0, 2]]),  # 7 words with the caption of 4, 4 with 2
            fake=judge.reality(made),
            fake_matched=judge.matching(made, sentence),
        )
        reality += losses.adversarial([judge.reality(made)])
        matching += losses.adversarial([judge.matching(made, sentence)])
    with torch.enable_grad():
        first, second = system.step(batch, 1)
    assert first.total.item() == pytest.approx(expected.item(), rel=1e-4)
    assert second.terms["reality"].item() == pytest.approx(reality.item(), rel=1e-4)
    assert second.terms["matching"].item() == pytest.approx(matching.item(), rel=1e-4)


@torch.no_grad()
def test_the_other_terms_and_their_sum() -> None:
    for correct in (False, True):
        system, batch = build(small(correct=correct, perceptual=7.0, divergence=3.0))
        edit, generator = painted(system, batch, 1), system.generator
        read = generator.damsm.read(batch.ids, batch.length)
        expected = damsm(read, generator.view(edit.last), batch.length, batch.kind)
        with torch.enable_grad():
            *_, phase = system.step(batch, 1)
        terms = phase.terms
        assert terms["damsm"].item() == pytest.approx(sum(x.item() for x in expected.values()), rel=1e-4)
        total = terms["reality"] + terms["matching"] + 5 * terms["damsm"]
        if correct:
            difference = (edit.last - batch.image).abs().mean()
            assert terms["difference"].item() == pytest.approx(difference.item(), rel=1e-4)
            total = total - difference  # a difference is rewarded
        else:
            made = [generator.image(x) for x in edit.stages]
            real = [generator.image(resize(batch.image, (x.shape[2], x.shape[3]))) for x in edit.stages]
            squares = sum(((a - b) ** 2).mean() for a, b in zip(made, real, strict=True)) / 3
            assert terms["perceptual"].item() == pytest.approx(squares.item(), rel=1e-4)
            total = total + 7 * squares + 3 * losses.divergence(edit.mu, edit.logvar)
        assert phase.total.item() == pytest.approx(total.item(), rel=1e-4)


def test_the_generator_meets_the_updated_discriminators() -> None:
    def reality(move: bool) -> float:
        system, batch = build(small())
        for phase in system.step(batch, 1):
            if phase.group == "generator":
                return phase.terms["reality"].item()
            if move:
                with torch.no_grad():
                    for network in system.discriminators:
                        network.real.bias.add_(1.0)  # type: ignore[union-attr, operator]
        raise AssertionError

    assert reality(True) < reality(False) - 0.1


def test_the_noise_is_a_function_of_the_step() -> None:
    def pictures(step: int) -> Tensor:
        system, batch = build(small())
        with torch.no_grad():
            return painted(system, batch, step).last

    assert torch.equal(pictures(3), pictures(3))
    assert not torch.equal(pictures(3), pictures(4))


def test_weights_begin_orthogonal_where_they_learn() -> None:
    system, _ = build(small())
    weight = system.generator.main.stages[0].channels.word[0].weight  # 64,8
    torch.testing.assert_close(weight.T @ weight, torch.eye(8), atol=1e-5, rtol=0)
    flat = system.discriminators[0].first.weight.flatten(1)  # type: ignore[union-attr, operator]
    torch.testing.assert_close(flat @ flat.T, torch.eye(8), atol=1e-5, rtol=0)


def test_a_detail_correction_begins_with_the_main_module_and_leaves_it_as_it_is() -> None:
    trained, batch = build(small())
    for phase in trained.step(batch, 0):  # statistics of the batch normalisation move
        phase.total.backward()  # type: ignore[no-untyped-call]
    system, _ = build(small(correct=True))
    fresh = state(system.networks)
    system.start(state(trained.networks))
    begun = state(system.networks)
    for name, x in trained.generator.state_dict().items():
        assert torch.equal(begun[f"generator.{name}"], x)
    for name in fresh:
        if name.startswith(("generator.correct.", "discriminators.")):
            assert torch.equal(begun[name], fresh[name])
    optimiser = torch.optim.SGD(system.groups()["generator"], lr=0.1)
    for phase in system.step(batch, 0):
        if phase.group == "generator":
            phase.total.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    after = state(system.generator)
    moved = {name for name, x in after.items() if not torch.equal(x, begun[f"generator.{name}"])}
    assert moved
    assert all(name.startswith("correct.") for name in moved)


def test_a_detail_correction_begins_with_another_one_whole() -> None:
    first, second = build(small(correct=True))[0], build(small(correct=True))[0]
    with torch.no_grad():
        for p in first.networks.parameters():
            p.add_(1)
    second.start(state(first.networks))
    for name, x in first.networks.state_dict().items():
        assert torch.equal(second.networks.state_dict()[name], x)


def test_a_main_module_of_another_width_does_not_fit() -> None:
    other = dataclasses.replace(small(), model=dataclasses.replace(small().model, width=8))  # type: ignore[call-arg]
    system, trained = build(small(correct=True))[0], build(other)[0]
    with pytest.raises(RuntimeError, match="size mismatch"):
        system.start(state(trained.networks))


def test_one_picture_alone_is_refused() -> None:
    system, _ = build(small())
    with pytest.raises(MimnetError, match=r"raise train\.batch"):
        next(iter(system.step(some_batch(1), 0)))


def with_words(*, correct: bool, weight: float = 0.5) -> Config:
    config = small(correct=correct, correlation=weight)
    return dataclasses.replace(config, model=dataclasses.replace(config.model, word_level="paper"))  # type: ignore[call-arg]


@pytest.mark.parametrize("correct", [False, True])
def test_the_papers_word_level_term_teaches_the_discriminator_and_the_generator(correct: bool) -> None:
    weight = 2.0
    system, batch = build(with_words(correct=correct, weight=weight))
    plain, _ = build(with_words(correct=correct, weight=0.0))
    plain.networks.load_state_dict(state(system.networks))
    words = system.word_level
    assert words is not None
    assert words is system.discriminators[-1].correlation
    with torch.no_grad():
        generator, edit = system.generator, painted(system, batch, 1)
        sentence, seen = generator.read(batch.ids, batch.length), generator.see(batch.image)
        own = words(seen.regions, sentence.words, sentence.mask).mean()
        other = words(seen.regions[[1, 0]], sentence.words[[0, 2]], sentence.mask[[0, 2]]).mean()
        shown = words(generator.see(edit.last).regions, sentence.words, sentence.mask).mean()
    learned = []
    for one in (system, plain):
        first, second = one.step(batch, 1)
        assert first.terms["discriminator_words"].item() == pytest.approx((1 - own + other).item(), rel=1e-4)
        assert second.terms["correlation"].item() == pytest.approx((1 - shown).item(), rel=1e-4)
        first.total.backward()  # type: ignore[no-untyped-call]
        second.total.backward()  # type: ignore[no-untyped-call]
        learned.append((first.total.item(), second.total.item(), gradients(one.networks)))
    (judged, made, moved), (judged_without, made_without, moved_without) = learned
    assert judged - judged_without == pytest.approx(weight * (1 - own + other).item(), rel=1e-2)
    assert made - made_without == pytest.approx(weight * (1 - shown).item(), rel=1e-2)
    taught = "generator.correct." if correct else "generator.main."
    for name in moved:
        different = not torch.equal(moved[name], moved_without[name])
        if ".correlation." in name:
            assert moved[name].abs().sum() > 0 == moved_without[name].abs().sum()
        elif name.startswith("discriminators."):
            assert not different
        else:
            assert name.startswith(taught)
    assert any(not torch.equal(moved[name], moved_without[name]) for name in moved if name.startswith(taught))


def test_without_it_there_is_no_word_level_discriminator() -> None:
    system, batch = build(small())
    assert system.word_level is None
    assert not any("correlation" in name for name in state(system.networks))
    first, second = system.step(batch, 1)
    assert "discriminator_words" not in first.terms
    assert "correlation" not in second.terms
