"""`mimnet figures RUN... --data DIR --out DIR`: the paper's figures made anew, and a page to look through all edits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mimnet.cli.parse import parse


@dataclass(frozen=True)
class Figures:
    """Make the paper's figures and a report: mimnet figures RUN... --data DIR --out DIR.

    A RUN is a run directory, a model file or a model of the package; NAME=RUN names its row, and of several runs of one
    name the first is shown. OUT gets fig5.png to fig8.png, memories.png, strength.png and report.html, one file to look
    through all edits. With the --out of `mimnet evaluate` its pairs, edits and scores are used.
    """

    runs: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    data: Path = tyro.MISSING  # folder of captioned pictures
    out: Path = tyro.MISSING  # folder for figures, report and edits
    split: str = "test"  # which pictures
    seed: int = 0  # of pairs and rows
    rows: int = 6  # pictures in a figure
    limit: int = 0  # pairs in the report, evenly through the split; 0: all
    model: str | None = None  # row that fig7, fig8, memories and strength show (default: the first MIM-Net)
    gallery_picture: Path | None = None  # what memories are painted on (default: a grey flower, or a drawn white one)
    quiet: bool = False  # no progress bar


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Figures, arguments, verb="figures")
    from mimnet.figures.make import Settings, make_figures

    settings = Settings(
        out=form.out,
        split=form.split,
        seed=form.seed,
        rows=form.rows,
        limit=form.limit,
        model=form.model,
        gallery_picture=form.gallery_picture,
    )
    make_figures(form.runs, form.data, settings, tell=lambda text: print(text, flush=True), quiet=form.quiet)
    return 0
