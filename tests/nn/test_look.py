"""Tests of what judges and ManiGAN look with: widths, frozen parts, and gradients that reach the picture."""

import pytest
import torch

from mimnet.nn.inception import InceptionV3, bilinear
from mimnet.nn.look import BorrowedLook, InceptionLook, Look, OwnLook, SqueezeLook
from mimnet.nn.squeeze import IMAGENET, SqueezeNet
from mimnet.nn.vision import SqueezeNetFeatures, VGG16Features

LOOKS = {
    "own": lambda: OwnLook(width=8),
    "squeeze": lambda: SqueezeLook(SqueezeNet(**IMAGENET)),
    "inception": lambda: InceptionLook(InceptionV3(classes=None)),
    "vgg16": lambda: BorrowedLook(VGG16Features()),
    "squeezenet": lambda: BorrowedLook(SqueezeNetFeatures()),
}


@pytest.mark.parametrize(
    ("name", "grid"), [("own", 8), ("squeeze", 3), ("inception", 17), ("vgg16", 8), ("squeezenet", 8)]
)
def test_regions_and_the_whole_have_their_widths_and_gradients_reach_the_picture(name: str, grid: int) -> None:
    look: Look = LOOKS[name]().train()
    image = (torch.rand(1, 3, 64, 64) * 2 - 1).requires_grad_()
    regions, whole = look(image)
    assert regions.shape == (1, look.regions, grid, grid)
    assert whole.shape == (1, look.whole)
    (regions.square().sum() + whole.square().sum()).backward()
    assert image.grad is not None
    assert image.grad.abs().sum() > 0
    learning = [p for p in look.parameters() if p.grad is not None]
    assert bool(learning) == (name == "own")
    if name in ("squeeze", "inception"):
        assert not any(m.training for m in look.network.modules())  # type: ignore[union-attr]


def test_inception_looks_at_299_pixels_between_centres() -> None:
    look = InceptionLook(InceptionV3(classes=None))
    image = torch.rand(1, 3, 40, 52) * 2 - 1
    regions, whole = look(image)
    seen = look.network(bilinear(image))
    assert torch.equal(regions, seen.regions)
    assert torch.equal(whole, seen.pooled)


def test_a_borrowed_cnn_is_pooled_by_hand() -> None:
    cnn = SqueezeNetFeatures()
    look, image = BorrowedLook(cnn), torch.rand(2, 3, 32, 32) * 2 - 1
    regions, whole = look(image)
    grid = cnn(image)  # 2,128,8,8
    by_fours = grid.reshape(2, 128, 4, 2, 4, 2).mean((3, 5))
    torch.testing.assert_close(regions, by_fours)
    flat = grid.flatten(2)
    torch.testing.assert_close(whole, torch.cat([flat.mean(2), flat.max(2).values], 1))
