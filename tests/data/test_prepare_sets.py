"""Tests of mimnet data prepare on official layouts: every set, every form of captions, counts that deviate."""

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from official import celeba, cub, deepfashion, oxford102
from official.containers import Files, packed, unpacked
from PIL import Image

from mimnet.cli import main
from mimnet.data.folder import read_split
from mimnet.data.prepare import cub as cub_module
from mimnet.data.prepare.plan import Published

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def prepare(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["data", "prepare", *map(str, arguments), "--quiet"])
        told = capsys.readouterr()
        return int(stopped.value.code or 0), told.out, told.err

    return prepare


def captioned(root: Path, split: str) -> dict[str, tuple[tuple[str, ...], str | None]]:
    rows = read_split(root, split)
    return {row.file.relative_to(root / split).as_posix(): (row.captions, row.kind) for row in rows}


def birds(classes: tuple[str, ...], *, plain: bool = False) -> dict[str, tuple[tuple[str, ...], str | None]]:
    def said(bird: str) -> tuple[str, ...]:
        told = cub.captions_of(bird)
        return tuple(" ".join(cub.plain(c)) for c in told) if plain else told

    return {f"{b}.jpg": (said(b), b.split("/")[0]) for b in cub.birds() if b.split("/")[0] in classes}


CUB_FORMS: dict[str, dict[str, bytes]] = {
    "cvpr2016_cub.tar.gz": cub.text_c10(),
    "cub_icml.tar.gz": cub.icml(),
    "birds.zip": cub.attngan(),
    "birds.zip without text": cub.attngan(text=False),
}


@pytest.mark.parametrize("form", CUB_FORMS)
@pytest.mark.parametrize("kind", ["tgz", "tar", "zip", "folder"])
def test_birds_from_every_archive_and_caption(tmp_path: Path, run: Run, form: str, kind: str) -> None:
    source, out = tmp_path / "downloads", tmp_path / "out"
    source.mkdir()
    for name, files in (("CUB_200_2011.tgz", cub.pictures()), (form, CUB_FORMS[form])):
        if kind == "folder":
            unpacked(files, source / name.split(".")[0])
        else:
            stem = name.split(".")[0]
            (source / f"{stem}.{kind}").write_bytes(packed(files, kind))
    code, told, _ = run("cub", "--source", source, "--out", out)
    assert code == 0
    plain = "without" in form
    assert captioned(out, "train") == birds(cub.TRAIN, plain=plain)
    assert captioned(out, "test") == birds(cub.TEST, plain=plain)
    for name, data in cub.pictures().items():
        if name.endswith(".jpg"):
            written = [*out.glob(f"*/{name.removeprefix('CUB_200_2011/images/')}")]
            assert [file.read_bytes() for file in written] == [data]
    assert "deviation: train has 9 pictures; published are 8,855" in told
    assert "deviation: test has 1 classes; published are 50" in told
    assert {entry.name for entry in out.iterdir()} == {"train", "test", "prepared.json"}


def test_counts_as_published_are_told(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cub_module, "PUBLISHED", Published(9, 3, 3, 1, 10))
    unpacked(cub.pictures() | cub.text_c10(), tmp_path / "in")
    assert "all counts are as published" in run("cub", "--source", tmp_path / "in", "--out", tmp_path / "out")[1]
    note = json.loads((tmp_path / "out/prepared.json").read_text())
    assert note["counts"] == {"train": 9, "test": 3}
    assert note["deviations"] == []


