"""Tests of the check of lines, captions, words and classes: each fault planted is found and alone."""

import dataclasses
import json
from pathlib import Path

import pytest
from check_case import NEEDS, Case, captions, flower, found, names
from PIL import Image

from mimnet.data.check import Needs, check_folder
from mimnet.data.check.english import looks_foreign
from mimnet.data.folder import Captioned, read_split, rows_and_flaws
from mimnet.errors import MimnetError


def codes(case: Case, needs: Needs = NEEDS) -> list[tuple[str, str]]:
    return [(finding.code, finding.level) for finding in case.check(needs).findings]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "line-line"),
        ('["a", "b"]', "line-line"),
        ("[" * 100_000, "line-line"),
        ('{"file_name": "000.png", "text": 5}', "line-line"),
        ('{"file_name": "../test/024.png", "text": "red petals"}', "outside-line"),
        ('{"file_name": "gone.png", "text": "red petals"}', "missing-line"),
        (json.dumps({"file_name": "long" * 2000, "text": "red petals"}), "missing-line"),
        (r'{"file_name": "\ud800.png", "text": "red petals"}', "missing-line"),
    ],
)
def test_a_line_that_stops_training_is_an_error_and_the_others_are_read(tmp_path: Path, line: str, code: str) -> None:
    case = Case(tmp_path)
    case.lines["train"].insert(3, line)
    report = case.check()
    assert [(f.code, f.level) for f in report.findings] == [(code, "error")]
    assert "line 4" in report.findings[0].examples[0]
    assert report.facts["train"]["pictures"] == 24
    assert report.failed
    with pytest.raises(MimnetError, match="line 4"):
        read_split(tmp_path, "train")


