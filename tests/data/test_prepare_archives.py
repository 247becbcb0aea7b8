"""Tests of what is not as it should be: wrong, broken and hostile archives, breaks in the middle, and OUT."""

import contextlib
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from official import celeba, cub, deepfashion, oxford102
from official.containers import packed, unpacked
from official.torch7 import t7

from mimnet.cli import main
from mimnet.data.folder import read_split
from mimnet.data.prepare import archives
from mimnet.data.prepare import cub as cub_module
from mimnet.data.prepare.archives import Place, Source, Zip
from mimnet.data.prepare.plan import Published
from mimnet.data.prepare.torch7 import read_t7
from mimnet.errors import MimnetError

Failing = Callable[..., str]


@pytest.fixture
def failing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Failing:
    """Runs what must fail: exit code 2, one line, nothing written."""

    def prepare(*arguments: object) -> str:
        out = tmp_path / "out"
        before = sorted(out.rglob("*")) if out.exists() else None
        with pytest.raises(SystemExit) as stopped:
            main(["data", "prepare", *map(str, arguments), "--out", str(out), "--quiet"])
        told = capsys.readouterr().err
        assert stopped.value.code == 2
        assert told.count("\n") == 1, told
        assert (sorted(out.rglob("*")) if out.exists() else None) == before
        return told

    return prepare


def good(folder: Path) -> Path:
    return unpacked(cub.pictures() | cub.text_c10(), folder)


@pytest.mark.parametrize(
    ("given", "asked"),
    [("oxford102", "cub"), ("celeba", "cub"), ("cub", "oxford102"), ("deepfashion", "celeba"), ("cub", "deepfashion")],
)
def test_the_archive_of_another_set_is_named(tmp_path: Path, failing: Failing, given: str, asked: str) -> None:
    files = {"oxford102": oxford102, "celeba": celeba, "cub": cub, "deepfashion": deepfashion}[given].pictures()
    (tmp_path / "downloaded.tgz").write_bytes(packed(files, "tgz"))
    told = failing(asked, "--source", tmp_path / "downloaded.tgz")
    assert f"it looks like {given}: mimnet data prepare {given}" in told
    assert "found " in told
    assert "expected " in told
    assert f"{len([n for n in files if n.endswith('.jpg')])} .jpg" in told


def test_what_is_missing_is_named_with_what_to_fetch(tmp_path: Path, failing: Failing) -> None:
    unpacked({"notes.md": b"x", "img_align_celeba_png.7z.001": b"7z"}, tmp_path / "in")
    told = failing("celeba", "--source", tmp_path / "in")
    assert "img_align_celeba_png.7z.001, which has to be unpacked by hand" in told
    unpacked(cub.pictures(), tmp_path / "birds")
    told = failing("cub", "--source", tmp_path / "birds")
    assert "no captions in" in told
    assert "text_c10" in told
    texts = {name: data for name, data in cub.text_c10().items() if name.endswith(".txt") and "/text_c10/" in name}
    unpacked(texts, tmp_path / "birds")
    told = failing("cub", "--source", tmp_path / "birds")
    assert "put trainvalclasses.txt and testclasses.txt" in told
    assert "cub_icml.tar.gz" in told
    assert "does not exist" in failing("cub", "--source", tmp_path / "gone")
    unpacked(deepfashion.pictures(), tmp_path / "clothes")
    assert "expected language_original.mat" in failing("deepfashion", "--source", tmp_path / "clothes")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/language_original.mat").write_bytes(deepfashion.language())
    assert "unpack img.zip with its password" in failing("deepfashion", "--source", tmp_path / "words")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("celeba", "--crop", "box"), "--crop box is for cub"),
        (("cub", "--split", "fashiongan"), "--split fashiongan is for deepfashion"),
        (("cub", "--size", "3"), "--size is 3; use 16 or more"),
        (("cats",), "cats"),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, failing: Failing, arguments: Sequence[str], said: str) -> None:
    assert said in failing(*arguments, "--source", good(tmp_path / "in"))