def test_every_deviation_is_printed_and_kept(tmp_path: Path, run: Run) -> None:
    files = cub.pictures() | cub.text_c10()
    first, second, third = (name for name in files if name.endswith(".jpg") and "/images/001." in name)
    files[first] = b"no picture"
    del files[second.replace("CUB_200_2011/images", "cvpr2016_cub/text_c10").replace(".jpg", ".txt")]
    text = third.replace("CUB_200_2011/images", "cvpr2016_cub/text_c10").replace(".jpg", ".txt")
    files[text] = "one\n \n...\ntwo caf\xe9s\n".encode("latin1")
    files["cvpr2016_cub/testclasses.txt"] = b"201.Unknown\n"
    albatross = "001.Black_footed_Albatross/Black_footed_Albatross"
    unpacked(files, tmp_path / "in")
    code, told, _ = run("cub", "--source", tmp_path / "in", "--out", tmp_path / "out")
    assert code == 0
    for line in (
        "train has 7 pictures; published are 8,855",
        f"pictures without captions, left out: 1, such as {albatross}_0002_7012",
        f"pictures without exactly 10 captions: 1, such as {albatross}_0003_7013.jpg with 2",
        "pictures of no listed class, left out: 3, such as 200.",
        f"pictures that cannot be read, left out: 1, such as {albatross}_0001_7011.jpg",
    ):
        assert f"deviation: {line}" in told
        assert any(line in kept for kept in json.loads((tmp_path / "out/prepared.json").read_text())["deviations"])
    assert captioned(tmp_path / "out", "train")[f"{third.split('images/')[1]}"][0] == ("one", "two caf s")
    assert (tmp_path / "out/test/metadata.jsonl").read_text() == ""


def test_a_bird_is_cut_out_as_attngan_does(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    unpacked(cub.text_c10(), source)
    (source / "CUB_200_2011.tgz").write_bytes(packed(cub.pictures(), "tgz"))
    run("cub", "--source", source, "--out", tmp_path / "whole")
    assert run("cub", "--source", source, "--out", tmp_path / "cut", "--crop", "box")[0] == 0
    assert run("cub", "--source", source, "--out", tmp_path / "small", "--crop", "box", "--size", "20")[0] == 0
    bird = cub.birds()[0]
    whole = np.asarray(Image.open(tmp_path / f"whole/train/{bird}.jpg"), dtype=float)
    # half a side int(0.75 x 31) = 23 about (int(51 / 2), int(36 / 2)) = (25, 18), inside of 60 x 40
    cut = np.asarray(Image.open(tmp_path / f"cut/train/{bird}.jpg"), dtype=float)
    assert cut.shape == (40, 46, 3)
    assert np.abs(cut - whole[0:40, 2:48]).mean() < 3
    assert Image.open(tmp_path / f"small/train/{bird}.jpg").size == (23, 20)
    assert captioned(tmp_path / "small", "test") == birds(cub.TEST)


@pytest.mark.parametrize("form", ["text_c10", "icml"])
def test_flowers(tmp_path: Path, run: Run, form: str) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "102flowers.tgz").write_bytes(packed(oxford102.pictures(), "tgz"))
    (source / "imagelabels.mat").write_bytes(oxford102.imagelabels())
    (source / "captions.tar.gz").write_bytes(packed(getattr(oxford102, form)(), "tgz"))
    code, told, _ = run("oxford102", "--source", source, "--out", tmp_path / "out")
    assert code == 0
    pairs = zip(oxford102.flowers(), oxford102.LABELS, strict=True)
    expected = {f"{name}.jpg": (oxford102.captions_of(name), str(label)) for name, label in pairs}
    found = captioned(tmp_path / "out", "train"), captioned(tmp_path / "out", "test")
    assert found[0] | found[1] == expected
    assert {kind for _, kind in found[0].values()} == {"1", "77"}
    assert "another label" not in told
    (source / "imagelabels.mat").write_bytes(oxford102.imagelabels((1, *oxford102.LABELS[1:])))
    assert (
        "deviation: pictures with another label in imagelabels.mat than the folder of their captions: 1"
        in run("oxford102", "--source", source, "--out", tmp_path / "other")[1]
    )


