"""Whole runs of SISGAN and TAGAN: parts learned first, steps, samples, going on, and the editor."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from conditioned_case import tiny
from PIL import Image

from mimnet import Editor
from mimnet.checkpoint import load_model
from mimnet.config import load_config, merge
from mimnet.encoders import load_encoders
from mimnet.engines.torch import TorchEngine
from mimnet.errors import MimnetError
from mimnet.nn.vgg import VGG16FC7, VGG16BNFeatures
from mimnet.train.engine import Engine
from mimnet.train.run import Sources, train

pytestmark = pytest.mark.slow
CPU = Engine(torch.device("cpu"))
WORDS = ("this", "flower", "has", "red", "blue", "white", "yellow", "petals", "a", "on", "the", "ground")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    torch.set_num_threads(1)


def final(out: Path) -> dict[str, torch.Tensor]:
    state = torch.load(out / "trainer.pt", weights_only=True)
    flat = {f"networks.{k}": v for k, v in state["networks"].items()}
    flat |= {f"averaged.{k}": v for k, v in state["averaged"].items()}
    for name, optimiser in state["optimisers"].items():
        for index, values in optimiser["state"].items():
            flat |= {f"{name}.{index}.{k}": torch.as_tensor(v) for k, v in values.items()}
    return flat


@pytest.mark.parametrize("family", ["sisgan", "tagan"])
def test_a_run_learns_its_parts_goes_on_bit_for_bit_and_edits(family: str, captioned: Path, tmp_path: Path) -> None:
    config, whole, parts = tiny(family), tmp_path / "whole", tmp_path / "parts"
    train(config, captioned, whole, CPU, Sources(), quiet=True)
    first = dataclasses.replace(config, train=dataclasses.replace(config.train, steps=3))
    train(first, captioned, parts, CPU, Sources(), quiet=True)
    progress = train(config, captioned, parts, CPU, Sources(), quiet=True)
    assert progress.step == 6
    expected, found = final(whole), final(parts)
    assert expected.keys() == found.keys()
    assert [name for name in expected if not torch.equal(expected[name], found[name])] == []

    for line in (whole / "stats.jsonl").read_text().splitlines():
        assert all(math.isfinite(value) for value in json.loads(line).values())
    with Image.open(whole / "samples" / "000006.png") as grid:
        assert np.asarray(grid).std() > 0

    learned = load_encoders(whole / "pretrain" / "encoders.safetensors")
    assert learned.gives() == ({"vectors", "image", "reader"} if family == "sisgan" else {"vectors"})
    model = load_model(whole)
    assert model.family == family
    for name, part in learned.parts.items():  # frozen: as they were learned
        now = model.generator.parts()[name].state_dict()
        assert all(torch.equal(x, now[key]) for key, x in part.items()), name
    assert not any(module.training for module in model.generator.modules())

    editor = Editor(TorchEngine(model))
    picture = Image.open(captioned / "train" / "0.png").convert("RGB")
    edited = editor(picture, "a blue flower")
    assert edited.size == picture.size
    assert np.array_equal(np.asarray(edited), np.asarray(editor(picture, "a blue flower")))
    quiet = load_model(whole)
    quiet.generator.test_noise = False
    assert not np.array_equal(np.asarray(edited), np.asarray(Editor(TorchEngine(quiet))(picture, "a blue flower")))


def test_normalisation_of_the_kept_model_has_seen_the_pictures(captioned: Path, tmp_path: Path) -> None:
    train(tiny("tagan"), captioned, tmp_path / "run", CPU, Sources(), quiet=True)
    state = torch.load(tmp_path / "run" / "trainer.pt", weights_only=True)
    statistics = [name for name in state["averaged"] if "running_var" in name]
    assert len(statistics) > 5
    for name in statistics:
        assert not torch.equal(state["averaged"][name], torch.ones_like(state["averaged"][name])), name
        assert torch.equal(state["averaged"][name], state["networks"][f"generator.{name}"]), name


def test_documented_sisgan_takes_vgg_fc7_and_word_vectors_from_files(captioned: Path, tmp_path: Path) -> None:
    vgg = VGG16BNFeatures(dilate=False)
    torch.save({**vgg.state_dict(), "features.34.weight": torch.zeros(2)}, tmp_path / "vgg16_bn.pth")
    torch.save(VGG16FC7(width=8).state_dict(), tmp_path / "vgg16.pth")
    draw = np.random.default_rng(0)
    lines = [f"{word} {' '.join(f'{x:.3f}' for x in draw.normal(size=300))}" for word in WORDS]
    (tmp_path / "vectors.txt").write_text("\n".join(lines))
    changes = {
        "model": {"size": 32, "blocks": 1, "discriminator_width": 8},
        "train": {"steps": 1, "batch": 4},
        "pretrain": {"size": 32, "batch": 4, "reader_steps": 1},
    }
    config = merge(load_config("sisgan"), changes, where="test")
    sources = Sources(vectors=tmp_path / "vectors.txt", vgg=tmp_path / "vgg16_bn.pth", fc7=tmp_path / "vgg16.pth")
    train(config, captioned, tmp_path / "run", CPU, sources, quiet=True)
    assert load_encoders(tmp_path / "run" / "pretrain" / "encoders.safetensors").gives() == {
        "vectors",
        "image",
        "reader",
    }
    encoder = load_model(tmp_path / "run").generator.parts()["image"]
    for name, weight in vgg.state_dict().items():  # frozen, its normalisation too
        assert torch.equal(encoder.state_dict()[name], weight), name


@pytest.mark.parametrize(
    ("model", "pretrain", "said"),
    [
        ({}, {"reader_steps": 0}, "sentence reader is missing: set --pretrain.reader-steps"),
        ({}, {"steps": 0}, r"word vectors are missing: name .* --vectors, .* or set --pretrain\.steps"),
        ({"encoder": "none"}, {}, "no trained picture CNN to learn sentences by: .* --pretrain.reader-pictures fc7"),
        ({}, {"reader_pictures": "fc7"}, r"no VGG-16 weights at .*: name torchvision's vgg16-.* with --fc7"),
    ],
)
def test_what_the_text_stage_lacks_is_said(
    model: dict[str, str],
    pretrain: dict[str, object],
    said: str,
    captioned: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "nothing"))
    config = tiny("sisgan", model=model, pretrain=pretrain)
    with pytest.raises(MimnetError, match=said):
        train(config, captioned, tmp_path / "run", CPU, Sources(), quiet=True)


def test_a_file_that_lacks_a_layer_of_vgg_is_named(captioned: Path, tmp_path: Path) -> None:
    weights = VGG16FC7(width=8).state_dict()
    del weights["features.28.weight"]
    torch.save(weights, tmp_path / "vgg16.pth")
    config = tiny("sisgan", pretrain={"reader_pictures": "fc7"})
    with pytest.raises(MimnetError, match=r"file of --fc7 is not all of torchvision's VGG-16: .*features.28.weight"):
        train(config, captioned, tmp_path / "run", CPU, Sources(fc7=tmp_path / "vgg16.pth"), quiet=True)


def test_sisgan_may_train_its_encoder_instead(captioned: Path, tmp_path: Path) -> None:
    torch.save(VGG16FC7(width=8).state_dict(), tmp_path / "vgg16.pth")
    config = tiny("sisgan", model={"encoder": "none"}, pretrain={"reader_pictures": "fc7", "batch": 4})
    train(config, captioned, tmp_path / "run", CPU, Sources(fc7=tmp_path / "vgg16.pth"), quiet=True)
    assert set(load_model(tmp_path / "run").generator.parts()) == {"reader"}


def test_the_reader_learns_which_sentence_belongs_to_which_picture(captioned: Path, tmp_path: Path) -> None:
    config = tiny("sisgan", pretrain={"steps": 30, "reader_steps": 60, "reader_lr": 3e-3}, train={"steps": 1})
    train(config, captioned, tmp_path / "run", CPU, Sources(), quiet=True)
    lines = (tmp_path / "run" / "pretrain" / "reader" / "stats.jsonl").read_text().splitlines()
    first, last = (json.loads(line)["ranking"] for line in (lines[0], lines[-1]))
    assert last < 0.8 * first
