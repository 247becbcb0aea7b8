"""Tests of `mimnet data`: its verbs, and the listing and clearing of the cache."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.cli.data import VERBS, run
from mimnet.data.cache import resized_pictures
from mimnet.data.rows import Captioned
from mimnet.data.store import folders
from mimnet.errors import MimnetError


def test_the_verbs_are_listed_and_have_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert set(re.findall(r"^  (\w+) ", capsys.readouterr().out, re.M)) == set(VERBS)
    for verb in VERBS:
        with pytest.raises(SystemExit) as stop:
            run([verb, "--help"])
        assert not stop.value.code
        assert f"mimnet data {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("given", [[], ["paint"]])
def test_another_verb_is_refused_and_the_known_are_named(given: list[str]) -> None:
    with pytest.raises(MimnetError, match=r"has the verbs draw, .*shard.*; got '(nothing|paint)'"):
        run(given)


def test_the_cache_is_listed_and_cleared_but_for_what_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIMNET_CACHE_GB", "3")
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    rows = [Captioned(tmp_path / "a.png", ("red",), None)]
    in_use = resized_pictures(rows, 8)
    resized_pictures(rows, 9)
    assert run(["cache"]) == 0
    listed = capsys.readouterr().out
    assert len(re.findall(r"0\.000 GB .* whole +pictures-[89]-\w{24}$", listed, re.M)) == 2
    assert "of 3.000 in" in listed
    assert run(["cache", "--clear"]) == 0
    cleared = capsys.readouterr().out
    assert re.search(r"in use +pictures-8-", cleared)
    assert re.search(r"deleted +pictures-9-", cleared)
    assert [folder.name[:10] for folder, *_ in folders()] == ["pictures-8"]
    assert np.asarray(in_use).shape == (1, 8, 8, 3)
