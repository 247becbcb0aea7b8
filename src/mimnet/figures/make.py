"""All figures and the report of one call of `mimnet figures`."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.checkpoint import Model
from mimnet.data.folder import read_split
from mimnet.errors import MimnetError
from mimnet.evaluation.painter import ModelPainter, Painter
from mimnet.evaluation.runs import read_runs
from mimnet.figures.choice import Choice, choose
from mimnet.figures.comparison import ablations, comparison
from mimnet.figures.gallery import gallery
from mimnet.figures.localization import localization
from mimnet.figures.look import mimnet
from mimnet.figures.neutral import grey_flower, white_scene
from mimnet.figures.report import Report
from mimnet.figures.scored import read_scores
from mimnet.figures.shown import Shown, walk
from mimnet.figures.stages import stages
from mimnet.figures.strength import strength
from mimnet.files import write_whole
from mimnet.images import open_picture, to_array

DPI = 200
SWEEPS = 4  # pairs of the strength figure at most


@dataclass(frozen=True)
class Settings:
    """What the figures are made of, beside runs and data."""

    out: Path
    split: str = "test"
    seed: int = 0
    rows: int = 6  # of a figure
    limit: int = 0  # pairs of the report; 0: all
    model: str | None = None  # row that the figures of one model show
    gallery_picture: Path | None = None

    def check(self) -> None:
        """Raise `MimnetError` for what cannot be made."""
        for name, least in (("rows", 1), ("limit", 0), ("seed", 0)):
            value = getattr(self, name)
            if value < least:
                raise MimnetError(f"{name} is {value}; it must be {least} or more")
        if self.out.exists() and not self.out.is_dir():
            raise MimnetError(f"{self.out} is a file; name a folder with --out")


def make_figures(
    names: Sequence[str], data: Path, settings: Settings, *, tell: Callable[[str], None], quiet: bool = False
) -> None:
    """Write everything into `settings.out`, and `tell` a line of each file, or why there is none.

    Of several seeds of a row the first is shown. Raises `MimnetError` for a run without a model, data without captions,
    settings out of range.
    """
    settings.check()
    painters = {name: runs[0].painter for name, runs in read_runs(names).items()}
    single = _single(painters, settings.model)
    shape = None if settings.gallery_picture is None else open_picture(settings.gallery_picture)
    captions = [caption for row in read_split(data, settings.split) for caption in row.captions]
    choice = choose(
        data,
        settings.split,
        settings.out,
        list(painters.values()),
        seed=settings.seed,
        limit=settings.limit,
        rows=settings.rows,
    )
    scores = read_scores(settings.out, painters)
    source = f"{data.resolve().name}/{settings.split}"
    remark = f"{len(choice.shown)} pictures of {source}, {choice.remark} (seed {settings.seed})"
    tell(remark)
    remarks = [f"{remark[0].upper()}{remark[1:]}.", scores.remark]
    report = Report(painters, scores, title=f"Edits of {source}", remarks=remarks)
    rows: list[Shown] = []
    for shown in walk(painters, choice.pairs, choice.shown, store=settings.out, quiet=quiet):
        report.add(shown)
        if shown.place in choice.rows:
            rows.append(shown)
    for name, made in _figures(painters, single, rows, choice, captions, shape):
        if isinstance(made, str):
            tell(f"no {name}: {made}")
            continue
        size = write_figure(settings.out / name, made)
        tell(f"wrote {settings.out / name}: {made.width}x{made.height}, {size / 1000:,.0f} kB")
    page = report.page()
    write_whole(settings.out / "report.html", page)
    size = len(page.encode())
    tell(
        f"wrote {settings.out / 'report.html'}: {len(report.cards)} pairs x {len(painters)} models, "
        f"{size / 1e6:,.1f} MB; {scores.remark}"
    )


def write_figure(path: Path, picture: Image.Image) -> int:
    """Write a PNG, whole or not at all; its size in bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True, dpi=(DPI, DPI))
    write_whole(path, buffer.getvalue())
    return len(buffer.getvalue())


def _figures(
    painters: Mapping[str, Painter],
    single: tuple[str, Model] | None,
    rows: Sequence[Shown],
    choice: Choice,
    captions: Sequence[str],
    shape: Image.Image | None,
) -> Iterator[tuple[str, Image.Image | str]]:
    """Name of a file, and the figure or why there is none."""
    yield "fig5.png", comparison(rows, {name: name for name in painters})
    titles = ablations(painters)
    parts = {painters[name].part for name in titles}
    yield "fig6.png", comparison(rows, titles) if len(parts) > 1 else "fewer than two of the paper's ablations"
    if single is None:
        for name in ("fig7.png", "fig8.png", "memories.png", "strength.png"):
            yield name, "none of the models is a MIM-Net"
        return
    name, model = single
    yield "fig7.png", localization(model, choice.pairs, choice.rows)
    yield "fig8.png", stages(model, choice.pairs, choice.rows)
    if mimnet(model)[1].memory:
        yield "memories.png", gallery(model, _shape(shape, model.config.size, drawn=choice.drawn), captions)
    else:
        yield "memories.png", f"{name} has no memory (an ablation); choose another row with --model"
    try:
        yield "strength.png", strength(model, choice.pairs, choice.rows[:SWEEPS])
    except MimnetError as error:
        yield "strength.png", str(error)


def _shape(given: Image.Image | None, size: int, *, drawn: bool) -> NDArray[np.uint8]:
    if given is not None:
        return to_array(given, size)
    return white_scene(size) if drawn else grey_flower(size)


def _single(painters: Mapping[str, Painter], name: str | None) -> tuple[str, Model] | None:
    """The row whose model is shown on its own: the one named, else the first MIM-Net."""
    if name is None:
        return next(((n, model) for n, p in painters.items() if (model := _mimnet(p)) is not None), None)
    if name not in painters:
        raise MimnetError(f"no row {name!r}; rows are: {', '.join(painters)}")
    model = _mimnet(painters[name])
    if model is None:
        raise MimnetError(f"the row {name!r} is no MIM-Net; fig7, fig8, memories and strength need one")
    return name, model


def _mimnet(painter: Painter) -> Model | None:
    return painter.model if isinstance(painter, ModelPainter) and painter.model.family == "mimnet" else None
