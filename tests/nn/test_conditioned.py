"""Tests of what SISGAN's and TAGAN's generators have in common: one contract, whichever of them it is."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from baseline_case import WORDS, loud, some_input
from torch import nn

from mimnet.nn.conditioning import ConditionedGenerator, Fusion, Seen
from mimnet.nn.edit import Edit
from mimnet.nn.sisgan import SISGANGenerator
from mimnet.nn.tagan import TAGANGenerator

KINDS = ["sisgan-own", "sisgan-none", "sisgan-vgg16_bn", "tagan"]


def build(kind: str, **changes: Any) -> ConditionedGenerator:
    if kind == "tagan":
        sizes = {"words": WORDS, "word_vector": 6, "word_feature": 8, "encoder_width": 4, "condition": 5, "blocks": 2}
        sizes["test_noise"] = True
        return loud(TAGANGenerator(**(sizes | changes)))
    encoder = kind.removeprefix("sisgan-")
    sizes = {"words": WORDS, "word_vector": 6, "sentence": 8, "condition": 5, "blocks": 1, "test_noise": True}
    width = 512 if encoder == "vgg16_bn" else 16
    more = {"encoder": encoder, "encoder_width": width, "dilate": False, "train_encoder": False}
    return loud(SISGANGenerator(**(sizes | more | changes)))


@pytest.fixture(params=KINDS)
def generator(request: pytest.FixtureRequest) -> ConditionedGenerator:
    return build(request.param)


@torch.no_grad()
def test_an_edit_has_the_size_of_its_picture(generator: ConditionedGenerator) -> None:
    for height, width in ((32, 32), (48, 16)):
        image, ids, length = some_input(2)
        edit = generator(F.interpolate(image, size=(height, width)), ids, length)
        assert isinstance(edit, Edit)
        assert len(edit.stages) == 1
        assert edit.last.shape == (2, 3, height, width)
        assert edit.last.abs().max() <= 1
        assert edit.weight_map is None
        assert edit.mean.shape == edit.log_deviation.shape == (2, generator.noise_width)


@torch.no_grad()
def test_an_edit_does_not_depend_on_its_neighbours(generator: ConditionedGenerator) -> None:
    image, ids, length = some_input(3)
    together = generator(image, ids, length).last
    for i in range(3):
        alone = generator(image[i : i + 1], ids[i : i + 1], length[i : i + 1]).last
        torch.testing.assert_close(alone[0], together[i], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_padding_does_not_matter_and_words_do(generator: ConditionedGenerator) -> None:
    image, ids, length = some_input(2)
    length = torch.tensor([6, 3])
    edit = generator(image, ids, length).last
    padded = F.pad(ids, (0, 4))
    padded[1, 3:] = 7
    torch.testing.assert_close(generator(image, padded, length).last, edit, atol=1e-6, rtol=0)
    other = ids.clone()
    other[0, 5] = ids[0, 5] % (WORDS - 1) + 1
    assert (generator(image, other, length).last - edit).abs().max() > 1e-4


@torch.no_grad()
def test_a_picture_seen_once_serves_several_sentences(generator: ConditionedGenerator) -> None:
    image, ids, length = some_input(2)
    seen = generator.see(image)
    twice = Seen(*(torch.cat([x, x]) for x in vars(seen).values()))
    both = generator.paint(twice, generator.read(torch.cat([ids, ids.flip(0)]), torch.cat([length, length.flip(0)])))
    expected = torch.cat([generator(image, ids, length).last, generator(image, ids.flip(0), length.flip(0)).last])
    torch.testing.assert_close(both.last, expected, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_noise_moves_the_condition_by_its_deviation_and_none_is_the_mean(generator: ConditionedGenerator) -> None:
    image, ids, length = some_input(2)
    sentence, seen = generator.read(ids, length), generator.see(image)
    noise = torch.randn(2, generator.noise_width)
    torch.testing.assert_close(sentence.condition(noise), sentence.mean + torch.exp(sentence.log_deviation) * noise)
    plain = generator.paint(seen, sentence).last
    assert torch.equal(plain, generator.paint(seen, sentence, noise=torch.zeros_like(noise)).last)
    assert torch.equal(plain, generator(image, ids, length).last)
    assert not torch.equal(plain, generator.paint(seen, sentence, noise=noise).last)


def test_mu_and_log_sigma_are_linear_then_leaky(generator: ConditionedGenerator) -> None:
    _, ids, length = some_input(3)
    sentence = generator.read(ids, length)
    for layer, found in (
        (generator.augment.mean, sentence.mean),
        (generator.augment.log_deviation, sentence.log_deviation),
    ):
        x = layer(sentence.features)
        torch.testing.assert_close(found, torch.where(x > 0, x, 0.2 * x))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_what_is_trained_and_nothing_that_is_frozen(kind: str) -> None:
    generator = build(kind).train()
    image, ids, length = some_input(2)
    edit = generator.paint(
        generator.see(image), generator.read(ids, length), noise=torch.randn(2, generator.noise_width)
    )
    (edit.last.square().mean() + edit.log_deviation.mean()).backward()
    frozen = {"reader", "encoder"} if kind in ("sisgan-own", "sisgan-vgg16_bn") else {"reader"}
    frozen = set() if kind == "tagan" else frozen
    for name, p in generator.named_parameters():
        still = name.split(".")[0] in frozen
        assert p.requires_grad != still, name
        assert (p.grad is None) == still, name
        assert still or p.grad.abs().sum() > 0, name  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_parts_stay_in_evaluation_mode(kind: str) -> None:
    generator = build(kind)
    held = [] if kind == "tagan" else [generator.parts()["reader"]]
    held += [generator.encoder] if kind in ("sisgan-own", "sisgan-vgg16_bn") else []
    before = {name: x.clone() for part in held for name, x in part.state_dict().items()}
    nn.Sequential(generator).train()  # as a parent would
    assert generator.training
    assert generator.fusion.training
    assert not any(module.training for part in held for module in part.modules())
    generator(*some_input(2))
    after = {name: x for part in held for name, x in part.state_dict().items()}
    assert all(torch.equal(after[name], x) for name, x in before.items())


def test_pretrained_parts_by_name() -> None:
    assert {kind: set(build(kind).parts()) for kind in KINDS} == {
        "sisgan-own": {"reader", "image"},
        "sisgan-vgg16_bn": {"reader", "image"},
        "sisgan-none": {"reader"},
        "tagan": set(),
    }


def test_training_lets_the_pretrained_cnn_learn_on_if_asked() -> None:
    generator = build("sisgan-own", train_encoder=True).train()
    assert generator.encoder.training
    assert all(p.requires_grad for p in generator.encoder.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_the_random_start(kind: str) -> None:
    torch.manual_seed(3)
    generator = build(kind, condition=40)
    for part in (generator.augment, generator.fusion, generator.decoder):
        for module in part.modules():
            if isinstance(module, nn.Conv2d | nn.Linear) and module.weight.numel() > 500:
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.2)
                assert module.weight.mean().item() == pytest.approx(0, abs=0.004)
            if isinstance(module, nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1, abs=0.03)
                assert 0 < module.weight.std().item() < 0.05
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d) and module.bias is not None:
                assert (module.bias == 0).all()


@pytest.mark.parametrize("relu_after_add", [True, False])
@torch.no_grad()
def test_where_the_relu_of_the_fusion_stands(relu_after_add: bool) -> None:
    fusion = Fusion(width=6, condition=2, blocks=2, relu_after_add=relu_after_add).train()
    features, condition = torch.randn(3, 6, 4, 4), torch.randn(3, 2)

    def normed(layers: nn.Module, x: torch.Tensor) -> torch.Tensor:
        weight, scale, shift = layers[0].weight, layers[1].weight, layers[1].bias  # type: ignore[index]
        x = F.conv2d(x, weight, padding=1)
        x = (x - x.mean((0, 2, 3), keepdim=True)) / (x.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-5).sqrt()
        return x * scale[:, None, None] + shift[:, None, None]

    tiled = condition[:, :, None, None].repeat(1, 1, 4, 4)
    x = normed(fusion.join, torch.cat([features, tiled], 1))
    x = x if relu_after_add else x.relu()
    for block in fusion.blocks:
        x = x + normed(block.second, normed(block.first, x).relu())
        x = x.relu() if relu_after_add else x
    torch.testing.assert_close(fusion(features, condition), x, atol=1e-5, rtol=1e-4)
