"""Tests of the store behind the cache: keyed by content, never half, shared, bounded."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.data import cache, contents
from mimnet.data.cache import resized_edges, resized_pictures
from mimnet.data.rows import Captioned
from mimnet.data.store import Kept, bound, delete, folders, kept
from mimnet.errors import MimnetError
from mimnet.images import open_picture, to_array

SIZE, PICTURES = 12, 10


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(contents, "SETTLED", -1.0)  # the tests' files are new
    return tmp_path / "home"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that the cache decodes."""
    names: list[str] = []

    def counting(file: Path) -> Image.Image:
        names.append(file.name)
        return open_picture(file)

    monkeypatch.setattr(cache, "open_picture", counting)
    return names


def pictures(folder: Path, count: int = PICTURES, *, seed: int = 0) -> list[Captioned]:
    draw = np.random.default_rng(seed)
    folder.mkdir()
    for i in range(count):
        Image.fromarray(draw.integers(0, 255, (20, 30, 3), np.uint8)).save(folder / f"{i:02d}.png")
    return [Captioned(file, ("a flower",), None) for file in sorted(folder.glob("*.png"))]


def test_pictures_are_what_decoding_and_resizing_gives(tmp_path: Path) -> None:
    rows = pictures(tmp_path / "a")
    found = resized_pictures(rows, SIZE)
    expected = np.stack([to_array(open_picture(row.file), SIZE) for row in rows])
    assert np.array_equal(np.asarray(found), expected)
    some = np.array([7, 0, 7])
    assert np.array_equal(found[3], expected[3])
    assert np.array_equal(found[-1], expected[-1])
    assert np.array_equal(found[some], expected[some])
    assert np.array_equal(found[2:9:3], expected[2:9:3])
    assert np.array_equal(found[::-1], expected[::-1])
    with pytest.raises(IndexError):
        found[PICTURES]


def test_a_copied_or_moved_folder_is_found_again(tmp_path: Path, decoded: list[str]) -> None:
    rows = pictures(tmp_path / "a")
    first = np.asarray(resized_pictures(rows, SIZE))
    assert len(decoded) == PICTURES
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    (tmp_path / "a").rename(tmp_path / "c")
    for folder in ("b", "c"):
        moved = [Captioned(tmp_path / folder / row.file.name, row.captions, None) for row in rows]
        assert np.array_equal(resized_pictures(moved, SIZE), first)
    assert len(decoded) == PICTURES
    resized_pictures(moved, SIZE + 1)
    assert len(decoded) == 2 * PICTURES


def test_an_edited_picture_is_seen_though_its_size_stays(tmp_path: Path) -> None:
    rows = pictures(tmp_path / "a")
    for row in rows:
        Image.new("RGB", (8, 8), (10, 20, 30)).save(row.file.with_suffix(".bmp"))
    rows = [Captioned(row.file.with_suffix(".bmp"), row.captions, None) for row in rows]
    assert resized_pictures(rows, SIZE)[4][0, 0].tolist() == [10, 20, 30]
    before = rows[4].file.stat()
    Image.new("RGB", (8, 8), (10, 20, 90)).save(rows[4].file)
    os.utime(rows[4].file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert rows[4].file.stat().st_size == before.st_size
    assert resized_pictures(rows, SIZE)[4][0, 0].tolist() == [10, 20, 90]


def test_equal_files_are_decoded_once(tmp_path: Path, decoded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "AT_ONCE", 4)
    rows = pictures(tmp_path / "a")
    for copy, original in ((5, 4), (9, 2)):  # in one go with the original, and in a later one
        shutil.copy(rows[original].file, rows[copy].file)
    expected = np.stack([to_array(open_picture(row.file), SIZE) for row in rows])
    assert np.array_equal(resized_pictures(rows, SIZE), expected)
    assert sorted(decoded) == [f"{i:02d}.png" for i in range(PICTURES) if i not in (5, 9)]


def test_files_that_are_known_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pictures(tmp_path / "a")
    resized_pictures(rows, SIZE)
    monkeypatch.setattr(contents, "picture_bytes", lambda file: pytest.fail(f"{file} was read"))
    assert len(resized_pictures(rows, SIZE)) == PICTURES


def test_a_file_that_may_still_be_changing_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "SETTLED", 60.0)
    file = tmp_path / "a.png"
    file.write_bytes(b"one")
    time_ = file.stat().st_mtime_ns
    first = contents.contents([str(file)])
    file.write_bytes(b"two")
    os.utime(file, ns=(time_, time_))  # as when both writings fall into one tick of the clock
    assert contents.contents([str(file)]) != first


def test_boundary_maps_from_files_lie_in_an_array_of_their_own(tmp_path: Path) -> None:
    rows, drawings = pictures(tmp_path / "a", 3), np.zeros((3, SIZE, SIZE), np.uint8)
    for i, row in enumerate(rows):
        drawings[i, 4 + i] = 255
        Image.fromarray(drawings[i]).save(tmp_path / "a" / f"0{i}.edges.png")
        rows[i] = Captioned(row.file, row.captions, None, tmp_path / "a" / f"0{i}.edges.png")
    assert np.array_equal(resized_edges(rows, SIZE), drawings)
    assert sorted(row[0].name.split("-")[0] for row in folders()) == ["edges"]


@pytest.mark.parametrize(
    ("data", "said"), [(b"no picture", "is not a picture that can be read"), (None, "no such file")]
)
def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path, data: bytes | None, said: str) -> None:
    rows = pictures(tmp_path / "a")
    if data is None:
        rows[6].file.unlink()
    else:
        rows[6].file.write_bytes(data)
    with pytest.raises(MimnetError, match=rf"06\.png:? {said}") as raised:
        resized_pictures(rows, SIZE)
    assert "\n" not in str(raised.value)


