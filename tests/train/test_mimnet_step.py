"""Tests of MIM-Net's training step: whose parameters move, and what the memories learn from."""

import dataclasses
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mimnet import losses
from mimnet.config import Config, load_config
from mimnet.data.batches import Batch, Examples, Pairs, Sayings
from mimnet.families import new_generator
from mimnet.nn.discriminator import Discriminator
from mimnet.nn.generator import paste
from mimnet.nn.layers import resize
from mimnet.nn.memory import TextureMemory
from mimnet.train.grids import Fixed
from mimnet.train.mimnet import MIMNetSystem
from mimnet.train.system import Phase, frozen

WORDS, SIZE = 12, 32
NOWHERE = torch.zeros(2, 1, SIZE, SIZE)  # another shape


def tiny(*, model: dict[str, Any] | None = None, **loss: float) -> Config:
    config = load_config("tiny")
    return dataclasses.replace(
        config,
        model=dataclasses.replace(config.model, **(model or {})),
        loss=dataclasses.replace(config.loss, **loss),
    )


def some_batch(config: Config, pictures: int = 3) -> Batch:
    draw = torch.Generator().manual_seed(5)
    shape = (pictures, config.model.max_words)
    return Batch(
        torch.rand(pictures, 3, SIZE, SIZE, generator=draw) * 2 - 1,
        torch.randint(1, WORDS, shape, generator=draw),
        torch.tensor([4, 7, 2][:pictures]),
        torch.randint(1, WORDS, shape, generator=draw),
        torch.tensor([6, 3, 5][:pictures]),
        torch.arange(pictures),
    )


def build(config: Config) -> tuple[MIMNetSystem, Batch]:
    torch.manual_seed(0)
    generator = new_generator(config.model, WORDS)
    generator.vectors.vectors.normal_()
    batch = some_batch(config)
    return MIMNetSystem(config, generator, fixed=Fixed(batch, [])), batch


def gradients(network: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}


def memory_gradient(**loss: float) -> Tensor | None:
    """The memories' gradient in the generator's phase of the first step, by the weights of the losses."""
    system, batch = build(tiny(**loss))
    for phase in system.step(batch, 1):
        if phase.group == "generator":
            phase.total.backward()  # type: ignore[no-untyped-call]
    assert isinstance(system.generator.memory, TextureMemory)
    return system.generator.memory.memory.grad


OFF = {"reconstruction": 0.0, "pseudo_texture": 0.0, "random_memory": 0.0, "map_area": 0.0, "map_roughness": 0.0}
ADVERSARIAL_OFF = {"reality": 0.0, "conformity": 0.0}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def test_discriminators_come_first_and_each_phase_moves_its_own_group() -> None:
    system, batch = build(tiny())
    phases: list[Phase] = []
    before: dict[str, Tensor] = {}
    for phase in system.step(batch, 0):
        phases.append(phase)
        phase.total.backward()  # type: ignore[no-untyped-call]
        if phase.group == "discriminators":
            assert gradients(system.generator) == {}
            assert set(gradients(system.discriminators)) == set(dict(system.discriminators.named_parameters()))
            before = {name: g.clone() for name, g in gradients(system.discriminators).items()}
        else:
            after = gradients(system.discriminators)
            assert all(torch.equal(after[name], g) for name, g in before.items())
            moved = {id(p) for p in system.groups()["generator"]}
            missing = [n for n, p in system.generator.named_parameters() if id(p) in moved and p.grad is None]
            assert missing == []
    assert [phase.group for phase in phases] == ["discriminators", "generator"]
    assert all(p.requires_grad for p in system.discriminators.parameters())


def test_the_generator_meets_the_updated_discriminators() -> None:
    def reality_term(move: bool) -> float:
        system, batch = build(tiny())
        for phase in system.step(batch, 1):
            if phase.group == "generator":
                return phase.terms["reality"].item()
            if move:
                with torch.no_grad():
                    for network in system.discriminators:
                        network.reality_head.bias.add_(1.0)  # type: ignore[union-attr, operator]
        raise AssertionError

    assert reality_term(True) < reality_term(False) - 0.1


