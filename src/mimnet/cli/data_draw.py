"""`mimnet data draw`: the drawn set, whose true edits are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Draw:
    """Draw flowers and birds, or tops, with captions, or places without; the same options draw the same pictures."""

    out: Path  # folder to write: OUT/train, OUT/test
    train: int = 2000  # pictures for training
    test: int = 200  # pictures of kinds that training never shows
    seed: int = 0  # of everything
    size: int = 128  # side in pixels, 16 to 256
    kind: Literal["both", "flower", "bird", "top", "place"] = "both"  # both: flowers and birds; place: for --absent
    quiet: bool = False  # no progress bar


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Draw, arguments, verb="data draw")
    from tqdm import tqdm

    from mimnet.data.drawn import MIX, write_drawn_set

    kinds = MIX if form.kind == "both" else (form.kind,)
    with tqdm(total=form.train + form.test, desc="drawing", unit="", disable=form.quiet or None) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            write_drawn_set(
                form.out, train=form.train, test=form.test, seed=form.seed, size=form.size, kinds=kinds, progress=show
            )
        except (ValueError, FileExistsError) as error:
            raise MimnetError(str(error)) from error
    print(f"done: {form.train} + {form.test} pictures in {form.out}")
    return 0