def test_all_bad_lines_are_told_at_once(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.lines["train"] += ["{", "}", '{"file_name": "gone.png", "text": "red"}']
    case.lines["test"] += ["nonsense"]
    report = case.check()
    assert found(report, "line-line").count == 2
    assert found(report, "missing-line").count == 1
    assert found(report, "line-line", "test").count == 1


def test_lines_that_are_not_utf8_are_told_and_the_others_read(tmp_path: Path) -> None:
    case = Case(tmp_path)
    metadata = case.write() / "train" / "metadata.jsonl"
    metadata.write_bytes(metadata.read_bytes() + b'{"file_name": "000.png", "text": "gr\xfcn"}\n')
    good = [row for row in rows_and_flaws(tmp_path / "train") if isinstance(row, Captioned)]
    assert len(good) == 24
    with pytest.raises(MimnetError, match=r"not UTF-8 text .*byte \d+, line 25"):
        read_split(tmp_path, "train")


def test_captions_without_a_word(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "a.png", flower(40), ["...", ""])
    case.add("train", "b.png", flower(41), ["...", "the petals are red and smooth"])
    report = case.check()
    assert [(f.code, f.level) for f in report.findings] == [("wordless-text", "error"), ("blank-text", "remark")]
    assert names(found(report, "wordless-text")) == ["a.png"]
    assert names(found(report, "blank-text")) == ["b.png"]


def test_pictures_without_a_line_and_with_two(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "a.png", flower(42))
    case.lines["train"][-1] = case.lines["train"][0]
    report = case.check()
    assert names(found(report, "uncaptioned")) == ["a.png"]
    assert names(found(report, "listed-twice")) == ["000.png"]
    assert not report.failed


def test_captions_beside_pictures_are_checked_too(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / "train").mkdir(exist_ok=True)
        flower(number).save(tmp_path / "train" / f"{number}.png")
        (tmp_path / "train" / f"{number}.txt").write_text("\n".join(captions(number % 6)))
    (tmp_path / "train" / "3.txt").write_text("...\n")
    (tmp_path / "train" / "4.txt").unlink()
    (tmp_path / "train" / "5.txt").write_bytes(b"gr\xfcn")
    report = check_folder(tmp_path, NEEDS, quiet=True)
    assert {(f.code, f.level) for f in report.findings} == {
        ("wordless-text", "remark"),
        ("uncaptioned", "remark"),
        ("encoding-line", "error"),
    }
    assert names(found(report, "uncaptioned")) == ["4.png"]


def test_long_captions(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "a.png", flower(43), [" ".join(["red and white petals"] * 6), " ".join(["white petals"] * 12)])
    report = case.check()
    assert report.findings == ()  # 24 words are none too many
    case.add("train", "b.png", flower(44), [" ".join(["red and white petals"] * 6) + " round", "white petals"])
    report = case.check()
    assert [(f.code, f.level, f.count) for f in report.findings] == [("long-captions", "remark", 1)]
    assert names(report.findings[0]) == ["b.png"]
    assert "(up to 25)" in report.findings[0].said


def test_foreign_captions(tmp_path: Path) -> None:
    case = Case(tmp_path)
    said = "diese blume hat lange rote blätter"
    case.add("train", "a.png", flower(45), [said, "the petals are red"])
    case.add("train", "b.png", flower(46), [said])
    report = case.check()
    assert [(f.code, f.count) for f in report.findings] == [("foreign", 2)]
    assert names(found(report, "foreign")) == ["a.png", "b.png"]
    assert not report.failed


# written after the list of words, and not looked at while it was chosen
ENGLISH = [
    "a man in a blue suit standing beside his car",
    "young woman smiling with wavy hair and earrings",
    "red flower",
    "an orange cat asleep on the sofa",
    "denim jacket with two pockets and a zip",
    "the leaves of this plant are serrated",
    "petals overlapping yellow stamen purple",
]
FOREIGN = [
    "kleine Blüte mit gelbem Stempel und spitzen Kelchblättern",
    "l'oiseau a une queue courte et le dos gris foncé",
    "una mujer joven con el pelo rubio y gafas",
    "il gatto nero dorme sul divano di casa",
    "een vrouw met blond haar en een rode jas",
    "um vestido azul sem mangas com decote em v",
    "kobieta w czerwonej sukience na plaży",
    "красивый цветок с белыми лепестками",
    "黄色い花びらが五枚ある",
    "κόκκινο λουλούδι με μακριά πέταλα",
]


def test_english_and_other_captions_are_told_apart() -> None:
    assert [caption for caption in ENGLISH if looks_foreign(caption)] == []
    assert [caption for caption in FOREIGN if not looks_foreign(caption)] == []


def test_one_sentence_under_many_pictures(tmp_path: Path) -> None:
    case = Case(tmp_path)
    for number in range(9):
        case.add("train", f"x{number}.png", flower(50 + number), ["the petals are Red.", "the petals are red"])
    assert case.check().findings == ()  # one caption twice under one picture counts once, and nine are not many
    case.add("train", "x9.png", flower(59), ["The petals are red!"])
    often = case.check().findings
    assert [(f.code, f.level, f.count) for f in often] == [("same-caption", "remark", 10)]
    assert often[0].examples == ("the petals are red (10 pictures)",)


def test_rare_and_unseen_words(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "a.png", flower(47), ["the petals are " + " ".join(f"only{i}" for i in range(9))])
    case.add("test", "b.png", flower(48), ["the petals are turquoise turquoise teal"], "new 0")
    report = case.check()
    assert {f.code for f in report.findings} == {"rare-words", "unseen-words"}
    rare, unseen = found(report, "rare-words"), found(report, "unseen-words", "test")
    assert (rare.count, set(rare.examples)) == (9, {f"only{i}" for i in range(9)})
    assert (unseen.count, unseen.examples) == (3, ("turquoise", "teal"))
    assert report.facts["test"]["unknown_words"] == 3


def test_a_vocabulary_of_nothing_is_an_error(tmp_path: Path) -> None:
    case = Case(tmp_path, train=0, test=0)
    for number in range(6):
        case.add("train", f"{number}.png", flower(number), [f"w{number}a w{number}b"])
    assert ("no-vocabulary", "error") in codes(case)


def test_classes(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "a.png", flower(60), captions(60), None)
    case.add("train", "b.png", flower(61), captions(61), "Seen_0")
    report = case.check()
    assert {f.code for f in report.findings} == {"classless", "class-names"}
    assert names(found(report, "classless")) == ["a.png"]
    assert found(report, "class-names").examples == ("Seen_0 / seen 0",)


def test_uneven_classes(tmp_path: Path) -> None:
    case = Case(tmp_path, train=60)
    case.add("train", "a.png", flower(70), captions(70), "rare")
    report = case.check()
    assert [f.code for f in report.findings] == ["uneven-classes"]  # 20, 20, 20 and 1
    assert report.findings[0].examples == ("rare (1)",)


def test_classes_of_both_splits_are_a_fact_and_no_fault(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("test", "a.png", flower(71), captions(71), "seen 0")
    report = case.check()
    assert report.findings == ()
    assert report.facts["test"]["classes_trained_on"] == 1
    assert "4 classes (1 to 2 pictures, 1 of them trained on)" in report.to_text()


@pytest.mark.parametrize(
    ("train", "broken", "batch", "held_out", "fits"),
    [
        (8, 0, 8, 0.0, True),
        (8, 0, 9, 0.0, False),
        (8, 1, 8, 0.0, False),
        (10, 0, 10, 0.1, False),
        (10, 0, 9, 0.1, True),
    ],
)
def test_whether_a_batch_can_be_filled(
    tmp_path: Path, train: int, broken: int, batch: int, held_out: float, fits: bool
) -> None:
    case = Case(tmp_path, train=train)
    for number in range(broken):
        (tmp_path / "train" / f"{number:03d}.png").write_bytes(b"")
    report = case.check(Needs(size=32, words=24, batch=batch, held_out=held_out))
    finding = found(report, "batch")
    assert (finding is None) == fits
    if finding is not None:
        assert f"batch of {batch} needs" in finding.said
        assert report.failed


def test_boundary_maps(tmp_path: Path) -> None:
    case = Case(tmp_path)
    good = Image.new("L", (64, 64))
    good.putpixel((3, 3), 255)
    good.save(tmp_path / "train" / "000.edges.png")
    assert case.check().findings == ()
    Image.new("L", (64, 20)).save(tmp_path / "train" / "001.edges.png")
    Image.new("L", (64, 64), 255).save(tmp_path / "train" / "002.edges.png")
    (tmp_path / "train" / "003.edges.png").write_bytes(b"no map")
    case.lines["train"].append({"file_name": "004.png", "text": "red petals", "edges": "gone.png"})
    report = case.check()
    assert {(f.code, f.level) for f in report.findings} == {("boundary-maps", "remark"), ("edges-line", "error")}
    assert names(found(report, "boundary-maps")) == ["001.png", "002.png", "003.png"]
    case.lines["train"].pop()
    needed = case.check(dataclasses.replace(NEEDS, maps=True))
    assert found(needed, "boundary-maps").level == "error"
    assert (found(needed, "no-boundary-maps").count, found(needed, "no-boundary-maps").of) == (20, 24)
