"""ManiGAN's runs: encoders first, then the main module, then the detail correction on it; all resume bit for bit."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from attngan_files import WORDS, text_weights, write_released
from mimnet.checkpoint import load_model
from mimnet.config import Config, load_config, merge
from mimnet.encoders import load_encoders
from mimnet.errors import MimnetError
from mimnet.nn.inception import InceptionV3
from mimnet.nn.look import BorrowedLook
from mimnet.nn.manigan.generator import ManiGAN
from mimnet.nn.squeeze import CAFFE, SqueezeNet
from mimnet.nn.vision import SqueezeNetFeatures, VGG16Features
from mimnet.train.engine import Engine
from mimnet.train.run import Sources, train
from mimnet.train.start import Start

TINY: dict[str, Any] = {
    "model": {"size": 32, "encoder_width": 8, "encoder_size": 32, "word_feature": 8, "width": 4, "word_vector": 8},
    "pictures": {"held_out": 0.0},
    "train": {"batch": 4, "save_every": 3, "sample_every": 3, "bf16": False},
    "pretrain": {"steps": 3, "batch": 4},
}
CPU = Engine(torch.device("cpu"))


def tiny(preset: str, *, steps: int, seed: int = 0) -> Config:
    config = merge(load_config(preset), TINY, where="test")
    return merge(config, {"train": {"steps": steps, "seed": seed}}, where="test")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    torch.set_num_threads(1)


def everything(run: Path) -> dict[str, Any]:
    """Networks, moving average and optimisers of a run, flat."""
    state = torch.load(run / "trainer.pt", weights_only=True)
    flat = {f"networks.{k}": v for k, v in state["networks"].items()}
    flat |= {f"averaged.{k}": v for k, v in state["averaged"].items()}
    for name, optimiser in state["optimisers"].items():
        for index, values in optimiser["state"].items():
            flat |= {f"{name}.{index}.{k}": torch.as_tensor(v) for k, v in values.items()}
    return flat


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_both_runs_train_resume_bit_for_bit_and_show_what_they_do(captioned: Path, tmp_path: Path) -> None:
    def run(preset: str, name: str, *, start: Path | None = None) -> Path:
        """In one go, and broken off after the third of six steps."""
        out, sources = tmp_path / name, Sources(start=None if start is None else Start(start))
        train(tiny(preset, steps=6), captioned, out / "whole", CPU, sources, quiet=True)
        for steps in (3, 6):
            train(tiny(preset, steps=steps), captioned, out / "twice", CPU, sources, quiet=True)
        assert same(everything(out / "whole"), everything(out / "twice"))
        picture = Image.open(out / "whole" / "samples" / "000006.png")
        assert picture.size[1] > 8 * 32
        for line in (out / "whole" / "stats.jsonl").read_text().splitlines():
            assert all(abs(x) < 1e6 for x in json.loads(line).values())
        return out / "whole"

    main = run("manigan-small", "main")
    model = load_model(main)
    assert isinstance(model.generator, ManiGAN)
    learned = load_encoders(main / "pretrain" / "encoders.safetensors").parts
    assert set(learned) == {"damsm", "image"}
    for name, part in model.generator.parts().items():
        for key, x in part.state_dict().items():  # frozen: as the pretraining left them
            torch.testing.assert_close(x, learned[name][key], atol=0, rtol=0)
    for key, x in learned["image"].items():
        assert torch.equal(x, learned["damsm"][f"look.cnn.{key}"])
    assert not torch.equal(model.generator.main.first.norm.running_mean, torch.zeros(1))  # statistics came along

    corrected = run("manigan-small-dcm", "dcm", start=main)
    assert not (corrected / "pretrain").exists()  # DAMSM is the main module's
    second = load_model(corrected)
    before, after = model.generator.state_dict(), second.generator.state_dict()
    assert all(torch.equal(after[name], x) for name, x in before.items())
    assert second.vocabulary.words == model.vocabulary.words
    assert second.training["earlier"][0]["preset"] == "manigan-small"


@pytest.mark.slow
def test_encoders_follow_the_runs_seed(captioned: Path, tmp_path: Path) -> None:
    parts = []
    for i, seed in enumerate((0, 0, 1)):
        config = tiny("manigan-small", steps=1, seed=seed)
        train(config, captioned, tmp_path / str(i), CPU, Sources(), quiet=True)
        parts.append(load_encoders(tmp_path / str(i) / "pretrain" / "encoders.safetensors").parts["damsm"])
    assert same(parts[0], parts[1])
    assert not torch.equal(parts[0]["text.vectors.weight"], parts[2]["text.vectors.weight"])


def test_a_detail_correction_wants_a_main_module_and_says_so_before_it_writes(captioned: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(MimnetError, match="--start"):
        train(tiny("manigan-small-dcm", steps=1), captioned, out, CPU, Sources(), quiet=True)
    assert not out.exists()


def test_without_encoders_and_pretraining_it_says_what_is_missing(captioned: Path, tmp_path: Path) -> None:
    config = merge(tiny("manigan-small", steps=1), {"pretrain": {"steps": 0}}, where="test")
    with pytest.raises(MimnetError, match=r"DAMSM's encoders are missing.*--encoders"):
        train(config, captioned, tmp_path / "run", CPU, Sources(), quiet=True)


def test_imagenets_networks_come_from_files(captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "none"))
    torch.save(VGG16Features().state_dict(), tmp_path / "vgg.pth")
    config = tiny("manigan", steps=1)
    with pytest.raises(MimnetError, match=r"vgg16-397923af\.pth"):
        train(config, captioned, tmp_path / "run", CPU, Sources(), quiet=True)
    with pytest.raises(MimnetError, match="--inception"):
        train(config, captioned, tmp_path / "run", CPU, Sources(vgg=tmp_path / "vgg.pth"), quiet=True)


@pytest.mark.slow
def test_the_documented_preset_trains_on_frozen_imagenet_networks(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimnet.train.run.SAMPLES", 1)
    vgg, inception = VGG16Features(), InceptionV3(classes=1000)
    torch.save(vgg.state_dict(), tmp_path / "vgg.pth")
    torch.save(inception.state_dict(), tmp_path / "inception.pth")
    small = {"model": {"discriminator_width": 8}, "pretrain": {"steps": 1, "batch": 2}, "train": {"batch": 2}}
    config = merge(tiny("manigan", steps=1), small, where="test")
    sources = Sources(vgg=tmp_path / "vgg.pth", inception=tmp_path / "inception.pth")
    train(config, captioned, tmp_path / "run", CPU, sources, quiet=True)
    trained = load_model(tmp_path / "run").generator
    assert isinstance(trained, ManiGAN)
    for name, x in trained.image.state_dict().items():  # to relu2_2
        assert torch.equal(x, vgg.state_dict()[name])
    for name, x in trained.parts()["inception"].state_dict().items():
        assert torch.equal(x, inception.state_dict()[name]), name


@pytest.mark.slow
def test_attngans_released_encoders_serve_a_run_and_what_starts_from_it(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimnet.train.run.SAMPLES", 1)
    folder = write_released(tmp_path)["text"].parent
    torch.save(VGG16Features().state_dict(), tmp_path / "vgg.pth")
    wide = {"word_vector": 300, "word_feature": 256, "discriminator_width": 8}
    small = {"model": wide, "train": {"batch": 2}, "pretrain": {"steps": 0}}
    config = merge(tiny("manigan", steps=1), small, where="test")
    given = Sources(encoders=folder, vgg=tmp_path / "vgg.pth")
    train(config, captioned, tmp_path / "main", CPU, given, quiet=True)
    assert not (tmp_path / "main" / "pretrain").exists()  # nothing is left to learn
    main = load_model(tmp_path / "main")
    assert main.vocabulary.words[2:] == WORDS[1:]
    second = merge(tiny("manigan-dcm", steps=1), small, where="test")
    start = Sources(start=Start(tmp_path / "main"), vgg=tmp_path / "vgg.pth")
    train(second, captioned, tmp_path / "dcm", CPU, start, quiet=True)
    assert not (tmp_path / "dcm" / "pretrain").exists()
    for model in (main, load_model(tmp_path / "dcm")):
        learned = model.generator.state_dict()["damsm.text.vectors.weight"]
        assert torch.equal(learned[2:], text_weights()["encoder.weight"][1:])


def test_attngans_encoders_say_which_settings_they_go_with(captioned: Path, tmp_path: Path) -> None:
    folder = write_released(tmp_path)["text"].parent
    told = r"go with --model\.encoder imagenet --model\.word-vector 300 --model\.word-feature 256$"
    with pytest.raises(MimnetError, match=told):
        train(tiny("manigan-small", steps=1), captioned, tmp_path / "run", CPU, Sources(encoders=folder), quiet=True)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["squeezenet", "vgg16"])
def test_mimnets_image_cnns_serve_in_both_places(captioned: Path, tmp_path: Path, encoder: str) -> None:
    cnn = SqueezeNetFeatures() if encoder == "squeezenet" else VGG16Features()
    whole = SqueezeNet(**CAFFE).state_dict() if encoder == "squeezenet" else cnn.state_dict()
    if encoder == "squeezenet":
        names = {name: re.sub(r"^(fire\d)\.", r"\1/", name) for name in whole}
        np.savez(
            tmp_path / "weights.npz", **{names[k]: x.flip(1) if k == "conv1.weight" else x for k, x in whole.items()}
        )
        given = Sources(squeezenet=tmp_path / "weights.npz")
    else:
        torch.save(whole, tmp_path / "weights.pth")
        given = Sources(vgg=tmp_path / "weights.pth")

    def run(preset: str, out: str, sources: Sources) -> ManiGAN:
        config = merge(tiny(preset, steps=1), {"model": {"encoder": encoder}}, where="test")
        train(config, captioned, tmp_path / out, CPU, sources, quiet=True)
        generator = load_model(tmp_path / out).generator
        assert isinstance(generator, ManiGAN)
        return generator

    generator = run("manigan-small", "main", given)
    assert set(load_encoders(tmp_path / "main" / "pretrain" / "encoders.safetensors").parts) == {"damsm", "image"}
    corrected = run("manigan-small-dcm", "dcm", replace(given, start=Start(tmp_path / "main")))
    for made in (generator, corrected):
        assert isinstance(made.damsm.look, BorrowedLook)
        for part in (made.damsm.look.cnn, made.image):
            same = {name: x for name, x in part.state_dict().items() if name in whole}
            assert len(same) >= 4
            assert all(torch.equal(x, whole[name]) for name, x in same.items())
    assert corrected.correct is not None
