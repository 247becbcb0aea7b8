"""`mimnet data shard DIR --out DIR`: a folder of captioned pictures as WebDataset shards."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Shard:
    """Write captioned pictures as shards, for data that outgrows one disk or machine; train reads them with --data."""

    folder: Annotated[Path, tyro.conf.Positional]  # folder of captioned pictures, with train/ in it
    out: Path  # folder to write: OUT/train, and OUT/test if there is one
    pictures_per_shard: int = 1000  # in one tar; each process needs at least one tar
    size: int = 0  # side in pixels that pictures are stored at, without loss; 0: the files as they are
    quiet: bool = False  # no progress bar


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Shard, arguments, verb="data shard")
    for name, value, least in (("pictures-per-shard", form.pictures_per_shard, 1), ("size", form.size, 0)):
        if value < least:
            raise MimnetError(f"--{name} is {value}; it must be {least} or more")
    from mimnet.data.folder import read_split
    from mimnet.data.shards import write_split
    from mimnet.files import whole_folder

    rows = {"train": read_split(form.folder, "train")}
    if (form.folder / "test").is_dir():
        rows["test"] = read_split(form.folder, "test")
    with whole_folder(form.out) as folder:
        counts = [
            write_split(
                some, folder / split, split, per_shard=form.pictures_per_shard, size=form.size, quiet=form.quiet
            )
            for split, some in rows.items()
        ]
    told = ", ".join(
        f"{split}: {len(some):,} pictures in {count} shards"
        for (split, some), count in zip(rows.items(), counts, strict=True)
    )
    print(f"done: {form.out}, {told}")
    return 0
