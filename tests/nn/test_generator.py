"""Tests of the whole generator: padding, batches, stages, encoders, pasting."""

from collections.abc import Callable

import pytest
import torch

from mimnet.nn.build import build_discriminators
from mimnet.nn.discriminator import Discriminator
from mimnet.nn.edit import repeat, split
from mimnet.nn.generator import Generator, MIMNetEdit, paste

Factory = Callable[..., Generator]
CLOSE = {"atol": 1e-6, "rtol": 0.0}
IDS = [3, 7, 5]


def picture(batch: int = 1, size: int = 32) -> torch.Tensor:
    return torch.rand(batch, 3, size, size) * 2 - 1


def two_pairs() -> torch.nn.ModuleList:
    return build_discriminators(
        discriminator_width=4,
        discriminator_levels=2,
        word_vector=6,
        word_feature=8,
        patch_reality=False,
        stages=2,
    )


def assert_same(one: MIMNetEdit, other: MIMNetEdit) -> None:
    for name in ("stages", "weight_map", "texture"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), **CLOSE)


@pytest.mark.parametrize("memory", [True, False])
@torch.no_grad()
def test_padding_never_changes_an_edit(small_generator: Factory, memory: bool) -> None:
    generator = small_generator(memory=memory)
    image = picture()
    length = torch.tensor([3])
    bare = generator(image, torch.tensor([IDS]), length)
    padded = generator(image, torch.tensor([IDS + [0] * 5]), length)
    littered = generator(image, torch.tensor([IDS + [9, 4, 2]]), length)
    assert_same(padded, bare)
    assert_same(littered, bare)
    longer = generator(image, torch.tensor([IDS + [9]]), torch.tensor([4]))
    assert (longer.last - bare.last).abs().max() > 1e-4  # words do change it


@torch.no_grad()
def test_an_edit_does_not_depend_on_its_neighbours(small_generator: Factory) -> None:
    generator = small_generator()
    image = picture(3)
    ids = torch.tensor([[4, 4, 4, 4, 8, 11], [*IDS, 0, 0, 0], [1, 2, 0, 0, 0, 0]])
    batched = generator(image, ids, torch.tensor([6, 3, 2]))
    alone = generator(image[1:2], torch.tensor([IDS]), torch.tensor([3]))
    assert_same(split(batched, 3)[1], alone)


@torch.no_grad()
def test_padding_never_changes_log_conformity(small_generator: Factory) -> None:
    vectors = small_generator().vectors
    image = picture(2)
    pairs = two_pairs()
    for judge in pairs:
        assert isinstance(judge, Discriminator)
        features = judge.features(image)
        bare = judge.conformity(features[:1], vectors(torch.tensor([IDS])), torch.tensor([3]))
        batched = judge.conformity(
            features, vectors(torch.tensor([[*IDS, 9, 4], [1, 2, 3, 4, 5]])), torch.tensor([3, 5])
        )
        torch.testing.assert_close(batched[:1], bare, **CLOSE)


def test_the_fine_discriminator_has_one_level_more() -> None:
    pairs = two_pairs()
    assert [len(judge.down) for judge in pairs] == [2, 3]  # type: ignore[arg-type]


@torch.no_grad()
def test_the_stages_have_half_and_full_size(small_generator: Factory) -> None:
    image = picture(2, 48)
    ids, length = torch.tensor([IDS, IDS]), torch.tensor([3, 3])
    both = small_generator()(image, ids, length)
    assert [x.shape[-1] for x in both.stages] == [24, 48]
    assert both.weight_map.shape == (2, 1, 12, 12)
    assert both.last is both.stages[1]
    coarse = small_generator(stages=1)(image, ids, length)
    assert len(coarse.stages) == 1
    assert [part.last.shape[0] for part in split(coarse, 2)] == [1, 1]


@torch.no_grad()
def test_one_pass_over_several_sentences_equals_several_passes(small_generator: Factory) -> None:
    generator = small_generator()
    image = picture(2)
    seen = generator.see(image)
    first = generator.read(torch.tensor([IDS, IDS]), torch.tensor([3, 2]))
    second = generator.read(torch.tensor([[8, 9, 1], IDS]), torch.tensor([3, 3]))
    joined = type(first)(torch.cat([first.words, second.words]), torch.cat([first.mask, second.mask]))
    parts = split(generator.paint(repeat(seen, 2), joined), 2)
    assert_same(parts[0], generator.paint(seen, first))
    assert_same(parts[1], generator.paint(seen, second))


def test_frozen_encoders_are_out_of_training_and_words_never_in_it(small_generator: Factory) -> None:
    fixed = small_generator(train_encoder=False)
    assert not any(p.requires_grad for p in fixed.image_encoder.parameters())
    assert fixed.bounds_encoder is not None
    assert not any(p.requires_grad for p in fixed.bounds_encoder.parameters())
    assert all(p.requires_grad for p in fixed.coarse.parameters())
    assert all(p.requires_grad for p in small_generator().parameters())
    assert not any(p.data_ptr() == fixed.vectors.vectors.data_ptr() for p in fixed.parameters())


@torch.no_grad()
def test_a_shared_encoder_sees_picture_and_boundary(small_generator: Factory) -> None:
    generator = small_generator(share_encoder=True)
    assert generator.bounds_encoder is None
    image = picture()
    seen = generator.see(image)
    grey = generator.structure(image).repeat(1, 3, 1, 1)
    torch.testing.assert_close(seen.bounds, generator.image_encoder(grey), **CLOSE)
    torch.testing.assert_close(seen.features, generator.image_encoder(image), **CLOSE)


@torch.no_grad()
def test_vgg16_is_one_frozen_encoder_for_both(small_generator: Factory) -> None:
    generator = small_generator(encoder="vgg16", encoder_width=256, share_encoder=True, train_encoder=False)
    assert not any(p.requires_grad for p in generator.image_encoder.parameters())
    edit = generator(picture(1, 16), torch.tensor([IDS]), torch.tensor([3]))
    assert [tuple(x.shape) for x in edit.stages] == [(1, 3, 8, 8), (1, 3, 16, 16)]
    with pytest.raises(ValueError, match="width 256, not 64"):
        small_generator(encoder="vgg16", encoder_width=64)


def test_paste_keeps_the_input_where_the_map_is_zero() -> None:
    image = picture(1, 16)
    edit = torch.full((1, 3, 16, 16), 0.5)
    weights = torch.zeros(1, 1, 4, 4)
    weights[..., :2] = 1.0
    pasted = paste(edit, image, weights)
    assert torch.equal(pasted[..., 10:], image[..., 10:])
    assert torch.equal(pasted[..., :6], edit[..., :6])
    small = paste(edit[..., :8, :8], image, torch.zeros(1, 1, 4, 4))
    torch.testing.assert_close(small, image.unflatten(-1, (8, 2)).unflatten(-3, (8, 2)).mean((-1, -3)))
