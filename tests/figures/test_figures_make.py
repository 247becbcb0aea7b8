"""The verb as a whole: every file with its columns, a line for each, and refusals."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from figures_case import LOSSES, drawn_set, saved, tiny_model
from PIL import Image

from mimnet.cli.figures import run
from mimnet.errors import MimnetError


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_set(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("runs")
    made = {name: tiny_model(loss=loss, seed=n) for n, (name, loss) in enumerate(LOSSES.items(), 1)}
    made["plain"] = tiny_model(seed=9, memory=False)
    return {name: str(saved(folder / name, model)) for name, model in made.items()}


def width(path: Path) -> float:
    """In cells of 192 pixels with 8 between them."""
    with Image.open(path) as opened:
        return (opened.width - 8) / 200


def test_all_figures_of_four_models(data: Path, runs: dict[str, str], tmp_path: Path, capsys: object) -> None:
    out = tmp_path / "out"
    arguments = [*runs.values(), "--data", str(data), "--out", str(out), "--rows", "2", "--limit", "5", "--quiet"]
    assert run(arguments) == 0
    said = capsys.readouterr().out.splitlines()  # type: ignore[attr-defined]
    files = ["fig5.png", "fig6.png", "fig7.png", "fig8.png", "memories.png", "strength.png", "report.html"]
    assert [line.split(":")[0].split("/")[-1] for line in said[1:]] == files
    assert len(said) == 1 + len(files)
    assert width(out / "fig5.png") == width(out / "fig6.png") == 2 + 4
    assert width(out / "fig7.png") == 5
    assert width(out / "fig8.png") == 5 + tiny_model().config.paste
    assert width(out / "memories.png") == 9  # 17 cells in two rows
    assert width(out / "strength.png") == 6
    assert not list(out.glob(".*"))
    before = {file: (out / file).read_bytes() for file in files}
    assert run(arguments) == 0  # the same call gives the same bytes
    assert {file: (out / file).read_bytes() for file in files} == before


def test_columns_of_figure_6_stand_in_the_papers_order(runs: dict[str, str]) -> None:
    from mimnet.evaluation.painter import load_painter
    from mimnet.figures.comparison import ablations

    painters = {name: load_painter(path) for name, path in runs.items()}
    titles = ablations(painters)
    assert list(titles) == ["plain", "no-pgt-no-lmem", "no-lmem", "full"]
    assert titles["plain"] == "plain\nno memory"
    assert titles["no-lmem"] == "no-lmem"


def test_two_models_of_one_kind_are_no_ablation(
    data: Path, runs: dict[str, str], tmp_path: Path, capsys: object
) -> None:
    twin = saved(tmp_path / "twin", tiny_model(loss=LOSSES["full"], seed=8))
    arguments = [runs["full"], str(twin), "--data", str(data), "--out", str(tmp_path), "--rows", "1", "--limit", "1"]
    assert run([*arguments, "--quiet"]) == 0
    assert "no fig6.png: fewer than two" in capsys.readouterr().out  # type: ignore[attr-defined]


def test_what_cannot_be_made_is_said(data: Path, runs: dict[str, str], tmp_path: Path, capsys: object) -> None:
    out = tmp_path / "out"
    assert run([runs["plain"], "--data", str(data), "--out", str(out), "--rows", "1", "--limit", "2", "--quiet"]) == 0
    said = capsys.readouterr().out  # type: ignore[attr-defined]
    assert "no fig6.png: fewer than two" in said
    assert "no memories.png: plain has no memory" in said
    assert not (out / "memories.png").exists()
    assert (out / "fig7.png").is_file()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--rows", "0"], "rows is 0"),
        (["--limit", "-1"], "limit is -1"),
        (["--model", "other"], "no row 'other'; rows are: full"),
        (["--split", "elsewhere"], "elsewhere is not a folder"),
        (["--gallery-picture", "nowhere.png"], "nowhere.png: no such file"),
        (["--rows", "many"], "rows"),
    ],
)
def test_bad_input_is_one_line(more: list[str], message: str, data: Path, runs: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=message) as raised:
        run([runs["full"], "--data", str(data), "--out", str(tmp_path / "out"), "--quiet", *more])
    assert "\n" not in str(raised.value)


def test_a_picture_of_ones_own_for_the_gallery(data: Path, runs: dict[str, str], tmp_path: Path) -> None:
    Image.new("L", (50, 40), 200).save(tmp_path / "mine.png")
    arguments = [runs["full"], "--data", str(data), "--out", str(tmp_path), "--rows", "1", "--limit", "1", "--quiet"]
    assert run([*arguments, "--gallery-picture", str(tmp_path / "mine.png")]) == 0
    with Image.open(tmp_path / "memories.png") as opened:
        assert opened.convert("RGB").getpixel((60, 90)) == (200, 200, 200)