def test_adversarial_terms_do_not_reach_the_memories() -> None:
    alone = memory_gradient(**OFF)
    assert alone is None or not alone.any()


def test_the_memories_learn_from_reconstruction_pseudo_truth_and_random_memories() -> None:
    both, rest = memory_gradient(), memory_gradient(**ADVERSARIAL_OFF)
    assert both is not None
    assert rest is not None
    assert both.abs().sum() > 0
    torch.testing.assert_close(both, rest, atol=1e-7, rtol=1e-4)
    for name in ("reconstruction", "pseudo_texture", "random_memory"):
        single = memory_gradient(**{**OFF, **ADVERSARIAL_OFF, name: 1.0})
        assert single is not None
        assert single.abs().sum() > 0, name


def test_adversarial_terms_do_move_the_key_projection() -> None:
    system, batch = build(tiny(**OFF))
    for phase in system.step(batch, 1):
        if phase.group == "generator":
            phase.total.backward()  # type: ignore[no-untyped-call]
    assert isinstance(system.generator.memory, TextureMemory)
    gradient = system.generator.memory.key.weight.grad
    assert gradient is not None
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("name", ["discriminator_coarse", "discriminator_fine", "discriminator_conformity"])
def test_the_discriminators_loss_follows_its_weights(name: str) -> None:
    def total(factor: float) -> float:
        config = tiny()
        value = getattr(config.loss, name) * factor
        system, batch = build(dataclasses.replace(config, loss=dataclasses.replace(config.loss, **{name: value})))
        return next(iter(system.step(batch, 1))).total.item()

    one, two, three = total(1), total(2), total(3)
    assert two - one > 1e-3
    assert three - two == pytest.approx(two - one, rel=1e-3)  # linear: used exactly once


@torch.no_grad()
def test_eq17_judges_which_picture_with_which_sentence() -> None:
    system, batch = build(tiny(r1=0.0))
    generator, vectors, weights = system.generator, system.generator.vectors, system.config.loss
    edit = generator(batch.image, batch.other_ids, batch.other_length)
    total = 0.0
    for judge, picture, weight in zip(
        system.discriminators, edit.stages, (weights.discriminator_coarse, weights.discriminator_fine), strict=True
    ):
        assert isinstance(judge, Discriminator)
        real = judge.features(resize(batch.image, (picture.shape[2], picture.shape[3])))
        fake = judge.features(paste(picture, batch.image, edit.weight_map))
        loss = losses.discriminator(
            real=judge.reality(real),
            fake=judge.reality(fake),
            log_matched=judge.conformity(real, vectors(batch.ids), batch.length),
            log_other=judge.conformity(real, vectors(batch.other_ids), batch.other_length),
            conformity=weights.discriminator_conformity,
        )
        total += weight * loss.item()
    assert next(iter(system.step(batch, 1))).total.item() == pytest.approx(total, abs=2e-6, rel=1e-7)


@torch.no_grad()
def test_eq14_to_eq19_take_which_picture_with_which_sentence() -> None:
    system, batch = build(tiny())
    generator, vectors = system.generator, system.generator.vectors
    seen = generator.see(batch.image)
    own = generator.paint(seen, generator.read(batch.ids, batch.length))
    other = generator.paint(seen, generator.read(batch.other_ids, batch.other_length))
    a = system._random_attention(batch, 1)
    random = generator.paint(seen, generator.read(batch.ids, batch.length, attention=a))
    expected = {
        "reconstruction": losses.reconstruction(own.stages, batch.image),
        "pseudo_texture": losses.pseudo_texture(own.texture, seen.features, own.weight_map, stop_gradient=True),
        "reality": torch.zeros(()),
        "conformity": torch.zeros(()),
        "random_memory": torch.zeros(()),
    }
    for i, judge in enumerate(system.discriminators):
        assert isinstance(judge, Discriminator)
        fake = judge.features(paste(other.stages[i], batch.image, other.weight_map))
        blind = judge.features(paste(random.stages[i], batch.image, random.weight_map))
        expected["reality"] += losses.reality(judge.reality(fake))
        scores = judge.conformity(fake, vectors(batch.other_ids), batch.other_length)
        expected["conformity"] += losses.conformity(scores)
        expected["random_memory"] += losses.reality(judge.reality(blind))
    with torch.enable_grad():
        *_, phase = system.step(batch, 1)
    for name, value in expected.items():
        assert phase.terms[name].item() == pytest.approx(value.item(), abs=2e-6), name


