"""ManiGAN at its documented size has the documented parameters and operations; counted without memory for weights."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mimnet.nn.manigan.build import build_manigan, build_manigan_discriminators
from mimnet.nn.manigan.generator import ManiGAN
from mimnet.nn.vision import VGG16Features

WORDS, LENGTH = 5450, 18


def full(**changes: Any) -> ManiGAN:
    settings: dict[str, Any] = {
        "words": WORDS,
        "size": 256,
        "stages": 3,
        "encoder": "imagenet",
        "encoder_width": 64,
        "encoder_size": 64,
        "imagenet_detail": False,
        "word_vector": 300,
        "word_feature": 256,
        "word_dropout": 0.5,
        "width": 32,
        "combination_width": 128,
        "blocks": 2,
        "noise": 100,
        "condition": 100,
        "correct": True,
        "exact_counts": True,
        "public_code_mask": False,
        "unit_features": False,
        "test_noise": True,
    }
    return build_manigan(**(settings | changes)).eval()


@pytest.fixture(autouse=True)
def _shapes_alone() -> Iterator[None]:
    with torch.device("meta"):
        yield


def count(*networks: nn.Module) -> int:
    return sum(p.numel() for network in networks for p in network.parameters())


def gflop(run: Callable[[], Any]) -> float:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() / 1e9


def test_damsms_parameters() -> None:
    damsm = full().damsm
    assert count(damsm.text) == 300 * WORDS + 440_320 == 2_075_320
    assert count(damsm.text.lstm) == 440_320  # two one-way LSTMs have as many as one that goes both ways
    assert count(damsm.look, damsm.heads) == 22_506_720
    assert count(damsm.heads) == 721_152
    assert count(nn.LSTM(300, 128, bidirectional=True)) == 440_320


def test_the_main_modules_parameters() -> None:
    main = full().main
    assert count(main) == 23_382_960
    assert count(main.conditioning) == 102_800
    assert count(main.first) == 10_637_312
    assert [count(stage) for stage in main.stages] == [6_062_080, 6_062_080]
    assert count(main.branch.first) == 147_456
    assert [count(up) for up in main.branch.up] == [18_432, 18_432]
    assert [count(colour.combine) for colour in main.colours] == [110_592] * 3
    assert [count(colour.colour) for colour in main.colours] == [864] * 3


def test_without_the_maps_that_are_never_used() -> None:
    generator = full(exact_counts=False)
    assert count(generator.main) == 18_140_080
    assert generator.correct is not None
    assert count(generator.correct) == 17_781_600


def test_the_detail_corrections_parameters() -> None:
    correct = full().correct
    assert correct is not None
    assert count(correct) == 17_781_600
    assert count(correct.stage) == 17_596_416
    assert count(correct.stage.channels) == 16_777_216
    assert count(correct.colour.combine) == 110_592
    assert count(correct.detail) == 73_728
    assert count(correct.colour.colour) == 864


def test_vggs_parameters_to_relu2_2() -> None:
    assert count(full().image) == count(VGG16Features(last="relu2_2")) == 260_160


@pytest.mark.parametrize("correct", [False, True])
def test_the_discriminators_parameters(correct: bool) -> None:
    networks = build_manigan_discriminators(
        size=256, stages=3, discriminator_width=64, word_feature=256, correct=correct, word_level="published"
    )
    expected = [6_313_730, 19_424_002, 71_858_946]
    assert [count(network) for network in networks] == (expected[2:] if correct else expected)


def test_the_papers_word_level_discriminator_adds_two_maps_of_words_to_the_finest_alone() -> None:
    networks = build_manigan_discriminators(
        size=256, stages=3, discriminator_width=64, word_feature=256, correct=False, word_level="paper"
    )
    assert [count(network) for network in networks] == [6_313_730, 19_424_002, 71_858_946 + 256 * 256 + 256]


def test_operations_of_an_edit() -> None:
    generator = full()
    image, words, sentence = torch.empty(1, 3, 256, 256), torch.empty(1, LENGTH, 256), torch.empty(1, 256)
    mask = torch.empty(1, LENGTH, dtype=torch.bool)
    viewed, detail = generator.view(image), generator.image(image)
    made = generator.main(words, sentence, mask, viewed, None)
    assert detail.shape == (1, 128, 128, 128)
    assert viewed.regions.shape == (1, 17 * 17, 256)
    assert generator.correct is not None
    correct = generator.correct
    parts = {
        11.54: lambda: generator.view(image),
        64.92: lambda: generator.main(words, sentence, mask, viewed, None),
        12.31: lambda: generator.image(image),
        131.48: lambda: correct(made.hidden[-1], detail, words, mask),
        220.2: lambda: generator(image, torch.zeros(1, LENGTH, dtype=torch.int64), torch.tensor([LENGTH])),
    }
    for expected, run in parts.items():
        assert gflop(run) == pytest.approx(expected, rel=0.02)


def test_operations_of_the_discriminators() -> None:
    networks = build_manigan_discriminators(
        size=256, stages=3, discriminator_width=64, word_feature=256, correct=False, word_level="published"
    ).eval()

    def judge(network: Any, image: Tensor) -> None:
        features = network.features(image)
        assert features.shape == (1, 512, 4, 4)
        network.reality(features), network.matching(features, torch.empty(1, 256))

    for network, side, expected in zip(networks, (64, 128, 256), (0.32, 1.36, 6.34), strict=True):
        image = torch.empty(1, 3, side, side)
        assert gflop(lambda n=network, x=image: judge(n, x)) == pytest.approx(expected, rel=0.02)
