"""`mimnet edit` and `mimnet models`, with a small random model."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.cli import main
from mimnet.recipe import Recipe, read_recipe
from test_editor import SMALL, TEXT, one_thread, photograph, write_model

__all__ = ["one_thread"]  # a fixture, used by every test here


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "model.safetensors"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(photograph(60, 44)).save(tmp_path / "photo.jpg")
    return tmp_path / "photo.jpg"


def edit(*arguments: object) -> int:
    """The exit code of `mimnet edit`."""
    with pytest.raises(SystemExit) as stopped:
        main(["edit", *map(str, arguments)])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def names(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def pixels(file: Path) -> np.ndarray:
    return np.asarray(Image.open(file))


def test_the_result_stands_beside_the_picture(photo: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = photo.read_bytes()
    assert edit(photo, TEXT, "--model", model) == 0
    said = capsys.readouterr()
    assert said.out == f"{photo.with_name('photo.out.png')}\n"
    assert said.err == ""
    assert names(photo.parent) == ["photo.jpg", "photo.out.png"]
    assert photo.read_bytes() == before
    assert pixels(photo.with_name("photo.out.png")).shape == (44, 60, 3)


def test_everything_beside_it(photo: Path, model: str) -> None:
    flags = ("--mask", "--compare", "--stages", "--explain", "--threshold", "0.4")
    assert edit(photo, TEXT, "--model", model, *flags) == 0
    ends = ["coarse.png", "compare.png", "explain.json", "explain.png", "fine.png", "jpg", "mask.png", "out.png"]
    assert names(photo.parent) == [f"photo.{end}" for end in ends]
    mask, result = pixels(photo.with_name("photo.mask.png")), pixels(photo.with_name("photo.out.png"))
    assert mask.shape == (44, 60)
    assert np.array_equal(result[mask == 0], pixels(photo)[mask == 0])
    assert 0 < (mask == 0).sum() < mask.size
    assert pixels(photo.with_name("photo.coarse.png")).shape == (16, 16, 3)
    assert pixels(photo.with_name("photo.fine.png")).shape == (32, 32, 3)
    assert pixels(photo.with_name("photo.compare.png")).shape == (44, 3 * 60 + 12, 3)
    told = json.loads(photo.with_name("photo.explain.json").read_text())
    assert [word["word"] for word in told["words"]] == TEXT.split()


def test_nothing_existing_is_replaced_without_force(
    photo: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = photo.with_name("photo.out.png")
    out.write_text("mine")
    assert edit(photo, TEXT, "--model", model) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert edit(photo, TEXT, "--model", model, "--force") == 0
    first = out.read_bytes()
    assert edit(photo, TEXT, "--model", model, "--force") == 0
    assert out.read_bytes() == first, "the same input gives the same bytes"


@pytest.mark.parametrize("trick", ["photo.jpg", "../{0}/photo.jpg", "link.jpg"])
def test_an_input_is_never_overwritten(photo: Path, model: str, trick: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = photo.read_bytes()
    photo.with_name("link.jpg").symlink_to(photo)
    target = photo.parent / trick.format(photo.parent.name)
    assert edit(photo, TEXT, "--model", model, "--out", target, "--force") == 2
    assert "never overwritten" in capsys.readouterr().err
    assert photo.read_bytes() == before


def test_an_extra_never_overwrites_the_input_either(tmp_path: Path, model: str) -> None:
    Image.fromarray(photograph(20, 20)).save(tmp_path / "a.mask.png")
    arguments = ("--out", tmp_path / "a.png", "--mask", "--force")
    assert edit(tmp_path / "a.mask.png", TEXT, "--model", model, *arguments) == 2
    assert names(tmp_path) == ["a.mask.png"]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_formats_and_the_recipe_in_them(photo: Path, model: str, suffix: str) -> None:
    out = photo.with_name(f"new.{suffix}")
    assert edit(photo, TEXT + ' "café"', "--model", model, "--out", out, "--strength", 1.5) == 0
    recipe = read_recipe(out)
    assert isinstance(recipe, Recipe)
    assert (recipe.text, recipe.strength, recipe.paper) == (TEXT + ' "café"', 1.5, False)
    assert Image.open(out).format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[suffix]
    bare = photo.with_name(f"bare.{suffix}")
    assert edit(photo, TEXT, "--model", model, "--out", bare, "--no-metadata") == 0
    assert read_recipe(bare) is None
    assert b"petals" not in bare.read_bytes()


def test_quality_and_transparency_of_jpeg(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(photograph(64, 64, 4)).save(tmp_path / "a.png")
    for quality in (95, 30):
        arguments = ("--out", tmp_path / f"{quality}.jpg", "--quality", quality)
        assert edit(tmp_path / "a.png", TEXT, "--model", model, *arguments) == 0
    assert (tmp_path / "30.jpg").stat().st_size < (tmp_path / "95.jpg").stat().st_size / 2
    assert "no transparency" in capsys.readouterr().err


def test_paper_writes_the_networks_own_square(photo: Path, model: str) -> None:
    assert edit(photo, TEXT, "--model", model, "--paper", "--stages") == 0
    out = photo.with_name("photo.out.png")
    assert np.array_equal(pixels(out), pixels(photo.with_name("photo.fine.png")))
    recipe = read_recipe(out)
    assert recipe is not None
    assert recipe.paper


def test_words_not_known_are_named(photo: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert edit(photo, "a crimson flower", "--model", model) == 0
    assert "not known to this model: 'crimson'" in capsys.readouterr().err


def test_an_empty_map_is_told_and_the_picture_written(
    photo: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edit(photo, TEXT, "--model", model, "--threshold", 0.999) == 0
    assert "sees nothing to change" in capsys.readouterr().err
    assert np.array_equal(pixels(photo.with_name("photo.out.png")), pixels(photo))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.jpg", TEXT], "gone.jpg: no such file"),
        (["photo.jpg"], "no text"),
        (["photo.jpg", "..."], "has no word"),
        (["photo.jpg", "crimson zebra"], "knows no word"),
        (["photo.jpg", TEXT, "--strength", "3"], "strength is 3.0"),
        (["photo.jpg", TEXT, "--threshold", "1"], "threshold is 1.0"),
        (["photo.jpg", TEXT, "--quality", "0"], "quality is 0"),
        (["photo.jpg", TEXT, "--strength", "much"], "much"),
        (["photo.jpg", TEXT, "--out", "a.bmp"], "suffix"),
        (["photo.jpg", TEXT, "--out", "-", "--mask"], "--mask needs a name"),
        (["photo.jpg", TEXT, "--model", "nowhere"], "nowhere"),
        (["photo.jpg", TEXT, "--model", "photo.jpg"], "safetensors"),
        (["photo.jpg", TEXT, "--texts", "a.csv"], "not both"),
        (["photo.jpg", "--texts", "a.csv"], "for a folder"),
        (["cut.jpg", TEXT], "cut short"),
        (["text.jpg", TEXT], "not a picture"),
        (["empty", TEXT], "no picture in it"),
        (["full", TEXT, "--out", "full"], "never overwritten"),
        (["full", TEXT, "--out", "-"], "name a folder"),
        (["full", TEXT, "--out", "photo.jpg"], "is a file"),
        (["full", "--texts", "lacks.csv"], "no row for 1 pictures: a.png"),
        (["full", "--texts", "bad.jsonl"], "line 1"),
        (["full", "crimson"], "knows no word"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    photo: Path,
    model: str,
    arguments: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(photo.parent)
    Path("cut.jpg").write_bytes(photo.read_bytes()[:700])
    Path("text.jpg").write_text("hello")
    Path("empty").mkdir()
    Path("full").mkdir()
    Image.fromarray(photograph(9, 9)).save("full/a.png")
    Path("lacks.csv").write_text("file_name,text\nb.png,red\n")
    Path("bad.jsonl").write_text("{\n")
    before = names(Path())
    given = [] if "--model" in arguments else ["--model", model]
    assert edit(*arguments, *given) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1, said.err
    assert said.out == ""
    assert names(Path()) == before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "in"
    (root / "deep").mkdir(parents=True)
    for seed, name in enumerate(["a.png", "a.jpg", "deep/b.webp", "c.bmp"]):
        Image.fromarray(photograph(30 + seed, 20)).save(root / name)
    (root / "notes.txt").write_text("no picture")
    return root


def test_a_folder_goes_on_past_a_bad_file(folder: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.jpg").write_bytes((folder / "a.jpg").read_bytes()[:650])
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    assert edit(folder, TEXT + " crimson", "--model", model, "--mask") == 1
    said = capsys.readouterr().err
    assert "4 of 5 pictures" in said
    assert "failed: " in said
    assert "broken.jpg" in said
    assert said.count("'crimson'") == 1, "a text for all is remarked upon once"
    out = folder.with_name("in.out")
    results = ["a.jpg", "a.png", "c.bmp.png", "deep/b.webp"]
    masks = ["a.jpg.mask.png", "a.png.mask.png", "c.mask.png", "deep/b.mask.png"]
    assert names(out) == sorted(results + masks)
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before


def test_finished_files_are_skipped(folder: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out"  # inside the input: results are no inputs of the next call
    assert edit(folder, TEXT, "--model", model, "--out", out) == 0
    first = {name: (out / name).read_bytes() for name in names(out)}
    (out / "a.png").write_text("mine")
    (out / "deep/b.webp").unlink()
    assert edit(folder, TEXT, "--model", model, "--out", out) == 0
    assert "1 of 4 pictures edited" in capsys.readouterr().err
    assert (out / "a.png").read_text() == "mine"
    assert edit(folder, TEXT, "--model", model, "--out", out, "--force") == 0
    assert {name: (out / name).read_bytes() for name in names(out)} == first


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_text_for_each_picture(folder: Path, model: str, kind: str) -> None:
    texts = {"a.png": "red petals", "a.jpg": "blue", "deep/b.webp": 'a flower, "red"', "c.bmp": "a flower"}
    table = folder / f"metadata.{kind}"
    with table.open("w", newline="") as file:
        if kind == "csv":
            csv.writer(file).writerows([("file_name", "text"), *texts.items()])
        else:
            rows = [{"file_name": name, "text": [text, "unused"]} for name, text in texts.items()]
            file.write("\n".join(json.dumps(row) for row in rows) + "\n\n")
    assert edit(folder, "--texts", table, "--model", model) == 0
    for name, text in texts.items():
        recipe = read_recipe(folder.with_name("in.out") / name.replace("bmp", "bmp.png"))
        assert recipe is not None
        assert recipe.text == text


@pytest.mark.slow
def test_pipes(photo: Path, model: str) -> None:
    command = [sys.executable, "-m", "mimnet", "edit", "-", TEXT + " crimson", "--model", model]
    done = subprocess.run(command, input=photo.read_bytes(), capture_output=True, check=True)
    assert b"crimson" in done.stderr
    assert edit(photo, TEXT + " crimson", "--model", model) == 0
    piped = Image.open(io.BytesIO(done.stdout))
    assert np.array_equal(np.asarray(piped), pixels(photo.with_name("photo.out.png")))
    nothing = subprocess.run(command, input=b"", capture_output=True, check=False)
    assert nothing.returncode == 2
    assert nothing.stdout == b""
    assert b"standard input" in nothing.stderr


@pytest.mark.slow
def test_help_does_not_import_torch() -> None:
    code = """
