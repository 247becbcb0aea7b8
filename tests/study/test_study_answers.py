"""Files of raters: a sound one is read in full, a bad one is one clear line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from study_case import answers_of, honest_sheets, random_sheet, small_key, write_answers

from mimnet.cli.study import run
from mimnet.errors import MimnetError
from mimnet.study.answers import read_answers
from mimnet.study.key import read_key

KEY = small_key(3)


def test_sheets_come_back_as_they_were(tmp_path: Path) -> None:
    sheets = [random_sheet("abc", KEY, seed=1), random_sheet("def", KEY, seed=2)]
    read = read_answers(write_answers(tmp_path, sheets, KEY), KEY)
    assert [sheet.rater for sheet in read] == ["abc", "def"]
    for before, after in zip(sheets, read, strict=True):
        assert np.array_equal(before.grades, after.grades)
        assert np.array_equal(before.seconds, after.seconds)


def test_the_order_of_the_answers_does_not_matter(tmp_path: Path) -> None:
    sheet = random_sheet("abc", KEY, seed=1)
    (file,) = write_answers(tmp_path, [sheet], KEY)
    told = json.loads(file.read_text())
    told["answers"].reverse()
    told["name"] = " Ann\x1b[31m\n" + "x" * 200
    file.write_text(json.dumps(told), encoding="utf-8-sig")  # as some mail programs and editors leave it
    (read,) = read_answers([file], KEY)
    assert np.array_equal(read.grades, sheet.grades)
    assert read.name.startswith("Ann[31mx"), "no control characters reach a terminal"
    assert len(read.name) == 80


def change(place: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda told: told["answers"][place].update(values)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda told: told.update(format="mimnet-study-2"), "holds no answers (format 'mimnet-study-2'"),
        (lambda told: told.update(study="beef"), "answers study 'beef'; the key is of 'feed'"),
        (lambda told: told.update(rater="a/../b"), "the rater's id is"),
        (lambda told: told.pop("rater"), "the rater's id is None"),
        (lambda told: told.pop("answers"), "answers are missing"),
        (lambda told: told["answers"].pop(), "incomplete: 5 of 6 edits"),
        (lambda told: told["answers"].clear(), "incomplete: 0 of 6 edits"),
        (lambda told: told["answers"].append(told["answers"][0]), "answer 7 is the second to item 0 and model id0"),
        (lambda told: told["answers"].append(3), "answer 7 is no object"),
        (change(0, relevance=6), "answer 1: relevance is 6; grades go from 1 to 5"),
        (change(1, background=0), "answer 2: background is 0"),
        (change(2, quality=True), "answer 3: quality is True"),
        (change(3, quality=2.5), "answer 4: quality is 2.5"),
        (change(4, quality=None), "answer 5: quality is None"),
        (change(0, item=3), "is about item 3; the study has 0 to 2"),
        (change(0, item=-1), "is about item -1"),
        (change(0, model="zebra-full"), "which is not in the key"),
        (change(0, model=["id0"]), "which is not in the key"),
        (change(0, seconds=-1), "seconds is -1"),
        (change(0, seconds=float("nan")), "seconds is nan"),
    ],
)
def test_a_bad_file_is_one_line(spoil: Callable[[dict[str, Any]], None], words: str, tmp_path: Path) -> None:
    told = answers_of(random_sheet("abc", KEY, seed=1), KEY)
    spoil(told)
    file = tmp_path / "ann.json"
    file.write_text(json.dumps(told))
    with pytest.raises(MimnetError) as raised:
        read_answers([file], KEY)
    assert words in str(raised.value)
    assert "ann.json" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b'{"study": "fe', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "no object"),
        (b"{}", "holds no answers"),
    ],
)
def test_what_is_no_file_of_answers(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "ann.json"
    file.write_bytes(content)
    with pytest.raises(MimnetError, match=words):
        read_answers([file], KEY)


def test_the_same_rater_twice_names_both_files(tmp_path: Path) -> None:
    (file,) = write_answers(tmp_path, [random_sheet("abc", KEY, seed=1)], KEY)
    again = tmp_path / "again.json"
    again.write_bytes(file.read_bytes())
    with pytest.raises(MimnetError, match=r"again.json is from the same rater as .*answers-abc.json"):
        read_answers([file, again], KEY)


def test_the_key_goes_to_a_file_and_back(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(KEY.to_json())
    assert read_key(file) == KEY
    told = json.loads(KEY.to_json())
    for spoiled in ({"format": "x"}, {"models": {}}, {"captions": [1]}, {"models": {"a": "n", "b": "n"}}):
        file.write_text(json.dumps(told | spoiled))
        with pytest.raises(MimnetError, match=r"key.json"):
            read_key(file)


def test_the_command_reads_a_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = honest_sheets(4, KEY, {"zebra-full": 1.0, "walrus-plain": 0.0}, seed=0)
    files = [str(file) for file in write_answers(tmp_path, sheets, KEY)]
    with pytest.raises(MimnetError, match=r"no study.key.json beside"):
        run(["read", *files])
    (tmp_path / "study.key.json").write_text(KEY.to_json())
    told, page = tmp_path / "table.json", tmp_path / "table.md"
    assert run(["read", *files, "--json", str(told), "--markdown", str(page)]) == 0
    said = capsys.readouterr().out
    assert "All raters (4)" in said
    assert "zebra-full" in said
    assert "3.50 ± 1.13" in said, "the paper's own figures stand beside"
    assert json.loads(told.read_text())["all"]["raters"] == 4
    assert "| zebra-full |" in page.read_text()
    assert run(["read", *files, "--key", str(tmp_path / "study.key.json")]) == 0
    assert said == capsys.readouterr().out, "the same answers give the same table"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "verbs make and read"),
        (["draw"], "verbs make and read"),
        (["read"], "no FILE"),
        (["read", "gone/a.json"], "name it with --key"),
        (["read", "a.json", "--key", "gone.json"], "cannot read gone.json"),
        (["make", "--data", "d", "--out", "o"], "RUN"),
        (["make", "run", "--data", "d", "--out", "o", "--pairs", "0"], "pairs is 0"),
    ],
)
def test_bad_arguments(arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MimnetError, match=words):
        run(arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_study_is_not_replaced_by_accident(tmp_path: Path) -> None:
    (tmp_path / "study.key.json").write_text("mine")
    with pytest.raises(MimnetError, match="--force"):
        run(["make", "run", "--data", "d", "--out", str(tmp_path)])
    assert (tmp_path / "study.key.json").read_text() == "mine"