def test_flowers_without_scipy_say_what_was_not_checked(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(
        oxford102.pictures() | oxford102.text_c10() | {"imagelabels.mat": oxford102.imagelabels()}, tmp_path / "in"
    )
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    code, told, _ = run("oxford102", "--source", tmp_path / "in", "--out", tmp_path / "out")
    assert code == 0
    assert "labels: not checked (" in told
    assert "pip install 'mimnet[data]'" in told


def _json(rows: list[dict[str, object]]) -> bytes:
    return json.dumps(rows).encode()


CELEBA_TABLES: dict[str, bytes] = {
    "text_descr_celeba.csv": celeba.csv(),
    "semicolons.csv": celeba.csv().replace(b",", b";", 1).replace(b".jpg,", b".jpg;"),
    "captions.txt": "".join(f"{n}.jpg\t{c}\n" for n, c in celeba.CAPTIONS.items()).encode(),
    "spaces.txt": "".join(f"{n}.jpg {c}\n" for n, c in celeba.CAPTIONS.items()).encode(),
    "uneven.txt": "".join(
        f"{n}.jpg {c}\n" for n, c in [*celeba.CAPTIONS.items(), ("000010", "A man smiles.")]
    ).encode(),
    "results.token": "".join(f"{n}.jpg#0\t{c}\n" for n, c in celeba.CAPTIONS.items()).encode(),
    "numbered.csv": "".join(f'{i},{n},"{c}"\n' for i, (n, c) in enumerate(celeba.CAPTIONS.items())).encode(),
    "unquoted.csv": celeba.csv().replace(b'"', b""),
    "captions.json": json.dumps(celeba.CAPTIONS).encode(),
    "objects.json": _json([{"img_id": 1, "image": f"{n}.jpg", "text": [c]} for n, c in celeba.CAPTIONS.items()]),
    "nested.json": json.dumps(
        {"images": [{"file": f"a/{n}.jpg", "descriptions": [{"text": c}]} for n, c in celeba.CAPTIONS.items()]}
    ).encode(),
    "lines.jsonl": "\n".join(
        json.dumps({"file_name": f"{n}.jpg", "text": c}) for n, c in celeba.CAPTIONS.items()
    ).encode(),
    "captions.pkl": pickle.dumps({f"{n}.jpg": [c] for n, c in celeba.CAPTIONS.items()}, protocol=2),
}


@pytest.mark.parametrize("table", CELEBA_TABLES)
def test_faces_with_every_form_of_table(tmp_path: Path, run: Run, table: str) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "img_align_celeba.zip").write_bytes(packed(celeba.pictures(), "zip"))
    (source / "list_attr_celeba.txt").write_bytes(celeba.attributes())
    (source / table).write_bytes(CELEBA_TABLES[table])
    code, told, error = run("celeba", "--source", source, "--out", tmp_path / "out")
    assert (code, error) == (0, "")
    train, test = captioned(tmp_path / "out", "train"), captioned(tmp_path / "out", "test")
    texts = {name: " ".join(captions) for name, (captions, _) in (train | test).items()}
    assert texts.items() >= {f"{name}.jpg": caption for name, caption in celeba.CAPTIONS.items()}.items()
    assert (len(train), len(test)) == ((8, 2) if table == "uneven.txt" else (7, 2))
    assert f"captions: {source}/{table}" in told


def test_faces_one_text_a_picture_and_the_seed(tmp_path: Path, run: Run) -> None:
    texts = {f"text/{name}.txt": caption.encode() for name, caption in celeba.CAPTIONS.items()}
    unpacked(celeba.pictures() | texts, tmp_path / "in")
    halves = []
    for number, seed in enumerate((0, 0, 1, 2)):
        assert run("celeba", "--source", tmp_path / "in", "--out", tmp_path / f"{number}", "--seed", seed)[0] == 0
        halves.append(captioned(tmp_path / f"{number}", "test").keys())
    assert halves[0] == halves[1]
    assert len({frozenset(half) for half in halves}) > 1


def test_faces_that_are_not_the_aligned_ones_are_told(tmp_path: Path, run: Run) -> None:
    wild = {name.replace("align_", ""): data for name, data in celeba.pictures((90, 60)).items()}
    unpacked(wild | {"captions.csv": celeba.csv()}, tmp_path / "in")
    told = run("celeba", "--source", tmp_path / "in", "--out", tmp_path / "out")[1]
    assert "deviation: img_celeba/000001.jpg has 90x60 pixels; aligned pictures have 178x218" in told
    assert "deviation: there are 10 pictures; published are 202,599" in told
    unpacked(celeba.pictures(), tmp_path / "in")
    told = run("celeba", "--source", tmp_path / "in", "--out", tmp_path / "aligned")[1]
    assert "pixels" not in told