@pytest.mark.parametrize("kind", ["zip", "tgz"])
@pytest.mark.parametrize("part", [0.5, 0.95])
def test_an_archive_that_is_cut_short_is_named(tmp_path: Path, failing: Failing, kind: str, part: float) -> None:
    source = unpacked(cub.text_c10(), tmp_path / "in")
    whole = packed(cub.pictures(), kind)
    (source / f"CUB_200_2011.{kind}").write_bytes(whole[: int(len(whole) * part)])
    told = failing("cub", "--source", source)
    assert f"CUB_200_2011.{kind}" in told
    assert "fetch it again" in told


def test_a_web_page_in_place_of_an_archive_is_named(tmp_path: Path, failing: Failing) -> None:
    source = unpacked(cub.pictures() | {"birds.zip": b"<!DOCTYPE html><title>Too many users"}, tmp_path / "in")
    assert "birds.zip is a web page, not an archive" in failing("cub", "--source", source)


def test_a_locked_zip_is_named(tmp_path: Path, failing: Failing) -> None:
    data = bytearray(packed(celeba.pictures(), "zip"))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 1)
    (tmp_path / "img.zip").write_bytes(data)
    (tmp_path / "captions.csv").write_bytes(celeba.csv())
    told = failing("celeba", "--source", tmp_path)
    assert "img.zip is locked with a password" in told


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/etc/outside.txt", "a/../../outside.txt", "..\\outside.txt", "C:\\o.txt"]
)
@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, failing: Failing, name: str, kind: str) -> None:
    source = unpacked(cub.pictures(), tmp_path / "deep/in")
    (source / f"text.{kind}").write_bytes(packed(cub.text_c10() | {name: b"evil"}, kind))
    told = failing("cub", "--source", source)
    assert "leads outside" in told
    assert not [*tmp_path.rglob("outside*")]


def test_links_in_a_tar_are_not_followed(tmp_path: Path, failing: Failing) -> None:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name in cub.text_c10():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info)
    source = unpacked(cub.pictures(), tmp_path / "in")
    (source / "text.tar").write_bytes(made.getvalue())
    assert "no captions" in failing("cub", "--source", source)


