"""docs/choices.md says of every setting what `paper` and `compact` have, and names no setting that is not there."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from mimnet.config import Config, load_config

PAGE = (Path(__file__).parents[1] / "docs" / "choices.md").read_text(encoding="utf-8")
SECTIONS = [f.name for f in dataclasses.fields(Config) if f.name not in ("name", "family")]
NAMED = re.findall(rf"`((?:{'|'.join(SECTIONS)})\.\w+)`", PAGE)
ROWS = re.findall(rf"^\| `((?:{'|'.join(SECTIONS)})\.\w+)` \|.*\| ([^|]+) \| ([^|]+) \|$", PAGE, re.M)


def settings(preset: str) -> dict[str, str]:
    """Every setting of a preset as the page writes it: true, 10, 0.0002, canny."""

    def written(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return f"{value:g}" if isinstance(value, float) else str(value)

    values = dataclasses.asdict(load_config(preset))
    return {f"{section}.{key}": written(value) for section in SECTIONS for key, value in values[section].items()}


PAPER, COMPACT = settings("paper"), settings("compact")


@pytest.mark.parametrize("name", [name for name in PAPER if PAPER[name] != COMPACT[name]])
def test_every_difference_between_paper_and_compact_has_a_row(name: str) -> None:
    assert name in [row[0] for row in ROWS], f"docs/choices.md has no row that begins with `{name}`"


def test_every_setting_named_on_the_page_exists() -> None:
    assert len(NAMED) > 40
    assert set(NAMED) <= set(PAPER), "docs/choices.md names settings that config.py does not have"


@pytest.mark.parametrize(("name", "paper", "compact"), ROWS)
def test_every_row_tells_the_values_of_the_presets(name: str, paper: str, compact: str) -> None:
    told, there = (paper, compact), (PAPER.get(name), COMPACT.get(name))
    assert told == there, f"docs/choices.md, `{name}`: the row says {told}, the presets have {there}"


def test_no_setting_has_two_rows() -> None:
    names = [row[0] for row in ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", sorted(set(re.findall(r"^\| `(\w[\w/]*\.py)` \|", PAGE, re.M))))
def test_every_place_named_in_the_first_column_exists(file: str) -> None:
    assert (Path(__file__).parents[1] / "src" / "mimnet" / file).is_file()