def fashion(source: Path, language: bytes, pictures: Files) -> Path:
    anno = {"Anno/language_original.mat": language, "Eval/ind.mat": deepfashion.index()}
    return unpacked(anno | dict(pictures), source)


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_clothes(tmp_path: Path, run: Run, version: str) -> None:
    language = deepfashion.language() if version == "5" else deepfashion.language73()
    source = fashion(tmp_path / "in", language, deepfashion.pictures())
    assert run("deepfashion", "--source", source, "--out", tmp_path / "out")[0] == 0
    train, test = captioned(tmp_path / "out", "train"), captioned(tmp_path / "out", "test")
    expected = {n.removeprefix("img/"): ((t,), None) for n, t in zip(deepfashion.NAMES, deepfashion.TEXTS, strict=True)}
    assert train | test == expected
    assert (len(train), len(test)) == (8, 2)
    code, told, _ = run("deepfashion", "--source", source, "--out", tmp_path / "index", "--split", "fashiongan")
    assert code == 0
    assert "published are 70,000" in told
    assert captioned(tmp_path / "index", "test").keys() == {*[*expected][8:]}


@pytest.mark.parametrize("turned", [False, True])
def test_clothes_from_the_matrix_stand_upright(tmp_path: Path, run: Run, turned: bool) -> None:
    source = fashion(tmp_path / "in", deepfashion.language(), {})
    deepfashion.write_h5(source / "G2.h5", turned=turned)
    assert run("deepfashion", "--source", source, "--out", tmp_path / "out")[0] == 0
    for number, name in enumerate(deepfashion.NAMES):
        (file,) = tmp_path.glob(f"out/*/{name.removeprefix('img/').replace('.jpg', '.png')}")
        found = np.asarray(Image.open(file), dtype=float).transpose(2, 0, 1) / 255
        np.testing.assert_allclose(found, deepfashion.person(number), atol=0.6 / 255)


def test_an_index_that_does_not_fit_is_told(tmp_path: Path, run: Run) -> None:
    source = fashion(tmp_path / "in", deepfashion.language(), deepfashion.pictures())
    (source / "Eval/ind.mat").write_bytes(deepfashion.index([1, 2, 9]))
    assert (
        "ind.mat does not put each of 10 pictures into exactly one half"
        in run("deepfashion", "--source", source, "--out", tmp_path / "out")[1]
    )


def test_mat_files_without_their_reader_name_the_extra(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = fashion(tmp_path / "in", deepfashion.language(), deepfashion.pictures())
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    code, _, error = run("deepfashion", "--source", source, "--out", tmp_path / "out")
    assert code == 2
    assert "to read it: pip install 'mimnet[data]'" in error
    (source / "Anno/language_original.mat").write_bytes(deepfashion.language73())
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert (
        "to read it: pip install 'mimnet[data]'" in run("deepfashion", "--source", source, "--out", tmp_path / "o")[2]
    )


def test_a_dry_run_writes_nothing(tmp_path: Path, run: Run) -> None:
    unpacked(cub.pictures() | cub.text_c10(), tmp_path / "in")
    code, told, _ = run("cub", "--source", tmp_path / "in", "--out", tmp_path / "out", "--dry-run")
    assert code == 0
    assert "would write 9 + 3 pictures" in told
    assert not (tmp_path / "out").exists()


def test_original_bytes_are_linked_not_copied(tmp_path: Path, run: Run) -> None:
    unpacked(cub.pictures() | cub.text_c10(), tmp_path / "in")
    run("cub", "--source", tmp_path / "in", "--out", tmp_path / "out")
    bird = cub.birds()[0]
    assert (tmp_path / f"out/train/{bird}.jpg").samefile(tmp_path / f"in/CUB_200_2011/images/{bird}.jpg")
