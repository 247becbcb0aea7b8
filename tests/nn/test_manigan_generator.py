"""Tests of ManiGAN's generator: shapes, independence, noise, and what learns."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mimnet.nn.damsm import Viewed
from mimnet.nn.edit import Edit
from mimnet.nn.layers import word_mask
from mimnet.nn.manigan.build import begin
from mimnet.nn.manigan.generator import ManiGAN, Seen, SeenDetail

Build = Callable[..., ManiGAN]


def inputs(size: int = 32, batch: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures, ids with nonsense on padding, lengths."""
    image = torch.rand(batch, 3, size, size) * 2 - 1
    return image, torch.randint(1, 20, (batch, 6)), torch.tensor([6, 2, 4, 3])[:batch]


@pytest.mark.parametrize("correct", [False, True])
@pytest.mark.parametrize(("size", "stages"), [(32, 3), (64, 3), (128, 3), (64, 2)])
def test_pictures_double_up_to_the_size(small_manigan: Build, size: int, stages: int, correct: bool) -> None:
    generator = small_manigan(size=size, stages=stages, correct=correct)
    image, ids, length = inputs(size, batch=2)
    edit = generator(image, ids, length)
    sides = [size >> i for i in reversed(range(stages))] + [size] * correct
    assert [tuple(x.shape) for x in edit.stages] == [(2, 3, side, side) for side in sides]
    assert all(x.abs().max() <= 1 and x.std() > 0 for x in edit.stages)
    assert edit.last is edit.stages[-1]
    assert isinstance(edit, Edit)
    assert edit.weight_map is None
    assert edit.mu.shape == edit.logvar.shape == (2, 5)


def test_the_corrected_picture_stands_on_the_main_modules(small_manigan: Build) -> None:
    plain, corrected = small_manigan(), small_manigan(correct=True)
    missing, unexpected = corrected.load_state_dict(plain.state_dict(), strict=False)
    assert unexpected == []
    assert {name.split(".")[0] for name in missing} == {"correct"}
    image, ids, length = inputs()
    one, other = plain(image, ids, length), corrected(image, ids, length)
    assert len(other.stages) == len(one.stages) + 1
    for a, b in zip(one.stages, other.stages, strict=False):
        assert torch.equal(a, b)
    assert not torch.allclose(other.last, one.last)