def test_an_array_that_was_cut_short_is_made_again(tmp_path: Path, home: Path) -> None:
    rows = pictures(tmp_path / "a")
    expected = np.asarray(resized_pictures(rows, SIZE))
    (file,) = home.glob("cache/*/array.npy")
    file.write_bytes(file.read_bytes()[:-100])
    assert np.array_equal(resized_pictures(rows, SIZE), expected)


SLOW = """
import sys, time
from pathlib import Path
from mimnet.data import cache, contents
from mimnet.data.rows import Captioned
from mimnet.images import open_picture
contents.SETTLED, cache.AT_ONCE, cache.workers = -1.0, 2, lambda: 1
def slow(file):
    print(file.name, flush=True)
    if file.name == sys.argv[2]:
        time.sleep(600)
    return open_picture(file)
cache.open_picture = slow
rows = [Captioned(file, ("a flower",), None) for file in sorted(Path(sys.argv[1]).glob("*.png"))]
cache.resized_pictures(rows, int(sys.argv[3]), quiet=True)
print("done", flush=True)
"""


def builder(folder: Path, *, hangs_at: str) -> subprocess.Popen[str]:
    told = [sys.executable, "-c", SLOW, str(folder), hangs_at, str(SIZE)]
    return subprocess.Popen(told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_second_process_waits_and_takes_over_from_a_killed_one(tmp_path: Path, decoded: list[str]) -> None:
    rows = pictures(tmp_path / "a")
    first = builder(tmp_path / "a", hangs_at="06.png")
    assert first.stdout is not None
    while first.stdout.readline() != "06.png\n":  # six are on the disk by then
        assert first.poll() is None
    second = builder(tmp_path / "a", hangs_at="")
    assert second.stderr is not None
    assert "another process is making 10 pictures at 12 px; waiting" in second.stderr.readline()
    assert not folders()[-1][3]
    first.send_signal(signal.SIGKILL)
    first.communicate()
    said, _ = second.communicate(timeout=60)
    assert said.split()[-1] == "done"
    assert said.split()[:-1] == ["06.png", "07.png", "08.png", "09.png"]  # it goes on, and does not begin again
    assert np.array_equal(resized_pictures(rows, SIZE), [to_array(open_picture(row.file), SIZE) for row in rows])
    assert decoded == []


def test_who_waits_goes_on_as_soon_as_the_folder_is_whole(home: Path) -> None:
    """Not when its maker lets go of it, which may be hours later."""
    begun, found = threading.Event(), list[Kept]()

    def build(folder: Path) -> None:
        begun.set()
        time.sleep(0.3)  # the other has met the lock by then

    def wait() -> None:
        begun.wait()
        found.append(kept("x", lambda folder: pytest.fail("made twice"), size=1, what="x"))

    others = [threading.Thread(target=wait, daemon=True) for _ in range(3)]
    for other in others:
        other.start()
    in_use = kept("x", build, size=1, what="x")
    for other in others:
        other.join(timeout=20)
    assert [held.folder for held in found] == [in_use.folder] * 3
    assert not delete(in_use.folder)


def test_the_least_recently_used_give_way_but_not_what_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = [pictures(tmp_path / name, seed=i) for i, name in enumerate("abcd")]
    one = PICTURES * SIZE * SIZE * 3
    monkeypatch.setenv("MIMNET_CACHE_GB", str(3.5 * one / 1e9))  # three fit
    in_use = resized_pictures(sets[0], SIZE)
    names = [folders()[0][0].name]
    for i, rows in enumerate(sets[1:3]):
        resized_pictures(rows, SIZE)
        names.append(next(row[0].name for row in folders() if row[0].name not in names))
        for place, name in enumerate(names):  # clocks of file systems are coarse
            os.utime(tmp_path / "home" / "cache" / name / "whole", (1000 + 10 * i + place,) * 2)
    resized_pictures(sets[3], SIZE)
    left = {row[0].name for row in folders()}
    assert names[0] in left  # the oldest, but in use
    assert names[1] not in left
    assert names[2] in left
    assert sum(row[1] for row in folders()) < 3.5 * one
    monkeypatch.setenv("MIMNET_CACHE_GB", str(1.5 * one / 1e9))
    with pytest.raises(MimnetError, match=r"10 pictures at 12 px need .* of which running processes use .*"):
        resized_pictures(sets[1], SIZE)
    assert np.asarray(in_use).shape == (PICTURES, SIZE, SIZE, 3)


def test_what_can_never_fit_is_refused_and_nothing_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resized_pictures(pictures(tmp_path / "a"), SIZE)
    monkeypatch.setenv("MIMNET_CACHE_GB", "0.00001")
    with pytest.raises(MimnetError, match="set MIMNET_CACHE_GB higher, or train from shards"):
        resized_pictures(pictures(tmp_path / "b", seed=1), 100)
    assert [row[3] for row in folders() if row[0].name.startswith("pictures-12")] == [True]


@pytest.mark.parametrize("told", ["many", "0", "-3", "nan"])
def test_a_bound_that_is_no_number_is_named(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_CACHE_GB", told)
    with pytest.raises(MimnetError, match=f"MIMNET_CACHE_GB is '{told}'"):
        bound()


def test_a_folder_whose_making_fails_is_not_taken_for_whole(home: Path) -> None:
    def half(folder: Path) -> None:
        (folder / "a").write_text("half")
        raise MimnetError("no")

    with pytest.raises(MimnetError, match="no"):
        kept("x", half, size=1, what="x")
    assert [row[3] for row in folders()] == [False]
    assert kept("x", lambda folder: None, size=1, what="x").folder == home / "cache" / "x"
    assert delete(home / "cache" / "x")
    assert folders() == []
