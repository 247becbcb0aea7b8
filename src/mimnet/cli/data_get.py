"""`mimnet data get`: download what has a public address, and say what must be fetched by hand and from where."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

from tyro.conf import FlagCreatePairsOff, Positional

from mimnet.cli.data_prepare import Name
from mimnet.cli.parse import parse

Flag = Annotated[bool, FlagCreatePairsOff]


@dataclass(frozen=True)
class Get:
    """Download the files of a data set that have a stable public address; name the others and where they are.

    Files that are there are only checked. Checksums are the published ones; where none is published, the first one
    seen is kept in OUT/SHA256SUMS. A broken download is gone on with. Exit code 1 while a file must be fetched by hand.
    """

    name: Positional[Name]  # which data set
    out: Path  # folder for the downloads
    mirror: str | None = None  # a folder, or an address before the file names, with copies of the files
    quiet: Flag = False  # no progress bar


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Get, arguments, verb="data get")
    from tqdm import tqdm

    from mimnet.data.prepare.addresses import FILES
    from mimnet.data.prepare.download import available, fetch

    by_hand = []
    for remote in FILES[form.name]:
        if not available(remote, form.out, form.mirror):
            other = next((file for pattern in remote.instead for file in form.out.glob(pattern)), None)
            if other is None:
                by_hand.append(remote)
            else:
                print(f"{other}: in place of {remote.name}, not checked")
            continue
        with tqdm(desc=remote.name, unit="B", unit_scale=True, disable=form.quiet or None) as bar:

            def show(done: int, total: int | None, bar: "tqdm[NoReturn]" = bar) -> None:
                bar.total = total
                bar.update(done - bar.n)

            told = fetch(remote, form.out, mirror=form.mirror, progress=show)
        print(f"{form.out / remote.name}: {told}")
    for remote in by_hand:
        need = "by hand" if remote.needed else "by hand, if you want it"
        print(f"{need}: {remote.name}, {remote.what}; from {remote.page}, into {form.out}")
    print(f"then: mimnet data prepare {form.name} --source {shlex.quote(str(form.out))} --out DIR")
    return 1 if any(remote.needed for remote in by_hand) else 0
