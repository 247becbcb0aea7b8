"""Tests of the fine stage (Eq. 10 and 11)."""

import numpy as np
import pytest
import torch

from mimnet.nn.layers import activation, up, word_mask
from mimnet.nn.refine import FineDecoder, RefineStage


def stage(*, scale: bool = False) -> RefineStage:
    return RefineStage(width=6, texture=4, decoder=FineDecoder(inputs=10, width=8, structure=0), scale=scale)


@pytest.mark.parametrize("scale", [False, True])
def test_eq10_equals_a_loop_over_patches(scale: bool) -> None:
    refine = stage(scale=scale)
    fused, textures, length = torch.randn(2, 6, 3, 5), torch.randn(2, 4, 4), [4, 2]
    mask = word_mask(torch.tensor(length), 4)
    attention = refine.word_attention(fused, textures, mask).detach().numpy()
    heard: list[torch.Tensor] = []
    handle = refine.decode.register_forward_pre_hook(lambda module, args: heard.append(args[0]))
    refine(fused, torch.zeros(2, 1, 12, 20), textures, mask)
    handle.remove()
    joined = heard[0].detach().numpy()
    project = refine.query.weight.detach().numpy()[:, :, 0, 0]
    np.testing.assert_array_equal(joined[:, :6], fused.numpy())  # Eq. 11 joins Vu with F
    for b in range(2):
        words = textures[b, : length[b]].numpy()
        for h in range(3):
            for w in range(5):
                query = project @ fused[b, :, h, w].numpy()
                scores = np.array([e @ query for e in words]) / (2.0 if scale else 1.0)
                expected = np.exp(scores) / np.exp(scores).sum()
                given = attention[b, h * 5 + w]
                np.testing.assert_allclose(given[: length[b]], expected, atol=1e-6)
                assert (given[length[b] :] == 0).all()
                np.testing.assert_allclose(joined[b, 6:, h, w], expected @ words, atol=1e-5)


def test_every_patchs_weights_sum_to_one_over_real_words() -> None:
    mask = word_mask(torch.tensor([1, 3]), 5)
    weights = stage().word_attention(10 * torch.randn(2, 6, 4, 4), torch.randn(2, 5, 4), mask)
    assert weights.shape == (2, 16, 5)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 16))
    assert (weights[0, :, 1:] == 0).all()
    assert (weights[1, :, 3:] == 0).all()


def test_eq11_reducing_before_the_up_sampling_equals_reducing_after_it() -> None:
    decoder = FineDecoder(inputs=10, width=8, structure=0).double()
    x, structure = torch.randn(2, 10, 5, 7).double(), torch.zeros(2, 1, 10, 14).double()
    torch.testing.assert_close(up(decoder.reduce(x)), decoder.reduce(up(x)), atol=1e-12, rtol=0)
    literal = activation(decoder.reduce(up(x)))
    literal = activation(decoder.second(activation(decoder.first(literal))))
    torch.testing.assert_close(decoder(x, structure), torch.tanh(decoder.colour(literal)), atol=1e-12, rtol=0)


def test_the_decoder_sees_the_boundary_image_only_when_built_so() -> None:
    x, one, other = torch.randn(1, 10, 4, 4), torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8)
    blind, seeing = (FineDecoder(inputs=10, width=8, structure=k) for k in (0, 1))
    assert torch.equal(blind(x, one), blind(x, other))
    assert not torch.allclose(seeing(x, one), seeing(x, other))
