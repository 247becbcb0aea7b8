"""mimnet study: the paper's human study, as a page to grade edits on and a reader of the answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import FlagCreatePairsOff, Positional, arg

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError

HELP = "\n".join(
    [
        "usage: mimnet study make RUN... --data DIR --out DIR [OPTIONS]",
        "       mimnet study read FILE... [--key FILE] [OPTIONS]",
        "",
        "  make      write study.html, to be given to raters, and study.key.json, to be kept back",
        "  read      the table of the answers that raters sent back",
    ]
)
PAGE, KEY = "study.html", "study.key.json"
Flag = Annotated[bool, FlagCreatePairsOff]


@dataclass(frozen=True)
class Make:
    """Write a page on which people grade the edits of models that they cannot tell apart by name.

    OUT/study.html is one file, works from a disk or any web server and sends nothing; raters save their answers and
    hand them over. OUT/study.key.json tells which model is which: keep it back, `mimnet study read` needs it.
    """

    # models in the package, model files or run directories
    runs: Annotated[Positional[tuple[str, ...]], arg(metavar="RUN")]
    data: Path  # folder of captioned pictures
    out: Path  # folder to write into
    pairs: int = 30  # pairs of picture and caption
    split: str = "test"  # part of the data
    seed: int = 0  # which pairs, and the ids that stand for the models
    size: int | None = None  # side of the pictures in pixels; else the largest model's
    title: str = "Grade edited pictures"  # heading of the page
    force: Flag = False  # replace a study that exists; answers to the old one can then no longer be read
    quiet: Flag = False  # no progress bar


@dataclass(frozen=True)
class Read:
    """Print the table of a study: mean ± std as in the paper's Table 2, intervals, differences, agreement."""

    # answers that raters saved
    files: Annotated[Positional[tuple[Path, ...]], arg(metavar="FILE")]
    key: Path | None = None  # study.key.json; else the one beside the first FILE
    json: Path | None = None  # write all figures into this file
    markdown: Path | None = None  # write the table into this file
    seed: int = 0  # of resampled raters and flipped signs


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    given = list(arguments)
    if given and given[0] in ("-h", "--help"):
        print(HELP)
        return 0
    if not given or given[0] not in ("make", "read"):
        raise MimnetError(f"mimnet study has the verbs make and read; got {given[0] if given else 'nothing'!r}")
    return _make(given[1:]) if given[0] == "make" else _read(given[1:])


def _make(arguments: Sequence[str]) -> int:
    form = parse(Make, arguments, verb="study make")
    if not form.runs:
        raise MimnetError("no RUN; name the models whose edits shall be graded (mimnet study make --help)")
    if form.pairs < 1:
        raise MimnetError(f"pairs is {form.pairs}; a study needs at least one")
    if form.seed < 0:
        raise MimnetError(f"seed is {form.seed}; it is 0 or more")
    if form.size is not None and not 16 <= form.size <= 4096:
        raise MimnetError(f"size is {form.size}; it goes from 16 to 4096, or leave it out for the largest model's")
    if form.out.exists() and not form.out.is_dir():
        raise MimnetError(f"{form.out} is a file; name a folder with --out")
    page, key = form.out / PAGE, form.out / KEY
    if not form.force:
        for file in (page, key):
            if file.exists():
                raise MimnetError(f"{file} exists; name another folder, or replace the study with --force")

    from mimnet.evaluation.side_by_side import edited_pairs
    from mimnet.files import whole_file
    from mimnet.study.page import StudyItem, study_page

    pairs = edited_pairs(
        form.runs,
        form.data,
        split=form.split,
        limit=form.pairs,
        seed=form.seed,
        size=form.size,
        out=None,
        quiet=form.quiet,
    )
    items = [StudyItem(pair.caption, pair.picture, pair.edits) for pair in pairs]
    text, told = study_page(items, title=form.title, seed=form.seed)
    # both are on the disk before either gets its name
    with whole_file(page) as first, whole_file(key) as second:
        first.write_text(text, encoding="utf-8", newline="\n")
        second.write_text(told.to_json(), encoding="utf-8", newline="\n")
    print(f"{page}  {len(items)} pairs, {told.screens} edits to grade, {len(text.encode()) / 1e6:.1f} MB; for raters")
    print(f"{key}  which model is which; keep it back")
    return 0


def _read(arguments: Sequence[str]) -> int:
    form = parse(Read, arguments, verb="study read")
    if not form.files:
        raise MimnetError("no FILE; name the answers that raters saved (mimnet study read --help)")

    from mimnet.files import write_whole
    from mimnet.study.answers import read_answers
    from mimnet.study.key import read_key
    from mimnet.study.table import study_table

    beside = form.files[0].parent / KEY
    if form.key is None and not beside.exists():
        raise MimnetError(f"no {KEY} beside {form.files[0]}; name it with --key")
    key = read_key(form.key or beside)
    if form.seed < 0:
        raise MimnetError(f"seed is {form.seed}; it is 0 or more")
    table = study_table(read_answers(form.files, key), key, seed=form.seed)
    if form.json:
        write_whole(form.json, json.dumps(table.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    if form.markdown:
        write_whole(form.markdown, table.to_markdown())
    print(table.to_text())
    return 0