def test_bombs_are_not_read(tmp_path: Path, failing: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILE", 1_000_000)
    source = unpacked(cub.pictures(), tmp_path / "in")
    texts = {name: b"a bird " * 200_000 if "/text_c10/001" in name else data for name, data in cub.text_c10().items()}
    (source / "text.zip").write_bytes(packed(texts, "zip"))
    assert "files of up to 0 MB are read in place" in failing("cub", "--source", source)
    monkeypatch.setattr(archives, "MAX_FILES", 10)
    assert "holds more than 10 files" in failing("cub", "--source", source)


def test_a_zip_that_lies_about_its_sizes_is_not_believed() -> None:
    data = bytearray(packed({"a.txt": b"a bird " * 1000}, "zip"))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        data[data.find(mark) + at : data.find(mark) + at + 4] = struct.pack("<I", 100)
    lying = Zip(BytesIO(data), "lying.zip")
    with pytest.raises(MimnetError, match=r"lying\.zip"):
        list(lying.read(lying.places()))


class Harm:
    """Would write a file where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> object:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("name", ["captions.pickle", "train/filenames.pickle", "test/filenames.pickle"])
def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path, failing: Failing, name: str) -> None:
    mark = tmp_path / "ran"
    files = cub.pictures() | cub.attngan(text=False) | {f"birds/{name}": pickle.dumps([Harm(mark)], protocol=2)}
    told = failing("cub", "--source", unpacked(files, tmp_path / "in"))
    assert "which is not loaded" in told
    assert not mark.exists()


def test_a_table_that_would_run_something_is_no_table(tmp_path: Path, failing: Failing) -> None:
    mark = tmp_path / "ran"
    files = celeba.pictures() | {"captions.pkl": pickle.dumps({"000001": Harm(mark)})}
    assert "without captions of these pictures: " in failing("celeba", "--source", unpacked(files, tmp_path / "in"))
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        {"a": 1.5, "b": True, "c": "text", "d": None},
        {"matrix": np.arange(6, dtype=np.uint8).reshape(2, 3), "inner": {"x": np.ones((1,), np.float32)}},
    ],
    ids=["plain", "tensors"],
)
def test_torch7_comes_back(content: dict[str, object]) -> None:
    found = read_t7(t7(content), name="x.t7")
    assert found.keys() == content.keys()
    for key, value in content.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(found[key], value)
        elif isinstance(value, dict):
            np.testing.assert_array_equal(found[key]["x"], value["x"])
        else:
            assert found[key] == value


def test_damaged_torch7_is_told_whatever_the_damage() -> None:
    whole = t7({"char": np.ones((20, 2), np.uint8), "img": "a.jpg"})
    for length in range(len(whole) - 1):
        with pytest.raises(MimnetError, match=r"^x\.t7 is not a Torch7 file"):
            read_t7(whole[:length], name="x.t7")
    rng = np.random.default_rng(0)
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        with contextlib.suppress(MimnetError):  # any other error fails
            read_t7(bytes(damaged), name="x.t7")
    with pytest.raises(MimnetError, match="nested too deep"):
        read_t7(b"".join(struct.pack("<iii", 3, i, 1) for i in range(1, 100)), name="x.t7")


def test_out_of_another_kind_is_left_alone(tmp_path: Path, failing: Failing) -> None:
    source = good(tmp_path / "in")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    assert "holds other files, such as mine.txt" in failing("cub", "--source", source)
    (tmp_path / "out/mine.txt").unlink()
    (tmp_path / "out").rmdir()
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SystemExit):
        main(["data", "prepare", "cub", "--source", str(source), "--out", str(tmp_path / "out"), "--quiet"])
    assert (tmp_path / "out").read_text() == "a file"


def test_a_finished_out_is_finished_and_other_options_are_refused(
    tmp_path: Path, failing: Failing, capsys: pytest.CaptureFixture[str]
) -> None:
    source = good(tmp_path / "in")
    said = []
    for _ in range(2):
        with pytest.raises(SystemExit) as stopped:
            main(["data", "prepare", "cub", "--source", str(source), "--out", str(tmp_path / "out"), "--quiet"])
        assert not stopped.value.code
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "holds cub prepared from other files or with other options" in failing(
        "cub", "--source", source, "--size", 20
    )
    (source / "cvpr2016_cub/text_c10" / f"{cub.birds()[0]}.txt").write_text("another caption\n")
    assert "prepared from other files" in failing("cub", "--source", source)


def broken_after(count: int, error: BaseException) -> Callable[..., Iterator[tuple[Place, bytes]]]:
    read = archives.Tar.read

    def breaks(self: archives.Tar, places: Sequence[Place]) -> Iterator[tuple[Place, bytes]]:
        for number, pair in enumerate(read(self, places)):
            if number >= count and pair[0].name.endswith(".jpg"):
                raise error
            yield pair

    return breaks


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["ctrl-c", "full"])
def test_a_break_in_the_middle_is_gone_on_with(
    tmp_path: Path, error: BaseException, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = unpacked(cub.text_c10(), tmp_path / "in")
    (source / "CUB_200_2011.tgz").write_bytes(packed(cub.pictures(), "tgz"))
    words = ["data", "prepare", "cub", "--source", str(source), "--quiet", "--out"]
    with monkeypatch.context() as patched:
        patched.setattr(archives.Tar, "read", broken_after(5, error))
        with pytest.raises(SystemExit) as stopped:
            main([*words, str(tmp_path / "out")])
    assert stopped.value.code == (130 if isinstance(error, KeyboardInterrupt) else 2)
    if not isinstance(error, KeyboardInterrupt):
        assert "No space left on device; the same command goes on" in capsys.readouterr().err
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == [".part"]
    kept = sorted(file.relative_to(tmp_path / "out/.part") for file in (tmp_path / "out/.part").rglob("*.jpg"))
    assert 1 <= len(kept) <= 5
    states = [(tmp_path / "out/.part" / file).stat().st_ino for file in kept]
    with pytest.raises(SystemExit) as stopped:
        main([*words, str(tmp_path / "out")])
    assert not stopped.value.code
    assert [(tmp_path / "out" / file).stat().st_ino for file in kept] == states, "finished pictures are not done again"
    with pytest.raises(SystemExit):
        main([*words, str(tmp_path / "straight")])
    for file in (tmp_path / "straight").rglob("*"):
        if file.is_file():
            assert (tmp_path / "out" / file.relative_to(tmp_path / "straight")).read_bytes() == file.read_bytes()


def test_what_a_power_cut_left_empty_is_written_anew(tmp_path: Path) -> None:
    source = good(tmp_path / "in")
    words = ["data", "prepare", "cub", "--source", str(source), "--quiet", "--crop", "box", "--out"]
    request = tmp_path / "out/.part/request.json"
    with pytest.raises(SystemExit):
        main([*words, str(tmp_path / "first")])
    note = json.loads((tmp_path / "first/prepared.json").read_text())
    request.parent.mkdir(parents=True)
    request.write_text(json.dumps({key: note[key] for key in ("data", "options", "plan")}))
    empty = tmp_path / f"out/.part/train/{cub.birds()[0]}.jpg"
    empty.parent.mkdir(parents=True)
    empty.write_bytes(b"")
    with pytest.raises(SystemExit) as stopped:
        main([*words, str(tmp_path / "out")])
    assert not stopped.value.code
    bird = f"train/{cub.birds()[0]}.jpg"
    assert (tmp_path / "out" / bird).read_bytes() == (tmp_path / "first" / bird).read_bytes()


@pytest.mark.slow
def test_a_killed_process_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    many = {f"img_align_celeba/{n:06d}.jpg": data for n in range(1, 600) for data in [celeba.picture(n, (178, 218))]}
    (source / "img_align_celeba.zip").write_bytes(packed(many, "zip"))
    (source / "captions.csv").write_text("".join(f"{n:06d}.jpg,a face with brown hair {n}\n" for n in range(1, 600)))
    out = tmp_path / "out"
    words = ["data", "prepare", "celeba", "--source", str(source), "--out", str(out), "--size", "100", "--quiet"]
    process = subprocess.Popen([sys.executable, "-m", "mimnet", *words], stdout=subprocess.DEVNULL)
    while process.poll() is None and not [*out.glob(".part/*/*9.jpg")]:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was to be killed in the middle"
    assert {entry.name for entry in out.iterdir()} == {".part"}
    with pytest.raises(MimnetError, match="is not a folder"):
        read_split(out, "train")
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert not stopped.value.code
    assert len(read_split(out, "train")) + len(read_split(out, "test")) == 599
    assert not [*out.rglob(".*")]


def test_archives_are_listed_no_further_than_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = good(tmp_path / "in")
    (source / "CUB_200_2011.tgz").write_bytes(packed(cub.pictures(), "tgz"))
    monkeypatch.setattr(cub_module, "PUBLISHED", Published(9, 3, 3, 1, 10))
    monkeypatch.setattr(
        archives.Tar, "places", lambda self: pytest.fail("the archive of what lies unpacked was listed")
    )
    with pytest.raises(SystemExit) as stopped:
        main(["data", "prepare", "cub", "--source", str(source), "--out", str(tmp_path / "out"), "--quiet"])
    assert not stopped.value.code


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    source = good(tmp_path / "in")
    os.symlink(source, source / "again")
    names = [place.name for place in next(Source([source]).holders()).places()]
    assert len([name for name in names if name.endswith(".jpg")]) == len(cub.birds())


def test_out_within_the_source_is_no_source(tmp_path: Path) -> None:
    source = unpacked(celeba.pictures() | {"captions.csv": celeba.csv()}, tmp_path / "in")
    words = ["data", "prepare", "celeba", "--source", str(source), "--quiet", "--out", str(source / "align")]
    for _ in range(2):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert not stopped.value.code
