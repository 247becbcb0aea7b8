"""Tests of the folder of captioned pictures: both forms, and every line that cannot be used."""

import json
from pathlib import Path

import pytest

from mimnet.data.folder import Captioned, read_split
from mimnet.errors import MimnetError


def train(root: Path, *pictures: str) -> Path:
    folder = root / "train"
    folder.mkdir(exist_ok=True)
    for name in pictures:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"only its name is looked at")
    return folder


def test_metadata_is_read_in_the_order_of_file_names(tmp_path: Path) -> None:
    folder = train(tmp_path, "b.jpg", "a.png", "sub/c.jpg")
    rows = [
        {"file_name": "sub/c.jpg", "text": "a grün bird", "class": 7},
        {"file_name": "b.jpg", "text": ["a red bird", " ", "small"], "class": "wren"},
        {"file_name": "a.png", "text": "a flower\u2028in bloom", "class": None},
    ]
    text = "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"
    (folder / "metadata.jsonl").write_text(text, encoding="utf-8")
    assert read_split(tmp_path, "train") == [
        Captioned(folder / "a.png", ("a flower\u2028in bloom",), None),
        Captioned(folder / "b.jpg", ("a red bird", "small"), "wren"),
        Captioned(folder / "sub/c.jpg", ("a grün bird",), "7"),
    ]


def test_captions_beside_pictures_are_read(tmp_path: Path) -> None:
    folder = train(tmp_path, "b.jpg", "a.PNG", "sub/c.webp", "no-caption.jpg", "empty.jpg", "notes.md")
    (folder / "b.txt").write_text("a red bird\n\n  small \n...\n", encoding="utf-8")
    (folder / "a.txt").write_text("grün", encoding="utf-8")
    (folder / "sub" / "c.txt").write_text("a flower\n", encoding="utf-8")
    (folder / "empty.txt").write_text("\n", encoding="utf-8")
    (folder / "notes.txt").write_text("no picture\n", encoding="utf-8")
    assert read_split(tmp_path, "train") == [
        Captioned(folder / "a.PNG", ("grün",), None),
        Captioned(folder / "b.jpg", ("a red bird", "small"), None),
        Captioned(folder / "sub/c.webp", ("a flower",), None),
    ]


def test_metadata_goes_before_captions_beside(tmp_path: Path) -> None:
    folder = train(tmp_path, "a.jpg", "b.jpg")
    (folder / "b.txt").write_text("beside")
    (folder / "metadata.jsonl").write_text('{"file_name": "a.jpg", "text": "listed"}')
    assert [row.captions for row in read_split(tmp_path, "train")] == [("listed",)]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_an_editors_byte_order_mark_does_no_harm(tmp_path: Path, mark: str) -> None:
    folder = train(tmp_path, "a.jpg")
    (folder / "metadata.jsonl").write_text(mark + '{"file_name": "a.jpg", "text": "red"}', encoding="utf-8")
    assert read_split(tmp_path, "train")[0].captions == ("red",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not an object with file_name and text"),
        ("[1, 2]", "is not an object with file_name and text"),
        ('"a.jpg"', "is not an object with file_name and text"),
        ('{"text": "red"}', r"is not an object with file_name and text \('file_name'\)"),
        ('{"file_name": "a.jpg"}', r"is not an object with file_name and text \('text'\)"),
        ('{"file_name": 5, "text": "red"}', "file_name must be a path as a string, not 5"),
        ('{"file_name": "a\\u0000.jpg", "text": "red"}', "file_name must be a path as a string"),
        ('{"file_name": "a.jpg", "text": 5}', "text must be a string or a list of strings"),
        ('{"file_name": "a.jpg", "text": ["red", 5]}', "text must be a string or a list of strings"),
        ('{"file_name": "a.jpg", "text": {"en": "red"}}', "text must be a string or a list of strings"),
        ('{"file_name": "a.jpg", "text": []}', "a.jpg has no caption with a word in it"),
        ('{"file_name": "a.jpg", "text": ["", "..."]}', "a.jpg has no caption with a word in it"),
        ('{"file_name": "../out.jpg", "text": "red"}', "out.jpg lies outside the folder"),
        ('{"file_name": "/etc/hosts", "text": "red"}', "/etc/hosts lies outside the folder"),
        ('{"file_name": "gone.jpg", "text": "red"}', "no file .*gone.jpg"),
        ('{"file_name": "", "text": "red"}', "no file"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, said: str) -> None:
    folder = train(tmp_path, "a.jpg")
    (tmp_path / "out.jpg").write_bytes(b"x")
    (folder / "metadata.jsonl").write_text('{"file_name": "a.jpg", "text": "red"}\n\n' + line)
    with pytest.raises(MimnetError, match=f"metadata.jsonl, line 3:? .*{said}"):
        read_split(tmp_path, "train")


def test_what_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = train(tmp_path, "a.jpg")
    (folder / "a.txt").write_bytes(b"gr\xfcn")
    with pytest.raises(MimnetError, match=r"a\.txt is not UTF-8 text .*byte 2"):
        read_split(tmp_path, "train")
    (folder / "metadata.jsonl").write_bytes(b'{"file_name": "a.jpg", "text": "gr\xfcn"}')
    with pytest.raises(MimnetError, match=r"metadata\.jsonl is not UTF-8 text"):
        read_split(tmp_path, "train")


def test_folders_without_captioned_pictures_are_named(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match="test is not a folder; captioned pictures lie in"):
        read_split(tmp_path, "test")
    folder = train(tmp_path, "a.jpg")
    with pytest.raises(MimnetError, match="train has no captioned picture"):
        read_split(tmp_path, "train")
    (folder / "metadata.jsonl").write_text("\n")
    with pytest.raises(MimnetError, match="train has no captioned picture"):
        read_split(tmp_path, "train")


def test_a_boundary_map_is_the_named_file_or_the_one_beside_the_picture(tmp_path: Path) -> None:
    folder = train(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    (folder / "maps").mkdir()
    for name in ("b.edges.png", "maps/a.png"):
        (folder / name).write_bytes(b"x")
    lines = [
        '{"file_name": "a.jpg", "text": "red", "edges": "maps/a.png"}',
        '{"file_name": "b.jpg", "text": "red"}',
        '{"file_name": "c.jpg", "text": "red", "edges": null}',
    ]
    (folder / "metadata.jsonl").write_text("\n".join(lines))
    expected = [folder / "maps" / "a.png", folder / "b.edges.png", None]
    assert [row.edges for row in read_split(tmp_path, "train")] == expected
    (folder / "metadata.jsonl").unlink()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text("red")
    assert [row.edges for row in read_split(tmp_path, "train")] == [None, folder / "b.edges.png"]


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ("5", "edges must be a path as a string, not 5"),
        ('"gone.png"', "no boundary map"),
        ('"../out.png"', "no boundary"),
    ],
)
def test_a_boundary_map_that_cannot_be_used_is_named(tmp_path: Path, edges: str, said: str) -> None:
    folder = train(tmp_path, "a.jpg")
    (tmp_path / "out.png").write_bytes(b"x")
    (folder / "metadata.jsonl").write_text(f'{{"file_name": "a.jpg", "text": "red", "edges": {edges}}}')
    with pytest.raises(MimnetError, match=f"metadata.jsonl, line 1: {said}"):
        read_split(tmp_path, "train")
