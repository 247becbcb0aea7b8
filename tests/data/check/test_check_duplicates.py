"""Tests of pictures that show the same: every way of copying found, different pictures never joined, leaks told."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from check_case import Case, encoded, flower, found, names
from PIL import Image, ImageOps

from mimnet.data.check.alike import fit
from mimnet.data.check.duplicates import find_groups
from mimnet.data.check.pictures import look_at
from mimnet.data.check.signs import RADIUS, Apart, Signs, fitting_radius, pairs_within, signs

PICTURES = 12
OTHERS = 20


def cut(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = picture.size
    return picture.crop(
        (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    )


COPIES: dict[str, tuple[str, Callable[[Image.Image], bytes]]] = {
    "as it is": ("copy", encoded),
    "another format": ("near", lambda p: encoded(p, "BMP")),
    "JPEG": ("near", lambda p: encoded(p, "JPEG", quality=70)),
    "WebP": ("near", lambda p: encoded(p, "WEBP", quality=60)),
    "half the size": ("near", lambda p: encoded(p.resize((64, 64)))),
    "twice the size": ("near", lambda p: encoded(p.resize((256, 256)), "JPEG", quality=80)),
    "another shape": ("near", lambda p: encoded(p.resize((128, 90)))),
    "mirrored": ("mirrored", lambda p: encoded(ImageOps.mirror(p))),
    "mirrored JPEG": ("mirrored", lambda p: encoded(ImageOps.mirror(p), "JPEG", quality=70)),
    "cropped all round": ("near", lambda p: encoded(cut(p, 0.03, 0.03, 0.03, 0.03))),
    "cropped at a corner": ("near", lambda p: encoded(cut(p, 0.04, 0.04, 0, 0))),
    "cropped and mirrored": ("mirrored", lambda p: encoded(ImageOps.mirror(cut(p, 0.04, 0, 0, 0.02)))),
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("order", ["original first", "copy first"])
def test_every_way_of_copying_is_found(tmp_path: Path, way: str, order: str) -> None:
    how, copied = COPIES[way]
    originals, copies = [tmp_path / f"{i}.png" for i in range(OTHERS)], [tmp_path / f"c{i}" for i in range(PICTURES)]
    for i, file in enumerate(originals):
        file.write_bytes(encoded(flower(i, 128)))
    for i, file in enumerate(copies):
        file.write_bytes(copied(flower(i, 128)))
    files = originals + copies if order == "original first" else copies + originals
    groups = find_groups(look_at(files, quiet=True), quiet=True)
    place = {file: k for k, file in enumerate(files)}
    planted = [tuple(sorted((place[originals[i]], place[copies[i]]))) for i in range(PICTURES)]
    assert list(groups.members) == sorted(planted)
    assert {link.how for link in groups.links} == {how}


@pytest.mark.slow
def test_five_hundred_different_flowers_are_different(tmp_path: Path) -> None:
    files = [tmp_path / f"{i}.png" for i in range(500)]
    for i, file in enumerate(files):
        file.write_bytes(encoded(flower(1000 + i, 32)))
    assert find_groups(look_at(files, quiet=True), quiet=True).members == ()


def test_the_same_thing_in_another_colour_is_another_picture(tmp_path: Path) -> None:
    pixels = np.asarray(flower(3, 128))
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    Image.fromarray(pixels).save(files[0])
    swapped = pixels[..., [2, 1, 0]].astype(np.float32)  # and as light as before
    light, was = (x @ np.array([0.299, 0.587, 0.114]) for x in (swapped, pixels))
    Image.fromarray(np.clip(swapped + (was - light)[..., None], 0, 255).astype(np.uint8)).save(files[1])
    assert find_groups(look_at(files, quiet=True), quiet=True).members == ()


def test_flat_and_unreadable_pictures_are_joined_byte_for_byte_alone(tmp_path: Path) -> None:
    contents = [Image.new("RGB", (40, 40), c) for c in ("white", "white", "#fefefe")]
    files = [tmp_path / f"{i}" for i in range(5)]
    for file, data in zip(files, [*map(encoded, contents), b"broken", b"broken"], strict=True):
        file.write_bytes(data)
    assert find_groups(look_at(files, quiet=True), quiet=True).members == ((0, 1),)


def test_leaks_and_copies_are_told_apart(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "again.png", flower(0), kind="seen 0")
    case.add("test", "leaked.png", flower(1), kind="seen 1")
    case.add("test", "mirrored.jpg", encoded(ImageOps.mirror(flower(2)), "JPEG", quality=90), kind="seen 2")
    case.add("test", "tested.png", flower(24), kind="new 0")
    report = case.check()
    assert {(f.code, f.split) for f in report.findings} == {("leak", "test"), ("copies", "train"), ("copies", "test")}
    leak = found(report, "leak", "test")
    assert names(leak) == ["leaked.png", "mirrored.jpg"]
    assert (leak.count, leak.of) == (2, 9)
    assert "also in train, 1 of them byte for byte" in leak.said
    assert names(found(report, "copies", "train")) == ["again.png"]
    assert names(found(report, "copies", "test")) == ["tested.png"]
    assert report.failed
    assert report.findings[0].level == "leak"


def test_copies_alone_do_not_fail(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "again.png", flower(0), kind="seen 0")
    assert not case.check().failed


def test_copies_of_two_classes_are_told(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.add("train", "again.png", flower(0), kind="seen 1")
    case.add("train", "right.png", flower(1), kind="seen 1")
    torn = found(case.check(), "copies-of-two-classes")
    assert names(torn) == ["000.png", "again.png"]
    assert (torn.count, torn.of) == (1, 2)


def random_signs(n: int, *, near: int = 40) -> Signs:
    draw = np.random.default_rng(0)
    even, odd = draw.integers(0, 2**32, (2, n), dtype=np.uint32)
    for k in range(0, n - 1, near):  # every so many a copy with some signs turned
        even[k + 1] = even[k] ^ np.uint32(0b1011)
        odd[k + 1] = (odd[k] ^ np.uint32(0b100)) if k % (2 * near) else ~odd[k]
    return Signs(np.zeros((n, 64), np.float32), even, odd)


def test_the_search_finds_what_comparing_all_pairs_finds() -> None:
    of = random_signs(300)
    for radius in (0, 4, 18, 20):
        expected = set()
        for i, j in itertools.combinations(range(300), 2):
            even = int(of.even[i] ^ of.even[j]).bit_count()
            odd = int(of.odd[i] ^ of.odd[j]).bit_count()
            if even + min(odd, 32 - odd) <= radius:
                expected.add((i, j))
        assert {
            pair for _, i, j in pairs_within(of, radius) for pair in zip(i.tolist(), j.tolist(), strict=True)
        } == expected
        assert len(expected) > 0 or radius == 0


def test_signs_of_a_mirrored_picture_differ_in_all_odd_frequencies_alone() -> None:
    grey = np.stack([np.asarray(flower(i).convert("L").resize((32, 32))) for i in range(5)])
    of, mirrored = signs(grey), signs(np.ascontiguousarray(grey[:, :, ::-1]))
    assert np.bitwise_count(of.even ^ mirrored.even).max() <= 1  # rounding near zero
    assert np.bitwise_count(of.odd ^ mirrored.odd).min() >= 31
    assert np.diag(Apart(5, 5)(of, mirrored)).max() <= 1


def test_signs_are_those_of_the_cosine_transform() -> None:
    dct = pytest.importorskip("scipy.fft")
    grey = np.asarray(flower(8).convert("L").resize((32, 32)))[None]
    spectrum = dct.dctn(grey[0].astype(np.float64))
    coefficients = signs(grey).coefficients[0]
    assert np.sign(coefficients[0]) in (np.sign(spectrum[1, 0]), np.sign(spectrum[0, 2]))
    values = sorted(np.abs(coefficients) / np.abs(coefficients).max())
    lowest = sorted((v, h) for v in range(12) for h in range(12) if v + h > 0)
    for parity, half in ((0, coefficients[:32]), (1, coefficients[32:])):
        places = sorted((p for p in lowest if p[1] % 2 == parity), key=lambda p: (p[0] ** 2 + p[1] ** 2, p))[:32]
        assert all(np.sign(c) == np.sign(spectrum[p]) for c, p in zip(half, places, strict=True))
    assert values[-1] == 1


def test_pictures_that_are_all_alike_narrow_the_search() -> None:
    alike = Signs(np.zeros((400, 64), np.float32), *(np.zeros(400, np.uint32) for _ in range(2)))
    assert fitting_radius(alike) == 0  # 79,800 pairs, and 50 for each picture are 20,000
    assert fitting_radius(random_signs(400), most=1000) == RADIUS


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_cropped_picture_is_laid_where_it_was_cut_out(mirrored: bool) -> None:
    picture = flower(5, 128)
    part = cut(picture, 0.06, 0.02, 0.0, 0.04)
    a, b = (
        np.asarray(x.convert("L").resize((32, 32), Image.Resampling.LANCZOS), np.float32)[None] for x in (picture, part)
    )
    if mirrored:
        a, b = a[:, :, ::-1], b[:, :, ::-1]
    moved = fit(a, b)
    assert moved.correlation[0] > 0.97
    assert moved.stretch[0] == pytest.approx([-0.06, -0.06], abs=0.02)
    assert moved.shift[0] == pytest.approx([-0.03 if mirrored else 0.03, -0.01], abs=0.01)
