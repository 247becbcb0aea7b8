"""Tests of reading checkpoints: those of TensorFlow 2.21 itself, those of a writer of our own, and damaged ones."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.tfcheckpoint.checkpoint import Checkpoint, is_checkpoint
from tensorflow_files import Variables, block, field, stored_crc, table, v1_entries, varint, write_v1, write_v2

BY_TENSORFLOW = Path(__file__).parent / "by_tensorflow"

WRITTEN: dict[str, NDArray[Any]] = {  # what tf.compat.v1.train.Saver wrote into the files there
    "a/weights": np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7,
    "a/weights/ExponentialMovingAverage": np.array([1.5, -2], np.float32),
    "d": np.linspace(-1, 1, 5),
    "empty": np.zeros((0, 3), np.float32),
    "global_step": np.array(5000),
    "i": np.array([-1, 0, 300, -(2**31)], np.int32),
    "l": np.array([[2**40], [-5]]),
}


def some(number: int = 30) -> dict[str, NDArray[Any]]:
    """Variables of all kinds, whose names begin alike."""
    draw = np.random.default_rng(0)
    kinds = ("float32", "float64", "int32", "int64")
    return {
        f"mixed_{i % 4}/Conv_{i}/weights": (100 * draw.standard_normal((i % 3 + 1, 5, i % 7))).astype(kinds[i % 4])
        for i in range(number)
    } | {"step": np.array(-7)}


def check(read: Checkpoint, written: Variables) -> None:
    assert read.shapes == {name: x.shape for name, x in written.items()}
    for name, x in written.items():
        assert read.read(name).dtype == x.dtype
        np.testing.assert_array_equal(read.read(name), x)


@pytest.mark.parametrize("name", ["v1.ckpt", "v2.ckpt"])
def test_what_tensorflow_wrote_is_read(name: str) -> None:
    check(Checkpoint(BY_TENSORFLOW / name), WRITTEN)


@pytest.mark.parametrize("together", [1, 2, 5, 100])
def test_v1_of_several_blocks(tmp_path: Path, together: int) -> None:
    check(Checkpoint(write_v1(tmp_path / "model.ckpt-5000", some(), together=together)), some())


@pytest.mark.parametrize("files", [1, 3])
def test_v2_of_several_files(tmp_path: Path, files: int) -> None:
    check(Checkpoint(write_v2(tmp_path / "model.ckpt", some(), files=files)), some())


def test_a_checkpoint_is_known_by_each_of_its_files(tmp_path: Path) -> None:
    old, new = write_v1(tmp_path / "old" / "model.ckpt", WRITTEN), write_v2(tmp_path / "new" / "model", WRITTEN)
    old.with_name("model.ckpt.meta").write_bytes(b"a graph")
    files = [*old.parent.iterdir(), *new.parent.iterdir()]
    assert len(files) == 4
    for file in (new, *files):
        assert is_checkpoint(file)
        check(Checkpoint(file), WRITTEN)
    unnamed = write_v1(tmp_path / "unnamed", WRITTEN)
    assert is_checkpoint(unnamed)
    for name in ("judge.safetensors", "judge.onnx", "w.pth"):
        (tmp_path / name).write_bytes(b"0" * 100)
        assert not is_checkpoint(tmp_path / name)


def test_a_folder_is_told_what_is_in_it(tmp_path: Path) -> None:
    write_v2(tmp_path / "model-1", WRITTEN)
    write_v1(tmp_path / "model.ckpt", WRITTEN)
    (tmp_path / "model.ckpt.json").write_text("{}")
    assert is_checkpoint(tmp_path)
    with pytest.raises(MimnetError, match=r"is a folder; name the checkpoint in it: model-1, model\.ckpt$"):
        Checkpoint(tmp_path)
    with pytest.raises(MimnetError, match=r"no TensorFlow checkpoint .*absent\.ckpt: neither that file nor absent"):
        Checkpoint(tmp_path / "absent.ckpt.index")


def test_other_kinds_of_values_are_named(tmp_path: Path) -> None:
    mixed = {"picture": np.zeros(3, np.uint8), "fine": np.ones(2, np.float32)}
    for file in (write_v1(tmp_path / "old", mixed), write_v2(tmp_path / "new", mixed)):
        read = Checkpoint(file)
        assert read.read("fine").tolist() == [1, 1]
        with pytest.raises(MimnetError, match="picture is of TensorFlow's type 4; float32, float64, int32, int64 are"):
            read.read("picture")
        with pytest.raises(KeyError):
            read.read("absent")


def test_slices_are_refused(tmp_path: Path) -> None:
    x = np.ones((4, 2), np.float32)
    entries = v1_entries({"x": x})
    half = field(1, varint(1 << 3) + varint(0) + field(2, 2)) + field(1, b"")
    told = field(1, b"x") + field(2, field(2, field(1, 4)) + field(2, field(1, 2))) + field(3, 1)
    entries[b""] = field(1, field(1, told + field(4, half) + field(4, half)))
    (tmp_path / "model.ckpt").write_bytes(table(entries))
    with pytest.raises(MimnetError, match="x is stored in 2 slices; variables in one are read"):
        Checkpoint(tmp_path / "model.ckpt").read("x")


def test_compressed_tables_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"model\.ckpt is not a whole .*: it is compressed \(snappy\), as"):
        Checkpoint(write_v1(tmp_path / "model.ckpt", WRITTEN, kind=1))
    with pytest.raises(MimnetError, match=r"compressed \(method 9\)"):
        Checkpoint(write_v1(tmp_path / "model.ckpt", WRITTEN, kind=9))


def test_tables_of_something_else(tmp_path: Path) -> None:
    file, index = tmp_path / "model.ckpt", tmp_path / "model.ckpt.index"
    for entries in ({}, {b"key": b""}):
        file.write_bytes(table(entries))
        with pytest.raises(MimnetError, match="it has no list of variables, so it is a table of something else"):
            Checkpoint(file)
        index.write_bytes(table(entries))
        with pytest.raises(MimnetError, match=r"model\.ckpt\.index .* it has no header"):
            Checkpoint(file)
        index.unlink()
    index.write_bytes(table({b"": field(1, 1) + field(2, 1)}))
    with pytest.raises(MimnetError, match="big-endian"):
        Checkpoint(file)
    index.unlink()
    file.write_bytes(b"PK" * 500)  # as a .ckpt of torch, which is a zip file
    with pytest.raises(MimnetError, match=r"model\.ckpt is not a whole .*: it does not end as a table does; get"):
        Checkpoint(file)


def changed_shape(values: NDArray[Any], shape: tuple[int, ...]) -> bytes:
    """A V1 file that says `shape` of what is not so large."""
    entries = v1_entries({"x": values})
    sides = b"".join(field(2, field(1, side)) for side in shape)
    entries[b""] = field(1, field(1, field(1, b"x") + field(2, sides) + field(3, 1) + field(4, field(1, b"") * 2)))
    return table(entries)


@pytest.mark.parametrize("shape", [(7,), (2, 2**62), (0, 2**62), (2**64 - 1,), (2**63, 2), (1,) * 70])
def test_a_shape_that_is_not_of_the_values(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.zeros(0 if shape[0] == 0 else 6, np.float32)
    (tmp_path / "model.ckpt").write_bytes(changed_shape(values, shape))
    with pytest.raises(MimnetError, match=r"x has \d values, not those of \("):
        Checkpoint(tmp_path / "model.ckpt").read("x")


def test_a_variable_that_is_described_and_not_there(tmp_path: Path) -> None:
    entries = v1_entries({"a": np.ones(2, np.float32), "b": np.ones(2, np.float32), "c": np.ones(2, np.float32)})
    gone = [key for key in entries if b"b" in key or b"c" in key]
    (tmp_path / "model.ckpt").write_bytes(table({key: x for key, x in entries.items() if key not in gone}))
    for name in "bc":
        with pytest.raises(MimnetError, match=f"it holds no values of {name}"):
            Checkpoint(tmp_path / "model.ckpt").read(name)


def test_a_name_of_several_lines_is_refused_in_one(tmp_path: Path) -> None:
    torn = {"a\nb": np.ones(2, np.float32)}
    for file in (write_v1(tmp_path / "old", torn), write_v2(tmp_path / "new", torn)):
        with pytest.raises(MimnetError, match=r"a variable has a name that cannot be printed, 'a\\nb'; get it again$"):
            Checkpoint(file)


def test_values_of_v2_are_checked(tmp_path: Path) -> None:
    file = write_v2(tmp_path / "model.ckpt", WRITTEN)
    data = tmp_path / "model.ckpt.data-00000-of-00001"
    whole = data.read_bytes()
    data.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    with pytest.raises(MimnetError, match=r"data-00000-of-00001 .*: the checksum of a/weights is wrong"):
        Checkpoint(file).read("a/weights")
    np.testing.assert_array_equal(Checkpoint(file).read("d"), WRITTEN["d"])
    data.write_bytes(whole[:100])
    with pytest.raises(MimnetError, match=r"data-00000-of-00001 .*: it is cut short: d is not there"):
        Checkpoint(file).read("d")
    data.unlink()
    with pytest.raises(MimnetError, match=r"cannot read .*data-00000-of-00001: No such file"):
        Checkpoint(file).read("d")


def everything(file: Path) -> dict[str, bytes]:
    read = Checkpoint(file)
    return {name: read.read(name).tobytes() for name in read.shapes}


@pytest.mark.parametrize("name", ["v1.ckpt", "v2.ckpt"])
def test_no_damage_is_missed(tmp_path: Path, name: str) -> None:
    """Every byte of a table is changed, and every cut is made; the file is read as it was, or refused in one line."""
    expected = everything(BY_TENSORFLOW / name)
    for file in BY_TENSORFLOW.glob(f"{name}*"):
        shutil.copy(file, tmp_path)
    file = next(file for file in (tmp_path / f"{name}.index", tmp_path / name) if file.is_file())
    whole = file.read_bytes()
    damaged = [whole[:i] + bytes([x ^ 0x41]) + whole[i + 1 :] for i, x in enumerate(whole)]
    refused = 0
    for content in damaged + [whole[:length] for length in range(0, len(whole), 7)]:
        file.write_bytes(content)
        try:
            assert everything(tmp_path / name) == expected
        except MimnetError:
            refused += 1
    spare = 48 - 8 - 6  # bytes of the footer that mean nothing, with the place of the second index
    assert refused >= len(damaged) - spare


def forged(*, entry: bytes = b"", places: int = 0, index: Callable[[int], bytes] | None = None) -> bytes:
    """A table of one block that says this, with right checksums."""
    data = entry + struct.pack("<I", places) + b"\0"
    data += stored_crc(data)
    place = varint(0) + varint(len(data) - 5)
    at = len(data)
    data += block([(b"z", place)])
    told = varint(0) + varint(0) + (index or varint)(at) + varint(len(data) - at - 5)
    return data + told.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (forged(entry=varint(3) + varint(1) + varint(0) + b"a"), "an entry of a block reaches beyond it"),
        (forged(entry=varint(0) + varint(2**62) + varint(0)), "an entry of a block reaches beyond it"),
        (forged(entry=b"\xff" * 12), "a number is longer than 64 bits"),
        (forged(places=2**32 - 1), "a block has more places to begin at than bytes"),
        (forged(index=lambda at: varint(2**63)), "reaches beyond its end"),
        (table({b"": b"\x0a\xff"}), "a number is cut short"),
        (table({b"": b"\x0a\xff\x01"}), "a message is cut short"),
        (table({b"": b"\x0b"}), "a field of the unknown kind 3"),
    ],
    ids=("shared", "long", "number", "places", "index", "cut number", "cut field", "field"),
)
def test_forged_tables(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "model.ckpt").write_bytes(content)
    with pytest.raises(MimnetError, match=message) as told:
        Checkpoint(tmp_path / "model.ckpt")
    assert "\n" not in str(told.value)
