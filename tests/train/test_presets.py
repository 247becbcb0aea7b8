"""Every preset trains: the paper's with random VGG-16 weights of the true shape, the ablations without their part."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from mimnet.checkpoint import load_model
from mimnet.config import Config, load_config, merge
from mimnet.nn.vision import VGG16Features
from mimnet.train.engine import Engine
from mimnet.train.run import Sources, train

WORDS = ("this", "flower", "has", "red", "blue", "white", "yellow", "petals", "a", "on", "the", "ground")


def small(preset: str, **model: object) -> Config:
    """The preset at a size that trains in a second."""
    changes = {
        "train": {"steps": 2, "batch": 2, "bf16": False},
        "model": {"size": 32, "discriminator_levels": 2, "discriminator_width": 8, **model},
    }
    return merge(load_config(preset), changes, where="test")


@pytest.mark.slow
def test_paper_trains_with_vgg_and_word_vectors_from_files(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    vgg = VGG16Features()
    torch.save(vgg.state_dict(), tmp_path / "vgg16.pth")
    draw = np.random.default_rng(0)
    lines = [f"{word} {' '.join(f'{x:.3f}' for x in draw.normal(size=300))}" for word in WORDS]
    (tmp_path / "vectors.txt").write_text("\n".join(lines))
    sources = Sources(vectors=tmp_path / "vectors.txt", vgg=tmp_path / "vgg16.pth")
    out = tmp_path / "run"
    train(small("paper"), captioned, out, Engine(torch.device("cpu")), sources, quiet=True)
    assert re.match(r"vectors\.txt: \d+ words: \d+ found", capsys.readouterr().err), "how the words were found is told"
    trained = load_model(out).generator
    for name, weight in vgg.features.state_dict().items():  # frozen: as it came from the file
        assert torch.equal(trained.image_encoder.features.state_dict()[name], weight)
    assert not torch.equal(trained.vectors.vectors[2:], torch.zeros_like(trained.vectors.vectors[2:]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "absent"),
    [
        ("compact-no-memory", {"random_memory"}),
        ("compact-no-lmem", {"random_memory"}),
        ("compact-no-pgt", set()),
        ("compact-coarse", {"discriminator_2"}),
    ],
)
def test_ablations_train_without_their_part(
    preset: str, absent: set[str], captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    config = small(preset, encoder_width=16, decoder_width=16)
    config = dataclasses.replace(config, pretrain=dataclasses.replace(config.pretrain, steps=2, batch=4, size=32))
    out = tmp_path / "run"
    progress = train(config, captioned, out, Engine(torch.device("cpu")), Sources(), quiet=True)
    assert progress.step == 2
    line = (out / "stats.jsonl").read_text()
    for term in ("reconstruction", "reality", "conformity", "random_memory", "discriminator_1", "discriminator_2"):
        assert (f'"{term}"' in line) == (term not in absent), term
    assert (out / "samples" / "000002.png").is_file()
    assert (out / "config.toml").is_file()
    assert load_model(out).config.memory == (preset != "compact-no-memory")
