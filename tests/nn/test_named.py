"""Tests of the map that opens on the parts that a sentence names."""

import dataclasses
import math

import pytest
import torch

from mimnet.config import load_config
from mimnet.families import new_generator
from mimnet.nn.named import START, Named, NamedParts, PartGate, words_at


def test_padding_names_nothing_and_order_matters() -> None:
    torch.manual_seed(0)
    reads = NamedParts(word_vector=8, parts=2, textures=True)
    words = torch.randn(1, 6, 8)
    mask = torch.tensor([[True, True, True, False, False, False]])
    said = reads(words, mask)
    assert said.named.shape == (1, 3)
    assert said.told.shape == (1, 3, 6)
    padded = torch.where(mask[..., None], words, torch.randn(1, 6, 8))
    for other in (reads(padded, mask), reads(words[:, :3], mask[:, :3])):  # and a shorter sentence, less padding
        assert torch.allclose(other.named, said.named, atol=1e-6)
        assert torch.allclose(other.told[..., :3], said.told[..., :3], atol=1e-6)
    assert not torch.allclose(reads(words[:, [1, 0, 2, 3, 4, 5]], mask).named, said.named, atol=1e-3)
    assert NamedParts(word_vector=8, parts=2, textures=False)(words, mask).told is None


def test_the_gate_opens_named_parts_and_shuts_others() -> None:
    torch.manual_seed(0)
    gate, seen = PartGate(width=8, parts=2), torch.randn(1, 8, 3, 3)
    shares = gate.shares(seen)[0]
    assert torch.allclose(shares, gate.regions(seen)[0].softmax(0))
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
        assert torch.allclose(gate(shares[None], torch.tensor([logits]))[0], weight * (2 * inside - 1), atol=1e-5)


def test_words_count_where_the_part_lies_that_they_speak_of() -> None:
    yes, no = 50.0, -50.0
    shares = torch.rand(1, 3, 2, 2, generator=torch.Generator().manual_seed(3)).softmax(1)
    mask = torch.tensor([[True, True, True, True, False]])
    told = torch.full((1, 3, 5), no)
    told[0, 0, :2], told[0, 1, 2], told[0, 2, 3], told[0, :, 4] = yes, yes, yes, yes  # the last word is padding
    head, belly, whole, alike = (
        torch.tensor(w)[:, None, None]
        for w in ([0.5, 0.5, 0, 0, 0], [0, 0, 1.0, 0, 0], [0, 0, 0, 1.0, 0], [0.25, 0.25, 0.25, 0.25, 0])
    )
    a, b, rest = shares[0]
    for named, expected in (
        ([yes, yes, no], a * head + b * belly + rest * alike),
        ([yes, no, no], a * head + (b + rest) * alike),
        ([no, yes, yes], b * belly + (a + rest) * whole),
        ([no, no, yes], whole.expand(5, 2, 2)),
        ([no, no, no], alike.expand(5, 2, 2)),
        ([0.0, no, no], a * (head + alike) / 2 + (b + rest) * alike),
    ):
        counts = words_at(shares, torch.tensor([named]), told, mask)[0]
        assert torch.allclose(counts, expected, atol=1e-3)
        assert torch.allclose(counts.sum(0), torch.ones(2, 2), atol=1e-5)


def test_each_part_is_painted_as_if_its_words_were_the_sentence() -> None:
    torch.manual_seed(0)
    config = dataclasses.replace(load_config("tiny").model, parts=2, part_textures=True)
    generator = new_generator(config, 9).eval()
    ids, length = torch.tensor([[3, 4, 5, 6]]), torch.tensor([4])
    seen, sentence = generator.see(torch.rand(1, 3, 32, 32) * 2 - 1), generator.read(ids, length)
    told = torch.full((1, 3, 4), -50.0)
    told[0, 0, :2] = 50.0
    gate = generator.coarse.gate
    with torch.no_grad():
        gate.regions.weight.zero_()
        gate.regions.bias.copy_(torch.tensor([50.0, 0.0, 0.0]))  # everything is the first part
        words = 4 * torch.randn(sentence.words.shape)  # textures that differ
        given = dataclasses.replace(sentence, words=words, named=torch.tensor([[50.0, -50.0, -50.0]]), told=told)
        both = generator.paint(seen, given)
        first = dataclasses.replace(given, words=words[:, :2], mask=sentence.mask[:, :2], told=told[..., :2])
        alone = generator.paint(seen, first)
    for one, other in zip((*both.stages, both.weight_map), (*alone.stages, alone.weight_map), strict=True):
        assert torch.allclose(one, other, atol=2e-3)
    assert not torch.allclose(both.last, generator.paint(seen, dataclasses.replace(given, told=-told)).last, atol=1e-2)


def test_words_of_a_part_are_read_as_if_nothing_else_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    config = dataclasses.replace(load_config("tiny").model, parts=2, part_textures=True)
    generator = new_generator(config, 9).eval()
    generator.vectors.vectors.normal_()
    ids, length = torch.tensor([[3, 4, 5, 6], [3, 4, 7, 8]]), torch.tensor([4, 4])
    told = torch.full((2, 3, 4), -50.0)
    told[:, 0, :2] = told[:, 1, 3] = 50.0  # the third word belongs to no part

    def words(first: float, second: float) -> torch.Tensor:
        said = Named(torch.tensor([[first, second, -50.0]] * 2), told)
        monkeypatch.setattr(generator.named, "forward", lambda *_: said)
        read: torch.Tensor = generator.read(ids, length).words
        return read

    one, other = words(50.0, 50.0)
    assert torch.allclose(one[:2], other[:2], atol=1e-6)
    assert not torch.allclose(one[2:], other[2:], atol=1e-3)
    both, none = words(50.0, -50.0), words(-50.0, -50.0)
    assert not torch.allclose(none[0, :2], none[1, :2], atol=1e-4)  # told, but the sentence gives no part a look
    assert torch.allclose(both[:, 2:], none[:, 2:], atol=1e-6)  # words of no part are read in the whole sentence
    plain = new_generator(dataclasses.replace(config, part_textures=False), 9).eval()
    plain.load_state_dict({n: x for n, x in generator.state_dict().items() if "tell" not in n})
    assert torch.allclose(plain.read(ids, length).words, none, atol=1e-6)


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
