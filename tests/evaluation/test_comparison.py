"""Comparisons: what unedited, real and truly edited pictures must get, seeds, resuming, and errors."""

import csv
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from evaluation_case import Paints, write_judges, write_model
from PIL import Image

from mimnet.cli import main
from mimnet.config import JudgeConfig
from mimnet.data.drawn import write_drawn_set
from mimnet.data.folder import read_split
from mimnet.errors import MimnetError
from mimnet.evaluation import edited, panel, runs, scores
from mimnet.evaluation.comparison import Comparison, Settings, compare
from mimnet.evaluation.pairs import draw_pairs, load_pairs, save_pairs
from mimnet.evaluation.panel import Given
from mimnet.evaluation.rows import Row
from mimnet.evaluation.side_by_side import edited_pairs
from mimnet.evaluation.tables import tables
from mimnet.judges import own
from mimnet.metrics.truth import truth_score

PICTURES = 20


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "set"
    write_drawn_set(out, train=60, test=PICTURES, seed=0, size=32, kinds=("flower",))
    return out


@pytest.fixture(scope="module")
def judges(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIMNET_HOME", str(tmp_path_factory.mktemp("home")))
        return write_judges(drawn, tmp_path_factory.mktemp("judges"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))


def by_painters(monkeypatch: pytest.MonkeyPatch, painters: dict[str, Paints]) -> list[str]:
    """Names for `compare` that load these painters."""
    monkeypatch.setattr(runs, "load_painter", lambda name: painters[str(name)])
    return list(painters)


def row(comparison: Comparison, name: str) -> Row:
    return next(r for r in comparison.rows if r.name == name)


def values(comparison: Comparison, name: str) -> dict[str, float]:
    return {key: figure.value for key, figure in row(comparison, name).figures.items()}


@pytest.mark.slow
def test_bounds_get_what_they_must(drawn: Path, judges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "RELIABLE", 0.0)  # hardly trained, it reads nothing rightly, but always the same
    names = by_painters(monkeypatch, {"blind": Paints("b"), "red": Paints("r", (220, 20, 20))})
    found = compare(names, drawn, Given(judges), Settings(tmp_path), quiet=True)
    assert [r.name for r in found.rows] == ["unchanged", "blind", "red", "true edit", "real image"]
    unchanged, blind, red, true, real = (values(found, r.name) for r in found.rows)
    assert unchanged["diff"] == real["diff"] == blind["diff"] == 0
    assert real["mp"] == pytest.approx(real["sim"])
    assert real["mp_of_means"] == pytest.approx(real["sim"])
    assert blind["mp"] == pytest.approx(unchanged["sim"])  # a model that does nothing scores as nothing done
    for figure in unchanged:
        assert blind[figure] == pytest.approx(unchanged[figure], abs=1e-6), figure
    assert unchanged["inside_relative"] == 1
    assert unchanged["outside"] == 0
    assert unchanged["kept"] == 1  # what the classifier saw before it sees again
    assert true["inside"] == true["inside_relative"] == 0
    assert true["outside"] < 1e-3
    assert red["diff"] > 0.1
    assert red["outside"] > 0.1
    assert red["ssim_outside"] != red["ssim_outside"]  # its map is everywhere: no pixel is outside (NaN)
    assert blind["psnr_outside"] == 100


@pytest.mark.parametrize("size", [20, 32, 48])
def test_true_edits_differ_from_the_pictures_where_the_edit_is_alone_at_any_size(drawn: Path, size: int) -> None:
    split = drawn / "test"
    known = scores.truths_of(split)
    assert known is not None
    pairs = draw_pairs(read_split(drawn, "test"), split, groups=known.groups(split))
    truth, before = known.of(pairs.pairs, size), edited.inputs(pairs, pairs.pairs, size)
    found = [
        truth_score(image=x, edit=t, truth=t, mask=m, weight_map=m)
        for x, t, m in zip(before, truth.pictures, truth.masks, strict=True)
    ]
    counted = [score for score in found if score is not None]
    assert len(counted) > PICTURES // 2
    assert max(score.outside for score in counted) < 1e-3  # drawn at `size` it would be about 0.03
    assert np.mean([score.unchanged for score in counted]) > 0.1


def test_a_picture_that_was_replaced_is_edited_anew(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, given = Settings(tmp_path / "out", splits=2, colours=0), Given(tmp_path, train=False)
    diffs = []
    for shade in (20, 120):
        Image.new("RGB", (32, 32), (shade,) * 3).save(photographs / "test" / "00.png")
        names = by_painters(monkeypatch, {"red": Paints("r", (20, 20, 20))})
        found = compare(names, photographs, given, settings, quiet=True)
        diffs.append(found.scored["red"][0].values["diff"][0])
    assert diffs == pytest.approx([0, 100 / 255])


@pytest.mark.slow
def test_scores_do_not_depend_on_chunks(
    drawn: Path, judges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = str(write_model(tmp_path / "run"))
    one = compare([run], drawn, Given(judges), Settings(tmp_path / "one"), quiet=True)
    monkeypatch.setattr(edited, "CHUNK", 3)
    other = compare([run], drawn, Given(judges), Settings(tmp_path / "other"), quiet=True)
    for a, b in zip(one.rows, other.rows, strict=True):
        for name, figure in a.figures.items():
            assert b.figures[name].value == pytest.approx(figure.value, rel=2e-3, abs=2e-4, nan_ok=True), (a.name, name)


@pytest.mark.slow
def test_several_seeds_are_one_row_and_every_figure_has_its_interval(drawn: Path, judges: Path, tmp_path: Path) -> None:
    for seed in (0, 1):
        write_model(tmp_path / "full" / f"seed-{seed}", seed=seed)
    write_model(tmp_path / "without", seed=0, random_memory=0.0)
    given = [str(tmp_path / name) for name in ("full/seed-0", "full/seed-1", "without")]
    found = compare(given, drawn, Given(judges), Settings(tmp_path / "out"), quiet=True)
    assert [r.name for r in found.rows] == [
        "unchanged", "full (coarse, 16 px)", "full", "without", "true edit", "real image",
    ]  # fmt: skip
    assert row(found, "full").seeds == [0, 1]
    assert row(found, "full").part == "full"
    assert row(found, "without").part == "no L_mem"
    for r in found.rows:
        for name, figure in r.figures.items():
            if np.isfinite(figure.value):
                assert figure.interval is not None, (r.name, name)
                assert figure.interval[0] - 1e-9 <= figure.value <= figure.interval[1] + 1e-9, (r.name, name)
    alone = [
        compare([g], drawn, Given(judges), Settings(tmp_path / "out"), quiet=True).scored["full"] for g in given[:2]
    ]
    assert values(found, "full")["diff"] == pytest.approx(np.mean([a[0].values["diff"].mean() for a in alone]))


def test_a_comparison_that_was_broken_off_goes_on(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edited, "CHUNK", 6)
    slow = Paints("a", (9, 9, 9), fails_after=13)  # two chunks, and the last breaks off (the cost is measured on three)
    names = by_painters(monkeypatch, {"a": slow})
    settings = Settings(tmp_path, splits=2)
    with pytest.raises(KeyboardInterrupt):
        compare(names, drawn, Given(tmp_path, train=False), settings, quiet=True)
    again = Paints("a", (9, 9, 9))
    by_painters(monkeypatch, {"a": again})
    told: list[str] = []
    found = compare(names, drawn, Given(tmp_path, train=False), settings, tell=told.append, quiet=True)
    done = PICTURES - (again.painted - 3)
    assert done in (6, 12)
    assert f"{done} are there already" in told[0]
    assert row(found, "a").n == PICTURES
    third = Paints("a", (9, 9, 9))
    by_painters(monkeypatch, {"a": third})
    repeated = compare(names, drawn, Given(tmp_path, train=False), settings, quiet=True)
    assert third.painted == 0
    assert repeated.to_json() == found.to_json()


def test_pairs_are_a_function_of_the_seed_and_come_from_other_classes(drawn: Path, tmp_path: Path) -> None:
    rows = read_split(drawn, "test")
    first, again, other = (draw_pairs(rows, drawn / "test", seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first.fingerprint != other.fingerprint
    captions = {row.file.name: row.captions for row in rows}
    for pair in first.pairs:
        assert pair.kind != pair.source_kind
        assert pair.own in captions[pair.file]
        assert pair.caption in captions[pair.source]
    save_pairs(tmp_path / "pairs.json", first)
    assert load_pairs(tmp_path / "pairs.json", drawn / "test") == first
    (tmp_path / "pairs.json").write_text("{}")
    with pytest.raises(MimnetError, match="no file of pairs"):
        load_pairs(tmp_path / "pairs.json", drawn / "test")


def test_nobody_is_judged_by_its_own_teacher(drawn: Path, judges: Path, tmp_path: Path) -> None:
    run = write_model(tmp_path / "run", seed=1_000_003)
    with pytest.raises(MimnetError, match="both trained with seed 1000003"):
        compare([str(run)], drawn, Given(judges), Settings(tmp_path / "out"), quiet=True)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Red and blue squares in two classes, captioned so."""
    folder = tmp_path / "photos" / "test"
    folder.mkdir(parents=True)
    lines = []
    for i in range(12):
        name, colour = (("red", (210, 20, 25)), ("blue", (30, 40, 200)))[i % 2]
        Image.new("RGB", (32, 32), colour).save(folder / f"{i:02d}.png")
        lines.append(json.dumps({"file_name": f"{i:02d}.png", "text": f"this flower has {name} petals", "class": name}))
    (folder / "metadata.jsonl").write_text("\n".join(lines))
    return tmp_path / "photos"


def test_colour_following_of_painters_that_are_known(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = by_painters(monkeypatch, {"red": Paints("r", (220, 20, 20)), "blind": Paints("b")})
    given = Given(tmp_path, train=False)
    found = compare(names, photographs, given, Settings(tmp_path / "out", splits=2), quiet=True)
    told = {(r.name, r.colour): r for r in found.colours}
    red, blue, blind = told["red", "red"], told["red", "blue"], told["blind", "red"]
    assert (red.leads, red.leads_unedited, red.leads_real, red.real) == (1, 0.5, 1, 6)
    assert (red.led_inside, red.leads_inside, red.leads_inside_real) == (0.5, 1, 1)  # its map is everywhere
    assert (blind.led_inside, blind.leads_inside) == (0, 0)  # and that of this one nowhere
    assert (red.inside_before, red.inside_after) == (0.5, 1)
    assert red.rise == pytest.approx(0.5)
    assert red.rise_interval[0] <= 0.5 <= red.rise_interval[1]
    assert red.inside_real == 1  # the map that red pictures get is everywhere, and all of it is red
    assert (blue.leads, blue.inside_after, blue.rise) == (0, 0, -0.5)
    assert blind.rise == 0  # its map is nowhere, so no colour is inside
    assert (blind.leads, blind.leads_unedited) == (0.5, 0.5)
    assert told["red", "white"].leads_real is None  # no picture is so captioned
    assert told["red", "white"].inside_real is None
    table = tables(found)[-1]
    assert "rise" in table.head
    lines = list(csv.DictReader(io.StringIO(table.csv())))
    mean = next(line for line in lines if line["row"] == "red" and line["colour"] == "mean")
    assert float(mean["rise"]) == pytest.approx(np.mean([r.rise for r in found.colours if r.name == "red"]))
    again = {"red": Paints("r", (220, 20, 20)), "blind": Paints("b")}
    repeated = compare(
        by_painters(monkeypatch, again), photographs, given, Settings(tmp_path / "out", splits=2), quiet=True
    )
    assert repeated.to_json() == found.to_json()
    assert again["red"].painted == 3  # to measure the cost; the colours are kept


@pytest.mark.slow
def test_the_command_writes_tables_that_can_be_read(
    drawn: Path, judges: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out, file = write_model(tmp_path / "mine"), tmp_path / "out", tmp_path / "table.json"
    command = f"evaluate {run} --data {drawn} --judges {judges} --out {out} --table 1 --json {file} --quiet".split()
    with pytest.raises(SystemExit) as stop:
        main(command)
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    told = json.loads(file.read_text())
    assert {"conventions", "rows"} <= set(told)
    by_name = {r["name"]: r for r in told["rows"]}
    for figure in ("is", "sim", "diff", "mp", "mp_of_means", "r_precision"):
        assert len(by_name["mine"][figure]["interval"]) == 2
    assert by_name["mine"]["n"] == PICTURES
    assert "std" in by_name["mine"]["is"]
    assert set(told["judges"]) == {"is", "sim, mp, r_precision", "fid, kid", "named, kept"}
    for fingerprint in (j["fingerprint"] for j in told["judges"].values()):
        assert fingerprint in printed
    lines = list(csv.DictReader(io.StringIO((out / "table-1.csv").read_text())))
    assert [line["row"] for line in lines] == list(by_name)
    mine = next(line for line in lines if line["row"] == "mine")
    assert mine["paper MP"] == "0.139"  # the full model: "Ours 256"
    assert float(mine["IS low"]) <= float(mine["IS"]) <= float(mine["IS high"])  # numbers, for a program
    assert told["judges"]["is"]["fingerprint"] in mine["judge of IS"]
    assert "never the two columns" in mine["remark on the paper's figures"]
    assert by_name["mine"]["paper"] == {
        "name": "Ours 256", "is": 4.55, "is_std": 0.31, "sim": 0.171, "diff": 0.190, "mp": 0.139,
    }  # fmt: skip
    assert by_name["unchanged"]["paper"] is None
    assert "never the two columns" in told["paper"]["remark"]
    assert "Here: 10 splits of 2 pictures." in printed
    assert "on pictures kept aside: accuracy" in printed
    assert not {"fid", "kid"} & set(by_name["mine"])  # not of the paper's table, and long
    assert "4.55 ± 0.31" in printed
    assert "| mine | 32 |" in (out / "tables.md").read_text()
    assert "never the two columns" in printed
    single = json.loads((out / "pictures.json").read_text())
    assert len(single["pairs"]) == len(single["rows"]["mine"][0]["sim"]) == PICTURES


def test_bad_input_is_one_line_and_exit_2(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], photographs: Path
) -> None:
    run = write_model(tmp_path / "run")
    (tmp_path / "empty").mkdir()
    cases = {
        f"evaluate {tmp_path / 'empty'} --data {drawn}": "no file",
        f"evaluate {run} --data {tmp_path / 'empty'}": "is not a folder",
        f"evaluate {run} --data {drawn} --limit 5": "5 pictures cannot make 10 splits",
        f"evaluate --data {drawn}": "name at least one run",
        f"evaluate {run} {run} --data {drawn}": "the same model twice",
        f"evaluate {run} --data {drawn} --encoders {run}/model.safetensors --no-train-judges": "holds 'mimnet-model-1'",
        f"evaluate {run} --data {drawn} --classifier {tmp_path}/none.onnx --no-train-judges": "none.onnx",
    }
    for command, said in cases.items():
        with pytest.raises(SystemExit) as stop:
            main([*command.split(), "--out", str(tmp_path / "out"), "--quiet"])
        assert stop.value.code == 2, command
        error = capsys.readouterr().err
        assert said in error, command
        assert error.count("\n") == 1, error


def test_other_pairs_in_the_same_folder_are_refused(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = by_painters(monkeypatch, {"b": Paints("b")})
    settings = Settings(tmp_path, splits=2)
    compare(names, drawn, Given(tmp_path, train=False), settings, quiet=True)
    with pytest.raises(MimnetError, match="choose another --out"):
        compare(names, drawn, Given(tmp_path, train=False), dataclasses.replace(settings, seed=1), quiet=True)


def test_a_damaged_score_is_made_again(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = by_painters(monkeypatch, {"b": Paints("b")})
    given, settings = Given(tmp_path, train=False), Settings(tmp_path, splits=2)
    first = compare(names, drawn, given, settings, quiet=True)
    for file in (tmp_path / "scores").rglob("*.npz"):
        file.write_bytes(b"PK not a zip")
    assert compare(names, drawn, given, settings, quiet=True).to_json() == first.to_json()
    assert tables(first)[0].lines
    assert first.rows[0].name == runs.UNCHANGED


def test_side_by_side_every_model_edits_the_same_pictures(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = by_painters(monkeypatch, {"red": Paints("r", (220, 20, 20)), "blind": Paints("b")})
    pairs = edited_pairs(names, drawn, limit=5, seed=3, size=48, quiet=True)
    assert len(pairs) == 5
    for pair in pairs:
        assert pair.picture.shape == (48, 48, 3)
        assert (pair.edits["red"] == (220, 20, 20)).all()
        change = pair.edits["blind"].astype(int) - pair.picture.astype(int)
        assert np.abs(change).mean() < 15  # the same picture, by way of 32 pixels
    again = edited_pairs(names, drawn, limit=5, seed=3, size=48, quiet=True)
    other = edited_pairs(names, drawn, limit=5, seed=4, size=48, quiet=True)
    assert [p.caption for p in again] == [p.caption for p in pairs] != [p.caption for p in other]


def test_judges_that_are_missing_are_trained_first_and_said_so(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = JudgeConfig(size=32, width=16, embedding=16, word_vector=16, steps=2, batch=8)
    monkeypatch.setattr(panel, "default_judge", lambda *, frozen: small)
    names = by_painters(monkeypatch, {"b": Paints("b")})
    told: list[str] = []
    settings = Settings(tmp_path / "out", limit=10, splits=2)
    first = compare(names, drawn, Given(tmp_path / "judges"), settings, tell=told.append, quiet=True)
    assert "judges to train first, 2 steps each" in told[0]
    assert "damsm, classes, attributes, about " in told[0]
    assert told[1].startswith("40 pictures to score by 4 judges, about ")
    assert {"is", "sim", "fid"} <= set(row(first, "b").figures)
    again = compare(names, drawn, Given(tmp_path / "judges"), settings, tell=told.append, quiet=True)
    assert not any("to train first" in line for line in told[2:])
    assert again.to_json() == first.to_json()
