"""Families that the paper compares with, as graphs: noise goes in, and what an exporter drops is still there."""

import dataclasses
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from mimnet.checkpoint import load_model, save_model
from mimnet.config import ManiGANModel, TAGANModel, load_config
from mimnet.engines.onnx import OnnxEngine
from mimnet.engines.torch import TorchEngine
from mimnet.export.convert import to_onnx
from mimnet.export.folder import export
from mimnet.export.networks import parts
from mimnet.families import new_generator
from mimnet.graphs import load_graphs
from mimnet.nn.edit import seeded_noise
from mimnet.text import PAD, UNKNOWN, Vocabulary

WORDS = [PAD, UNKNOWN, "a", "flower", "with", "red", "petals"]

pytestmark = pytest.mark.slow  # an export takes seconds


def test_a_family_with_noise_paints_the_same_with_both_engines(tmp_path: Path) -> None:
    torch.manual_seed(1)
    config = TAGANModel(size=32, word_vector=8, word_feature=8, max_words=5, encoder_width=8, condition=6, blocks=1)
    assert config.test_noise
    generator = new_generator(config, len(WORDS))
    generator.vectors.vectors.normal_()
    save_model(tmp_path / "model.safetensors", generator.state_dict(), config, Vocabulary(WORDS), {})
    export(tmp_path / "model.safetensors", tmp_path / "graphs")
    engines = (TorchEngine(load_model(tmp_path)), OnnxEngine(load_graphs(tmp_path / "graphs")))
    assert engines[1].noise.shape == (generator.noise_width,)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    texts = [engines[0].vocabulary.encode(text, 5) for text in ("a red flower", "petals", "a flower with red petals")]
    theirs, mine = (e.paint([e.open(picture, None) for picture in pictures], texts) for e in engines)
    for a, b in zip(theirs, mine, strict=True):
        assert a.weight_map is b.weight_map is None
        assert a.attention is b.attention is None
        np.testing.assert_allclose(a.stages[-1], b.stages[-1], atol=1e-5)


def test_a_model_that_knows_parts_paints_and_says_the_same_with_both_engines(tmp_path: Path) -> None:
    torch.manual_seed(1)
    config = dataclasses.replace(load_config("tiny").model, parts=2, part_textures=True)
    generator = new_generator(config, len(WORDS))
    generator.vectors.vectors.normal_()
    about = {"parts": "petals; center; whole: flower"}
    save_model(tmp_path / "model.safetensors", generator.state_dict(), config, Vocabulary(WORDS), about)
    export(tmp_path / "model.safetensors", tmp_path / "graphs")
    engines = (TorchEngine(load_model(tmp_path)), OnnxEngine(load_graphs(tmp_path / "graphs")))
    assert engines[0].parts == engines[1].parts == ["petals", "center", "flower"]
    pictures = np.random.default_rng(0).integers(0, 256, (2, config.size, config.size, 3), np.uint8)
    texts = [
        engines[0].vocabulary.encode(text, config.max_words) for text in ("red petals", "a flower with red petals")
    ]
    theirs, mine = (e.paint([e.open(picture, None) for picture in pictures], texts) for e in engines)
    for a, b in zip(theirs, mine, strict=True):
        for one, other in ((a.stages[-1], b.stages[-1]), (a.weight_map, b.weight_map)):
            np.testing.assert_allclose(one, other, atol=1e-4)
        for one, other in ((a.named, b.named), (a.told, b.told)):
            np.testing.assert_allclose(one, other, atol=1e-5)
        assert a.told is not None
        assert a.told.shape == (3, config.max_words)


def test_padding_of_manigans_unit_features_is_zero_and_no_division_by_it() -> None:
    torch.manual_seed(1)
    config = ManiGANModel(
        size=32,
        max_words=4,
        word_vector=8,
        encoder="own",
        encoder_width=8,
        word_feature=8,
        width=4,
        combination_width=4,
        blocks=1,
        stages=2,
        unit_features=True,
    )
    generator = new_generator(config, len(WORDS)).eval()
    with torch.no_grad():
        part = parts(generator, size=32, max_words=4, noise=seeded_noise(generator.noise_width, 2))["read"]
        model = to_onnx("read", part)
        ids, length = torch.tensor([[2, 3, 0, 0], [4, 0, 0, 0], [2, 3, 4, 5]]), torch.tensor([2, 1, 4])
        read = generator.read(ids, length)
    running = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    words, sentence, mask = running.run(["words", "sentence", "mask"], {"ids": ids.numpy(), "length": length.numpy()})
    assert np.abs(words[0, 2:]).max() == 0
    np.testing.assert_allclose(words, read.words, atol=1e-5)
    np.testing.assert_allclose(sentence, read.sentence, atol=1e-5)
    np.testing.assert_array_equal(mask, read.mask.float())
