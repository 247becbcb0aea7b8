"""What is wrong is told in one line before anything long is done, and what has no judge has no column."""

import dataclasses
import json
from pathlib import Path

import pytest
from evaluation_case import Paints, write_model
from PIL import Image

from mimnet.cli import main
from mimnet.data.drawn import write_drawn_set
from mimnet.data.folder import read_split
from mimnet.errors import MimnetError
from mimnet.evaluation import panel, runs
from mimnet.evaluation.comparison import Settings, compare
from mimnet.evaluation.pairs import draw_pairs, load_pairs, save_pairs
from mimnet.evaluation.panel import Given, missing_judges
from mimnet.evaluation.runs import read_runs
from mimnet.evaluation.tables import tables
from mimnet.judges.stackgan import StackGanInception
from mimnet.metrics import frechet
from mimnet.nn.inception import InceptionV3


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "set"
    write_drawn_set(out, train=20, test=12, seed=0, size=32, kinds=("flower",))
    return out


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))


def pictures(folder: Path, kinds: list[str | None]) -> Path:
    """Captioned pictures of these classes."""
    folder.mkdir(parents=True)
    lines = []
    for i, kind in enumerate(kinds):
        Image.new("RGB", (32, 32), (20 * i, 90, 200)).save(folder / f"{i}.png")
        told = {"file_name": f"{i}.png", "text": f"a flower number {i}"}
        lines.append(json.dumps(told if kind is None else told | {"class": kind}))
    (folder / "metadata.jsonl").write_text("\n".join(lines))
    return folder.parent


