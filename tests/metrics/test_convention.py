"""Every metric states its convention in its first lines."""

import importlib
from pathlib import Path

import pytest

import mimnet.metrics
from mimnet.metrics.convention import convention

FILES = sorted(Path(mimnet.metrics.__file__).parent.glob("[a-z]*.py"))


@pytest.mark.parametrize("name", [file.stem for file in FILES if file.stem != "convention"])
def test_a_metric_says_what_it_measures(name: str) -> None:
    text = convention(importlib.import_module(f"mimnet.metrics.{name}"))
    assert len(text) > 40
    assert "\n" not in text


def test_a_file_without_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="states no convention"):
        convention(importlib.import_module("mimnet.errors"))
