"""Tests of SISGAN: the documented sizes, and its discriminator."""

import pytest
import torch
from baseline_case import count, gflop, some_input
from torch import nn

from mimnet.nn.sisgan import SISGANDiscriminator, SISGANGenerator


def documented(encoder: str) -> SISGANGenerator:
    return SISGANGenerator(
        words=20,
        word_vector=300,
        sentence=300,
        encoder=encoder,  # type: ignore[arg-type]
        encoder_width=512,
        dilate=False,
        train_encoder=False,
        condition=128,
        blocks=4,
        test_noise=True,
    ).eval()


def test_documented_parameters_with_vgg() -> None:
    generator = documented("vgg16_bn")
    assert count(generator.encoder) == 7_640_640
    assert count(generator.fusion) == 21_832_704
    assert count(generator.decoder) == 1_478_787
    assert count(generator.augment.mean) == count(generator.augment.log_deviation) == 38_400
    assert count(generator.reader) == 541_800
    assert count(generator) - count(generator.reader) == 31_028_931
    assert sum(p.numel() for p in generator.parameters() if p.requires_grad) == 23_388_291


def test_documented_parameters_without_vgg() -> None:
    generator = documented("none")
    assert count(generator) - count(generator.reader) == 26_014_851
    assert sum(p.numel() for p in generator.parameters() if p.requires_grad) == 26_014_851


def test_documented_parameters_of_the_discriminator() -> None:
    network = SISGANDiscriminator(width=64, levels=4, sentence=300, condition=128)
    assert count(network.trunk, network.last) == 2_757_440
    assert count(network.narrow, network.middle, network.widen) == 804_352
    assert count(network.join, network.answer) == 336_897
    assert count(network.text) == 38_528
    assert count(network) == 3_937_217


@pytest.mark.parametrize(("encoder", "expected"), [("vgg16_bn", 20.58), ("none", 18.21)])
@torch.no_grad()
def test_documented_operations_of_an_edit(encoder: str, expected: float) -> None:
    generator = documented(encoder)
    sentence = generator.read(torch.ones(1, 5, dtype=torch.int64), torch.tensor([5]))
    image = torch.zeros(1, 3, 64, 64)
    counted = gflop(lambda: generator.paint(generator.see(image), sentence))
    assert counted == pytest.approx(expected, rel=0.02)


def test_documented_operations_of_the_discriminator() -> None:
    network = SISGANDiscriminator(width=64, levels=4, sentence=300, condition=128).eval()
    image, sentence = torch.zeros(1, 3, 64, 64), torch.zeros(1, 300)
    counted = gflop(lambda: network.matching(network.features(image), sentence))
    assert counted == pytest.approx(0.244, rel=0.02)


def test_a_width_that_vgg_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="512, not 64"):
        SISGANGenerator(
            words=5,
            word_vector=4,
            sentence=4,
            encoder="vgg16_bn",
            encoder_width=64,
            dilate=False,
            train_encoder=False,
            condition=4,
            blocks=1,
            test_noise=True,
        )


@pytest.mark.parametrize("pictures", [1, 3])
@pytest.mark.parametrize("size", [64, 96, 128])
@torch.no_grad()
def test_the_discriminators_logits_have_a_batch_axis(pictures: int, size: int) -> None:
    network = SISGANDiscriminator(width=4, levels=4, sentence=6, condition=5).eval()
    image, _, _ = some_input(pictures, size=size)
    assert network.matching(network.features(image), torch.randn(pictures, 6)).shape == (pictures,)


@torch.no_grad()
def test_a_larger_picture_is_judged_at_several_places() -> None:
    network = SISGANDiscriminator(width=4, levels=2, sentence=6, condition=5).eval()
    grids = []
    network.answer.register_forward_hook(lambda module, inputs, out: grids.append(out))
    image, sentence = some_input(2, size=32)[0], torch.randn(2, 6)
    logits = network.matching(network.features(image), sentence)
    assert grids[0].shape == (2, 1, 5, 5)
    torch.testing.assert_close(logits, grids[0].mean((1, 2, 3)))


def test_the_discriminator_hears_the_sentence_and_learns_in_all_its_parts() -> None:
    network = SISGANDiscriminator(width=4, levels=3, sentence=6, condition=5)
    image, sentence = some_input(3)[0], torch.randn(3, 6)
    logits = network.matching(network.features(image), sentence)
    assert not torch.allclose(logits, network.matching(network.features(image), sentence.flip(0)))
    logits.square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


@torch.no_grad()
def test_the_bottleneck_is_added_before_the_last_activation() -> None:
    network = SISGANDiscriminator(width=8, levels=3, sentence=6, condition=5).eval()
    image = some_input(2)[0]
    for layer in (network.narrow, network.middle, network.widen):
        nn.init.zeros_(layer[0].weight)
    x = network.last(network.trunk(image)[-1])
    torch.testing.assert_close(network.features(image), torch.where(x > 0, x, 0.2 * x))