import sys
from mimnet.cli import main
try:
    main(["edit", "--help"])
except SystemExit as stopped:
    assert not stopped.code
assert "torch" not in sys.modules
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "--threshold" in said
    assert "the map" in said


def test_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def models(*arguments: str) -> int:
        with pytest.raises(SystemExit) as stopped:
            main(["models", *arguments])
        assert isinstance(stopped.value.code, int)
        return stopped.value.code

    (tmp_path / "one").mkdir()
    shipped = {"one": write_model(tmp_path / "one" / "model.safetensors", SMALL)}
    monkeypatch.setattr("mimnet.checkpoint.shipped_models", lambda: shipped)
    assert models() == 0
    assert "one" in capsys.readouterr().out
    assert models("--json") == 0
    row = json.loads(capsys.readouterr().out)[0]
    assert (row["name"], row["size"], row["steps"], row["data"]) == ("one", 32, 1, "none")
    sheet = tmp_path / "sheet.png"
    assert models("--sheet", str(sheet)) == 2  # no pictures beside it
    assert not sheet.exists()
    Image.new("RGB", (80, 40), "red").save(tmp_path / "one" / "grid.webp", lossless=True)
    assert models("--sheet", str(sheet)) == 0
    assert Image.open(sheet).getpixel((400, 200)) == (255, 0, 0)
    assert models("--sheet", str(sheet)) == 2  # nothing is overwritten unasked
    assert models("--sheet", str(sheet), "--force") == 0
    assert models("--sheet", str(tmp_path / "sheet.txt")) == 2
    capsys.readouterr()
    shipped["bad"] = tmp_path / "bad"
    shipped["bad"].write_text("x")
    assert models() == 1
    assert "damaged" in capsys.readouterr().out
    shipped.clear()
    assert models() == 0
    assert "no models" in capsys.readouterr().out


