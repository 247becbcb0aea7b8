"""mimnet edit: change a picture, or a folder of pictures, by a sentence."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import FlagCreatePairsOff, Positional, arg

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError
from mimnet.recipe import STRENGTH, THRESHOLD, check_settings, picture_format

if TYPE_CHECKING:
    from mimnet.editor import Editor
    from mimnet.outputs import Job, Manner

Flag = Annotated[bool, FlagCreatePairsOff]  # --mask alone, no --no-mask


@dataclass(frozen=True)
class Form:
    """Change a picture, or a folder of pictures, by a sentence.

    The result has the picture's size, and outside the map it is the picture, bit for bit (in PNG; JPEG and
    WebP compress). Inputs are never overwritten. Exit code 2: bad input; 1: pictures of a folder failed.
    """

    # a picture, a folder of pictures, or - for standard input
    picture: Annotated[Positional[str], arg(metavar="PICTURE")]
    # what it shall look like: "this flower has bright red petals"
    text: Annotated[Positional[str], arg(metavar="TEXT")] = ""
    # file (.png .jpg .webp), folder or - (standard output); else STEM.out.png beside PICTURE, or FOLDER.out
    out: str | None = None
    model: str | None = None  # name of a model in the package, a model file, a run directory, or a folder of graphs
    engine: Literal["torch", "onnx"] | None = None  # what computes; onnx needs no torch (default: torch if installed)
    edges: Path | None = None  # the picture's boundary map, for a model trained with such (default: STEM.edges.png)
    texts: Path | None = None  # for a folder: metadata.jsonl or .csv with file_name and text for each picture
    strength: float = STRENGTH  # 0: unchanged, 1: the edit, up to 2: exaggerated
    threshold: float = THRESHOLD  # the map is nothing at or below this; from 0 to below 1
    paper: Flag = False  # write the network's own square picture as the paper shows it, nothing pasted back
    mask: Flag = False  # also STEM.mask.png: the map that was used, in full size
    compare: Flag = False  # also STEM.compare.png: input, result and map side by side
    stages: Flag = False  # also STEM.coarse.png and STEM.fine.png: the network's two pictures
    explain: Flag = False  # also STEM.explain.json and .png: which memories each word used
    quality: int = 95  # of JPEG and WebP, 1 to 100
    no_metadata: Flag = False  # leave the recipe (text, model, settings) out of the picture
    force: Flag = False  # replace what exists


def run(arguments: Sequence[str]) -> int:
    """The verb. Returns the exit code; raises `MimnetError` for bad input."""
    form = parse(Form, arguments, verb="edit")
    # Before numpy reads it: its products here are small, and on a busy machine a second thread halves the speed.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    check_settings(form.strength, form.threshold)
    if not 1 <= form.quality <= 100:
        raise MimnetError(f"quality is {form.quality}; it goes from 1 to 100")
    if form.text and form.texts:
        raise MimnetError("give one text for all, or --texts FILE with one for each, not both")
    folder = form.picture != "-" and Path(form.picture).is_dir()
    if form.texts and not folder:
        raise MimnetError(f"--texts is for a folder of pictures; {form.picture} is none")
    if form.edges and folder:
        raise MimnetError("--edges is for one picture; a folder's maps lie beside its pictures as STEM.edges.png")
    if not form.text.strip() and not form.texts:
        raise MimnetError('no text; describe the look, as in: mimnet edit photo.jpg "a flower with red petals"')

    from mimnet.outputs import Manner

    manner = Manner(form.paper, not form.no_metadata, form.quality, form.force)
    return _folder(form, manner) if folder else _single(form, manner)


def _single(form: Form, manner: "Manner") -> int:
    """One picture, from a file or standard input, to a file or standard output."""
    from mimnet.checkpoint import find_model
    from mimnet.outputs import refuse_existing, refuse_folders, refuse_inputs

    job = _single_job(form)
    if job.source and not job.source.exists():
        raise MimnetError(f"{job.source}: no such file")
    refuse_inputs([job])
    refuse_folders([job])
    if not form.force:
        refuse_existing(job)
    find_model(form.model)  # before a picture is awaited on standard input
    if job.out is None and sys.stdout.isatty():
        raise MimnetError("a picture is not written to a terminal; pipe it on, or name a file with --out")
    data = job.source or sys.stdin.buffer.read()
    if not data:
        raise MimnetError("no picture came in on standard input")
    png = _edit_one(_editor(form), job, data, form, manner, _say)
    if png is not None:
        sys.stdout.buffer.write(png)
        sys.stdout.buffer.flush()
    else:
        print(job.out)
    return 0


def _single_job(form: Form) -> "Job":
    """Names of a single picture's files."""
    from mimnet.outputs import EXTRAS, Job

    source = None if form.picture == "-" else Path(form.picture)
    extras = tuple(extra for extra in EXTRAS if getattr(form, extra))
    if form.out == "-" or (form.out is None and source is None):
        if extras:
            raise MimnetError(f"--{extras[0]} needs a name for its file; name the result with --out FILE")
        return Job(source, form.text, None)
    if form.out is None or Path(form.out).is_dir() or form.out.endswith(("/", "\\")):
        name = source.stem if source else "picture"
        place = Path(form.out) if form.out else Path(form.picture).parent
        return Job(source, form.text, place / f"{name}.out.png", place / name, extras)
    out = Path(form.out)
    picture_format(out)
    return Job(source, form.text, out, out.with_suffix(""), extras)


