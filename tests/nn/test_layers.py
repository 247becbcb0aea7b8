"""Tests of the building blocks: masks, masked means and softmaxes, resizing."""

import numpy as np
import pytest
import torch

from mimnet.nn.layers import Residual, masked_mean, masked_softmax, norm, resize, up, word_mask


def test_word_mask_is_true_on_words_alone() -> None:
    assert word_mask(torch.tensor([2, 0, 3]), 3).tolist() == [
        [True, True, False],
        [False, False, False],
        [True, True, True],
    ]


def test_masked_mean_leaves_padding_out() -> None:
    x = torch.randn(2, 4, 3)
    mask = word_mask(torch.tensor([4, 2]), 4)
    expected = np.stack([x[0].numpy().mean(0), x[1, :2].numpy().mean(0)])
    np.testing.assert_allclose(masked_mean(x, mask).numpy(), expected, rtol=1e-6)


def test_masked_softmax_is_a_softmax_over_the_words_alone() -> None:
    scores = torch.tensor([[1.0, -2.0, 50.0, 60.0]])
    weights = masked_softmax(scores, word_mask(torch.tensor([2]), 4))[0].numpy()
    expected = np.exp([1.0, -2.0]) / np.exp([1.0, -2.0]).sum()
    np.testing.assert_allclose(weights[:2], expected, rtol=1e-6)
    assert (weights[2:] == 0).all()


@pytest.mark.parametrize("width", [3, 8, 16, 48])
def test_norm_of_a_picture_does_not_depend_on_its_neighbours(width: int) -> None:
    x = torch.randn(3, width, 4, 4)
    layer = norm(width)
    torch.testing.assert_close(layer(x)[1:2], layer(x[1:2]))


def test_resize_averages_over_area_when_it_shrinks() -> None:
    x = torch.randn(1, 2, 8, 8)
    expected = x.numpy().reshape(1, 2, 4, 2, 4, 2).mean((3, 5))
    np.testing.assert_allclose(resize(x, (4, 4)).numpy(), expected, atol=1e-6)
    assert resize(x, (8, 8)) is x


def test_up_keeps_a_constant_and_doubles_the_size() -> None:
    grown = up(torch.full((1, 1, 3, 5), 2.5))
    assert grown.shape == (1, 1, 6, 10)
    torch.testing.assert_close(grown, torch.full_like(grown, 2.5))


def test_residual_projects_its_shortcut_only_where_the_width_changes() -> None:
    assert sum(p.numel() for p in Residual(8, 8).shortcut.parameters()) == 0
    assert sum(p.numel() for p in Residual(16, 8).shortcut.parameters()) == 128
