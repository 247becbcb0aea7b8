"""What a network costs, against counting by hand; and the promises of the presets."""

import dataclasses

import pytest
import torch
from torch import Tensor, nn

from mimnet.config import load_config
from mimnet.cost import EDIT_SIZE, edit_inputs, gflop_per_edit, parameters, report
from mimnet.families import new_generator


def convolutions_by_hand(network: nn.Module, run: object) -> float:
    """2 x multiply-adds of every convolution and linear layer, from the shapes that pass through hooks."""
    total = 0.0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            per_output = module.in_channels * module.kernel_size[0] * module.kernel_size[1]
            total += 2 * per_output * output.numel()
        elif isinstance(module, nn.Linear):
            total += 2 * module.in_features * output.numel()

    handles = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    with torch.no_grad():
        run()  # type: ignore[operator]
    for handle in handles:
        handle.remove()
    return total / 1e9


def test_operations_agree_with_counting_by_hand() -> None:
    config = dataclasses.replace(load_config("compact").model, boundary="sobel")
    generator = new_generator(config, 50)
    inputs = edit_inputs(config, size=64)
    by_hand = convolutions_by_hand(generator, lambda: generator(*inputs))
    counted = gflop_per_edit(generator, config, size=64)
    assert by_hand < counted < 1.05 * by_hand  # beyond the layers: attention, LSTMs, the boundary image


def test_operations_grow_with_the_pixels() -> None:
    config = load_config("tiny").model
    generator = new_generator(config, 50)
    small, large = (gflop_per_edit(generator, config, size=size) for size in (64, 128))
    assert 3.5 < large / small < 4.0  # the sentence costs the same


def test_compact_keeps_its_promise() -> None:
    config = load_config("compact").model
    generator = new_generator(config, 2000)
    assert gflop_per_edit(generator, config) <= 6
    assert parameters(generator) <= 6_000_000


def test_large_keeps_its_promise() -> None:
    config = load_config("large").model
    generator = new_generator(config, 3000)
    assert gflop_per_edit(generator, config) <= 30
    assert 2 * parameters(generator) <= 12_000_000  # bytes of a model file, in half precision


@pytest.mark.parametrize("preset", ["sisgan-small", "tagan-small"])
def test_small_models_compared_with_cost_what_compact_costs(preset: str) -> None:
    config, compact = load_config(preset).model, load_config("compact").model
    expected = gflop_per_edit(new_generator(compact, 50), compact)
    assert gflop_per_edit(new_generator(config, 50).eval(), config) == pytest.approx(expected, rel=0.1)


def test_a_gru_is_counted_once() -> None:
    config = load_config("tagan-small").model
    generator = new_generator(config, 50).eval()
    inputs = edit_inputs(config, size=32)
    convolutions = convolutions_by_hand(generator, lambda: generator(*inputs))
    grus = 2 * config.max_words * 2 * 3 * 64 * (64 + 64) / 1e9  # two directions, three gates, 64 wide from 64
    assert gflop_per_edit(generator, config, size=32) == pytest.approx(convolutions + grus, rel=0.001)


def test_paper_trains_all_but_the_pretrained_cnn() -> None:
    generator = new_generator(load_config("paper").model, 2000)
    assert parameters(generator) - parameters(generator, trainable=True) == 1_735_488  # VGG-16 to relu3_3


@pytest.mark.parametrize("preset", ["compact-no-memory", "compact-coarse", "compact"])
def test_ablations_edit_at_the_size_they_should(preset: str) -> None:
    config = load_config(preset).model
    inputs = edit_inputs(config, size=64, batch=2)
    with torch.no_grad():
        picture = new_generator(config, 50)(*inputs).last
    side = 32 if preset == "compact-coarse" else 64
    assert picture.shape == (2, 3, side, side)


def test_the_small_manigan_with_its_detail_correction_costs_what_compact_does() -> None:
    config = dataclasses.replace(load_config("manigan-small-dcm").model, size=EDIT_SIZE)
    compact = load_config("compact").model
    cost = gflop_per_edit(new_generator(config, 2000).eval(), config)
    assert cost == pytest.approx(gflop_per_edit(new_generator(compact, 2000), compact), rel=0.1)


def test_a_network_is_asked_what_it_costs_in_use_not_in_training() -> None:
    config = dataclasses.replace(load_config("manigan-small").model, size=32)
    told = report("small", new_generator(config, 50), config, nn.ModuleList())
    assert told["edit_size"] == 32  # it edits no other size
    assert set(told["parameters"]["modules"]) == {"damsm", "image", "main"}
