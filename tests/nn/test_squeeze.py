"""Tests of SqueezeNet 1.1 against figures of torchvision 0.28.0 on the same made-up weights."""

import numpy as np
import pytest
import torch
from torch import Tensor

from mimnet.nn.squeeze import CAFFE, IMAGENET, SqueezeNet


def made_up(network: SqueezeNet) -> dict[str, Tensor]:
    """Weights that keep activations near 1; the same on every machine."""
    random = np.random.RandomState(0)
    made = {}
    for name, x in sorted(network.state_dict().items()):
        scale = (6 / x[0].numel()) ** 0.5 if x.ndim > 1 else 0.1
        made[name] = torch.from_numpy(random.uniform(-scale, scale, tuple(x.shape)).astype(np.float32))
    return made


def test_its_convolutions_have_the_number_of_parameters_of_squeezenet() -> None:
    assert sum(p.numel() for p in SqueezeNet(**CAFFE).parameters()) == 722_496


@pytest.mark.parametrize(("height", "width"), [(64, 64), (75, 50), (17, 18)])
def test_the_seven_maps_have_lpipss_widths_and_round_up_when_halved(height: int, width: int) -> None:
    maps = SqueezeNet(**CAFFE)(torch.zeros(2, 3, height, width))
    sides = [((height - 3) // 2 + 1, (width - 3) // 2 + 1)]
    for _ in range(3):
        sides.append(tuple(-(-(side - 3) // 2) + 1 for side in sides[-1]))
    expected = [(2, c, *sides[min(i, 3)]) for i, c in enumerate((64, 128, 256, 384, 384, 512, 512))]
    assert [tuple(x.shape) for x in maps] == expected
    assert SqueezeNet.widths == (64, 128, 256, 384, 384, 512, 512)


def test_it_says_what_torchvisions_says_on_the_same_weights() -> None:
    network = SqueezeNet(**IMAGENET)
    network.load_state_dict(made_up(network))
    picture = torch.from_numpy(np.random.RandomState(1).randint(0, 256, (1, 3, 70, 90)).astype(np.float32))
    maps = network(picture / 127.5 - 1)
    expected = [0.77628, 0.95876, 1.19, 1.3281, 0.8995, 0.79955, 0.72794]
    torch.testing.assert_close(torch.stack([x.mean() for x in maps]), torch.tensor(expected), rtol=1e-4, atol=1e-5)


def test_the_scale_of_the_input_is_caffes_or_torchvisions() -> None:
    grey = torch.tensor([123.68, 116.779, 103.939])[None, :, None, None].expand(1, 3, 33, 33) / 127.5 - 1
    network = SqueezeNet(**CAFFE)
    at_mean = network.conv1.bias.relu()[None, :, None, None].expand(1, 64, 16, 16)
    torch.testing.assert_close(network(grey)[0], at_mean, rtol=0, atol=1e-4)
    assert IMAGENET["mean"] == pytest.approx([255 * m for m in (0.485, 0.456, 0.406)])
    assert IMAGENET["std"] == pytest.approx([255 * s for s in (0.229, 0.224, 0.225)])


def test_it_stays_in_evaluation_mode_and_learns_nothing() -> None:
    network = SqueezeNet(**CAFFE).train()
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
