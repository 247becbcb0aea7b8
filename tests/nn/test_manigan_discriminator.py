"""Tests of ManiGAN's discriminators."""

from itertools import pairwise

import pytest
import torch

from mimnet.nn.manigan.build import build_manigan_discriminators
from mimnet.nn.manigan.discriminator import ManiGANDiscriminator


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("batch", [1, 3])
def test_all_sizes_end_alike_with_one_logit_a_picture(size: int, batch: int) -> None:
    networks = build_manigan_discriminators(
        size=size, stages=3, discriminator_width=8, word_feature=6, correct=False, word_level="published"
    ).eval()
    widths = set()
    for network, side in zip(networks, (size // 4, size // 2, size), strict=True):
        assert isinstance(network, ManiGANDiscriminator)
        features = network.features(torch.randn(batch, 3, side, side))
        widths.add(features.shape[1])
        assert features.shape[2:] == (4, 4)
        assert network.reality(features).shape == (batch,)
        assert network.matching(features, torch.randn(batch, 6)).shape == (batch,)
    assert widths == {8 * size // 32}


def test_a_discriminator_halves_the_size_and_doubles_the_width_and_comes_back() -> None:
    network = ManiGANDiscriminator(size=128, width=4, ends=8, words=6)
    layers = [network.first, *(block.conv for block in network.layers)]
    assert [(c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0]) for c in layers] == [
        (3, 4, 4, 2),
        (4, 8, 4, 2),
        (8, 16, 4, 2),
        (16, 32, 4, 2),
        (32, 64, 4, 2),
        (64, 32, 3, 1),
        (32, 16, 3, 1),
        (16, 8, 3, 1),
    ]
    assert all(a.out_channels == b.in_channels for a, b in pairwise(layers))
    assert all(c.bias is None for c in layers)


def test_answers_do_not_depend_on_the_batch_once_trained() -> None:
    network = ManiGANDiscriminator(size=16, width=4, ends=4, words=6).eval()
    image, sentence = torch.randn(3, 3, 16, 16), torch.randn(3, 6)
    together = network.matching(network.features(image), sentence)
    alone = [network.matching(network.features(image[i : i + 1]), sentence[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-4)


def test_the_sentence_speaks_in_one_answer_alone() -> None:
    network = ManiGANDiscriminator(size=16, width=4, ends=4, words=6).eval()
    features = network.features(torch.randn(2, 3, 16, 16))
    sentence = torch.randn(2, 6)
    assert not torch.allclose(network.matching(features, sentence), network.matching(features, -sentence))
    joined = torch.cat([features, sentence[:, :, None, None].expand(2, 6, 4, 4)], 1)
    expected = network.match(network.join(joined))[:, 0, 0, 0]
    torch.testing.assert_close(network.matching(features, sentence), expected)


def test_gradients_reach_every_weight() -> None:
    network = ManiGANDiscriminator(size=32, width=4, ends=4, words=6).train()
    features = network.features(torch.randn(3, 3, 32, 32))
    (network.reality(features).square().sum() + network.matching(features, torch.randn(3, 6)).square().sum()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())
