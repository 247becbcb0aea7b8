"""`mimnet data check`: what is wrong with a folder of captioned pictures, before hours of training."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import FlagCreatePairsOff, Positional, arg

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError

Flag = Annotated[bool, FlagCreatePairsOff]


@dataclass(frozen=True)
class Check:
    """Look at every line, caption and picture of a data set, and say what to mend, worst first.

    Unreadable and doubled pictures, pictures of the test split that are trained on, captions that are cut or foreign,
    rare words, uneven classes. DIR stays as it is. Exit code 1 where training would stumble or test pictures leak.
    """

    data: Annotated[Positional[Path], arg(metavar="DIR")]  # folder with train and test
    preset: str = "laptop"  # preset or TOML file: picture size, caption length and batch that the pictures must serve
    json: Path | None = None  # write everything into this file, with all names
    sheet: Path | None = None  # write a contact sheet (.png, .jpg or .webp): doubled pictures side by side, odd ones
    clean: Path | None = None  # write a copy without unreadable pictures and copies into this new folder
    quiet: Flag = False  # no progress bar


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Check, arguments, verb="data check")
    from mimnet.config import load_config
    from mimnet.recipe import FORMATS

    if form.sheet is not None and form.sheet.suffix.lower() not in FORMATS:
        raise MimnetError(f"--sheet is {form.sheet}; its name must end in {', '.join(FORMATS)}")
    config = load_config(form.preset)

    from mimnet.data.check import Needs, check_folder, findings_sheet, write_clean
    from mimnet.files import whole_file, whole_folder, write_whole

    model = config.model
    maps = getattr(model, "boundary", "") == "files"  # only some families have boundaries
    needs = Needs(model.size, model.max_words, config.train.batch, config.pictures.held_out, maps)
    told = ""
    with ExitStack() as written:
        clean = None if form.clean is None else written.enter_context(whole_folder(form.clean))  # refused at once
        report = check_folder(form.data, needs, quiet=form.quiet)
        if clean is not None:
            told = f"{form.clean}: {write_clean(report, clean)}"
    if form.json is not None:
        write_whole(form.json, json.dumps(report.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    if form.sheet is not None:
        with whole_file(form.sheet) as temporary:
            findings_sheet(report).save(temporary, FORMATS[form.sheet.suffix.lower()])
    print(report.to_text())
    if told:
        print(told)
    return 1 if report.failed else 0
