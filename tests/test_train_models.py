"""The script that trains the recipes: stages in order, each from the one before, others' pictures and places beside."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import loaded
from mimnet.config import load_config
from mimnet.train.start import Start


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return loaded.script("train_models")


def run(script: ModuleType, monkeypatch: pytest.MonkeyPatch, arguments: list[str], fails: str = "") -> list[list[str]]:
    """The commands that the script gives, of which one fails."""
    commands: list[list[str]] = []

    def started(command: list[str]) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=int(bool(fails) and any(fails in word for word in command[3:5])))

    monkeypatch.setattr(subprocess, "run", started)
    monkeypatch.setattr(script, "PLACES", 1)
    monkeypatch.setattr(sys, "argv", ["train_models.py", *arguments])
    assert script.main() == int(bool(fails))
    return commands


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("flowers", "birds", "fashion"):
        (tmp_path / "data" / name / "train").mkdir(parents=True)
    return tmp_path / "data"


def test_stages_follow_each_other_from_small_to_large(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path
) -> None:
    given = ["--data", str(data), "--out", str(tmp_path), "--only", "birds", "--train.minutes", "3"]
    first, second = run(script, monkeypatch, given)
    sizes = [load_config(command[4]).model.size for command in (first, second)]
    assert sizes == [64, 128]
    assert "--start" not in first
    assert second[second.index("--start") + 1] == first[first.index("--out") + 1] == str(tmp_path / "birds-64")
    for command in (first, second):
        others = command.index("--absent")
        absent = [str(data / "flowers"), str(data / "fashion"), str(tmp_path / "place")]
        assert command[others - 1 : others + 4] == [str(data / "birds"), "--absent", *absent]
        assert all((Path(folder) / "train").is_dir() for folder in absent)
        assert command[-2:] == ["--train.minutes", "3"]


def test_models_of_the_package_go_on_in_their_last_stage(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path
) -> None:
    commands = run(script, monkeypatch, ["--data", str(data), "--out", str(tmp_path), "--go-on"])
    begun = {Path(command[4]).stem: command[command.index("--start") + 1] for command in commands}
    assert begun == {"birds-128": "birds", "fashion-128": "fashion", "flowers-128": "flowers"}
    for name in begun.values():  # networks fit, and nothing is otherwise than there
        config = load_config(Path(script.RECIPES) / f"{name}-128.toml").model
        assert Start(Path(name)).otherwise(config) == ""


def test_a_stage_that_fails_ends_its_model_and_no_other(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path
) -> None:
    commands = run(script, monkeypatch, ["--data", str(data), "--out", str(tmp_path)], fails="birds-64")
    assert sorted(Path(command[4]).stem for command in commands) == [
        "birds-64",
        "fashion-128",
        "fashion-64",
        "flowers-128",
    ]


def test_folders_that_are_missing_are_named(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "flowers" / "train").rmdir()
    monkeypatch.setattr(sys, "argv", ["train_models.py", "--data", str(data), "--out", "runs"])
    assert script.main() == 2
    assert str(data / "flowers") in capsys.readouterr().err
