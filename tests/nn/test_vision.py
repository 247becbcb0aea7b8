"""Tests of the image encoders: VGG-16 to relu3_3, and the project's own CNN."""

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mimnet.nn.layers import up
from mimnet.nn.vision import OwnCNN, OwnDetail, VGG16Features

CONVOLUTIONS = (0, 2, 5, 7, 10, 12, 14)  # places in torchvision's vgg16().features, to conv3_3


def test_vgg16_has_torchvisions_names_and_its_parameter_count() -> None:
    network = VGG16Features()
    assert set(network.state_dict()) == {f"features.{i}.{p}" for i in CONVOLUTIONS for p in ("weight", "bias")}
    widths = [3, 64, 64, 128, 128, 256, 256, 256]
    expected = sum(9 * a * b + b for a, b in pairwise(widths))
    assert sum(p.numel() for p in network.parameters()) == expected == 1_735_488


def test_vgg16_is_conv_relu_and_pool_after_imagenets_normalisation() -> None:
    network = VGG16Features().eval()
    image = torch.rand(2, 3, 16, 24) * 2 - 1
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = ((image + 1) / 2 - mean[:, None, None]) / std[:, None, None]
    state = network.state_dict()
    for i in CONVOLUTIONS:
        x = F.conv2d(x, state[f"features.{i}.weight"], state[f"features.{i}.bias"], padding=1).relu()
        x = F.max_pool2d(x, 2) if i in (2, 7) else x
    assert x.shape == (2, 256, 4, 6)
    assert x.std() > 0
    torch.testing.assert_close(network(image), x)


def test_vgg16_to_relu2_2_is_the_beginning_of_it_and_can_see_pictures_as_they_are() -> None:
    whole, cut = VGG16Features().eval(), VGG16Features(last="relu2_2", imagenet=False).eval()
    missing, _ = cut.load_state_dict(whole.state_dict(), strict=False)
    assert missing == []
    assert (cut.width, whole.width) == (128, 256)
    image = torch.rand(2, 3, 16, 24) * 2 - 1
    normalised = (image + 1) / 2 - torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    normalised = normalised / torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    given = cut(normalised)  # what the other network's first layer sees
    assert given.shape == (2, 128, 8, 12)
    torch.testing.assert_close(whole.features[9:](given), whole(image), atol=1e-5, rtol=1e-4)


def test_own_detail_stands_at_half_the_size_with_the_grid_brought_up() -> None:
    network, whole = OwnDetail(width=8), OwnCNN(inputs=3, width=8)
    missing, unexpected = network.load_state_dict(whole.state_dict(), strict=False)
    assert missing == []
    assert {name.split("_")[0].split(".")[0] for name in unexpected} == {"eighth", "sixteenth"}
    image = torch.randn(2, 3, 16, 24)
    given = network(image)
    assert given.shape == (2, network.width, 8, 12)
    torch.testing.assert_close(given[:, 4:], up(network.near(image)[1]))
    torch.testing.assert_close(given[:, :4], F.leaky_relu(network.stem(image), 0.2))


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 48)])
def test_own_cnn_keeps_a_quarter_of_the_size(height: int, width: int) -> None:
    features = OwnCNN(inputs=2, width=8)(torch.randn(2, 2, height, width))
    assert features.shape == (2, 8, height // 4, width // 4)


def test_own_cnn_gives_a_cell_context_from_beyond_its_own_grid() -> None:
    network = OwnCNN(inputs=1, width=8)
    for module in network.modules():  # normalisation reaches everywhere; here the convolutions' own reach counts
        for name, child in module.named_children():
            if isinstance(child, nn.GroupNorm):
                setattr(module, name, nn.Identity())

    def reach() -> int:
        image = torch.randn(1, 1, 192, 192, requires_grad=True)
        network(image)[0, :, 24, 24].sum().backward()
        assert image.grad is not None
        rows = image.grad[0, 0].abs().sum(1).nonzero().flatten()
        return int(rows[-1] - rows[0]) + 1

    assert reach() > 90
    with torch.no_grad():
        network.eighth_back.weight.zero_()
    assert reach() < 30