def _folder(form: Form, manner: "Manner") -> int:
    """Every picture of a folder; bad ones are passed over and listed at the end."""
    from tqdm import tqdm

    from mimnet.batch import plan_folder, read_texts
    from mimnet.outputs import EXTRAS, refuse_folders, refuse_inputs

    folder = Path(form.picture)
    if form.out == "-":
        raise MimnetError("a folder's results do not fit on standard output; name a folder with --out")
    out = Path(form.out) if form.out else folder.resolve().with_name(folder.resolve().name + ".out")
    if out.exists() and not out.is_dir():
        raise MimnetError(f"{out} is a file; a folder's results go into a folder")
    if out.resolve() == folder.resolve():
        raise MimnetError(f"--out {out} is the folder of the inputs, which are never overwritten; name another")
    extras = tuple(extra for extra in EXTRAS if getattr(form, extra))
    jobs = plan_folder(folder, out, read_texts(form.texts) if form.texts else form.text, extras)
    refuse_inputs(jobs)
    refuse_folders(jobs)
    editor = _editor(form)
    if not form.texts:
        editor.encode(form.text)  # a text that serves no picture stops here

    def say(text: str) -> None:
        tqdm.write(f"mimnet edit: {text}", file=sys.stderr)

    said: set[str] = set()

    def say_once(text: str) -> None:
        if text not in said:
            said.add(text)
            say(text)

    waiting = jobs if form.force else [job for job in jobs if not all(file.exists() for file in job.files())]
    failed: list[str] = []
    for job in tqdm(waiting, desc="edit", unit="picture", disable=None):
        assert job.source is not None
        try:
            _edit_one(editor, job, job.source, form, manner, say_once)
        except MimnetError as error:
            failed.append(str(error))
        except Exception as error:  # a decoder's odd failure must not cost the rest of the night
            failed.append(f"{job.source}: {type(error).__name__}: {error}")
    return _report(len(jobs), len(jobs) - len(waiting), failed, out)


def _report(pictures: int, skipped: int, failed: list[str], out: Path) -> int:
    """Say what became of a folder; the exit code."""
    before = f", {skipped} finished before (--force makes them again)" if skipped else ""
    _say(f"{pictures - skipped - len(failed)} of {pictures} pictures edited into {out}{before}")
    for line in failed:
        _say(f"failed: {line}")
    return 1 if failed else 0


def _edit_one(
    editor: "Editor",
    job: "Job",
    source: Path | bytes,
    form: Form,
    manner: "Manner",
    say: Callable[[str], None],
) -> bytes | None:
    """Edit a picture and write its files; returns the PNG where the job has no file for it."""
    from dataclasses import replace

    from mimnet.edges import edges_beside
    from mimnet.images import open_picture
    from mimnet.outputs import write_outputs
    from mimnet.recipe import encode

    file = form.edges or (edges_beside(job.source) if job.source and editor.needs_edges else None)
    edges = open_picture(file) if file else None
    opened = editor.open(open_picture(source, name=str(job.source or "standard input")), edges=edges)
    edited = editor.edit(opened, job.text, strength=form.strength, threshold=form.threshold)
    for remark in edited.text_remarks():
        say(remark)
    if not edited.changed and not form.paper:
        say(f"{job.source or 'standard input'}: {edited.nothing}; it stays as it is")
    write_outputs(job, opened, edited, manner, say=say)
    if job.out is not None:
        return None
    recipe = replace(edited.recipe, paper=form.paper) if manner.metadata else None
    return encode(edited.raw if form.paper else edited.picture, recipe=recipe)


def _editor(form: Form) -> "Editor":
    from mimnet.editor import Editor

    editor = Editor.from_pretrained(form.model, engine=form.engine)
    if form.explain and not editor.engine.remembers:
        raise MimnetError("this model has no memory; --explain has nothing to tell")
    return editor


def _say(text: str) -> None:
    print(f"mimnet edit: {text}", file=sys.stderr)