def test_random_attention_is_normalised_and_a_function_of_the_step() -> None:
    system, batch = build(tiny())
    one = system._random_attention(batch, 3)
    assert one.shape == (3, batch.ids.shape[1], system.config.model.memories)
    torch.testing.assert_close(one.sum(-1), torch.ones(one.shape[:2]))
    assert (one >= 0).all()
    assert torch.equal(one, system._random_attention(batch, 3))
    assert not torch.equal(one, system._random_attention(batch, 4))


def test_the_penalty_on_real_gradients_comes_every_so_many_steps() -> None:
    def total(step: int, r1: float) -> float:
        system, batch = build(tiny(r1=r1, r1_every=4))
        return next(iter(system.step(batch, step))).total.item()

    assert total(4, 1.0) > total(4, 0.0)
    assert total(5, 1.0) == total(5, 0.0)


@pytest.mark.parametrize(
    ("model", "missing"), [({"memory": False}, {"random_memory"}), ({"stages": 1}, set()), ({"paste": False}, set())]
)
def test_ablations_take_a_step(model: dict[str, Any], missing: set[str]) -> None:
    system, batch = build(tiny(model=model))
    for phase in system.step(batch, 0):
        phase.total.backward()  # type: ignore[no-untyped-call]
        assert phase.total.isfinite()
        if phase.group == "generator":
            wanted = {"reconstruction", "pseudo_texture", "reality", "conformity", "random_memory"}
            assert wanted - set(phase.terms) == missing


def test_a_weight_of_zero_paints_no_random_memories() -> None:
    system, batch = build(tiny(random_memory=0.0))
    *_, phase = system.step(batch, 0)
    assert "random_memory" not in phase.terms


def test_frozen_lets_gradients_through_to_inputs_alone() -> None:
    network = nn.Linear(3, 1)
    network.bias.requires_grad_(False)
    x = torch.randn(2, 3, requires_grad=True)
    with frozen(network):
        network(x).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0
    assert network.weight.grad is None
    assert network.weight.requires_grad
    assert not network.bias.requires_grad  # what was frozen before stays so


def test_frozen_is_undone_after_an_error() -> None:
    network = nn.Linear(3, 1)

    def fail() -> None:
        with frozen(network):
            assert not network.weight.requires_grad
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert network.weight.requires_grad


def test_on_pictures_without_the_object_the_first_sentences_may_move_nothing() -> None:
    system, batch = build(tiny(absent=2.0))
    away = torch.rand(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(8)) * 2 - 1
    with torch.no_grad():
        edit = system.generator(away, batch.other_ids[:2], batch.other_length[:2])
        expected = losses.absent(edit.weight_map)
    for phase in system.step(dataclasses.replace(batch, absent=away), 1):
        if phase.group == "generator":
            assert phase.terms["absent"].item() == pytest.approx(expected.item(), rel=1e-5)
            with_price = phase.total.item()
    alone = [phase.total.item() for phase in system.step(batch, 1)][-1]
    assert with_price - alone == pytest.approx(2 * expected.item(), rel=1e-3)


