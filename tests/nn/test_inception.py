"""Tests of Inception v3 against figures of torchvision 0.28.0 and torch-fidelity 0.4.0 on the same made-up weights."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mimnet.nn.inception import InceptionV3, Variant, bilinear, fid_input


def made_up(network: nn.Module) -> dict[str, Tensor]:
    """Weights for every name that keep activations near 1; the same on every machine."""
    state = {k: x for k, x in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    pool = torch.from_numpy(np.random.RandomState(0).uniform(-1, 1, 2_600_000).astype(np.float32))
    made = {}
    for i, name in enumerate(sorted(state)):
        x = pool[1000 * i :][: state[name].numel()].view(state[name].shape)
        if name.endswith("bn.weight"):
            x = 1 + 0.2 * x
        elif name.endswith("running_var"):
            inputs = state[name.replace("bn.running_var", "conv.weight")][0].numel()
            x = (1 + 0.2 * x) * inputs / 6
        elif not name.endswith("conv.weight"):
            x = 0.1 * x
        made[name] = x
    return made


def filled(*, classes: int | None, variant: Variant = "torchvision") -> InceptionV3:
    network = InceptionV3(classes=classes, variant=variant)
    network.load_state_dict(made_up(network), strict=False)
    return network


def picture(height: int, width: int, number: int = 1) -> Tensor:
    """uint8 B,3,H,W that is the same on every machine."""
    values = np.random.RandomState(1).randint(0, 256, (number, 3, height, width))
    return torch.from_numpy(values.astype(np.uint8))


def test_it_has_torchvisions_number_of_parameters() -> None:
    assert sum(p.numel() for p in InceptionV3(classes=1000).parameters()) == 23_834_568
    assert sum(p.numel() for p in InceptionV3(classes=None).parameters()) == 23_834_568 - 2049 * 1000


def test_it_says_what_torchvisions_says_on_the_same_weights() -> None:
    seen = filled(classes=1000)(picture(299, 299).float() / 127.5 - 1)
    assert seen.regions.shape == (1, 768, 17, 17)
    assert seen.pooled.shape == (1, 2048)
    assert seen.logits is not None
    expected = [1.5316, 3.9163, 0.3153, -0.67486, 2.6043, 1.5977]
    torch.testing.assert_close(seen.logits[0, :6], torch.tensor(expected), rtol=1e-3, atol=1e-3)
    expected = [0.35871, 0.54086, 1.107, 0, 0.18364, 0.5163]
    regions = torch.stack([seen.regions.mean(), seen.regions.std(), *seen.regions[0, ::200, 3, 8]])
    torch.testing.assert_close(regions, torch.tensor(expected), rtol=1e-3, atol=1e-3)


def test_the_fid_variant_says_what_torch_fidelitys_says_on_the_same_weights() -> None:
    network = filled(classes=1008, variant="fid")
    seen = network(fid_input(picture(120, 200).float() / 127.5 - 1))
    expected = [0.39151, 0.48004, 0.71319, 0.79425, 0.61303, 0.74473, 0.16643, 0]
    pooled = torch.stack([seen.pooled.mean(), seen.pooled.std(), *seen.pooled[0, ::400]])
    torch.testing.assert_close(pooled, torch.tensor(expected), rtol=1e-3, atol=1e-3)
    expected = [1.2858, 3.4102, 0.08952, -0.48336]
    assert seen.logits is not None
    torch.testing.assert_close(seen.logits[0, :4], torch.tensor(expected), rtol=1e-3, atol=1e-3)


def test_what_it_says_does_not_depend_on_the_batch() -> None:
    network = filled(classes=10)
    image = picture(128, 128, 3).float() / 127.5 - 1
    together, alone = network(image), [network(image[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(together.logits, torch.cat([seen.logits for seen in alone]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(together.regions, torch.cat([seen.regions for seen in alone]), rtol=1e-4, atol=1e-5)


def test_it_stays_in_evaluation_mode_and_learns_nothing() -> None:
    network = nn.Sequential(InceptionV3(classes=None)).train()
    assert not any(part.training for part in network[0].modules())
    assert not any(p.requires_grad for p in network.parameters())
    assert network[0](torch.zeros(1, 3, 75, 75)).logits is None


@pytest.mark.parametrize(("height", "width"), [(2, 4), (5, 3)])
def test_tensorflows_resize_reads_from_the_upper_left(height: int, width: int) -> None:
    values = torch.randint(0, 256, (1, 3, height, width)).float()
    resized = fid_input(values / 127.5 - 1, size=8) * 128 + 128
    for row in range(8):
        for column in range(8):
            y, x = row * height / 8, column * width / 8
            top, left = int(y), int(x)
            bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
            above = values[..., top, left] * (1 - x % 1) + values[..., top, right] * (x % 1)
            below = values[..., bottom, left] * (1 - x % 1) + values[..., bottom, right] * (x % 1)
            torch.testing.assert_close(
                resized[..., row, column], above * (1 - y % 1) + below * (y % 1), atol=1e-3, rtol=0
            )


def test_resizing_keeps_what_has_the_size_already() -> None:
    values = picture(9, 9).float()
    torch.testing.assert_close(fid_input(values / 127.5 - 1, size=9), (values - 128) / 128)
    torch.testing.assert_close(bilinear(values, size=9), values)
