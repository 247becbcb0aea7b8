"""Tests of what a sentence says of form, and of what it adds to the painted features."""

import dataclasses

import pytest
import torch
from torch import Tensor

from mimnet.config import load_config
from mimnet.families import new_generator
from mimnet.nn.form import FormPainter, FormReader


def test_padding_says_nothing_and_order_matters() -> None:
    torch.manual_seed(0)
    reads = FormReader(word_vector=8, form=5)
    words = torch.randn(1, 6, 8)
    mask = torch.tensor([[True, True, True, False, False, False]])
    form = reads(words, mask)
    assert form.shape == (1, 5)
    padded = torch.where(mask[..., None], words, torch.randn(1, 6, 8))
    for other in (reads(padded, mask), reads(words[:, :3], mask[:, :3])):  # and a shorter sentence, less padding
        assert torch.allclose(other, form, atol=1e-6)
    assert not torch.allclose(reads(words[:, [1, 0, 2, 3, 4, 5]], mask), form, atol=1e-3)


def test_the_words_that_say_most_decide() -> None:
    torch.manual_seed(0)
    reads = FormReader(word_vector=8, form=5)
    one, other = torch.randn(2, 1, 4, 8)
    on, space = torch.ones(1, 4, dtype=torch.bool), torch.zeros(1, 3, 8)  # further than words are read together
    gap = torch.zeros(1, 3, dtype=torch.bool)
    both = reads(torch.cat([one, space, other], 1), torch.cat([on, gap, on], 1))
    assert torch.allclose(both, torch.maximum(reads(one, on), reads(other, on)), atol=1e-6)


def painter() -> tuple[FormPainter, Tensor, Tensor]:
    torch.manual_seed(0)
    paints = FormPainter(width=8, form=5)
    torch.nn.init.normal_(paints.out.weight)
    return paints, torch.randn(1, 8, 16, 16), torch.randn(1, 8, 16, 16)


def test_a_painter_begins_with_nothing_and_learns() -> None:
    paints = FormPainter(width=8, form=5)
    bounds, seen, form = torch.randn(2, 8, 8, 8), torch.randn(2, 8, 8, 8), torch.randn(2, 5)
    added = paints(bounds, seen, form)
    assert added.shape == bounds.shape
    assert torch.equal(added, torch.zeros_like(added))
    added.sum().backward()
    assert float(paints.out.weight.grad.abs().sum()) > 0


@pytest.mark.parametrize("which", ["bounds", "seen"])
def test_a_corner_sees_the_opposite_one(which: str) -> None:
    paints, bounds, seen = painter()
    for block in (*(block.first for block in (*paints.far, paints.near)), paints.grid):
        block.norm = torch.nn.Identity()  # it would let every place see every other, whatever convolutions reach
    far = {"bounds": bounds, "seen": seen}[which].requires_grad_()
    paints(bounds, seen, torch.randn(1, 5))[0, :, 0, 0].sum().backward()
    assert float(far.grad[0, :, -1, -1].abs().sum()) > 0


def test_forms_differ_by_place() -> None:
    paints, bounds, seen = painter()
    one, other = (paints(bounds, seen, torch.full((1, 5), value)) for value in (-1.0, 1.0))
    assert float((one - other).detach().std((2, 3)).min()) > 0.01


def test_a_generator_that_reads_forms_paints_and_weighs_by_them() -> None:
    torch.manual_seed(0)
    config = load_config("tiny").model
    plain, forms = (new_generator(dataclasses.replace(config, form=width), 9).eval() for width in (0, 6))
    left = forms.load_state_dict(plain.state_dict(), strict=False)
    assert not left.unexpected_keys
    assert {name.partition("form.")[0] for name in left.missing_keys} == {"", "coarse."}
    image, ids, length = torch.rand(1, 3, 32, 32) * 2 - 1, torch.tensor([[3, 4, 5]]), torch.tensor([3])
    edits = [g.paint(g.see(image), g.read(ids, length)) for g in (plain, forms)]
    assert all(torch.equal(one, other) for one, other in zip(edits[0].stages, edits[1].stages, strict=True))
    torch.nn.init.normal_(forms.coarse.form.out.weight)
    seen, sentence = forms.see(image), forms.read(ids, length)
    after = forms.paint(seen, sentence)
    assert not torch.allclose(after.stages[-1], edits[0].stages[-1], atol=1e-3)
    assert torch.allclose(forms.weigh(seen, sentence), after.weight_map)
    assert not torch.allclose(after.weight_map, edits[0].weight_map, atol=1e-3)
    without = forms.paint(seen, dataclasses.replace(sentence, form=torch.zeros(1, 6)))
    assert not torch.allclose(after.stages[-1], without.stages[-1], atol=1e-4)