@pytest.mark.parametrize("correct", [False, True])
def test_an_edit_does_not_depend_on_its_neighbours_nor_on_the_batch(small_manigan: Build, correct: bool) -> None:
    generator = small_manigan(correct=correct)
    image, ids, length = inputs()
    noise = torch.randn(3, generator.noise_width)
    together = generator.paint(generator.see(image), generator.read(ids, length), noise=noise)
    for i in range(3):
        one = slice(i, i + 1)
        seen, sentence = generator.see(image[one]), generator.read(ids[one], length[one])
        alone = generator.paint(seen, sentence, noise=noise[one])
        torch.testing.assert_close(alone.last, together.last[one], atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize("correct", [False, True])
def test_padding_plays_no_part(small_manigan: Build, correct: bool) -> None:
    generator = small_manigan(correct=correct)
    image, ids, length = inputs()
    expected = generator(image, ids, length).last
    other = ids.clone()
    other[1, 2:], other[2, 4:] = 7, 9
    assert torch.equal(generator(image, other, length).last, expected)
    longer = torch.cat([ids, torch.full((3, 3), 5)], 1)
    torch.testing.assert_close(generator(image, longer, length).last, expected, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(generator(image, ids, length.clamp(max=3)).last, expected, atol=1e-4)


def test_with_the_public_codes_mask_neighbours_do_play_a_part(small_manigan: Build) -> None:
    generator = small_manigan(public_code_mask=True)
    image, ids, length = inputs()
    together = generator(image, ids, length).last
    alone = generator(image[:1], ids[:1], length[:1]).last
    assert not torch.allclose(alone, together[:1], atol=1e-3)


def test_both_picture_and_sentence_reach_the_picture(small_manigan: Build) -> None:
    generator = small_manigan(correct=True)
    image, ids, length = inputs()
    edit = generator(image, ids, length)
    for other in (generator(image.flip(0), ids, length), generator(image, ids.flip(0), length.flip(0))):
        for a, b in zip(edit.stages, other.stages, strict=True):
            assert not torch.allclose(a, b, atol=1e-4)


def test_without_noise_the_condition_is_its_mean(small_manigan: Build) -> None:
    generator = small_manigan()
    assert generator.noise_width == 8
    image, ids, length = inputs()
    seen, sentence = generator.see(image), generator.read(ids, length)
    silent = generator.paint(seen, sentence)
    zero = generator.paint(seen, sentence, noise=torch.zeros(3, 8))
    assert torch.equal(silent.last, zero.last)
    noise = torch.randn(3, 8)
    loud = generator.paint(seen, sentence, noise=noise)
    assert not torch.allclose(loud.last, silent.last, atol=1e-4)
    condition = silent.mu + torch.exp(0.5 * silent.logvar) * noise[:, 3:]
    first = generator.main.first(torch.cat([condition, noise[:, :3], seen.whole], 1))
    made = generator.main(sentence.words, sentence.sentence, sentence.mask, Viewed(seen.regions, seen.whole), noise)
    torch.testing.assert_close(made.hidden[0], first)


def test_every_picture_is_made_from_its_hidden_map_before_the_combination(small_manigan: Build) -> None:
    main = small_manigan().main
    words, sentence, mask = torch.randn(2, 5, 8), torch.randn(2, 8), word_mask(torch.tensor([5, 3]), 5)
    viewed = Viewed(torch.randn(2, 16, 8), torch.randn(2, 8))
    made = main(words, sentence, mask, viewed, None)
    images = main.branch(viewed.regions)
    assert [x.shape[-1] for x in images] == [8, 16, 32]
    for i, stage in enumerate(main.stages):
        torch.testing.assert_close(made.hidden[i + 1], stage(made.hidden[i], images[i], words, mask))
    for colour, x, image, picture in zip(main.colours, made.hidden, images, made.pictures, strict=True):
        torch.testing.assert_close(picture, torch.tanh(colour.colour(colour.combine(x, image))))


def test_regions_lie_where_they_were_seen(small_manigan: Build) -> None:
    branch = small_manigan().main.branch
    regions = torch.zeros(1, 9, 8)
    regions[0, 5] = 1  # second row, third column of 3x3
    with torch.no_grad():
        branch.first.conv.weight.zero_()
        branch.first.conv.weight[:, :, 1, 1] = 1
    lit = branch(regions)[0][0, 0]
    here = (lit > lit.mean()).nonzero()
    assert here.min(0).values.tolist() == [3, 6]  # nearest: rows 3 to 5 of 8, columns 6 and 7
    assert here.max(0).values.tolist() == [5, 7]


@pytest.mark.parametrize("correct", [False, True])
def test_gradients_reach_what_trains_and_nothing_frozen(small_manigan: Build, correct: bool) -> None:
    generator = small_manigan(correct=correct).train()
    begin(generator.main)
    image, ids, length = inputs()
    noise = torch.randn(3, generator.noise_width)
    edit = generator.paint(generator.see(image), generator.read(ids, length), noise=noise)
    sum((x * torch.randn_like(x)).sum() for x in (*edit.stages, edit.mu, edit.logvar)).backward()
    reached = {name for name, p in generator.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    wanted = {name for name, p in generator.named_parameters() if name.startswith("correct." if correct else "main.")}
    assert reached == wanted
    assert {name for name, p in generator.named_parameters() if p.requires_grad} == wanted


@pytest.mark.parametrize("correct", [False, True])
def test_frozen_parts_stay_in_evaluation_mode(small_manigan: Build, correct: bool) -> None:
    generator = small_manigan(correct=correct).train()
    assert generator.training
    assert not any(m.training for part in generator.parts().values() for m in part.modules())
    assert generator.main.training != correct
    image, ids, length = inputs()
    before = {name: x.clone() for name, x in generator.state_dict().items()}
    one, other = generator.read(ids, length), generator.read(ids, length)
    assert torch.equal(one.words, other.words)  # no dropout
    generator(image, ids, length)
    moved = {name for name, x in generator.state_dict().items() if not torch.equal(x, before[name])}
    assert all(name.startswith("main.first.norm.") for name in moved)
    assert bool(moved) != correct


def test_gradients_of_what_damsm_sees_reach_the_picture(small_manigan: Build) -> None:
    generator = small_manigan(encoder_size=16)
    image = inputs()[0].requires_grad_()
    viewed = generator.view(image)
    assert viewed.regions.shape == (3, 4, 8)  # an eighth of 16, not of 32
    (viewed.regions.sum() + viewed.whole.sum()).backward()
    assert image.grad is not None
    assert image.grad.abs().sum() > 0


def test_unit_features_bring_words_and_pictures_to_one_scale(small_manigan: Build) -> None:
    plain, unit = small_manigan(correct=True), small_manigan(correct=True, unit_features=True)
    unit.load_state_dict(plain.state_dict())
    image, ids, length = inputs()
    one, other = plain.read(ids, length), unit.read(ids, length)
    for a, b in zip(one.words[1], other.words[1], strict=True):
        scale = a.square().mean().sqrt()
        torch.testing.assert_close(b, a / scale if scale > 0 else a, atol=1e-4, rtol=1e-4)
    assert other.words[1, 2:].abs().max() == 0  # padding stays zero
    seen = unit.see(image)
    for x in (seen.regions, seen.whole, other.sentence):
        torch.testing.assert_close(x.square().mean(-1), torch.ones(x.shape[:-1]), atol=1e-3, rtol=0)
    assert torch.equal(unit.view(image).whole, plain.view(image).whole)  # the losses see DAMSM's own


def test_what_was_seen_can_be_repeated_for_several_sentences(small_manigan: Build) -> None:
    for correct in (False, True):
        generator = small_manigan(correct=correct)
        image, ids, length = inputs()
        seen = generator.see(image)
        assert type(seen) is (SeenDetail if correct else Seen)
        assert next(iter(vars(seen))) == "image"
        twice = type(seen)(*(torch.cat([x, x]) for x in vars(seen).values()))
        both = generator.paint(
            twice, generator.read(torch.cat([ids, ids.flip(0)]), torch.cat([length, length.flip(0)]))
        )
        torch.testing.assert_close(both.last[:3], generator(image, ids, length).last, atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize(("size", "stages"), [(16, 3), (48, 3), (32, 1), (96, 2)])
def test_other_sizes_are_refused(small_manigan: Build, size: int, stages: int) -> None:
    with pytest.raises(ValueError, match=f"{stages} stages up to {size} px"):
        small_manigan(size=size, stages=stages)


def test_weights_begin_orthogonal(small_manigan: Build) -> None:
    main = small_manigan(width=8).main
    begin(main)
    weight = main.stages[0].places.word.weight  # 8,8
    torch.testing.assert_close(weight @ weight.T, torch.eye(8), atol=1e-5, rtol=0)
    flat = main.stages[0].combine.image.weight.flatten(1)  # 6,72
    torch.testing.assert_close(flat @ flat.T, torch.eye(6), atol=1e-5, rtol=0)
    assert main.conditioning.linear.bias.abs().max() == 0
    scale = main.first.norm.weight
    assert abs(scale.mean() - 1) < 0.01
    assert 0.015 < scale.std() < 0.025
