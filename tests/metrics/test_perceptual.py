"""Tests of LPIPS against figures of the lpips package 0.1.4 on the same made-up weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.metrics.perceptual import CONVENTION, load_heads, lpips
from mimnet.nn.squeeze import IMAGENET, SqueezeNet

HEADS = [torch.arange(width) % 7 / 7 for width in SqueezeNet.widths]


@pytest.fixture(scope="module")
def network() -> SqueezeNet:
    random = np.random.RandomState(0)
    network = SqueezeNet(**IMAGENET)
    for _, x in sorted(network.state_dict().items()):
        scale = (6 / x[0].numel()) ** 0.5 if x.ndim > 1 else 0.1
        x.copy_(torch.from_numpy(random.uniform(-scale, scale, tuple(x.shape)).astype(np.float32)))
    return network


def pair(number: int = 2) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    random = np.random.RandomState(2)
    a = random.randint(0, 256, (number, 40, 56, 3)).astype(np.uint8)
    return a, np.clip(a.astype(int) + random.randint(-40, 41, a.shape), 0, 255).astype(np.uint8)


def test_it_is_what_the_lpips_package_gives(network: SqueezeNet) -> None:
    distances = lpips(network, HEADS, *pair())
    assert distances.dtype == np.float64
    np.testing.assert_allclose(distances, [0.10329383, 0.10459210], rtol=1e-4)


def test_a_picture_is_at_no_distance_from_itself_and_distance_is_symmetric(network: SqueezeNet) -> None:
    a, b = pair()
    assert lpips(network, HEADS, a, a).tolist() == [0, 0]
    np.testing.assert_allclose(lpips(network, HEADS, a, b), lpips(network, HEADS, b, a))


def test_it_does_not_depend_on_the_batch(network: SqueezeNet) -> None:
    a, b = (np.tile(x, (17, 1, 1, 1)) for x in pair())
    together = lpips(network, HEADS, a, b)
    assert together.shape == (34,)
    np.testing.assert_allclose(together, np.tile(lpips(network, HEADS, a[:2], b[:2]), 17), rtol=1e-5)


def test_a_place_without_any_feature_is_no_division_by_zero(network: SqueezeNet) -> None:
    dead = SqueezeNet(**IMAGENET)
    for x in dead.state_dict().values():
        x.zero_()
    assert lpips(dead, HEADS, *pair()).tolist() == [0, 0]


def test_pictures_that_cannot_be_compared_are_told(network: SqueezeNet) -> None:
    a, b = pair()
    with pytest.raises(MimnetError, match="one size and number"):
        lpips(network, HEADS, a, b[:1])
    with pytest.raises(MimnetError, match="at least 17x17"):
        lpips(network, HEADS, a[:, :16], b[:, :16])


def test_the_convention_is_one_line_and_names_the_weights() -> None:
    assert "\n" not in CONVENTION
    assert "LPIPS v0.1" in CONVENTION
    assert "fitted to torchvision's SqueezeNet" in CONVENTION


def test_heads_are_read_from_lpipss_file(tmp_path: Path) -> None:
    file = tmp_path / "squeeze.pth"

    def save(heads: list[Tensor]) -> None:
        torch.save({f"lin{i}.model.1.weight": x.view(1, -1, 1, 1) for i, x in enumerate(heads)}, file)

    save(HEADS)
    for read, head in zip(load_heads(file), HEADS, strict=True):
        torch.testing.assert_close(read, head)
    save(HEADS[:-1])
    with pytest.raises(MimnetError, match=r"squeeze\.pth does not hold .* it lacks lin6\.model\.1\.weight$"):
        load_heads(file)
    save([torch.ones(64), torch.ones(192), *HEADS[2:]])
    with pytest.raises(MimnetError, match=r"lin1\.model\.1\.weight is \(1, 192, 1, 1\), not \(1, 128, 1, 1\)$"):
        load_heads(file)
    with pytest.raises(MimnetError, match="no file of weights"):
        load_heads(tmp_path / "absent.pth")
