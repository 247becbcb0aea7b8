"""Tests of what tells whether a picture shows the object, and of how far the map may open."""

import dataclasses

import numpy as np
import pytest
import torch

from mimnet.blend import full_mask
from mimnet.config import load_config
from mimnet.families import new_generator
from mimnet.nn.generator import Generator
from mimnet.nn.presence import LEAST, OPEN, SHUT, Presence, openness
from mimnet.recipe import THRESHOLD


def test_it_reads_features_as_they_are_at_any_scale() -> None:
    torch.manual_seed(0)
    tells = Presence(width=6, presence=5)
    seen = torch.randn(3, 6, 9, 12, requires_grad=True)
    said = tells(seen)
    assert said.shape == (3,)
    assert torch.allclose(tells(seen * 40), said, atol=1e-4)  # as after other CNNs
    assert torch.allclose(tells(seen[1:2]), said[1:2], atol=1e-5)  # whatever stands beside it
    said.sum().backward()
    assert seen.grad is None
    assert all(p.grad is not None for p in tells.parameters())


def test_a_nearly_shut_map_is_one_that_the_editor_takes_for_none_unless_a_lower_threshold_is_asked_for() -> None:
    steps = openness(torch.tensor([-50.0, SHUT, (SHUT + OPEN) / 2, OPEN, 50.0])).flatten()
    assert steps.tolist() == pytest.approx([LEAST, LEAST, (1 + LEAST) / 2, 1, 1])
    shut = np.full((4, 4), LEAST, np.float32)  # of a map that is open everywhere
    assert not full_mask(shut, (8, 8), THRESHOLD).any()
    assert full_mask(shut, (8, 8), 0.0).min() > 127


def test_it_shuts_the_map_and_leaves_what_is_painted() -> None:
    config = load_config("tiny").model
    torch.manual_seed(0)
    generator = new_generator(dataclasses.replace(config, presence=5, paste=True), 9)
    assert isinstance(generator, Generator)
    image = torch.rand(2, 3, 32, 32) * 2 - 1
    seen = generator.see(image)
    assert seen.presence is not None
    assert torch.equal(seen.presence, generator.presence(seen.features))
    sentence = generator.read(torch.ones(2, config.max_words, dtype=torch.int64), torch.tensor([2, 3]))
    free = generator.paint(dataclasses.replace(seen, presence=None), sentence)
    told = generator.paint(dataclasses.replace(seen, presence=torch.tensor([SHUT - 1, OPEN + 1])), sentence)
    assert torch.allclose(told.weight_map, free.weight_map * torch.tensor([LEAST, 1.0])[:, None, None, None])
    assert torch.equal(told.last, free.last)
    shut = dataclasses.replace(seen, presence=torch.tensor([SHUT, SHUT]))
    assert torch.allclose(generator.weigh(shut, sentence), free.weight_map * LEAST)
    away = (generator.results(told, image)[-1] - image)[0].abs().mean()
    assert away < 0.6 * (generator.results(free, image)[-1] - image)[0].abs().mean()
