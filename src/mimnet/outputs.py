"""The files that an edit leaves: their names, what stands in their way, and their writing."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from mimnet.editor import Edited, Opened
from mimnet.errors import MimnetError
from mimnet.explain import explanation, heat_map
from mimnet.files import write_whole
from mimnet.images import to_rgb
from mimnet.recipe import encode, picture_format, write_picture

PANEL = 768  # longest side of a picture in the comparison
# What can be asked for beside the result, and the ends of the files' names.
EXTRAS = {
    "mask": (".mask.png",),
    "compare": (".compare.png",),
    "stages": (".coarse.png", ".fine.png"),
    "explain": (".explain.json", ".explain.png"),
}


@dataclass(frozen=True)
class Job:
    """One picture, its text, and where everything goes."""

    source: Path | None  # none: standard input
    text: str
    out: Path | None  # none: standard output
    stem: Path | None = None  # what the extras' names begin with
    extras: tuple[str, ...] = ()  # keys of `EXTRAS`

    def files(self) -> list[Path]:
        """Every file that the job writes, the result last."""
        beside = [self.extra(end) for extra in self.extras for end in EXTRAS[extra]]
        return beside + ([self.out] if self.out else [])

    def extra(self, end: str) -> Path:
        """The file of an extra."""
        assert self.stem is not None
        return self.stem.with_name(self.stem.name + end)


@dataclass(frozen=True)
class Manner:
    """How results are written."""

    paper: bool = False  # the network's own picture instead of the pasted one
    metadata: bool = True  # the recipe goes into the picture
    quality: int = 95  # of JPEG and WebP, 1 to 100
    force: bool = False  # existing files are replaced


def refuse_inputs(jobs: Iterable[Job]) -> None:
    """Raise `MimnetError` if any job would write over any job's input; no option allows that."""
    jobs = list(jobs)
    inputs = {job.source.resolve(): job.source for job in jobs if job.source}
    for job in jobs:
        for file in job.files():
            if file.resolve() in inputs or _same(file, job.source):
                raise MimnetError(f"{file} is an input and is never overwritten; name another place with --out")


def refuse_existing(job: Job) -> None:
    """Raise `MimnetError` if a file of the job is there already."""
    there = [str(file) for file in job.files() if file.exists()]
    if there:
        verb = "exists" if len(there) == 1 else "exist"
        raise MimnetError(f"{', '.join(there)} {verb} already; --force replaces, --out names another place")


def refuse_folders(jobs: Iterable[Job]) -> None:
    """Raise `MimnetError` if a file to write is a folder."""
    for job in jobs:
        for file in job.files():
            if file.is_dir():
                raise MimnetError(f"{file} is a folder; name a file with --out")


def write_outputs(
    job: Job, opened: Opened[Image.Image], edited: Edited, manner: Manner, *, say: Callable[[str], None]
) -> None:
    """Write every file of the job, each whole or not at all; existing ones only with `force`."""
    result = edited.raw if manner.paper else edited.picture
    recipe = replace(edited.recipe, paper=manner.paper) if manner.metadata else None
    makers: dict[str, Callable[[], Image.Image | bytes]] = {
        ".mask.png": lambda: Image.fromarray(edited.mask),
        ".compare.png": lambda: side_by_side([opened.picture, result, Image.fromarray(edited.mask)]),
        ".coarse.png": lambda: edited.coarse,
        ".fine.png": lambda: edited.raw,
        ".explain.json": lambda: (json.dumps(explanation(edited), indent=1, ensure_ascii=False) + "\n").encode(),
        ".explain.png": lambda: heat_map(edited),
    }
    for extra in job.extras:
        for end in EXTRAS[extra]:
            file = job.extra(end)
            if manner.force or not file.exists():
                made = makers[end]()
                write_whole(file, made if isinstance(made, bytes) else encode(made))
    if job.out and (manner.force or not job.out.exists()):
        if picture_format(job.out) == "JPEG" and result.mode == "RGBA":
            say("JPEG holds no transparency: it is laid on white")
            info = result.info
            result = to_rgb(result)
            result.info = info
        write_picture(job.out, result, recipe=recipe, quality=manner.quality)


def side_by_side(pictures: Sequence[Image.Image], *, gap: int = 6) -> Image.Image:
    """Pictures in a row on white, each at most `PANEL` pixels long, all of the first one's size."""
    width, height = pictures[0].size
    scale = min(1.0, PANEL / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    row = Image.new("RGB", (len(pictures) * (size[0] + gap) - gap, size[1]), "white")
    for i, picture in enumerate(pictures):
        row.paste(to_rgb(picture).resize(size, Image.Resampling.LANCZOS), (i * (size[0] + gap), 0))
    return row


def _same(file: Path, source: Path | None) -> bool:
    """One file under two names, as where capitals do not count."""
    return source is not None and file.exists() and source.exists() and file.samefile(source)
