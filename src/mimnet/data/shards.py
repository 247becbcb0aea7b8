"""Shards: a split as a series of tars in WebDataset's form, with an index and a table of the captions beside them.

`ROOT/{train,test}/shards.json` is the index; `SPLIT-00000.tar` and so on hold for each picture its file, its boundary
map if it has one, and a .json with captions and class, under its number: `0000012.jpg`, `0000012.edges.png`,
`0000012.json`. `captions/` holds the same captions once more as arrays, a hundredth of the size of the pictures: other
captions (S') are drawn from all of them, whichever shards a process reads.
"""

import io
import json
import re
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from mimnet.data.contents import contents, digest, workers
from mimnet.data.rows import Captioned, Rows, Table
from mimnet.errors import MimnetError
from mimnet.files import write_whole
from mimnet.images import READABLE, open_picture, picture_bytes, to_array
from mimnet.text import count_words

INDEX, CAPTIONS = "shards.json", "captions"
FORMAT = 1
AT_ONCE = 64  # pictures read ahead


def read_shards(folder: Path) -> Rows:
    """The rows of a split in shards. Raises `MimnetError` for an index or a shard that cannot be used."""
    index = folder / INDEX
    try:
        told = json.loads(index.read_text(encoding="utf-8"))
        shards = tuple((str(shard["file"]), int(shard["pictures"])) for shard in told["shards"])
        sizes = [int(shard["bytes"]) for shard in told["shards"]]
        words = {str(word): int(count) for word, count in told["words"].items()}
        format_ = told["format"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MimnetError(f"{index} is not an index of shards ({error}); write them again") from error
    if format_ != FORMAT:
        raise MimnetError(f"{index} has format {format_!r}; this version reads {FORMAT}. Write the shards again")
    for (name, _), size in zip(shards, sizes, strict=True):
        if not re.fullmatch(r"[\w-]+\.tar", name):  # nothing that a reader might take for a command or another place
            raise MimnetError(f"{index}: {name!r} is not the name of a shard")
        try:
            there = (folder / name).stat().st_size
        except OSError as error:
            raise MimnetError(f"{folder / name}: no such shard, though {INDEX} names it") from error
        if there != size:
            raise MimnetError(f"{folder / name} has {there:,} bytes where {INDEX} says {size:,}; copy it again")
    saved = sorted(str(file) for file in (folder / CAPTIONS).glob("*.npy"))
    table = Table.load(folder / CAPTIONS, folder, digest(contents(saved).tolist()))
    if not len(table.first) == len(table.names) == sum(count for _, count in shards):
        raise MimnetError(f"{index} and {folder / CAPTIONS} speak of different pictures; write the shards again")
    return Rows(replace(table, shards=shards, words=words))


def write_split(rows: Rows, folder: Path, name: str, *, per_shard: int, size: int = 0, quiet: bool = False) -> int:
    """Write rows as shards `NAME-00000.tar` into `folder`, in a random order that is always the same; count them.

    Every shard is then a sample of all classes. With `size`, pictures are stored as squares of that side, without loss;
    without, as the files they are. Raises `MimnetError` that names a picture that cannot be read.
    """
    rows = rows.take(rows.places[np.random.default_rng([len(rows), 5]).permutation(len(rows))])
    folder.mkdir(parents=True, exist_ok=True)
    names: list[tuple[str, str]] = []
    shards: list[dict[str, str | int]] = []

    def packed(row: Captioned) -> list[tuple[str, bytes]]:
        told = {"text": row.captions, "class": row.kind, "file": row.file.name}
        files = [_picture(row.file, size)]
        if row.edges is not None:
            ending, data = _picture(row.edges, size)
            files.append((f".edges{ending}", data))
        return [*files, (".json", json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogateescape"))]

    with (
        ThreadPoolExecutor(workers()) as pool,
        tqdm(total=len(rows), desc=f"writing {name}", unit="", disable=quiet or None) as bar,
    ):
        for start in range(0, len(rows), per_shard):
            shard = folder / f"{name}-{len(shards):05d}.tar"
            some = iter(rows[start : start + per_shard])
            with tarfile.open(shard, "w", format=tarfile.USTAR_FORMAT) as archive:
                while ahead := list(islice(some, AT_ONCE)):
                    for files in pool.map(packed, ahead):
                        number = f"{len(names):07d}"
                        for ending, data in files:
                            member = tarfile.TarInfo(number + ending)
                            member.size = len(data)
                            archive.addfile(member, io.BytesIO(data))
                        edges = [f"{shard.name}/{number}{e}" for e, _ in files if e.startswith(".edges")]
                        names.append((f"{shard.name}/{number}{files[0][0]}", edges[0] if edges else ""))
                        bar.update()
            pictures = min(per_shard, len(rows) - start)
            shards.append({"file": shard.name, "pictures": pictures, "bytes": shard.stat().st_size})

    def stored() -> Iterator[Captioned]:
        for row, (file, edges) in zip(rows, names, strict=True):
            yield Captioned(Path(file), row.captions, row.kind, Path(edges) if edges else None)

    Table.of(stored()).save(folder / CAPTIONS)
    words = dict(count_words(rows.captions()).most_common())
    told = {"format": FORMAT, "pictures": len(rows), "size": size, "shards": shards, "words": words}
    write_whole(folder / INDEX, json.dumps(told, ensure_ascii=False, indent=0) + "\n")
    return len(shards)


def _picture(file: Path, size: int) -> tuple[str, bytes]:
    """A picture's ending and bytes, as it is or resized; read once, so that no shard holds what cannot be read."""
    data = picture_bytes(file)
    picture = open_picture(data, name=str(file))
    if not size:
        return file.suffix.lower() if file.suffix.lower() in READABLE else ".picture", data
    out = io.BytesIO()
    Image.fromarray(to_array(picture, size)).save(out, "WEBP", lossless=True, method=0, quality=0)
    return ".webp", out.getvalue()