def said(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a command that ends with 2."""
    with pytest.raises(SystemExit) as stop:
        main(command)
    error = capsys.readouterr().err
    assert stop.value.code == 2, error
    assert error.count("\n") == 1, error
    return error


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--seed", "-1"], "seed is -1"),
        (["--limit", "-5"], "limit is -5"),
        (["--splits", "0"], "splits is 0"),
        (["--colours", "-1"], "colours is -1"),
        (["--size", "5"], "size is 5; it goes from 17"),
        (["--size", "-5"], "size is -5"),
        (["--sentence", "red petals"], "has no {} where the colour goes"),
    ],
)
def test_settings_out_of_range(
    more: list[str], message: str, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["evaluate", "flowers", "--data", str(drawn), "--out", str(tmp_path / "out"), "--quiet"]
    assert message in said([*given, *more], capsys)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    given = ["evaluate", "flowers", "--data", str(drawn), "--quiet"]
    out = tmp_path / "out"
    assert "is a folder" in said([*given, "--out", str(out), "--json", str(tmp_path)], capsys)
    assert "cannot write" in said([*given, "--out", str(out), "--json", str(file / "table.json")], capsys)
    assert "is a file; name a folder" in said([*given, "--out", str(file)], capsys)
    assert not out.exists()


def test_files_of_tensorflow_that_are_no_whole_checkpoint_are_told_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "birds_valid299"
    folder.mkdir()
    names = ("model.ckpt", "model.ckpt.index", "model.ckpt.meta", "model.ckpt.data-00000-of-00001")
    for name in (*names, "graph.pb"):
        (folder / name).write_bytes(b"\0")
    for path, message in (
        (folder, r"is a folder; name the checkpoint in it: model\.ckpt$"),
        (folder / "graph.pb", r"is a graph of TensorFlow: give StackGAN's checkpoint .*tf2onnx"),
        *((folder / name, "is not a whole TensorFlow checkpoint") for name in names),
    ):
        with pytest.raises(MimnetError, match=message) as error:
            panel.panel(Given(tmp_path, classifier=path), tmp_path, [], drawn=False)
        assert "\n" not in str(error.value)


def test_a_wrong_file_is_told_before_a_judge_is_trained(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trained(*_: object, **__: object) -> None:
        pytest.fail("a judge was trained first")

    monkeypatch.setattr(panel, "train_judge", trained)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(b"\0" * 40)
    rows = read_split(drawn, "train")
    for given in (Given(tmp_path / "judges", classifier=cut), Given(tmp_path / "judges", lpips=cut)):
        with pytest.raises(MimnetError):
            panel.panel(given, drawn, rows, drawn=True)


def test_runs_are_told_apart(tmp_path: Path) -> None:
    one, two = write_model(tmp_path / "a" / "m", seed=0), write_model(tmp_path / "b" / "m", seed=1)
    plain = write_model(tmp_path / "plain", seed=2, memory=False)
    with pytest.raises(MimnetError, match="both called 'm'; name runs NAME=PATH"):
        read_runs([str(one), str(two)])
    assert [len(x) for x in read_runs([f"m={one}", f"m={two}"]).values()] == [2]
    with pytest.raises(MimnetError, match="mixes models"):
        read_runs([f"m={one}", f"m={plain}"])
    with pytest.raises(MimnetError, match="'real image' is a row that every comparison has"):
        read_runs([f"real image={one}"])
    for text in ("=flowers", "full="):
        with pytest.raises(MimnetError, match="no NAME=RUN"):
            read_runs([text])
    assert list(read_runs([str(write_model(tmp_path / "lr=0.1", seed=3))])) == ["lr=0.1"]


def test_pairs_that_are_no_text_are_refused(drawn: Path, tmp_path: Path) -> None:
    file = tmp_path / "pairs.json"
    save_pairs(file, draw_pairs(read_split(drawn, "test"), drawn / "test"))
    told = json.loads(file.read_text())
    told["pairs"][0]["file"] = 5
    file.write_text(json.dumps(told))
    with pytest.raises(MimnetError, match="is no file of pairs"):
        load_pairs(file, drawn / "test")


def test_few_pictures_need_no_splits_where_nobody_scores_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pictures(tmp_path / "few" / "test", [None] * 4)
    monkeypatch.setattr(runs, "load_painter", lambda name: Paints(str(name)))
    found = compare(["a"], data, Given(tmp_path, train=False), Settings(tmp_path / "out", colours=0), quiet=True)
    assert "is" not in found.rows[0].figures
    assert "captions from other pictures" in found.conventions()["pictures"]
    judge = StackGanInception(InceptionV3(classes=21, variant="slim"))
    judged = dataclasses.replace(found, judges=dataclasses.replace(found.judges, classifier=judge))
    assert judged.conventions()["IS"] == f"{found.conventions()['IS']} {judge.convention}"


def test_a_classifier_is_not_trained_where_some_pictures_have_no_class(tmp_path: Path) -> None:
    some = read_split(pictures(tmp_path / "some" / "train", ["rose", None, "lily"]), "train")
    every = read_split(pictures(tmp_path / "every" / "train", ["rose", "lily"]), "train")
    assert missing_judges(Given(tmp_path), some, drawn=False) == ["damsm"]
    assert missing_judges(Given(tmp_path), every, drawn=False) == ["damsm", "classes"]


def test_without_torchmetrics_its_columns_are_missing_and_said_so(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mimnet.evaluation import scores

    monkeypatch.setattr(frechet, "available", lambda: False)
    monkeypatch.setattr(scores, "torchmetrics_available", lambda: False)
    monkeypatch.setattr(runs, "load_painter", lambda name: Paints(str(name)))
    found = compare(["a"], drawn, Given(tmp_path, train=False), Settings(tmp_path / "out"), quiet=True)
    further = tables(found)[1]
    assert "psnr_outside" in found.rows[1].figures
    assert not {"fid", "kid", "ssim_outside"} & set(found.rows[1].figures)
    assert "need torchmetrics" in further.text()


def test_ctrl_c_says_that_the_command_goes_on(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runs, "load_painter", lambda name: Paints(str(name), fails_after=3))
    given = ["evaluate", "a", "--data", str(drawn), "--out", str(tmp_path), "--no-train-judges", "--quiet"]
    with pytest.raises(SystemExit) as stop:
        main(given)
    assert stop.value.code == 130
    assert "the same command goes on" in capsys.readouterr().err
