"""Tests of the copy of a folder without copies and unreadable pictures."""

import json
from pathlib import Path

import pytest
from check_case import NEEDS, Case, captions, flower
from PIL import ImageOps

from mimnet.cli import main
from mimnet.data.check import check_folder
from mimnet.data.folder import read_split


def with_copies(root: Path) -> Case:
    """A mirrored picture and a broken one in `train`, a test picture and a mirrored one of `train` in `test`."""
    case = Case(root)
    case.add("train", "below/mirrored.png", ImageOps.mirror(flower(0)))
    case.add("train", "broken.jpg", b"no picture")
    case.add("train", "leaked.png", flower(24), captions(99))  # the first one of test
    case.add("test", "trained.png", ImageOps.mirror(flower(1)), ["a flower", "..."], kind=None)
    case.lines["train"] += ['{"file_name": "gone.jpg", "text": "red"}']
    file = case.add("train", "mapped.png", flower(90))
    flower(90).convert("L").save(file.parent / "map.png")
    case.lines["train"][-1]["edges"] = "map.png"
    return case


def code(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def names(root: Path, split: str) -> set[str]:
    return {str(row.file.relative_to(root / split)) for row in read_split(root, split)}


def test_one_of_each_stays_and_what_tests_is_not_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case, out = with_copies(tmp_path / "all"), tmp_path / "clean"
    case.write()
    before = {file: file.read_bytes() for file in case.root.rglob("*") if file.is_file()}
    assert code(["data", "check", str(case.root), "--clean", str(out), "--quiet"]) == 1  # of the folder itself
    told = capsys.readouterr().out.splitlines()[-1]
    assert told == f"{out}: train 24 pictures, test 7 pictures; 4 copies and unreadable ones left out"
    assert before == {file: file.read_bytes() for file in case.root.rglob("*") if file.is_file()}
    group = names(out, "train") & {"000.png", "below/mirrored.png"}
    assert len(group) == 1
    assert names(out, "train") == {f"{i:03d}.png" for i in range(2, 24)} | group | {"mapped.png"}
    assert names(out, "test") == {f"{i:03d}.png" for i in range(24, 30)} | {"trained.png"}
    rows = {row.file.name: row for row in read_split(out, "train")}
    assert rows["003.png"].captions == tuple(captions(3))
    assert rows["003.png"].kind == "seen 0"
    assert rows["mapped.png"].edges is not None
    assert rows["mapped.png"].edges.read_bytes() == before[case.root / "train" / "map.png"]
    trained = next(row for row in read_split(out, "test") if row.file.name == "trained.png")
    assert trained.captions == ("a flower",)
    assert trained.kind is None
    again = check_folder(out, NEEDS, quiet=True)
    assert not again.failed
    assert not again.groups.members


def test_a_folder_that_is_there_is_refused_before_anything_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = Case(tmp_path / "all")
    case.write()
    monkeypatch.setattr("mimnet.data.check.check_folder", lambda *_, **__: pytest.fail("it looked"))
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    assert code(["data", "check", str(case.root), "--clean", str(tmp_path / "there"), "--quiet"]) == 2
    assert "is there already and not an empty folder" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "there").iterdir()] == ["mine.txt"]


def test_nothing_is_left_behind_where_there_is_no_such_folder(tmp_path: Path) -> None:
    assert code(["data", "check", str(tmp_path / "none"), "--clean", str(tmp_path / "clean"), "--quiet"]) == 2
    assert list(tmp_path.iterdir()) == []


def test_lines_are_written_as_people_read_them(tmp_path: Path) -> None:
    case, out = Case(tmp_path / "all"), tmp_path / "clean"
    case.add("train", "größe.png", flower(91), ["eine Blüte"])
    case.write()
    code(["data", "check", str(case.root), "--clean", str(out), "--quiet"])
    lines = [json.loads(line) for line in (out / "train" / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"file_name": "größe.png", "text": ["eine Blüte"], "class": "seen 0"} in lines
    assert "Blüte" in (out / "train" / "metadata.jsonl").read_text(encoding="utf-8")
