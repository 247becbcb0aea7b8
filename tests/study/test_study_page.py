"""The page's file: whole in itself, models hidden, the same for the same arguments."""

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from study_case import NAMES, drawn_items

from mimnet.cli.study import run
from mimnet.errors import MimnetError
from mimnet.evaluation import side_by_side
from mimnet.study.key import read_key
from mimnet.study.page import StudyItem, study_page

TITLE = 'Flowers & "birds" <script>@@study@@</script>'


def study_in(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="study">(.*?)</script>', page, re.S)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_no_name_of_a_model_and_no_address_stands_in_the_page() -> None:
    page, key = study_page(drawn_items(), title=TITLE, seed=0)
    assert set(key.models.values()) == set(NAMES)
    assert not any(name in page for name in NAMES)
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", re.sub(r"base64,[\w+/=]+", "", page))
    assert "@@" not in page.replace("@@study@@", "", 2), "every mark is filled; a title's own is text"


def test_pictures_come_back_bit_for_bit_under_their_models() -> None:
    items = drawn_items()
    page, key = study_page(items, title=TITLE, seed=0)
    told = study_in(page)
    assert told["study"] == key.study
    assert told["models"] == list(key.models) == sorted(key.models)
    for item, shown in zip(items, told["items"], strict=True):
        assert shown["caption"] == item.caption
        assert shown["size"] == [48, 48]
        for pixels, uri in [(item.picture, shown["picture"])] + [
            (item.edits[name], shown["edits"][id_]) for id_, name in key.models.items()
        ]:
            data = base64.b64decode(uri.removeprefix("data:image/webp;base64,"))
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), pixels)


def test_the_policy_admits_the_pages_own_script_and_style_alone() -> None:
    page, _ = study_page(drawn_items(1), title=TITLE, seed=0)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'")
    assert "unsafe" not in policy[1]
    for kind in ("style", "script"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r"<[^>]* (style|on\w+)=", page.split("<script")[0])


def test_the_same_arguments_give_the_same_study_and_others_another() -> None:
    items = drawn_items()
    page, key = study_page(items, title="a", seed=0)
    assert study_page(items, title="a", seed=0) == (page, key)
    turned = [replace(item, edits=dict(reversed(item.edits.items()))) for item in items]
    assert study_page(turned, title="a", seed=0) == (page, key), "the order of the models does not matter"
    changed = [replace(items[0], picture=items[0].picture[::-1]), *items[1:]]
    others = [(items, "a", 1), (items, "b", 0), (changed, "a", 0), (items[::-1], "a", 0)]
    keys = [key] + [study_page(i, title=t, seed=s)[1] for i, t, s in others]
    assert len({key.study for key in keys}) == 5
    assert len({id_ for key in keys for id_ in key.models}) == 10


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda items: [], "at least one pair"),
        (lambda items: [replace(item, edits={}) for item in items], "at least one model"),
        (lambda items: [items[0], replace(items[1], edits={"other": items[1].picture})], "item 1 has edits of"),
        (lambda items: [replace(items[0], picture=items[0].picture[:9])], "item 0 has pictures of"),
        (lambda items: [replace(items[0], picture=items[0].picture / 255)], "not uint8 H,W,3"),
        (lambda items: [replace(items[0], picture=items[0].picture[..., 0])], "not uint8 H,W,3"),
    ],
)
def test_items_that_do_not_go_together(spoil: Callable[[list[StudyItem]], Sequence[StudyItem]], words: str) -> None:
    with pytest.raises(MimnetError, match=words):
        study_page(spoil(drawn_items(2)), title="a", seed=0)


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The models' edits without models; what they were asked with."""
    asked: dict[str, Any] = {}

    def edited_pairs(runs: Sequence[str], data: Path, **options: Any) -> list[SimpleNamespace]:
        asked.update(options, runs=runs, data=data)
        return [SimpleNamespace(caption=i.caption, picture=i.picture, edits=i.edits) for i in drawn_items()]

    monkeypatch.setattr(side_by_side, "edited_pairs", edited_pairs)
    return asked


def test_the_command_writes_page_and_key(
    tmp_path: Path, edited: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "study"
    given = ["make", "one", "two", "--data", "set", "--out", str(out), "--pairs", "7", "--seed", "3", "--quiet"]
    assert run(given) == 0
    assert sorted(file.name for file in out.iterdir()) == ["study.html", "study.key.json"]
    wanted = {"runs": ("one", "two"), "data": Path("set"), "split": "test", "limit": 7, "seed": 3, "size": None}
    assert {name: edited[name] for name in wanted} == wanted
    page = (out / "study.html").read_bytes()
    key = read_key(out / "study.key.json")
    assert study_in(page.decode())["study"] == key.study
    assert "6 edits to grade" in capsys.readouterr().out
    with pytest.raises(MimnetError, match="exists"):
        run(given)
    assert run([*given, "--force"]) == 0
    assert (out / "study.html").read_bytes() == page


def test_a_failed_page_leaves_nothing(tmp_path: Path, edited: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimnet.study.key.StudyKey.to_json", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(["make", "one", "--data", "set", "--out", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
