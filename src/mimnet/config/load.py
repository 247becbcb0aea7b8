"""Presets: TOML files that hold only what differs from the defaults, read and written."""

import dataclasses
import tomllib
import typing
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

from mimnet.config.base import ModelConfig
from mimnet.config.experiment import FAMILIES, SECTIONS, Config
from mimnet.errors import MimnetError

T = TypeVar("T")


def preset_names() -> list[str]:
    """Names of the presets in the package, sorted."""
    folder = resources.files("mimnet") / "presets"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_config(name_or_path: str | Path) -> Config:
    """Read a preset by name, or a TOML file by path. `base = "NAME"` in a file builds on another preset.

    Raises `MimnetError` naming the known presets, or for an unknown key the known keys.

    >>> load_config("paper").train.batch
    30
    """
    return _load(name_or_path, above=())


def _load(name_or_path: str | Path, *, above: tuple[str, ...]) -> Config:
    path = Path(name_or_path)
    if str(name_or_path) in preset_names():
        text = (resources.files("mimnet") / "presets" / f"{name_or_path}.toml").read_text()
    elif path.suffix == ".toml" and path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise MimnetError(f"{path} is not UTF-8 text: {error.reason}") from error
    else:
        raise MimnetError(f"no preset or TOML file {str(name_or_path)!r}; presets are: {', '.join(preset_names())}")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MimnetError(f"{name_or_path} is not TOML: {error}") from error
    base = values.pop("base", None)
    if base is not None and (not isinstance(base, str) or base in (*above, str(name_or_path))):
        raise MimnetError(f"{name_or_path}: base is {base!r}; it must name another preset or TOML file")
    start = _load(base, above=(*above, str(name_or_path))) if base is not None else Config()
    family = values.pop("family", start.family)
    if family != start.family:
        if base is not None or family not in FAMILIES:
            known = f"{base} is of the family {start.family}" if base else f"families are: {', '.join(FAMILIES)}"
            raise MimnetError(f"{name_or_path}: family is {family!r}; {known}")
        own = FAMILIES[family]
        start = dataclasses.replace(start, family=family, model=own.model(), loss=own.loss())
    values.setdefault("name", path.stem)
    return merge(start, values, where=str(name_or_path))


def merge(config: T, values: dict[str, Any], *, where: str) -> T:
    """`config` with `values` (nested dictionaries) put in; `where` names their source in errors."""
    known = typing.get_type_hints(type(config))
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise MimnetError(f"{where}: unknown setting {key!r}; known here: {', '.join(known)}")
        current = getattr(config, key)
        if dataclasses.is_dataclass(current):
            if not isinstance(value, dict):
                raise MimnetError(f"{where}: {key!r} is a table of settings, not {value!r}")
            changes[key] = merge(current, value, where=f"{where} [{key}]")
        else:
            changes[key] = _checked(value, known[key], f"{where}: {key}")
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]


def _checked(value: Any, wanted: Any, where: str) -> Any:
    if typing.get_origin(wanted) is Literal:
        if value not in typing.get_args(wanted):
            raise MimnetError(f"{where} is {value!r}; it must be one of {', '.join(typing.get_args(wanted))}")
        return value
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise MimnetError(f"{where} is {value!r}; it must be of type {wanted.__name__}")
    return value


def to_toml(config: Config) -> str:
    """The whole configuration as TOML text that `load_config` reads back.

    >>> "size = 256" in to_toml(Config())
    True
    """

    def line(key: str, value: Any) -> str:
        if isinstance(value, bool):
            return f"{key} = {str(value).lower()}"
        return f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value!r}"

    parts = [line("name", config.name), line("family", config.family)]
    for section in SECTIONS:
        parts += ["", f"[{section}]"]
        table = dataclasses.asdict(getattr(config, section))
        parts += [line(key, value) for key, value in table.items()]
    return "\n".join(parts) + "\n"


def model_config_from_json(values: dict[str, Any], *, family: str, where: str) -> ModelConfig:
    """The networks' configuration out of a checkpoint's JSON. Raises `MimnetError` for an unknown family or key."""
    if family not in FAMILIES:
        raise MimnetError(f"{where} is of the family {family!r}; this version knows: {', '.join(FAMILIES)}")
    return merge(FAMILIES[family].model(), values, where=where)
