"""Tests of the pretrained parts: their file, VGG-16's weights, and their way into a generator."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from mimnet.config import MIMNetModel, load_config
from mimnet.encoders import Encoders, load_encoders, load_fc7, load_vgg16, load_vgg16_bn, put_in, save_encoders
from mimnet.errors import MimnetError
from mimnet.families import new_generator
from mimnet.nn.generator import Generator
from mimnet.nn.vision import OwnCNN
from mimnet.text import PAD, UNKNOWN, Vocabulary

VOCABULARY = Vocabulary([PAD, UNKNOWN, "red", "bird"])
# torchvision's vgg16: places and widths of the convolutions in `features`, then what else its file holds.
CONVOLUTIONS = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256), 14: (256, 256)}
LATER = {"features.17.weight": (512, 256, 3, 3), "features.28.bias": (512,), "classifier.6.bias": (1000,)}


def tiny() -> tuple[Generator, MIMNetModel]:
    model = load_config("tiny").model
    generator = new_generator(model, len(VOCABULARY))
    assert isinstance(model, MIMNetModel)
    assert isinstance(generator, Generator)
    return generator, model


def pretrained(model: MIMNetModel, *, width: int | None = None) -> Encoders:
    torch.manual_seed(1)
    return Encoders(
        VOCABULARY,
        torch.randn(len(VOCABULARY), width or model.word_vector),
        {
            "image": dict(OwnCNN(inputs=3, width=model.encoder_width).state_dict()),
            "bounds": dict(OwnCNN(inputs=2 if model.detail else 1, width=model.encoder_width).state_dict()),
        },
    )


def vgg_weights() -> dict[str, Tensor]:
    torch.manual_seed(2)
    weights = {}
    for place, (inputs, outputs) in CONVOLUTIONS.items():
        weights[f"features.{place}.weight"] = 0.05 * torch.randn(outputs, inputs, 3, 3)
        weights[f"features.{place}.bias"] = torch.randn(outputs)
    return weights


def test_encoders_come_back_exactly(tmp_path: Path) -> None:
    _, model = tiny()
    before = pretrained(model)
    save_encoders(tmp_path / "encoders.safetensors", before)
    after = load_encoders(tmp_path / "encoders.safetensors")
    assert after.vocabulary.words == VOCABULARY.words
    assert torch.equal(after.vectors, before.vectors)
    assert set(after.parts) == {"image", "bounds"}
    for part, one in before.parts.items():
        other = after.parts[part]
        assert set(one) == set(other)
        assert all(torch.equal(other[name], x) for name, x in one.items())


def test_put_in_starts_a_generator_from_its_pretrained_parts() -> None:
    generator, model = tiny()
    encoders = pretrained(model)
    put_in(encoders, generator)
    assert torch.equal(generator.vectors.vectors, encoders.vectors)
    assert generator.bounds_encoder is not None
    for part, weights in ((generator.image_encoder, "image"), (generator.bounds_encoder, "bounds")):
        assert all(torch.equal(part.state_dict()[name], x) for name, x in encoders.parts[weights].items())


def test_empty_parts_leave_random_weights() -> None:
    generator, model = tiny()
    before = {name: x.clone() for name, x in generator.image_encoder.state_dict().items()}
    encoders = pretrained(model)
    put_in(Encoders(encoders.vocabulary, encoders.vectors), generator)
    assert all(torch.equal(x, before[name]) for name, x in generator.image_encoder.state_dict().items())


def test_parts_that_do_not_fit_are_named() -> None:
    generator, model = tiny()
    with pytest.raises(MimnetError, match=r"word vectors are \(4, 9\), .* set model\.word_vector to 9"):
        put_in(pretrained(model, width=9), generator)
    encoders = pretrained(model)
    with pytest.raises(MimnetError, match=r"part 'image' does not fit"):
        put_in(Encoders(VOCABULARY, encoders.vectors, {"image": vgg_weights()}), generator)


def test_the_papers_generator_takes_vgg16_as_its_one_encoder(tmp_path: Path) -> None:
    model = load_config("paper").model
    file = tmp_path / "vgg16.pth"
    torch.save(vgg_weights(), file)
    generator = new_generator(model, len(VOCABULARY))
    assert isinstance(generator, Generator)
    put_in(Encoders(VOCABULARY, torch.randn(len(VOCABULARY), 300), {"image": load_vgg16(file)}), generator)
    assert generator.bounds_encoder is None
    state = generator.image_encoder.state_dict()
    assert all(torch.equal(state[name], x) for name, x in vgg_weights().items())
    with torch.no_grad():
        seen = generator.see(torch.rand(1, 3, 64, 64) * 2 - 1, torch.zeros(1, 1, 64, 64))
    assert seen.features.shape == seen.bounds.shape == (1, 256, 16, 16)


def test_of_vgg_with_batch_normalisation_and_to_fc7_just_those_layers_are_read(tmp_path: Path) -> None:
    whole = {f"features.{i}.{name}": torch.zeros(1) for i in range(44) for name in ("weight", "running_mean")}
    whole |= {f"classifier.{i}.weight": torch.zeros(1) for i in (0, 3, 6)} | {"scale": torch.zeros(1)}
    torch.save(whole, tmp_path / "vgg.pth")
    first = {f"features.{i}.{name}" for i in range(33) for name in ("weight", "running_mean")}
    assert set(load_vgg16_bn(tmp_path / "vgg.pth")) == first
    assert {name for name in load_fc7(tmp_path / "vgg.pth") if "classifier" in name} == {
        "classifier.0.weight",
        "classifier.3.weight",
    }
    torch.save(vgg_weights(), tmp_path / "plain.pth")
    with pytest.raises(MimnetError, match=r"plain\.pth holds no VGG-16 as in torchvision's vgg16_bn.* it lacks"):
        load_vgg16_bn(tmp_path / "plain.pth")
    with pytest.raises(MimnetError, match=r"plain\.pth holds no VGG-16 .* it lacks classifier\.3\.weight"):
        load_fc7(tmp_path / "plain.pth")