def test_detail_is_priced_in_edits_by_other_sentences() -> None:
    system, batch = build(tiny(detail=3.0))
    with torch.no_grad():
        edit = system.generator(batch.image, batch.other_ids, batch.other_length)
        expected = losses.detail(system.generator.results(edit, batch.image), batch.image, edit.weight_map)
    phase = list(system.step(batch, 1))[-1]
    assert phase.terms["detail"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_presence_is_learned_beside_all_else_on_a_map_that_is_free_to_open() -> None:
    system, batch = build(tiny(model={"presence": 5}, presence=2.0, absent=2.0))
    batch = dataclasses.replace(batch, absent=torch.rand(2, 3, SIZE, SIZE) * 2 - 1)
    told = system.generator.presence
    assert told is not None
    with torch.no_grad():
        told.say.bias.fill_(-50.0)  # nothing is believed to show the object
    *_, phase = system.step(batch, 1)
    assert phase.terms["presence"].item() == pytest.approx(25, rel=0.05)  # half of them do
    *_, free = MIMNetSystem(tiny(absent=2.0), _without_presence(system), fixed=Fixed(batch, [])).step(batch, 1)
    for name, term in free.terms.items():
        if name not in ("conformity", "reality", "random_memory"):  # of discriminators of its own
            assert phase.terms[name].item() == pytest.approx(term.item(), rel=1e-4), name
    losses.generator_total({"presence": phase.terms["presence"]}, system.loss).backward()  # type: ignore[no-untyped-call]
    moved = {name for name, gradient in gradients(system.generator).items() if gradient.abs().sum() > 0}
    assert moved
    assert all(name.startswith("presence.") for name in moved)


def _without_presence(system: MIMNetSystem) -> nn.Module:
    generator = new_generator(tiny().model, WORDS)
    kept = system.generator.state_dict().items()
    generator.load_state_dict({name: x for name, x in kept if not name.startswith("presence.")})
    return generator


def test_presence_alone_learns_to_tell_pictures_apart_and_moves_nothing_else() -> None:
    config = tiny(model={"presence": 8}, presence=1.0, presence_alone=True)
    assert MIMNetSystem.needs_start(config)
    assert not MIMNetSystem.needs_start(tiny())
    system, batch = build(config)
    bright, dark = torch.rand(2, 3, 3, SIZE, SIZE).mul(0.2).unbind()
    stripes = (torch.arange(SIZE) % 4 < 2).float() - 0.5  # in any colours, nearer and further away
    batch = dataclasses.replace(batch, image=bright + stripes, absent=dark)
    before = {name: x.clone() for name, x in system.networks.state_dict().items()}
    optimiser = torch.optim.Adam(system.groups()["generator"], 1e-2)
    prices = []
    for step in range(60):
        (phase,) = system.step(batch, step)
        assert phase.group == "generator"
        optimiser.zero_grad(set_to_none=True)
        phase.total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        prices.append(phase.terms["presence"].item())
    assert sum(prices[-10:]) < 0.3 * sum(prices[:10])
    for name, x in system.networks.state_dict().items():
        assert torch.equal(x, before[name]) != name.startswith("generator.presence."), name


def test_presence_learns_from_pictures_in_their_colours_in_others_and_in_none() -> None:
    system, batch = build(tiny(model={"presence": 8}, presence=1.0, presence_alone=True))
    ramp = torch.linspace(-0.9, 0.9, SIZE).expand(1, 3, SIZE, SIZE) * torch.tensor([1.0, 0.6, 0.3])[:, None, None]
    batch = dataclasses.replace(batch, image=ramp.repeat(len(batch.image), 1, 1, 1), absent=ramp)
    seen: list[Tensor] = []
    encoder = system.generator.image_encoder
    encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))  # type: ignore[no-untyped-call]
    for step in range(60):
        list(system.step(batch, step))
    pictures = torch.cat([each for each in seen if each.shape[-1] == SIZE])
    spread = torch.stack([picture.std((1, 2)) for picture in pictures])
    shares = spread / spread[:, :1]
    grey = (shares - 1).abs().amax(1) < 1e-4
    own = (shares - torch.tensor([1.0, 0.6, 0.3])).abs().amax(1) < 1e-3
    assert grey.float().mean().item() == pytest.approx(0.15, abs=0.06)
    assert own.float().mean().item() == pytest.approx(0.85 / 2, abs=0.1)


