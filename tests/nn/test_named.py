"""Tests of the map that opens on the parts that a sentence names."""

import dataclasses
import math

import torch

from mimnet.config import load_config
from mimnet.families import new_generator
from mimnet.nn.named import START, NamedParts, PartGate


def test_padding_names_nothing_and_order_matters() -> None:
    torch.manual_seed(0)
    reads = NamedParts(word_vector=8, parts=2)
    words = torch.randn(1, 6, 8)
    mask = torch.tensor([[True, True, True, False, False, False]])
    named = reads(words, mask)
    assert named.shape == (1, 3)
    padded = torch.where(mask[..., None], words, torch.randn(1, 6, 8))
    assert torch.allclose(reads(padded, mask), named)
    assert torch.allclose(reads(words[:, :3], mask[:, :3]), named, atol=1e-6)  # a shorter sentence, less padding
    assert not torch.allclose(reads(words[:, [1, 0, 2, 3, 4, 5]], mask), named, atol=1e-3)


def test_the_gate_opens_named_parts_and_shuts_others() -> None:
    torch.manual_seed(0)
    gate, seen = PartGate(width=8, parts=2), torch.randn(1, 8, 3, 3)
    shares = gate.regions(seen)[0].softmax(0)
    weight = float(gate.weight.detach())
    yes, no = math.inf, -math.inf
    for logits, inside in (
        ([no, no, yes], torch.ones(3, 3)),  # the whole, with the rest
        ([no, no, no], torch.zeros(3, 3)),
        ([yes, no, no], shares[0]),
        ([no, yes, no], shares[1]),
        ([yes, yes, no], shares[0] + shares[1]),
        ([0.0, no, no], shares[0] / 2),
        ([0.0, no, 0.0], 0.75 * shares[0] + 0.5 * shares[1] + 0.5 * shares[2]),
    ):
        assert torch.allclose(gate(seen, torch.tensor([logits]))[0], weight * (2 * inside - 1), atol=1e-5)


def test_a_generator_that_knows_parts_has_them_in_its_map() -> None:
    torch.manual_seed(0)
    config = load_config("tiny").model
    ids, length = torch.ones(1, 4, dtype=torch.long), torch.tensor([4])
    assert new_generator(config, 9).read(ids, length).named is None
    generator = new_generator(dataclasses.replace(config, parts=3), 9).eval()
    seen, sentence = generator.see(torch.rand(1, 3, 32, 32) * 2 - 1), generator.read(ids, length)
    assert sentence.named.shape == (1, 4)
    maps = {}
    for name, logit in (("whole", 1e4), ("none", -1e4)):
        given = dataclasses.replace(sentence, named=torch.full((1, 4), logit))
        maps[name] = generator.paint(seen, given).weight_map
        assert torch.equal(generator.weigh(seen, given), maps[name])
    between = torch.logit(maps["whole"]) - torch.logit(maps["none"])
    assert torch.allclose(between, torch.tensor(2 * START), atol=1e-3)
