"""Tests of the configuration: presets, TOML files, and what is said about mistakes."""

import dataclasses
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from mimnet.config import (
    FAMILIES,
    Config,
    MIMNetLoss,
    MIMNetModel,
    load_config,
    model_config_from_json,
    preset_names,
    to_toml,
)
from mimnet.errors import MimnetError


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def preset_values(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("mimnet") / "presets" / f"{name}.toml").read_text(encoding="utf-8"))


def test_the_defaults_are_the_paper() -> None:
    assert load_config("paper") == Config()
    config = load_config("paper")
    assert (config.model.size, config.model.stages, config.model.encoder) == (256, 2, "vgg16")
    assert (config.train.batch, config.train.lr, config.train.beta2, config.train.epochs) == (30, 2e-4, 0.999, 600)
    departures = ("detail", "structure_skip", "locate_sees_image", "paste", "patch_reality", "train_encoder")
    assert not any(getattr(config.model, name) for name in departures)
    assert config.loss.map_area == config.loss.map_roughness == config.loss.r1 == 0
    assert (config.pictures.flip, config.pictures.crop, config.train.ema) == (False, 0.0, 0.0)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_loads_and_survives_toml(tmp_path: Path, name: str) -> None:
    config = load_config(name)
    assert config.name == name
    again = load_config(written(tmp_path, to_toml(config)))
    assert again == config
    assert model_config_from_json(dataclasses.asdict(config.model), family=config.family, where="x") == config.model


@pytest.mark.parametrize("name", preset_names())
def test_presets_hold_only_differences(name: str) -> None:
    values = preset_values(name)
    own = FAMILIES[values.pop("family", "mimnet")]
    family = load_config(name).family
    base = load_config(values.pop("base")) if "base" in values else Config("", family, own.model(), own.loss())
    for section, table in values.items():
        for key, value in table.items():
            assert value != getattr(getattr(base, section), key), f"{name}: [{section}] {key} is its base's own"


@pytest.mark.parametrize("name", preset_names())
def test_presets_say_what_they_are(name: str) -> None:
    text = (resources.files("mimnet") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    assert text.startswith("# ")


def test_bases_chain(tmp_path: Path) -> None:
    parent = written(tmp_path, 'base = "tiny"\n[train]\nbatch = 5\n[model]\nsize = 48\n', "parent.toml")
    child = load_config(written(tmp_path, f'base = "{parent}"\n[train]\nsteps = 7\n', "child.toml"))
    tiny = load_config("tiny")
    assert (child.train.batch, child.train.steps, child.model.size) == (5, 7, 48)
    assert child.model.memories == tiny.model.memories
    assert child.loss == tiny.loss
    assert child.name == "child"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[model]\nsizes = 3\n", r"mine.toml \[model\]: unknown setting 'sizes'; known here: size, word_vector, max"),
        ("[modle]\nsize = 3\n", r"mine.toml: unknown setting 'modle'; known here: name, family, model, loss"),
        ('[model]\nsize = "big"\n', r"mine.toml \[model\]: size is 'big'; it must be of type int"),
        ("[model]\nsize = 64.0\n", "size is 64.0; it must be of type int"),
        ("[model]\nsize = true\n", "size is True; it must be of type int"),
        ("[train]\nlr = true\n", "lr is True; it must be of type float"),
        ("[model]\ndetail = 1\n", "detail is 1; it must be of type bool"),
        ('[model]\nencoder = "resnet"\n', "encoder is 'resnet'; it must be one of vgg16, squeezenet, own"),
        ("model = 3\n", "'model' is a table of settings, not 3"),
        ("name = 3\n", "name is 3; it must be of type str"),
        ("[model\n", "mine.toml is not TOML"),
        ('base = "nothing"\n', "no preset or TOML file 'nothing'; presets are: compact"),
        ("base = 3\n", "mine.toml: base is 3; it must name another preset"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(MimnetError, match=said):
        load_config(written(tmp_path, text))


def test_a_file_cannot_be_its_own_base(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(f'base = "{two}"\n')
    two.write_text(f'base = "{one}"\n')
    with pytest.raises(MimnetError, match="must name another preset"):
        load_config(one)


def test_a_whole_number_does_for_a_fraction(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, "[train]\nlr = 1\n"))
    assert config.train.lr == 1.0
    assert type(config.train.lr) is float


def test_an_unknown_preset_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"'papr'; presets are: .*paper.*tiny"):
        load_config("papr")
    with pytest.raises(MimnetError, match="no preset or TOML file"):
        load_config(tmp_path / "none.toml")


def test_a_checkpoints_configuration_is_checked_like_a_file() -> None:
    assert model_config_from_json({"size": 64}, family="mimnet", where="x") == MIMNetModel(size=64)
    with pytest.raises(MimnetError, match=r"a\.safetensors: unknown setting 'old'"):
        model_config_from_json({"old": 1}, family="mimnet", where="a.safetensors")


def test_configurations_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().train.lr = 1.0  # type: ignore[misc]


def test_weights_of_losses_are_not_negative() -> None:
    weights = [f.name for f in dataclasses.fields(MIMNetLoss) if isinstance(f.default, float)]
    assert len(weights) > 15
    for name in weights:
        for wrong in (-1.0, float("nan"), float("inf")):
            with pytest.raises(MimnetError, match=rf"loss\.{name}.* is {wrong}; it must be 0 or more"):
                MIMNetLoss(**{name: wrong})
