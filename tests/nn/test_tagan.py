"""Tests of TAGAN: the documented sizes, and the words' probabilities against a plain loop."""

import math

import pytest
import torch
from baseline_case import count, gflop, some_input

from mimnet.nn.tagan import TAGANDiscriminator, TAGANGenerator

DISCRIMINATOR = {"width": 64, "levels": 5, "word_vector": 300, "word_feature": 512}
SMALL = {"width": 4, "levels": 3, "word_vector": 5, "word_feature": 6}


def documented() -> TAGANGenerator:
    sizes = {"word_vector": 300, "word_feature": 512, "encoder_width": 64, "condition": 128, "blocks": 4}
    return TAGANGenerator(words=20, test_noise=True, **sizes).eval()


def test_documented_parameters_of_the_generator() -> None:
    generator = documented()
    assert count(generator.encoder) == 2_756_096
    assert count(generator.fusion) == 21_832_704
    assert count(generator.decoder) == 1_550_915
    assert count(generator.augment.mean) == count(generator.augment.log_deviation) == 65_664
    assert count(generator.reader.ahead) == count(generator.reader.back) == 1_250_304
    assert count(generator) == 28_771_651


def test_documented_parameters_of_the_discriminator() -> None:
    network = TAGANDiscriminator(**DISCRIMINATOR)
    assert count(network.trunk.first, *network.trunk.down[:2]) == 659_264
    assert [count(layer) for layer in network.trunk.down[2:]] == [2_098_176, 4_195_328]
    assert [count(layer) for layer in network.level] == [590_336, 2_360_320, 2_360_320]
    assert count(network.reader.ahead) == count(network.reader.back) == 1_250_304
    assert count(network.word_filter) == 658_179
    assert count(network.word_level) == 1_539
    assert count(network.answer) == 8_193
    assert count(network) == 15_432_263


@pytest.mark.parametrize(("size", "words", "expected"), [(128, 1, 21.765), (128, 50, 22.01), (256, 1, 87.1)])
def test_documented_operations_of_an_edit(size: int, words: int, expected: float) -> None:
    generator = documented()
    ids, length = torch.ones(1, words, dtype=torch.int64), torch.tensor([words])
    counted = gflop(lambda: generator(torch.zeros(1, 3, size, size), ids, length))
    assert counted == pytest.approx(expected, rel=0.02)


def test_documented_operations_of_the_discriminator() -> None:
    network = TAGANDiscriminator(**DISCRIMINATOR).eval()

    def judge() -> None:
        judged = network.features(torch.zeros(1, 3, 128, 128))
        network.reality(judged)
        network.conformity(judged, torch.zeros(1, 50, 300), torch.tensor([50]))

    assert gflop(judge) == pytest.approx(1.96, rel=0.02)


@pytest.mark.parametrize("pictures", [1, 3])
@pytest.mark.parametrize("size", [32, 64])
@torch.no_grad()
def test_answers_have_a_batch_axis(pictures: int, size: int) -> None:
    network = TAGANDiscriminator(**SMALL).eval()
    judged = network.features(some_input(pictures, size=size)[0])
    assert [x.shape for x in judged.levels] == [(pictures, 4), (pictures, 8), (pictures, 16)]
    assert network.reality(judged).shape == (pictures,)
    log = network.conformity(judged, torch.randn(pictures, 6, 5), torch.full((pictures,), 6))
    assert log.shape == (pictures,)
    assert (log <= 0).all()


@torch.no_grad()
def test_a_larger_picture_is_judged_at_several_places() -> None:
    network = TAGANDiscriminator(**SMALL).eval()
    judged = network.features(some_input(2, size=64)[0])
    torch.testing.assert_close(network.reality(judged), network.answer(judged.grid).mean((1, 2, 3)))
    assert network.answer(judged.grid).shape == (2, 1, 5, 5)


def noisy() -> TAGANDiscriminator:
    """A small discriminator whose answers are not all near one half."""
    network = TAGANDiscriminator(**SMALL).eval()
    with torch.no_grad():
        for p in (*network.word_filter.parameters(), *network.word_level.parameters()):
            p.normal_(0, 2)
    return network


@torch.no_grad()
def test_conformity_is_the_product_of_the_words_probabilities() -> None:
    network = noisy()
    length, vectors = torch.tensor([6, 2, 1]), 3 * torch.randn(3, 6, 5)
    judged = network.features(some_input(3)[0])
    states = network.reader(vectors, length).tolist()
    expected = []
    for b in range(3):
        words = states[b][: length[b]]
        mean = [sum(column) / len(words) for column in zip(*words, strict=True)]
        scores = [math.exp(sum(u * m for u, m in zip(word, mean, strict=True))) for word in words]
        product = 1.0
        for word, score in zip(words, scores, strict=True):
            u = torch.tensor(word)
            beta = [math.exp(x) for x in (network.word_level.weight @ u + network.word_level.bias).tolist()]
            probability = 0.0
            for k in range(3):
                w = network.word_filter[k].weight @ u + network.word_filter[k].bias
                f = 1 / (1 + math.exp(-(float(w[:-1] @ judged.levels[k][b]) + float(w[-1]))))
                probability += beta[k] / sum(beta) * f
            product *= min(probability + 1e-7, 1.0) ** (score / sum(scores))
        expected.append(product)
    found = network.conformity(judged, vectors, length).exp()
    assert found.std() > 0.05
    torch.testing.assert_close(found, torch.tensor(expected), atol=1e-6, rtol=1e-5)


@torch.no_grad()
def test_conformity_is_deaf_to_padding_and_to_the_neighbours() -> None:
    network = noisy()
    length, vectors = torch.tensor([6, 2]), torch.randn(2, 6, 5)
    image = some_input(2)[0]
    judged = network.features(image)
    log = network.conformity(judged, vectors, length)
    padded = torch.cat([vectors, torch.full((2, 3, 5), 9.0)], 1)
    padded[1, 2:] = -4.0
    torch.testing.assert_close(network.conformity(judged, padded, length), log)
    alone = network.conformity(network.features(image[1:]), vectors[1:], length[1:])
    torch.testing.assert_close(alone[0], log[1])


def test_certain_words_stay_numbers() -> None:
    network = noisy()
    judged = network.features(some_input(2)[0])
    vectors, length = torch.randn(2, 6, 5), torch.tensor([6, 3])
    for bias, expected in ((80.0, 0.0), (-200.0, math.log(1e-7))):
        with torch.no_grad():
            for layer in network.word_filter:
                layer.weight.zero_()
                layer.bias.fill_(bias)
        log = network.conformity(judged, vectors, length)
        torch.testing.assert_close(log, torch.full((2,), expected), atol=1e-5, rtol=1e-5)
        (gradient,) = torch.autograd.grad(log.sum(), network.word_level.weight)
        assert gradient.isfinite().all()


def test_the_discriminator_learns_in_all_its_parts() -> None:
    network = TAGANDiscriminator(**SMALL)
    judged = network.features(some_input(3)[0])
    log = network.conformity(judged, torch.randn(3, 6, 5), torch.tensor([6, 2, 4]))
    (log.mean() + network.reality(judged).square().mean()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_two_levels_are_too_few_for_words() -> None:
    with pytest.raises(ValueError, match="three levels; got 2"):
        TAGANDiscriminator(**(SMALL | {"levels": 2}))
