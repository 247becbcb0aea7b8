"""docs/choices.md says of every setting what the presets of its tables have, and names no setting that is not there."""

import dataclasses
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mimnet.config import Config, load_config

PAGE = (Path(__file__).parents[1] / "docs" / "choices.md").read_text(encoding="utf-8")
SECTIONS = [f.name for f in dataclasses.fields(Config) if f.name not in ("name", "family")]
SETTING = rf"`((?:{'|'.join(SECTIONS)})\.\w+)`"
HEAD = re.compile(r"^\| setting or place \|.*\| `([\w-]+)` \| `([\w-]+)` \|$", re.M)


def rows() -> list[tuple[str, str, str, str, str]]:
    """Of all tables: the two presets of the head, the setting, and its value in each."""
    found, (_, *parts) = [], HEAD.split(PAGE)
    for one, other, table in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        for name, *values in re.findall(rf"^\| {SETTING} \|.*\| ([^|]+) \| ([^|]+) \|$", table, re.M):
            found.append((one, other, name, *values))
    return found


ROWS = rows()
PAIRS = list(dict.fromkeys(row[:2] for row in ROWS))


@cache
def settings(preset: str) -> dict[str, str]:
    """Every setting of a preset as the page writes it: true, 10, 0.0002, canny, and none for an empty name."""

    def written(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:g}" if isinstance(value, float) else str(value) or "none"

    values = dataclasses.asdict(load_config(preset))
    return {f"{section}.{key}": written(value) for section in SECTIONS for key, value in values[section].items()}


def differences() -> list[tuple[str, str, str]]:
    """Settings that differ between two presets of one table."""
    return [
        (one, other, name)
        for one, other in PAIRS
        for name in settings(one)
        if settings(one)[name] != settings(other)[name]
    ]


def test_paper_and_compact_come_first_then_the_models_compared_with() -> None:
    assert PAIRS[0] == ("paper", "compact")
    assert {("manigan", "manigan-small"), ("sisgan", "sisgan-small"), ("tagan", "tagan-small")} <= set(PAIRS)


@pytest.mark.parametrize(("one", "other", "name"), differences())
def test_every_difference_between_two_presets_of_a_table_has_a_row(one: str, other: str, name: str) -> None:
    assert (one, other, name) in [row[:3] for row in ROWS], f"docs/choices.md has no row that begins with `{name}`"


def test_every_setting_named_on_the_page_exists() -> None:
    named = set(re.findall(SETTING, PAGE))
    assert len(named) > 60
    known = {name for pair in PAIRS for preset in pair for name in settings(preset)}
    assert named <= known, "docs/choices.md names settings that config does not have"


@pytest.mark.parametrize(("one", "other", "name", "here", "there"), ROWS)
def test_every_row_tells_the_values_of_the_presets(one: str, other: str, name: str, here: str, there: str) -> None:
    has = settings(one).get(name), settings(other).get(name)
    assert (here, there) == has, f"docs/choices.md, `{name}`: the row says {here}, {there}; {one}, {other} have {has}"


@pytest.mark.parametrize("pair", PAIRS)
def test_no_setting_has_two_rows(pair: tuple[str, str]) -> None:
    names = [row[2] for row in ROWS if row[:2] == pair]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", sorted(set(re.findall(r"^\| `(\w[\w/]*\.py)` \|", PAGE, re.M))))
def test_every_place_named_in_the_first_column_exists(file: str) -> None:
    assert (Path(__file__).parents[1] / "src" / "mimnet" / file).is_file()
