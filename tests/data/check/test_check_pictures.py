"""Tests of the check of single pictures: each fault planted is found, named and alone; a clean folder has none."""

from pathlib import Path

import numpy as np
import pytest
from check_case import NEEDS, Case, encoded, flower, found, names
from PIL import Image

from mimnet.data.check.pictures import look_at
from mimnet.images import open_picture


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def grey(number: int) -> Image.Image:
    return flower(number).convert("L").convert("RGB")


def clear(number: int) -> Image.Image:
    picture = flower(number).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture


PLANTED = {
    "unreadable": b"this is no picture",
    "cut": encoded(flower(90), "JPEG")[:-200],
    "empty": b"",
    "one-colour": Image.new("RGB", (64, 64), (200, 30, 30)),
    "tiny": flower(91).resize((20, 64)).resize((24, 31)),
    "long": flower(92).resize((200, 64)),
    "grey": grey(93),
    "turned": encoded(flower(94), "JPEG", exif=exif(6), quality=95),
    "animated": encoded(flower(95), "GIF", save_all=True, append_images=[flower(96)]),
    "cmyk": encoded(flower(97).convert("CMYK"), "JPEG", quality=95),
    "clear": clear(98),
}


def test_a_clean_folder_has_nothing_to_remark(tmp_path: Path) -> None:
    report = Case(tmp_path).check()
    assert report.findings == ()
    assert not report.failed


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_found_and_alone(tmp_path: Path, what: str) -> None:
    case = Case(tmp_path)
    case.add("train", "planted.bin", PLANTED[what])
    report = case.check()
    code = "unreadable" if what in ("cut", "empty") else what
    assert [finding.code for finding in report.findings] == [code]
    assert names(found(report, code)) == ["planted.bin"]
    assert report.failed == (code == "unreadable")
    assert found(report, code).of == 25


def test_faults_are_counted_in_their_split(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "a.png", grey(50))
    case.add("test", "b.png", grey(51), kind="new 0")
    case.add("test", "c.png", b"", kind="new 0")
    report = case.check()
    assert names(found(report, "grey", "train")) == ["a.png"]
    assert names(found(report, "grey", "test")) == ["b.png"]
    assert names(found(report, "unreadable", "test")) == ["c.png"]
    assert found(report, "unreadable", "train") is None


def test_unreadable_pictures_are_named_with_their_reason(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "x.jpg", b"this is no picture")
    case.add("train", "y.jpg", encoded(flower(60), "JPEG")[:-200])
    report = case.check()
    first, second = found(report, "unreadable").examples
    assert first == "it is not a picture that can be read"
    assert second.startswith("it cannot be read (image file is truncated")
    assert "26 pictures cannot be read, and training would stop at the first: x.jpg (it is not a" in report.to_text()


def test_what_is_kept_of_a_picture_is_what_training_sees(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(encoded(flower(70).resize((64, 40)), "JPEG", exif=exif(6)))
    looks = look_at([file], quiet=True)
    seen = np.asarray(open_picture(file).resize((32, 32), Image.Resampling.LANCZOS).convert("L"), np.float32)
    assert looks.size.tolist() == [[40, 64]]  # turned
    assert np.abs(looks.grey[0] - seen).mean() < 2
    assert looks.grey.shape == (1, 32, 32)
    assert looks.colour.shape == (1, 8, 8, 3)


def test_a_telephones_preview_is_no_animation(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "a.jpg", encoded(flower(71), "MPO", save_all=True, append_images=[flower(71).resize((32, 32))]))
    assert found(case.check(), "animated") is None


@pytest.mark.parametrize("name", ["dark", "pale"])
def test_pictures_with_little_colour_are_not_called_grey(tmp_path: Path, name: str) -> None:
    case = Case(tmp_path)
    pixels = np.asarray(flower(72), np.float32)
    softened = 20 + pixels * 0.3 if name == "dark" else 200 + pixels * 0.2
    case.add("train", "soft.png", Image.fromarray(softened.astype(np.uint8)))
    assert case.check(NEEDS).findings == ()