def test_a_model_of_boundary_maps_takes_the_map_beside_the_picture_or_a_named_one(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_model(tmp_path / "edges" / "model.safetensors", replace(SMALL, boundary="files"))
    assert edit(photo, TEXT, "--model", model) == 2
    assert "--edges, or beside it as NAME.edges.png" in capsys.readouterr().err
    drawn = np.zeros((44, 60), np.uint8)
    drawn[10:30, 5:25] = 255
    Image.fromarray(drawn).save(tmp_path / "map.png")
    Image.fromarray(drawn[:, ::-1]).save(tmp_path / "photo.edges.png")
    for out, more in (("beside.png", ()), ("named.png", ("--edges", tmp_path / "map.png"))):
        assert edit(photo, TEXT, "--model", model, "--out", tmp_path / out, *more) == 0
    assert not np.array_equal(pixels(tmp_path / "beside.png"), pixels(tmp_path / "named.png"))
    assert edit(photo, TEXT, "--model", model, "--edges", tmp_path / "none.png", "--force") == 2
    assert "none.png: no such file" in capsys.readouterr().err


def test_a_folders_maps_are_no_pictures_of_it(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = write_model(tmp_path / "edges" / "model.safetensors", replace(SMALL, boundary="files"))
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg", "only.edges.png"):  # the last has no picture: it is one
        (folder / name).write_bytes(photo.read_bytes())
    Image.fromarray(np.zeros((44, 60), np.uint8)).save(folder / "a.edges.png")
    assert edit(folder, TEXT, "--model", model) == 1
    assert names(tmp_path / "in.out") == ["a.jpg"]
    said = capsys.readouterr().err
    assert "1 of 3 pictures edited" in said
    assert edit(folder, TEXT, "--model", model, "--edges", folder / "a.edges.png") == 2
    assert "--edges is for one picture" in capsys.readouterr().err
