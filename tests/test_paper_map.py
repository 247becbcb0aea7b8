"""Tests of the way from the paper to the code: every equation has one home, and the page says so."""

import re
from pathlib import Path
from types import ModuleType

import pytest

import loaded

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return loaded.script("paper_map")


def test_every_equation_has_exactly_one_home(script: ModuleType) -> None:
    found = script.homes()
    assert sorted(found) == list(range(1, 23))
    assert {n: places for n, places in found.items() if len(places) != 1} == {}
    assert all(places[0].function for places in found.values())


def test_the_page_is_what_the_tags_say(script: ModuleType) -> None:
    page = (ROOT / "docs" / "paper-map.md").read_text(encoding="utf-8")
    assert page == script.paper_map(), "docs/paper-map.md is out of date: python scripts/paper_map.py"
    assert len(re.findall(r"^\| \d+ \|", page, re.MULTILINE)) == 22


def test_tags_are_comments_alone_and_know_their_function(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        'class A:\n    def f(self):\n        """As # Eq. 3 says."""\n        x = "# Eq. 4"\n'
        "        return x  # Eq. 12  (B,L)\n\n\ndef g():\n    if True:\n        return 1  # Eq. 1: M\n"
        "    return 2  # of Eq. 5\n"
    )
    found = {n: [(h.file, h.line, h.function) for h in places] for n, places in script.homes(tmp_path).items()}
    assert found == {12: [("a.py", 5, "A.f")], 1: [("a.py", 10, "g")]}
