"""Tests of ManiGAN's affine combination and its two attentions against plain loops, and of the gated convolution."""

import numpy as np
import pytest
import torch
from torch import Tensor

from mimnet.nn.layers import word_mask
from mimnet.nn.manigan.blocks import AffineCombination, Gated, Residual, Up
from mimnet.nn.manigan.stage import ChannelAttention, SpatialAttention, Stage


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def convolved(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """3x3, padded by zeros: C,H,W and O,C,3,3 -> O,H,W"""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    out = np.zeros((len(weight), *x.shape[1:]))
    for o in range(len(weight)):
        for h in range(x.shape[1]):
            for w in range(x.shape[2]):
                out[o, h, w] = (weight[o] * padded[:, h : h + 3, w : w + 3]).sum()
    return out


def numbers(x: Tensor) -> np.ndarray:
    return x.detach().double().numpy()


def gated(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Convolution, normalised in each channel over its places, first half by the sigmoid of the second."""
    y = convolved(x, weight)
    y = (y - y.mean((1, 2), keepdims=True)) / np.sqrt(y.var((1, 2), keepdims=True) + 1e-5)
    half = len(y) // 2
    return y[:half] / (1 + np.exp(-y[half:]))


def test_acm_scales_and_shifts_by_the_pictures_features() -> None:
    acm = AffineCombination(width=4, image=2, hidden=3)
    x, image = torch.randn(2, 4, 5, 3), torch.randn(2, 2, 5, 3)
    given = numbers(acm(x, image))
    for b in range(2):
        t = convolved(numbers(image[b]), numbers(acm.image.weight))
        scale, shift = (convolved(t, numbers(layer.weight)) for layer in (acm.scale, acm.shift))
        for c in range(4):
            for h in range(5):
                for w in range(3):
                    expected = x[b, c, h, w].item() * scale[c, h, w] + shift[c, h, w]
                    assert given[b, c, h, w] == pytest.approx(expected, abs=1e-5)


def test_gated_up_and_residual_are_what_they_say() -> None:
    x = torch.randn(1, 3, 4, 4)
    plain, up, residual = Gated(3, 2), Up(3, 2), Residual(3)
    np.testing.assert_allclose(numbers(plain(x))[0], gated(numbers(x[0]), numbers(plain.conv.weight)), atol=1e-5)
    twice = np.repeat(np.repeat(numbers(x[0]), 2, 1), 2, 2)
    np.testing.assert_allclose(numbers(up(x))[0], gated(twice, numbers(up.conv.weight)), atol=1e-5)
    inner = convolved(gated(numbers(x[0]), numbers(residual.first.conv.weight)), numbers(residual.second.weight))
    inner = (inner - inner.mean((1, 2), keepdims=True)) / np.sqrt(inner.var((1, 2), keepdims=True) + 1e-5)
    np.testing.assert_allclose(numbers(residual(x))[0], numbers(x[0]) + inner, atol=1e-5)


def case() -> tuple[Tensor, Tensor, Tensor]:
    """Hidden features B,c,H,W; words B,L,d, with nonsense on padding; lengths."""
    return torch.randn(3, 4, 2, 3), torch.randn(3, 5, 6), torch.tensor([5, 2, 3])


def test_every_place_asks_the_words_of_its_own_caption() -> None:
    attend = SpatialAttention(width=4, words=6, public_code_mask=False)
    x, words, length = case()
    given = numbers(attend(x, words, word_mask(length, 5)))
    weight = numbers(attend.word.weight)
    for b in range(3):
        keys = [weight @ numbers(words[b, i]) for i in range(length[b])]
        for h in range(2):
            for w in range(3):
                pixel = numbers(x[b, :, h, w])
                share = softmax(np.array([pixel @ key for key in keys]))
                expected = sum(a * key for a, key in zip(share, keys, strict=True))
                np.testing.assert_allclose(given[b, :, h, w], expected, atol=1e-5)


def test_the_public_codes_mask_is_that_of_another_caption() -> None:
    attend = SpatialAttention(width=4, words=6, public_code_mask=True)
    x, words, length = case()
    x, words = torch.cat([x, x[:1]]), torch.cat([words, words[:1]])  # 4 pictures of 6 places: rows and masks part
    length = torch.tensor([5, 2, 3, 1])
    given = numbers(attend(x, words, word_mask(length, 5)))
    weight = numbers(attend.word.weight)
    for b in range(4):
        for place in range(6):
            allowed = int(length[(6 * b + place) % 4])  # tiled pixel by pixel over scores that stand picture by picture
            keys = [weight @ numbers(words[b, i]) for i in range(allowed)]
            share = softmax(np.array([numbers(x[b]).reshape(4, 6)[:, place] @ key for key in keys]))
            expected = sum(a * key for a, key in zip(share, keys, strict=True))
            np.testing.assert_allclose(given[b].reshape(4, 6)[:, place], expected, atol=1e-5)


def test_alone_in_a_batch_the_public_codes_mask_is_right() -> None:
    right, public = (SpatialAttention(width=4, words=6, public_code_mask=public) for public in (False, True))
    public.load_state_dict(right.state_dict())
    x, words, _ = case()
    mask = word_mask(torch.tensor([3]), 5)
    assert torch.equal(right(x[:1], words[:1], mask), public(x[:1], words[:1], mask))


def test_every_channel_asks_the_words_as_pictures() -> None:
    attend = ChannelAttention(words=6, sizes=[3, 2])
    x, words, length = torch.randn(3, 4, 3, 3), torch.randn(3, 5, 6), torch.tensor([5, 2, 3])
    given = numbers(attend(x, words, word_mask(length, 5)))
    weight = numbers(attend.word[0].weight)
    for b in range(3):
        maps = [(weight @ numbers(words[b, i])).reshape(3, 3) for i in range(length[b])]
        for c in range(4):
            share = softmax(np.array([(numbers(x[b, c]) * m).sum() for m in maps]))
            expected = sum(a * m for a, m in zip(share, maps, strict=True))
            np.testing.assert_allclose(given[b, c], expected, atol=1e-5)


def test_a_stage_is_its_parts_in_order() -> None:
    stage = Stage(width=2, words=6, hidden=5, blocks=2, sizes=[4], grow=True, public_code_mask=False)
    x, image, words, mask = (
        torch.randn(2, 2, 4, 4),
        torch.randn(2, 2, 4, 4),
        torch.randn(2, 5, 6),
        word_mask(torch.tensor([5, 2]), 5),
    )
    places = stage.places(x, words, mask)
    channels = stage.channels(places, words, mask)  # the attended map asks, not the hidden one
    joined = torch.cat([x, places, channels], 1)
    combined = stage.combine(joined, image)
    first, second = stage.blocks
    expected = stage.end(second(first(combined)))
    made = stage(x, image, words, mask)
    assert made.shape == (2, 2, 8, 8)
    torch.testing.assert_close(made, expected)
    assert not torch.allclose(stage.channels(x, words, mask), channels)


def test_the_scale_of_what_comes_in_is_forgotten() -> None:
    x, gate = torch.randn(1, 3, 8, 8), Gated(3, 2)
    torch.testing.assert_close(gate(5 * x), gate(x), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(gate(x.square()), gate(x), atol=1e-2)
