"""Tests of scripts/average.py: the weights are the weighted mean, and what does not fit is refused in a line."""

import subprocess
import sys
from pathlib import Path

import torch

from mimnet.checkpoint import load_model, save_model
from mimnet.config import load_config
from mimnet.families import new_generator
from mimnet.text import PAD, UNKNOWN, Vocabulary

SCRIPT = Path(__file__).parent.parent / "scripts" / "average.py"


def model(folder: Path, seed: int, words: list[str]) -> Path:
    torch.manual_seed(seed)
    vocabulary, settings = Vocabulary([PAD, UNKNOWN, *words]), load_config("tiny").model
    generator = new_generator(settings, len(vocabulary))
    save_model(folder / "model.safetensors", generator.state_dict(), settings, vocabulary, {"steps": seed})
    return folder


def average(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_weights_are_the_weighted_mean_and_the_record_says_of_what(tmp_path: Path) -> None:
    first, second = (model(tmp_path / f"{seed}", seed, ["red"]) for seed in (1, 2))
    assert average(tmp_path / "out", f"{first}=0.75", f"{second}=0.25").returncode == 0
    made, a, b = (load_model(path) for path in (tmp_path / "out", first, second))
    for name, x in made.generator.state_dict().items():
        expected = 0.75 * a.generator.state_dict()[name] + 0.25 * b.generator.state_dict()[name]
        torch.testing.assert_close(x, expected.to(x.dtype))
    assert made.training["averaged"] == [
        {"model": a.fingerprint, "share": 0.75},
        {"model": b.fingerprint, "share": 0.25},
    ]
    assert made.training["steps"] == 1


def test_the_map_s_gain_can_be_set(tmp_path: Path) -> None:
    run = model(tmp_path / "1", 1, ["red"])
    assert average(tmp_path / "out", f"{run}=1", "--map-gain", "1.5").returncode == 0
    made, before = load_model(tmp_path / "out"), load_model(run)
    assert (made.config.map_gain, before.config.map_gain) == (1.5, 1)
    done = average(tmp_path / "none", f"{run}=1", "--map-gain", "0")
    assert (done.returncode, "it must be positive" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "none").exists()


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    first, other = model(tmp_path / "1", 1, ["red"]), model(tmp_path / "2", 2, ["blue"])
    cases = {
        (f"{first}=0.5", f"{other}=0.5"): "another configuration or vocabulary",
        (f"{first}=0.5", f"{first}=0.6"): "add up to 1",
        (f"{first}=0.5", f"{tmp_path / 'none'}=0.5"): "no model",
    }
    for arguments, told in cases.items():
        done = average(tmp_path / "out", *arguments)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "out").exists()
