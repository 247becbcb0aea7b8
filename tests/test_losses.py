"""Tests of the losses (Eq. 14 to 21), each against plain numpy, and of the weights' one place."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from mimnet import losses
from mimnet.config import MIMNetLoss

DRAW = np.random.default_rng(0)


def drawn(*shape: int) -> Tensor:
    return torch.from_numpy(DRAW.normal(size=shape)).float()


def log_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.log(1 / (1 + np.exp(-x)))


def test_eq14_is_the_mean_absolute_difference_summed_over_stages() -> None:
    image = drawn(2, 3, 8, 8)
    coarse, fine = drawn(2, 3, 4, 4), drawn(2, 3, 8, 8)
    small = image.numpy().reshape(2, 3, 4, 2, 4, 2).mean((3, 5))
    expected = np.abs(coarse.numpy() - small).mean() + np.abs(fine.numpy() - image.numpy()).mean()
    assert losses.reconstruction([coarse, fine], image).item() == pytest.approx(expected, rel=1e-5)


def test_eq15_is_the_squared_distance_to_the_map_weighted_features() -> None:
    g, features, weights = drawn(2, 4), drawn(2, 4, 3, 5), drawn(2, 1, 3, 5).sigmoid()
    truth = np.zeros((2, 4))
    for b in range(2):
        for h in range(3):
            for w in range(5):
                truth[b] += weights[b, 0, h, w].item() * features[b, :, h, w].numpy() / 15
    expected = ((g.numpy() - truth) ** 2).mean()
    for stop in (True, False):
        value = losses.pseudo_texture(g, features, weights, stop_gradient=stop).item()
        assert value == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("stop", [True, False])
def test_eq15_moves_the_texture_and_only_if_asked_its_target(stop: bool) -> None:
    g, features, weights = (x.requires_grad_() for x in (drawn(2, 4), drawn(2, 4, 3, 3), drawn(2, 1, 3, 3).sigmoid()))
    losses.pseudo_texture(g, features, weights, stop_gradient=stop).backward()
    assert g.grad is not None
    assert (features.grad is None) == stop
    assert (weights.grad is None) == stop


def test_eq16_is_the_negative_log_reality_summed_over_stages() -> None:
    coarse, fine = drawn(3, 2, 2), drawn(3, 4, 4)
    expected = -log_sigmoid(coarse.numpy()).mean() - log_sigmoid(fine.numpy()).mean()
    assert losses.random_memory([coarse, fine]).item() == pytest.approx(expected, rel=1e-5)


def test_eq17_is_its_four_expectations() -> None:
    real, fake = drawn(4, 1, 1), drawn(4, 1, 1)
    matched, other = -drawn(4).abs(), -drawn(4).abs()
    expected = (
        -log_sigmoid(real.numpy()).mean()
        - np.log(1 - 1 / (1 + np.exp(-fake.numpy()))).mean()
        + 7.0 * (-matched.numpy().mean() - np.log(1 - np.exp(other.numpy().astype(float))).mean())
    )
    value = losses.discriminator(real=real, fake=fake, log_matched=matched, log_other=other, conformity=7.0).item()
    assert value == pytest.approx(expected, rel=1e-5)


def test_eq18_and_eq19_reward_a_convinced_discriminator() -> None:
    logits, log_probability = drawn(4, 2, 2), -drawn(4).abs()
    assert losses.reality(logits).item() == pytest.approx(-log_sigmoid(logits.numpy()).mean(), rel=1e-5)
    assert losses.conformity(log_probability).item() == pytest.approx(-log_probability.numpy().mean())
    assert losses.reality(logits + 1) < losses.reality(logits)


GENERATOR_TERMS = (
    "reality",
    "conformity",
    "reconstruction",
    "pseudo_texture",
    "random_memory",
    "map_area",
    "map_roughness",
    "map_outside",
    "map_inside",
)


def test_eq20_uses_every_weight_exactly_once() -> None:
    terms = {name: torch.tensor(float(DRAW.uniform(1, 2))) for name in GENERATOR_TERMS}
    weights = MIMNetLoss(**{name: float(DRAW.uniform(1, 2)) for name in GENERATOR_TERMS})
    total = losses.generator_total(terms, weights).item()
    assert total == pytest.approx(sum(getattr(weights, n) * terms[n].item() for n in terms), rel=1e-6)
    for f in dataclasses.fields(MIMNetLoss):
        value = getattr(weights, f.name)
        if isinstance(value, bool) or f.name == "map_area_least":  # more of it than of the most is refused
            continue
        moved = losses.generator_total(
            terms, dataclasses.replace(weights, **{f.name: value + (0.5 if f.name == "map_area_most" else 1)})
        ).item()
        expected = terms[f.name].item() if f.name in terms else 0.0
        assert moved - total == pytest.approx(expected, abs=1e-4), f.name


def test_eq21_uses_its_two_weights_and_no_other() -> None:
    stages = [torch.tensor(2.0), torch.tensor(3.0)]
    weights = MIMNetLoss(discriminator_coarse=5.0, discriminator_fine=7.0)
    assert losses.discriminator_total(stages, weights).item() == 31.0
    assert losses.discriminator_total(stages[:1], weights).item() == 10.0
    for f in dataclasses.fields(MIMNetLoss):
        value = getattr(weights, f.name)
        if isinstance(value, bool) or f.name == "map_area_least":
            continue
        moved = losses.discriminator_total(
            stages, dataclasses.replace(weights, **{f.name: value + (0.5 if f.name == "map_area_most" else 1)})
        )
        expected = {"discriminator_coarse": 2.0, "discriminator_fine": 3.0}.get(f.name, 0.0)
        assert moved.item() - 31.0 == expected, f.name


def test_no_loss_depends_on_the_batchs_size() -> None:
    image, small = drawn(3, 3, 8, 8), drawn(3, 3, 4, 4)
    g, features, weights = drawn(3, 4), drawn(3, 4, 4, 4), drawn(3, 1, 4, 4).sigmoid()
    objects = drawn(3, 1, 8, 8).sigmoid()
    logits, other_logits, log_p, log_q = drawn(3, 2, 2), drawn(3, 2, 2), -drawn(3).abs(), -drawn(3).abs()

    def values(n: int) -> list[float]:
        def d(x: Tensor) -> Tensor:
            return torch.cat([x] * n)

        picture = d(image).requires_grad_()
        return [
            losses.reconstruction([d(small), d(image) + 1], d(image)).item(),
            losses.pseudo_texture(d(g), d(features), d(weights), stop_gradient=True).item(),
            losses.random_memory([d(logits), d(other_logits)]).item(),
            losses.discriminator(
                real=d(logits),
                fake=d(other_logits),
                log_matched=d(log_p),
                log_other=d(log_q),
                conformity=3.0,
            ).item(),
            losses.reality(d(logits)).item(),
            losses.conformity(d(log_p)).item(),
            losses.map_area(d(weights), least=0.6, most=0.7).item(),
            losses.map_roughness(d(weights), d(image), edge=2.0).item(),
            losses.map_outside(d(weights), d(objects)).item(),
            losses.map_inside(d(weights) / 2, d(objects)).item(),
            losses.r1(picture.square().mean((2, 3)), picture).item(),
        ]

    assert values(1) == pytest.approx(values(2), rel=1e-5)
    assert min(values(1)) > 0


def test_log1mexp_keeps_its_digits() -> None:
    x = -np.logspace(-5.9, 2.5, 400).astype(np.float32)
    exact = np.log(-np.expm1(x.astype(np.longdouble)))  # long double: 64 bits of mantissa
    exact = np.where(x < -30, -np.exp(x.astype(np.longdouble)), exact)
    given = losses.log1mexp(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(given, exact.astype(float), rtol=5e-6, atol=1e-38)


def test_log1mexp_and_its_gradient_are_numbers_everywhere() -> None:
    x = torch.tensor([0.0, -1e-12, -1e-6, -0.6931472, -0.6931471, -1.0, -50.0, -1e4], requires_grad=True)
    value = losses.log1mexp(x)
    value.sum().backward()
    assert x.grad is not None
    assert value.isfinite().all()
    assert x.grad.isfinite().all()
    y = torch.tensor([-0.3, -2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(losses.log1mexp, (y,))


def test_losses_are_numbers_for_certain_judges() -> None:
    sure = torch.tensor([1e4, -1e4]).view(2, 1, 1).requires_grad_()
    certain = torch.tensor([0.0, -1e4], requires_grad=True)
    total = losses.discriminator(
        real=sure, fake=sure, log_matched=certain, log_other=certain, conformity=1.0
    ) + losses.reality(sure)
    total.backward()
    assert total.isfinite()
    assert sure.grad is not None
    assert sure.grad.isfinite().all()
    assert certain.grad is not None
    assert certain.grad.isfinite().all()


def test_map_area_prices_only_what_lies_outside_its_span() -> None:
    def price(*areas: float) -> float:
        weights = torch.tensor(areas)[:, None, None, None].expand(-1, 1, 4, 4)
        return losses.map_area(weights, least=0.2, most=0.5).item()

    assert price(0.2) == price(0.35) == price(0.5) == 0.0
    assert price(0.05) == pytest.approx(0.15)
    assert price(0.9) == pytest.approx(0.4)
    assert price(0.05, 0.9) == pytest.approx(0.275)  # picture by picture, not of the mean area


def test_map_outside_is_the_map_s_mean_where_no_object_is_and_nothing_where_none_was_found() -> None:
    weights, objects = drawn(2, 1, 4, 4).sigmoid(), torch.zeros(2, 1, 8, 8)
    objects[0, 0, 2:6, 2:8] = 1
    objects[1] = 1  # not found: it may be anywhere
    there = np.zeros((4, 4), bool)
    there[1:3, 1:4] = True
    expected = weights[0, 0].numpy()[~there].sum() / 32
    price = losses.map_outside(weights, objects).item()
    assert price == pytest.approx(expected, rel=0.1)  # cells at the rim are shared
    assert losses.map_outside(weights[1:], objects[1:]).item() == pytest.approx(0, abs=1e-6)
    coarse = torch.nn.functional.max_pool2d(objects, 2)
    exact = (weights * (1 - coarse)).mean().item()
    assert losses.map_outside(weights, coarse).item() == pytest.approx(exact, rel=1e-6)


def test_map_inside_asks_for_half_of_the_map_away_from_the_objects_rim() -> None:
    objects = torch.zeros(2, 1, 16, 16)
    objects[0, 0, 2:14, 2:14] = 1
    objects[1] = 1  # not found
    weights = torch.full((2, 1, 8, 8), 0.6)
    weights[:, :, 3, 3:5] = 0.1
    expected = 2 * -np.log(0.2) / 128
    assert losses.map_inside(weights, objects).item() == pytest.approx(expected, rel=1e-5)
    weights[0, 0, 1] = 0.01  # the object's rim
    assert losses.map_inside(weights, objects).item() == pytest.approx(expected, rel=1e-5)
    shut = torch.full((1, 1, 8, 8), -40.0, requires_grad=True)
    losses.map_inside(shut.sigmoid(), objects[:1]).backward()  # type: ignore[no-untyped-call]
    assert shut.grad is not None
    assert shut.grad[0, 0, 3:5, 3:5].flatten().tolist() == pytest.approx([-1 / 64] * 4)  # as well as one half open
    assert shut.grad[0, 0, 0].abs().max() == 0


@pytest.mark.parametrize("edge", [0.0, 3.0])
def test_map_roughness_is_the_mean_absolute_step_cheaper_where_the_picture_steps(edge: float) -> None:
    weights, image = drawn(2, 1, 4, 4), drawn(2, 3, 8, 8)
    a, i = weights.numpy()[:, 0], image.numpy().reshape(2, 3, 4, 2, 4, 2).mean((3, 5))
    expected = 0.0
    for axis in (1, 2):
        price = np.exp(-edge * np.abs(np.diff(i, axis=axis + 1)).mean(1))
        expected += (np.abs(np.diff(a, axis=axis)) * price).mean()
    assert losses.map_roughness(weights, image, edge=edge).item() == pytest.approx(expected, rel=1e-5)
    assert losses.map_roughness(torch.full((2, 1, 4, 4), 0.7), image, edge=edge).item() == 0


def fine(picture: np.ndarray, window: int = 3) -> np.ndarray:
    """Luminance less its mean over a square, border repeated, in 64 grey levels; of 3,H,W in [-1, 1]."""
    grey = ((picture + 1) * 127.5 * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(0)
    padded = np.pad(grey, window // 2, mode="edge")
    mean = np.lib.stride_tricks.sliding_window_view(padded, (window, window)).mean((-2, -1))
    return np.clip((grey - mean) / 64, -1, 1)


def test_detail_is_the_change_of_fine_luminance_summed_over_stages() -> None:
    image, small, large = (torch.rand(2, 3, size, size) * 2 - 1 for size in (16, 8, 16))
    shrunk = image.numpy().reshape(2, 3, 8, 2, 8, 2).mean((3, 5))
    pairs = [(small.numpy(), shrunk), (large.numpy(), image.numpy())]
    expected = sum(np.mean([np.abs(fine(x) - fine(y)).mean() for x, y in zip(*pair, strict=True)]) for pair in pairs)
    everywhere = torch.ones(2, 1, 4, 4)
    assert losses.detail([small, large], image, everywhere).item() == pytest.approx(expected, rel=1e-4)
    assert losses.detail([image * 0.5 + 0.25, image], image, everywhere).item() > 0.01
    rim = everywhere.clone()
    rim[:, :, 1:3, 1:3] = 0  # all of this map is a border of itself
    assert losses.detail([small, large], image, rim).item() == 0
    weights = torch.rand(2, 1, 4, 4, requires_grad=True)
    assert 0 < losses.detail([small, large], image, weights).item() < expected
    assert not losses.detail([small, large], image, weights).requires_grad


def test_absent_is_the_cross_entropy_of_the_map_to_nothing() -> None:
    weights = torch.rand(2, 1, 4, 5)
    assert losses.absent(weights).item() == pytest.approx(-np.log(1 - weights.double().numpy()).mean(), rel=1e-4)
    assert losses.absent(torch.zeros(1, 1, 3, 3)).item() == 0
    full = torch.ones(1, 1, 3, 3, requires_grad=True)
    assert losses.absent(full).isfinite()


def test_r1_is_the_squared_gradient_of_the_mean_logit() -> None:
    image, weight = drawn(2, 3, 4, 4).requires_grad_(), drawn(3, 4, 4)
    logits = torch.stack([(image * weight).sum((1, 2, 3)), torch.zeros(2)], 1)[..., None]  # B,2,1: two patches
    value = losses.r1(logits, image)
    assert value.item() == pytest.approx((weight / 2).square().sum().item(), rel=1e-5)


def test_prices_on_parts_are_cross_entropies() -> None:
    draw = torch.Generator().manual_seed(3)
    logits, shares = torch.randn(2, 3, 4, 4, generator=draw), torch.rand(2, 3, 8, 8, generator=draw)
    shares = shares / shares.sum(1, keepdim=True) * (torch.arange(8) < 4)  # the object is the left half
    small = shares.double().numpy().reshape(2, 3, 4, 2, 4, 2).mean((3, 5))
    chances = np.exp(logits.double().numpy())
    chances /= chances.sum(1, keepdims=True)
    expected = -(small * np.log(chances)).sum() / small.sum()
    assert losses.part_regions(logits, shares).item() == pytest.approx(expected, rel=1e-5)
    assert losses.part_regions(logits, shares * 0).item() == 0  # no object is known

    names, named = torch.randn(4, 3, generator=draw), (torch.rand(4, 3, generator=draw) > 0.5).float()
    chance = 1 / (1 + np.exp(-names.double().numpy()))
    told = np.where(named.numpy() > 0, np.log(chance), np.log(1 - chance))
    assert losses.part_names(names, named).item() == pytest.approx(-told.mean(), rel=1e-5)

    before = torch.zeros(1, 3, 8, 8)
    after = before.clone()
    after[:, :, :, :3], after[:, :, :, 5] = 0.5, 0.05  # the last is too little to count
    opened = torch.rand(1, 1, 4, 4, generator=draw)
    wanted, a = np.array([1, 0.5, 0, 0]), opened[0, 0].double().numpy()
    expected = -(wanted * np.log(a) + (1 - wanted) * np.log(1 - a)).mean()
    assert losses.changed_map(opened, before, after).item() == pytest.approx(expected, rel=1e-5)


def test_nearby_is_the_difference_to_the_likest_of_the_truth_around() -> None:
    draw = torch.Generator().manual_seed(5)
    after, fine = torch.rand(2, 3, 64, 64, generator=draw) * 2 - 1, torch.rand(2, 3, 64, 64, generator=draw) * 2 - 1
    wide = np.pad(after.double().numpy(), ((0, 0), (0, 0), (3, 3), (3, 3)), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(wide, (7, 7), (2, 3))
    apart = np.abs(around - fine.double().numpy()[..., None, None]).mean(1).min((-2, -1))
    anywhere = torch.ones(2, 1, 64, 64)
    assert losses.paired_nearby([fine], after, anywhere).item() == pytest.approx(apart.mean(), rel=1e-5)
    coarse = torch.rand(2, 3, 32, 32, generator=draw)
    both = losses.paired_nearby([coarse, fine], after, anywhere).item()
    alone = losses.paired_nearby([coarse], after, anywhere).item()
    assert both == pytest.approx(alone + apart.mean(), rel=1e-5)


def test_nearby_and_detail_hold_edits_to_their_place_but_near_another_shape() -> None:
    draw = torch.Generator().manual_seed(6)
    after, edit = torch.rand(2, 3, 64, 64, generator=draw) * 2 - 1, torch.rand(2, 3, 64, 64, generator=draw) * 2 - 1
    reshaped = torch.zeros(2, 1, 64, 64)
    reshaped[0, :, 20:30, 40] = 1
    near = np.zeros((2, 64, 64), bool)
    near[0, 17:33, 37:44] = True  # three pixels further
    wide = np.pad(after.double().numpy(), ((0, 0), (0, 0), (3, 3), (3, 3)), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(wide, (7, 7), (2, 3))
    likest = np.abs(around - edit.double().numpy()[..., None, None]).mean(1).min((-2, -1))
    own = np.abs(after.double().numpy() - edit.double().numpy()).mean(1)
    expected = np.where(near, likest, own).mean()
    assert losses.paired_nearby([edit], after, reshaped).item() == pytest.approx(expected, rel=1e-5)
    assert losses.paired_nearby([edit], after, 0 * reshaped).item() == pytest.approx(own.mean(), rel=1e-5)
    folds = np.stack([np.abs(fine(x, 5) - fine(y, 5)) for x, y in zip(edit.numpy(), after.numpy(), strict=True)])
    expected = np.where(near, 0, folds).mean()
    assert losses.paired_detail([edit], after, reshaped).item() == pytest.approx(expected, rel=1e-4)
    assert losses.paired_detail([0.5 * after, after], after, reshaped).item() > 0.01  # folds half as deep


def test_features_of_edits_are_compared_layer_by_layer_in_units_of_their_truth() -> None:
    draw = np.random.default_rng(7)
    shapes = [[(2, 4, 8, 8), (2, 8, 4, 4)], [(2, 4, 16, 16), (2, 8, 8, 8), (2, 16, 4, 4)]]
    edits, truths = ([[draw.normal(size=shape) for shape in stage] for stage in shapes] for _ in range(2))
    expected = sum(
        np.mean([np.abs(own - real).mean() / np.abs(real).mean() for own, real in zip(*stage, strict=True)])
        for stage in zip(edits, truths, strict=True)
    )
    own = [[torch.tensor(x, requires_grad=True) for x in stage] for stage in edits]
    real = [[torch.tensor(x, requires_grad=True) for x in stage] for stage in truths]
    price = losses.paired_features(own, real)
    assert price.item() == pytest.approx(expected, rel=1e-5)
    price.backward()  # type: ignore[no-untyped-call]
    assert all(x.grad is not None for stage in own for x in stage)
    assert all(x.grad is None for stage in real for x in stage)  # truth is no moving target
    assert losses.paired_features(real, real).item() == 0


def test_nearby_moves_an_edit_to_the_likest() -> None:
    truth = torch.ones(1, 3, 64, 64)
    truth[..., 24:40] = -1.0
    edit = torch.full_like(truth, 0.2).requires_grad_()  # of both the upper is nearer
    losses.paired_nearby([edit], truth, torch.ones(1, 1, 64, 64)).backward()
    assert (edit.grad[..., 27:37] > 0).all()  # nothing else within three pixels
    assert (edit.grad[..., :27] < 0).all()
    assert (edit.grad[..., 37:] < 0).all()


def test_paired_counts_what_was_otherwise_once_more_in_each_picture() -> None:
    draw = torch.Generator().manual_seed(3)
    after = torch.rand(2, 3, 8, 8, generator=draw) * 2 - 1
    before = after.clone()
    before[0, :, 2:4, 4:8] += 0.4  # little of one picture
    before[1, :, :6] += 0.4  # and most of another
    fine, coarse = torch.rand(2, 3, 8, 8, generator=draw), torch.rand(2, 3, 4, 4, generator=draw)
    expected = 0.0
    for picture, pool in ((fine, 1), (coarse, 2)):
        blocks = (2, 3, 8 // pool, pool, 8 // pool, pool)
        truth, start = (x.double().numpy().reshape(blocks).mean((3, 5)) for x in (after, before))
        left = np.abs(picture.double().numpy() - truth).mean(1)
        otherwise = np.abs(start - truth).mean(1) > 0.1
        expected += left.mean() + np.mean([left[i][otherwise[i]].mean() for i in range(2)])
    assert losses.paired([coarse, fine], before, after).item() == pytest.approx(expected, rel=1e-5)
    assert losses.paired([after], before, after).item() == 0
    alone = (fine - after).abs().mean().item()  # where nothing is otherwise, the whole alone counts
    assert losses.paired([fine], after, after).item() == pytest.approx(alone, rel=1e-5)
