"""Tests of the coarse stage (Eq. 4 to 8)."""

import numpy as np
import torch

from mimnet.nn.coarse import CoarseDecoder, CoarseStage, fuse
from mimnet.nn.layers import up, word_mask
from mimnet.nn.locate import TargetLocalization


def stage(structure: int = 0) -> CoarseStage:
    return CoarseStage(
        width=6,
        texture=5,
        locate=TargetLocalization(width=6),
        decoder=CoarseDecoder(inputs=6, width=8, structure=structure),
    )


def inputs() -> tuple[torch.Tensor, ...]:
    seen, bounds = torch.randn(2, 6, 4, 4), torch.randn(2, 6, 4, 4)
    return seen, bounds, torch.rand(2, 1, 16, 16), torch.randn(2, 3, 5), word_mask(torch.tensor([3, 2]), 3)


def test_eq4_is_the_projected_mean_over_words_without_padding() -> None:
    coarse = stage()
    *_, textures, mask = inputs()
    g = coarse.global_texture(textures, mask).detach().numpy()
    project = coarse.to_feature.weight.detach().numpy()
    np.testing.assert_allclose(g[0], project @ textures[0].numpy().mean(0), atol=1e-6)
    np.testing.assert_allclose(g[1], project @ textures[1, :2].numpy().mean(0), atol=1e-6)


def test_eq5_to_eq8_one_by_one() -> None:
    coarse = stage()
    seen, bounds, structure, textures, mask = inputs()
    made = coarse(seen, bounds, structure, textures, mask)
    g = coarse.global_texture(textures, mask)
    both = torch.empty(2, 12, 4, 4)
    for h in range(4):
        for w in range(4):
            both[:, :6, h, w], both[:, 6:, h, w] = bounds[:, :, h, w], g
    painted = coarse.paint(both)
    a = torch.sigmoid((g[:, :, None, None] * painted).sum(1, keepdim=True))
    torch.testing.assert_close(made.texture, g)
    torch.testing.assert_close(made.weight_map, a)
    torch.testing.assert_close(made.fused, up(a * painted + (1 - a) * seen))
    torch.testing.assert_close(made.picture, coarse.decode(made.fused, structure))
    assert made.picture.shape == (2, 3, 8, 8)
    assert made.picture.abs().max() <= 1


def test_eq7_a_map_of_zeros_gives_the_pictures_features_back_and_ones_none_of_them() -> None:
    painted, seen = torch.randn(2, 6, 4, 4), torch.randn(2, 6, 4, 4)
    assert torch.equal(fuse(torch.zeros(2, 1, 4, 4), painted, seen), seen)
    assert torch.equal(fuse(torch.ones(2, 1, 4, 4), painted, seen), painted)
    half = fuse(torch.full((2, 1, 4, 4), 0.25), painted, seen)
    torch.testing.assert_close(half, 0.25 * painted + 0.75 * seen)


def test_with_a_closed_map_the_words_do_not_reach_the_picture() -> None:
    class Closed(TargetLocalization):
        def forward(
            self, texture: torch.Tensor, painted: torch.Tensor, seen: torch.Tensor, more: torch.Tensor | None = None
        ) -> torch.Tensor:
            return torch.zeros_like(painted[:, :1])

    coarse = stage()
    seen, bounds, structure, textures, mask = inputs()
    open_pictures = [coarse(seen, bounds, structure, t, mask).picture for t in (textures, -textures)]
    assert not torch.allclose(*open_pictures)
    coarse.locate = Closed(width=6)
    pictures = [coarse(seen, bounds, structure, t, mask).picture for t in (textures, -textures)]
    assert torch.equal(*pictures)


def test_the_decoder_sees_the_boundary_image_only_when_built_so() -> None:
    x, one, other = torch.randn(1, 6, 8, 8), torch.zeros(1, 1, 16, 16), torch.ones(1, 1, 16, 16)
    blind, seeing = (CoarseDecoder(inputs=6, width=8, structure=k) for k in (0, 1))
    assert torch.equal(blind(x, one), blind(x, other))
    assert not torch.allclose(seeing(x, one), seeing(x, other))
