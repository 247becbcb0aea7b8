"""Tests of the summary, the JSON file, the contact sheet and the verb."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from check_case import NEEDS, Case, flower
from PIL import Image, ImageOps

from mimnet.cli import main
from mimnet.data.check import check_folder, findings_sheet
from mimnet.errors import MimnetError


def spoilt(root: Path) -> Case:
    """Everything at once."""
    case = Case(root)
    case.add("train", "broken.jpg", b"no picture")
    case.add("train", "\x1b[2Jodd\nname.jpg", b"no picture")
    case.add("train", "one.png", Image.new("RGB", (40, 40), "white"))
    case.add("train", "tiny.png", flower(80).resize((20, 20)))
    case.add("train", "long.png", flower(81).resize((300, 64)))
    case.add("train", "grey.png", flower(82).convert("L"))
    case.add("train", "again.png", ImageOps.mirror(flower(0)), kind=None)
    case.add("test", "leak.png", flower(1), ["die Blume hat viele rote Blätter \x1b[2J"])
    case.add("test", "wordless.png", flower(83), ["..."])
    case.lines["train"] += ["{", '{"file_name": "gone.jpg", "text": "red"}', '{"file_name": "../x.jpg", "text": "red"}']
    return case


def test_the_summary_is_short_and_worst_first(tmp_path: Path) -> None:
    report = spoilt(tmp_path).check()
    lines = report.to_text().splitlines()
    assert len(report.findings) > 12
    assert len(lines) <= 25
    assert all(len(line) <= 150 and line.isprintable() for line in lines)
    assert lines[0].startswith("train  31 pictures; 55 captions (1 to 2, mostly 2 each); 3 classes")
    assert lines[1].startswith("test   7 pictures")
    marks = [line.split()[0] for line in lines[2:] if line.split()[0] in ("ERROR", "LEAK", "remark")]
    assert marks == sorted(marks, key=["ERROR", "LEAK", "remark"].index)
    assert marks.count("ERROR") == 5
    assert marks.count("LEAK") == 1
    assert all(line.startswith("       -> ") for line in lines[3:-2:2])  # how to mend it stands below each
    assert "more remarks; --json FILE has them all" in lines[-2]
    assert lines[-1].startswith("5 errors, 1 leak, ")
    assert lines[-1].endswith("mend these before training")


def test_a_clean_folder_is_told_in_three_lines(tmp_path: Path) -> None:
    assert Case(tmp_path).check().to_text().splitlines()[2:] == ["nothing to remark: ready to train"]


def test_the_json_has_every_name(tmp_path: Path) -> None:
    case = spoilt(tmp_path)
    told = json.loads(json.dumps(case.check().to_json(), allow_nan=False))
    by_code = {(f["code"], f["split"]): f for f in told["findings"]}
    assert told["failed"] is True
    assert by_code["unreadable", "train"]["files"] == [r"train/\x1b[2Jodd\nname.jpg", "train/broken.jpg"]
    assert by_code["leak", "test"]["files"] == ["test/leak.png"]
    assert ["train/000.png", "train/again.png", "mirrored"] in told["links"]
    assert {"files": ["train/001.png", "test/leak.png"], "splits": ["train", "test"]} in told["same"]
    assert told["splits"]["train"]["pictures"] == 31


def test_other_splits_are_checked_too(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.lines["val"] = []
    case.add("val", "a.png", flower(0), kind="seen 0")
    report = case.check()
    assert list(report.facts) == ["train", "test", "val"]
    assert [(f.code, f.split) for f in report.findings] == [("leak", "val")]


def test_the_sheet_shows_the_splits_and_what_is_the_same(tmp_path: Path) -> None:
    clean, bad = tmp_path / "clean", tmp_path / "bad"
    plain = findings_sheet(Case(clean).check(), side=32)
    full = findings_sheet(spoilt(bad).check(), side=32)
    assert plain.size[0] == full.size[0] == 4 + 6 * 36
    assert full.size[1] > 3 * plain.size[1]


def test_the_verb_writes_both_files_and_exits_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = spoilt(tmp_path / "data").write(), tmp_path / "out"
    arguments = ["data", "check", str(root), "--preset", "tiny", "--json", str(out / "a.json"), "--quiet"]
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--sheet", str(out / "a.png")])
    assert stopped.value.code == 1
    assert "LEAK   test: 1 of 7 pictures" in capsys.readouterr().out
    assert json.loads((out / "a.json").read_text())["failed"] is True
    assert Image.open(out / "a.png").format == "PNG"
    assert sorted(file.name for file in out.iterdir()) == ["a.json", "a.png"]


def test_the_verb_exits_with_nothing_for_remarks(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "grey.png", flower(82).convert("L"))
    with pytest.raises(SystemExit) as stopped:
        main(["data", "check", str(case.write()), "--preset", "tiny", "--quiet"])
    assert stopped.value.code == 0


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        ("nothing", "train is not a folder"),
        ("split", "is a split itself; name the folder above it"),
        ("empty", "train has no captioned picture"),
        ("sheet", "its name must end in .png"),
        ("preset", "no preset or TOML file"),
    ],
)
def test_what_is_no_data_set_is_said_and_exits_with_two(
    tmp_path: Path, prepare: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"sheet": ["--sheet", "a.gif"], "preset": ["--preset", "none"]}.get(prepare, [])
    root = tmp_path
    if prepare == "split":
        root = Case(tmp_path).write() / "train"
    elif prepare == "empty":
        (tmp_path / "train").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main(["data", "check", str(root), *options])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_nothing_is_written_where_the_check_fails(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["data", "check", str(tmp_path / "none"), "--json", str(tmp_path / "a.json")])
    assert list(tmp_path.iterdir()) == []


def test_a_split_without_a_usable_line_is_told(tmp_path: Path) -> None:
    case = Case(tmp_path, train=0)
    (tmp_path / "train").mkdir()
    case.lines["train"] = ["{"]
    codes = [finding.code for finding in case.check().findings]
    assert "line-line" in codes
    assert "nothing" in codes
    case.lines["train"] = []
    (tmp_path / "train" / "metadata.jsonl").write_text("\n")
    with pytest.raises(MimnetError, match="no captioned picture"):
        check_folder(tmp_path, NEEDS, quiet=True)


def test_help_does_not_wait_for_torch() -> None:
    program = (
        "import sys; from mimnet.cli import main\ntry: main(['data', 'check', '--help'])\nexcept SystemExit: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program + "assert 'torch' not in sys.modules"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--sheet" in done.stdout
