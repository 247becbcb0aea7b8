"""Tests of finding parts of objects by what captions say of their colours."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mimnet.data.parts import said_of
from mimnet.errors import MimnetError
from mimnet.nn.parts import ColourNamer, PartLocator
from mimnet.train import parts
from mimnet.train.parts import learn_parts, load_parts, parts_price, recoloured, regions_of, save_parts
from two_parts import BELLY, HEAD, many

GROUPS = ("head", "belly")


@pytest.mark.slow
def test_parts_are_found_by_the_colours_that_captions_give_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "BATCH", 12)
    pictures, captions, objects = many(60, seed=0)
    objects[-5:] = 0  # not found
    locator = learn_parts(pictures, objects, said_of(captions, GROUPS, ""), seed=0, steps=200, quiet=True)
    others, _, there = many(20, seed=1)
    regions = regions_of(locator, others, there)
    assert regions.shape == (20, 3, 16, 16)
    assert np.abs(regions.astype(int).sum(1) - 255).max() <= 2
    head, belly = (np.repeat(mask[None, ::2, ::2], 20, 0) for mask in (HEAD, BELLY))
    share = regions / 255
    assert share[:, 0][head].mean() > 0.75
    assert share[:, 1][belly].mean() > 0.75
    # What was read the other way round is found the other way round.
    turned = [[[{"head": "belly", "belly": "head"}.get(w, w) for w in words] for words in each] for each in captions]
    other = learn_parts(pictures, objects, said_of(turned, GROUPS, ""), seed=0, steps=200, quiet=True)
    assert (regions_of(other, others, there)[:, 0] / 255)[belly].mean() > 0.75


def test_the_price_is_the_likelihood_of_what_is_said() -> None:
    torch.manual_seed(0)
    namer = ColourNamer(2).requires_grad_(False)
    logits, picture = torch.randn(2, 3, 4, 4), torch.rand(2, 3, 8, 8) * 2 - 1
    there, expected = torch.rand(2, 1, 8, 8), torch.tensor([0.6, 0.3, 0.1])
    counts = torch.tensor([[[2.0, 1.0], [0.0, 0.0]], [[0.0, 9.0], [1.0, 0.0]]])
    total = areas = 0.0
    for row in range(2):
        small = picture[row].reshape(3, 4, 2, 4, 2).mean((2, 4)).reshape(3, 16)
        on = there[row, 0].reshape(4, 2, 4, 2).mean((1, 3)).reshape(16)
        share = torch.softmax(logits[row].reshape(3, 16), 0) * on
        chances = namer(small.T[None], ((small * on).sum(1) / on.sum())[None])[0]
        for part in range(2):
            named = (share[part] / share[part].sum()) @ chances
            said = counts[row, part]
            if said.sum() > 0:
                total -= float((said / said.sum() * named.log()).sum() * min(1.0, float(said.sum()) / 4))
        area = share.sum(1) / on.sum()
        areas += float((expected * (expected / area).log()).sum())
    for weight in (1.0, 0.3, 0.0):
        price = parts_price(logits, picture, there, counts, namer, expected, weight)
        assert price.item() == pytest.approx((total + weight * areas) / 2, rel=1e-5)


def test_channels_are_exchanged_and_some_pictures_inverted() -> None:
    picture = torch.rand(200, 3, 4, 4) * 2 - 1
    seen = recoloured(picture, torch.Generator().manual_seed(0))
    matched = torch.stack(
        [
            torch.stack([torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1] for b in x]).abs().max()
            for x, y in zip(picture, seen, strict=True)
            for a in y[:1]
        ]
    )
    assert (matched > 0.999).all()  # a channel of what is seen is one of the picture's, up to its scale
    assert 0.2 < (seen * picture).mean((1, 2, 3)).lt(0).float().mean() < 0.8


def test_a_locator_comes_back_from_its_file(tmp_path: Path) -> None:
    locator = PartLocator(2)
    save_parts(tmp_path / "parts.safetensors", locator, GROUPS)
    again, groups = load_parts(tmp_path / "parts.safetensors")
    assert groups == GROUPS
    x, there = torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    assert torch.equal(again(x, there), locator(x, there))
    save_parts(tmp_path / "wrong.safetensors", locator, ("head",))
    with pytest.raises(MimnetError, match="finds no 1 parts; delete it"):
        load_parts(tmp_path / "wrong.safetensors")


def test_too_little_said_is_told() -> None:
    pictures, captions, objects = many(40, seed=0)
    with pytest.raises(MimnetError, match="captions of 0 pictures whose object is found give 'beak' a colour"):
        learn_parts(pictures, objects, said_of(captions, ("head", "beak"), ""), seed=0, steps=1, quiet=True)
    with pytest.raises(MimnetError, match=r"pictures whose object is found give '(head|belly)' a colour"):
        learn_parts(pictures[:20], objects[:20], said_of(captions[:20], GROUPS, ""), seed=0, steps=1, quiet=True)