@pytest.mark.parametrize("stages", [1, 2])
def test_discriminators_first_learn_conformity_of_real_pictures_and_nothing_else_moves(stages: int) -> None:
    system, batch = build(tiny(model={"stages": stages}, discriminators_first=3))
    (phase,) = system.step(batch, 2)
    assert phase.group == "discriminators"
    expected = 0.0
    for judge, size in zip(system.discriminators, (SIZE // 2, SIZE), strict=False):
        assert isinstance(judge, Discriminator)
        features = judge.features(resize(batch.image, (size, size)))
        vectors = system.generator.vectors
        own = judge.conformity(features, vectors(batch.ids), batch.length)
        other = judge.conformity(features, vectors(batch.other_ids), batch.other_length)
        expected += (-own - torch.log(1 - other.exp())).mean().item()
    assert phase.total.item() == pytest.approx(expected, rel=1e-2)  # the phase's networks may be in bfloat16
    phase.total.backward()  # type: ignore[no-untyped-call]
    assert not gradients(system.generator)
    assert not any("reality" in name for name in gradients(system.discriminators))
    assert [phase.group for phase in system.step(batch, 3)] == ["discriminators", "generator"]


def test_all_pairs_show_every_picture_the_other_classes_sentences_of_the_batch() -> None:
    system, batch = build(tiny(r1=0.0, all_pairs=True))
    batch = dataclasses.replace(batch, kind=torch.tensor([4, 4, 9]))
    alone, _ = build(tiny(r1=0.0))
    with torch.no_grad():  # networks as they begin find all pairs alike
        for judge in (*system.discriminators, *alone.discriminators):
            judge.word_filter.weight.mul_(100)
    weight = system.loss.discriminator_conformity
    expected = 0.0
    for judge, size in zip(system.discriminators, (SIZE // 2, SIZE), strict=True):
        assert isinstance(judge, Discriminator)
        features, vectors = judge.features(resize(batch.image, (size, size))), system.generator.vectors
        wrong = []
        for picture, sentence in ((0, 2), (1, 2), (2, 0), (2, 1)):
            x = features[picture : picture + 1]
            at = slice(sentence, sentence + 1)
            wrong.append(torch.log(1 - judge.conformity(x, vectors(batch.ids[at]), batch.length[at]).exp()).item())
        other = judge.conformity(features, vectors(batch.other_ids), batch.other_length)
        near = torch.log(1 - other.exp()).mean().item()
        expected += weight * (near - sum(wrong) / 4) / 2  # half of what S' counts for goes to the pairs
    with_pairs, without = (next(iter(s.step(batch, 1))).total.item() for s in (system, alone))
    assert abs(expected) > 0.1
    assert with_pairs - without == pytest.approx(expected, rel=1e-2)


def test_the_conformity_heads_gradient_is_priced_on_real_pictures_with_their_own_sentences() -> None:
    def total(step: int, **loss: float) -> float:
        system, batch = build(tiny(r1=0.0, **loss))
        return next(iter(system.step(batch, step))).total.item()

    system, batch = build(tiny(r1=0.0))
    expected = 0.0
    for judge, size in zip(system.discriminators, (SIZE // 2, SIZE), strict=True):
        assert isinstance(judge, Discriminator)
        image = resize(batch.image, (size, size)).requires_grad_()
        matched = judge.conformity(judge.features(image), system.generator.vectors(batch.ids), batch.length)
        (gradient,) = torch.autograd.grad(matched.sum(), image)
        expected += gradient.square().sum((1, 2, 3)).mean().item()
    every = system.loss.r1_every
    assert total(0, r1_conformity=1000.0) - total(0) == pytest.approx(1000 * every / 2 * expected, rel=1e-2)
    assert total(1, r1_conformity=1000.0) == total(1)


def test_pairs_are_edits_that_have_a_truth() -> None:
    system, batch = build(tiny(r1=0.0, paired=4.0))
    draw = torch.Generator().manual_seed(8)
    before, after = (torch.rand(2, 3, SIZE, SIZE, generator=draw) * 2 - 1 for _ in range(2))
    pairs = Pairs(before, after, batch.ids[:2], batch.length[:2], NOWHERE)
    with torch.no_grad():
        edit = system.generator(before, pairs.ids, pairs.length)
        paired = system.generator.results(edit, before)
        other = system.generator(batch.image, batch.other_ids, batch.other_length)
        fakes = system.generator.results(other, batch.image)
        expected = losses.paired(paired, before, after)
        conforming, real = 0.0, 0.0
        for judge, one, two in zip(system.discriminators, fakes, paired, strict=True):
            assert isinstance(judge, Discriminator)
            features, vectors = judge.features(torch.cat([one, two])), system.generator.vectors
            by_other = judge.conformity(features[:3], vectors(batch.other_ids), batch.other_length)
            by_truth = judge.conformity(features[3:], vectors(pairs.ids), pairs.length)
            conforming -= torch.cat([by_other, by_truth]).mean().item()
            real += torch.nn.functional.softplus(-judge.reality(features)).mean().item()
    phase = list(system.step(dataclasses.replace(batch, pairs=pairs), 1))[-1]
    assert phase.terms["paired"].item() == pytest.approx(expected.item(), rel=1e-2)
    assert phase.terms["conformity"].item() == pytest.approx(conforming, rel=1e-2)
    assert phase.terms["reality"].item() == pytest.approx(real, rel=1e-2)
    losses.generator_total({"paired": phase.terms["paired"]}, system.loss).backward()  # type: ignore[no-untyped-call]
    moved = gradients(system.generator)
    assert any("paint" in name for name in moved)
    assert "memory.memory" not in moved  # an edit leaves the memories as they are


@pytest.mark.parametrize("first", [0, 3])
def test_truths_of_pairs_belong_to_what_was_asked_and_pictures_before_do_not(first: int) -> None:
    draw = torch.Generator().manual_seed(8)
    before, after = (torch.rand(2, 3, SIZE, SIZE, generator=draw) * 2 - 1 for _ in range(2))
    totals = []
    for weight in (0.5, 0.0):
        system, batch = build(tiny(r1=0.0, paired=4.0, paired_conformity=weight, discriminators_first=first))
        with torch.no_grad():
            for judge in system.discriminators:
                judge.word_filter.weight.mul_(100)
        pairs = Pairs(before, after, batch.ids[:2], batch.length[:2], NOWHERE)
        totals.append(next(iter(system.step(dataclasses.replace(batch, pairs=pairs), 1))).total.item())
    expected = 0.0
    for judge, size in zip(system.discriminators, (SIZE // 2, SIZE), strict=True):
        assert isinstance(judge, Discriminator)
        vectors = system.generator.vectors(pairs.ids)
        belongs, not_so = (
            judge.conformity(judge.features(resize(x, (size, size))), vectors, pairs.length) for x in (after, before)
        )
        expected += 0.5 * (-belongs - torch.log(1 - not_so.exp())).mean().item()
    # While discriminators learn alone, lambda_t does not count.
    expected *= 1 if first else system.loss.discriminator_conformity
    assert abs(expected) > 0.1
    assert totals[0] - totals[1] == pytest.approx(expected, rel=2e-2)


@pytest.mark.parametrize("name", ["map_outside", "map_inside"])
def test_the_map_s_prices_by_objects_count_both_sentences(name: str) -> None:
    system, batch = build(tiny(**{name: 1.0}))
    objects = torch.zeros_like(batch.image[:, :1])
    objects[..., SIZE // 2 :] = 1
    with torch.no_grad():
        generator = system.generator
        maps = [
            generator(batch.image, ids, length).weight_map
            for ids, length in ((batch.other_ids, batch.other_length), (batch.ids, batch.length))
        ]
        expected = sum(getattr(losses, name)(a, objects).item() for a in maps)
    phase = list(system.step(dataclasses.replace(batch, objects=objects), 1))[-1]
    assert phase.terms[name].item() == pytest.approx(expected, rel=2e-2)
    losses.generator_total({name: phase.terms[name]}, system.loss).backward()  # type: ignore[no-untyped-call]
    assert any("locate" in name or "encoder" in name for name in gradients(system.generator))


def test_bounded_conformity_asks_for_no_more_than_real_pictures_show() -> None:
    """Eq. 19 by hand: log Dt of edits counts up to log Dt of the example of each sentence, in each stage."""
    system, batch = build(tiny(conformity_bounded=True))
    examples = Examples(batch.image.flip(0), batch.other_ids, batch.other_length)
    phases = system.step(dataclasses.replace(batch, examples=examples), 0)
    next(phases)
    told = next(phases).terms["conformity"].item()
    generator = system.generator
    with torch.no_grad():
        read = generator.read(batch.other_ids, batch.other_length)
        edits = generator.results(generator.paint(generator.see(batch.image), read), batch.image)
        by_hand, unbounded = 0.0, 0.0
        for network, edit in zip(system.discriminators, edits, strict=True):
            assert isinstance(network, Discriminator)
            real = resize(examples.image, (edit.shape[-2], edit.shape[-1]))
            said = generator.vectors(batch.other_ids), batch.other_length
            mine, theirs = (network.conformity(network.features(x), *said) for x in (edit, real))
            by_hand += sum(max(0.0, t - m) for m, t in zip(mine.tolist(), theirs.tolist(), strict=True)) / len(mine)
            unbounded -= mine.mean().item()
    assert told == pytest.approx(by_hand, rel=1e-3, abs=1e-5)
    assert 0 < told < 0.9 * unbounded


@pytest.mark.parametrize("textures", [False, True])
def test_a_model_that_knows_parts_learns_them_from_pairs(textures: bool) -> None:
    system, batch = build(tiny(model={"parts": 2, "part_textures": textures}, r1=0.0, paired=4.0, parts=3.0))
    draw = torch.Generator().manual_seed(9)
    before, after = (torch.rand(2, 3, SIZE, SIZE, generator=draw) * 2 - 1 for _ in range(2))
    shares, named = torch.rand(2, 3, SIZE, SIZE, generator=draw), torch.tensor([[1.0, 0, 0], [0, 0, 1]])
    told = (torch.rand(2, 3, batch.ids.shape[1], generator=draw) < 0.5).float()
    ids, length = batch.other_ids[:3], batch.other_length[:3]
    sayings = Sayings(ids, length, torch.eye(3), (torch.rand(3, 3, ids.shape[1], generator=draw) < 0.5).float())
    pairs = Pairs(before, after, batch.ids[:2], batch.length[:2], NOWHERE, shares, named, told, sayings)
    *_, phase = system.step(dataclasses.replace(batch, pairs=pairs), 1)
    generator = system.generator
    gate = generator.coarse.gate
    assert gate is not None
    with torch.no_grad():
        seen, sentence = generator.see(before), generator.read(batch.ids[:2], batch.length[:2])
        assert sentence.named is not None
        expected = losses.part_regions(gate.regions(seen.features), shares)
        expected += losses.part_names(sentence.named, named)
        expected += losses.changed_map(generator.weigh(seen, sentence), before, after)
        more = generator.read(ids, length)
        assert more.named is not None
        expected += losses.part_names(more.named, torch.eye(3))
        if textures:
            alone = F.binary_cross_entropy_with_logits(more.told, sayings.told, reduction="none")
            expected += alone[torch.eye(3).bool()[..., None] & more.mask[:, None]].mean()
            each = F.binary_cross_entropy_with_logits(sentence.told, told, reduction="none")
            expected += each[named.bool()[..., None] & sentence.mask[:, None]].mean()
    assert phase.terms["parts"].item() == pytest.approx(expected.item(), rel=1e-2)
    losses.generator_total({"parts": phase.terms["parts"]}, system.loss).backward()  # type: ignore[no-untyped-call]
    moved = {name for name, gradient in gradients(generator).items() if gradient.abs().sum() > 0}
    assert {"coarse.gate.regions.weight", "coarse.gate.weight", "named.name.weight", "named.phrase.weight"} <= moved
    assert ("named.tell.weight" in moved) == textures
    *_, without = system.step(dataclasses.replace(batch, pairs=dataclasses.replace(pairs, regions=None)), 1)
    assert "parts" not in without.terms


def test_a_map_is_held_to_where_pairs_change() -> None:
    system, batch = build(tiny(r1=0.0, paired=4.0, paired_map=2.0))
    draw = torch.Generator().manual_seed(10)
    before = torch.rand(2, 3, SIZE, SIZE, generator=draw) * 2 - 1
    after = before.clone()
    after[:, :, : SIZE // 2, : SIZE // 4] += 0.3
    pairs = Pairs(before, after, batch.ids[:2], batch.length[:2], NOWHERE)
    *_, phase = system.step(dataclasses.replace(batch, pairs=pairs), 1)
    generator = system.generator
    with torch.no_grad():
        weight = generator.weigh(generator.see(before), generator.read(batch.ids[:2], batch.length[:2]))
    wanted = torch.zeros_like(weight)
    wanted[:, :, : weight.shape[2] // 2, : weight.shape[3] // 4] = 1
    each = -torch.where(wanted > 0, 4 * weight.log(), (1 - weight).log())  # shut in vain costs four times as much
    assert phase.terms["paired_map"].item() == pytest.approx(each.mean().item(), rel=1e-2)
    losses.generator_total({"paired_map": phase.terms["paired_map"]}, system.loss).backward()  # type: ignore[no-untyped-call]
    assert gradients(generator)["coarse.to_feature.weight"].abs().sum() > 0
    without, batch = build(tiny(r1=0.0, paired=4.0))
    *_, phase = without.step(dataclasses.replace(batch, pairs=pairs), 1)
    assert "paired_map" not in phase.terms


def test_what_knows_parts_or_forms_begins_anew_where_a_run_knew_none_and_is_left_where_this_one_knows_none() -> None:
    known, _ = build(tiny())
    system, _ = build(tiny(model={"parts": 2, "form": 5, "presence": 3}))
    networks = {name: x + 1 for name, x in known.networks.state_dict().items()}
    own = {name: x.clone() for name, x in system.networks.state_dict().items()}
    system.start(networks)
    for name, x in system.networks.state_dict().items():
        assert torch.equal(x, networks[name] if name in networks else own[name]), name
    known.start({name: x + 3 for name, x in own.items()})
    assert all(torch.equal(x, own[name] + 3) for name, x in known.networks.state_dict().items())
    apart, _ = build(tiny(model={"parts": 2, "part_textures": True, "form": 5}))
    words = apart.networks.state_dict()["generator.named.tell.weight"].clone()
    apart.start({name: x + 4 for name, x in own.items()})
    assert torch.equal(apart.networks.state_dict()["generator.named.tell.weight"], words)
    with pytest.raises(RuntimeError, match="Unexpected key"):
        known.start({**own, "generator.other": words})
    system.start({name: x + 2 for name, x in own.items()})
    assert torch.equal(
        system.networks.state_dict()["generator.coarse.gate.weight"], own["generator.coarse.gate.weight"] + 2
    )
