"""Tests of VGG-16 as others use it, against plain layers."""

import pytest
import torch
import torch.nn.functional as F

from mimnet.nn.vgg import VGG16FC7, VGG16BNFeatures

MEAN, STD = torch.tensor([0.485, 0.456, 0.406])[:, None, None], torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def test_vgg16_to_conv4_3_has_torchvisions_names_and_numbers() -> None:
    state = VGG16BNFeatures(dilate=False).state_dict()
    convolutions = (0, 3, 7, 10, 14, 17, 20, 24, 27, 30)  # in torchvision's vgg16_bn().features
    kept = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    names = {f"features.{i}.{p}" for i in convolutions for p in ("weight", "bias")}
    assert set(state) == names | {f"features.{i + 1}.{p}" for i in convolutions for p in kept}


@pytest.mark.parametrize("dilate", [False, True])
@torch.no_grad()
def test_vgg16_is_normalised_convolutions_and_two_poolings(dilate: bool) -> None:
    network = VGG16BNFeatures(dilate=dilate).eval()
    image = torch.rand(2, 3, 16, 24) * 2 - 1
    x = ((image + 1) / 2 - MEAN) / STD
    state = {name.removeprefix("features."): value for name, value in network.state_dict().items()}
    for i in (0, 3, 7, 10, 14, 17, 20, 24, 27, 30):
        step = 2 if dilate and i >= 24 else 1
        x = F.conv2d(x, state[f"{i}.weight"], state[f"{i}.bias"], padding=step, dilation=step)
        n = i + 1
        x = F.batch_norm(
            x, state[f"{n}.running_mean"], state[f"{n}.running_var"], state[f"{n}.weight"], state[f"{n}.bias"]
        ).relu()
        x = F.max_pool2d(x, 2) if i in (3, 10) else x
    assert x.shape == (2, 512, 4, 6)
    assert x.std() > 0
    torch.testing.assert_close(network(image), x)


def test_vgg16_to_fc7_has_torchvisions_names_and_its_parameter_count() -> None:
    with torch.device("meta"):
        network = VGG16FC7()
    convolutions = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    names = {f"features.{i}.{p}" for i in convolutions for p in ("weight", "bias")}
    assert set(network.state_dict()) == names | {f"classifier.{i}.{p}" for i in (0, 3) for p in ("weight", "bias")}
    assert sum(p.numel() for p in network.features.parameters()) == 14_714_688
    assert sum(p.numel() for p in network.parameters()) == 138_357_544 - 4_097_000  # torchvision's, less its classes


def test_vgg16_to_fc7_is_five_blocks_and_two_layers_without_dropout() -> None:
    network = VGG16FC7(width=6)
    assert not network.train().training
    assert not any(p.requires_grad for p in network.parameters())
    image = torch.rand(2, 3, 64, 96) * 2 - 1
    x, state = (image + 1) / 2, network.state_dict()
    x = (x - MEAN) / STD
    for i in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28):
        x = F.conv2d(x, state[f"features.{i}.weight"], state[f"features.{i}.bias"], padding=1).relu()
        x = F.max_pool2d(x, 2) if i in (2, 7, 14, 21, 28) else x
    x = F.adaptive_avg_pool2d(x, 7).flatten(1)
    for i in (0, 3):
        x = (x @ state[f"classifier.{i}.weight"].T + state[f"classifier.{i}.bias"]).relu()
    assert x.std() > 0
    torch.testing.assert_close(network(image), x, atol=1e-5, rtol=1e-4)
