"""Writing a plan as the plain folder: whole or not at all, and gone on with by the same command.

Pictures and metadata.jsonl grow in OUT/.part and move to OUT/train and OUT/test when all are there. OUT/prepared.json,
written last, keeps what was asked, what was used and what deviates.
"""

import hashlib
import io
import json
import os
import shutil
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from mimnet.data.prepare.archives import NOTE, Holder
from mimnet.data.prepare.plan import SPLITS, Picture, Plan, compared, missing
from mimnet.errors import MimnetError
from mimnet.files import write_whole
from mimnet.images import MAX_PIXELS, open_picture, to_rgb

PART, REQUEST = ".part", "request.json"
QUALITY = 95  # of pictures that are cropped or resized, without chroma subsampling
AHEAD = 64  # pictures in memory at a time


@dataclass(frozen=True)
class Written:
    """What came of it."""

    counts: dict[str, int]  # pictures by split
    classes: dict[str, int]
    deviations: list[str]


def write_plan(
    plan: Plan,
    out: Path,
    *,
    options: dict[str, Any],
    crop: bool = False,
    size: int | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> Written:
    """Write OUT/train, OUT/test and OUT/prepared.json; `progress` is told of pictures done.

    A picture keeps its bytes, by a hard link where it lies unpacked on the same disk, unless `crop` cuts it to its box
    or `size` brings its shorter side to so many pixels; then it becomes a JPEG. `options` are kept in the note.
    Raises `MimnetError` for an OUT that holds anything but a beginning of the same, and if the disk is full.
    """
    request = {"data": plan.data, "options": options, "plan": _fingerprint(plan)}
    try:
        done = _claim(out, request)
        if done is not None:
            progress(sum(done.counts.values()))
            return done
        part = out / PART
        unreadable: set[str] = set()
        kept: dict[str, list[Picture]] = {}
        for split, pictures in plan.halves():
            if (out / split).is_dir():  # moved here by an earlier run
                lost = _lost(out / split, pictures, crop or bool(size))
                progress(len(pictures))
            else:
                folder = part / split
                folder.mkdir(exist_ok=True)
                lost = _write_pictures(pictures, folder, crop, size, progress)
                lines = (_line(p, crop or bool(size)) for p in pictures if p.name not in lost)
                _put(folder / "metadata.jsonl", "".join(lines).encode())
            kept[split] = [p for p in pictures if p.name not in lost]
            unreadable |= lost
        deviations = (
            compared(plan.published, kept)
            + plan.deviations
            + missing("pictures that cannot be read, left out", unreadable)
        )
        if hasattr(os, "sync"):
            os.sync()  # on the disk before the names that promise it, once for all pictures
        for split in reversed(SPLITS):  # train last: with it the set is there
            if (part / split).is_dir():
                os.replace(part / split, out / split)
        written = Written(
            {split: len(kept[split]) for split in SPLITS},
            {split: len({p.kind for p in kept[split]} - {None}) for split in SPLITS},
            deviations,
        )
        note = request | {"used": plan.used, "counts": written.counts, "classes": written.classes}
        note |= {"deviations": deviations}
        write_whole(out / NOTE, json.dumps(note, indent=1, ensure_ascii=False) + "\n")
        shutil.rmtree(part)
    except OSError as error:
        raise MimnetError(f"cannot write {out}: {error.strerror or error}; the same command goes on") from error
    return written


def _fingerprint(plan: Plan) -> str:
    """Of everything that decides what is written."""
    digest = hashlib.sha256()
    for split, pictures in plan.halves():
        for p in pictures:
            digest.update(json.dumps([split, p.name, p.place.size, p.captions, p.kind, p.box]).encode())
    return digest.hexdigest()[:16]


def _claim(out: Path, request: dict[str, Any]) -> Written | None:
    """Make OUT ours; what it holds if it is finished. Raises `MimnetError` for an OUT of another kind."""
    if out.exists() and not out.is_dir():
        raise MimnetError(f"{out} is a file; name a folder with --out")
    there = {entry.name for entry in out.iterdir()} if out.is_dir() else set()
    found = _read(out / NOTE) or _read(out / PART / REQUEST)
    if there and there != {PART} and found is None:
        raise MimnetError(f"{out} holds other files, such as {min(there)}; name an empty folder with --out")
    if found is not None and {key: found.get(key) for key in request} != json.loads(json.dumps(request)):
        raise MimnetError(
            f"{out} holds {found.get('data')} prepared from other files or with other options; name another folder"
        )
    if found is not None and NOTE in there:
        shutil.rmtree(out / PART, ignore_errors=True)
        return Written(found["counts"], found["classes"], found["deviations"])
    (out / PART).mkdir(parents=True, exist_ok=True)
    write_whole(out / PART / REQUEST, json.dumps(request) + "\n")
    return None


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _name(picture: Picture, changed: bool) -> str:
    """Below OUT/train or OUT/test."""
    return str(Path(picture.name).with_suffix(".jpg")) if changed else picture.name


def _line(picture: Picture, changed: bool) -> str:
    entry: dict[str, Any] = {"file_name": Path(_name(picture, changed)).as_posix(), "text": list(picture.captions)}
    if picture.kind is not None:
        entry["class"] = picture.kind
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _lost(folder: Path, pictures: Sequence[Picture], changed: bool) -> set[str]:
    """Names of pictures that a finished half was written without."""
    return {p.name for p in pictures if not (folder / _name(p, changed)).is_file()}


def _write_pictures(
    pictures: Sequence[Picture], folder: Path, crop: bool, size: int | None, progress: Callable[[int], object]
) -> set[str]:
    """Write what is not there yet; the names of pictures that cannot be read."""
    changed = crop or size is not None
    lost: set[str] = set()
    todo = [p for p in pictures if not _whole(folder / _name(p, changed), None if changed else p.place.size)]
    progress(len(pictures) - len(todo))
    for parent in {(folder / p.name).parent for p in todo}:
        parent.mkdir(parents=True, exist_ok=True)

    def one(picture: Picture, data: bytes | None) -> str | None:
        file = folder / _name(picture, changed)
        try:
            if not changed:
                _keep(picture, data, file)
            else:
                _put(file, _encoded(picture, data, crop, size))
        except _UnreadableError:
            return picture.name
        return None

    def collect(future: "Future[str | None]") -> None:
        name = future.result()
        progress(1)
        if name is not None:
            lost.add(name)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running: deque[Future[str | None]] = deque()
        try:
            for picture, data in _contents(todo):
                running.append(pool.submit(one, picture, data))
                if len(running) >= AHEAD:
                    collect(running.popleft())
            while running:
                collect(running.popleft())
        except BaseException:  # Ctrl-C too: what has not begun is not begun
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return lost


def _contents(pictures: Sequence[Picture]) -> Iterator[tuple[Picture, bytes | None]]:
    """Pictures with their bytes, or None for files on the disk, holder by holder in the order that is fast there."""
    by_holder: dict[int, tuple[Holder, dict[str, Picture]]] = {}
    for picture in pictures:
        if picture.place.file is not None:
            yield picture, None
        else:
            holder = picture.place.holder
            by_holder.setdefault(id(holder), (holder, {}))[1][picture.place.name] = picture
    for holder, named in by_holder.values():
        for place, data in holder.read([p.place for p in named.values()]):
            yield named[place.name], data


class _UnreadableError(Exception):
    """A picture that is none."""


def _keep(picture: Picture, data: bytes | None, file: Path) -> None:
    """The picture's own bytes under its new name, its head looked at."""
    source = picture.place.file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit stands below
            with Image.open(source if data is None and source else io.BytesIO(data or b"")) as head:
                if head.width * head.height > MAX_PIXELS:
                    raise _UnreadableError
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise _UnreadableError from error
    if data is not None:
        _put(file, data)
        return
    assert source is not None
    file.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), file)
    except OSError:  # another disk, or one that has no links
        _put(file, source.read_bytes())


def _encoded(picture: Picture, data: bytes | None, crop: bool, size: int | None) -> bytes:
    """The picture cut to its box and resized, as a JPEG."""
    source = picture.place.file
    try:
        opened = open_picture(data if data is not None else source or b"", name=str(picture.place), turn=not crop)
    except MimnetError as error:
        raise _UnreadableError from error
    image = to_rgb(opened)
    if crop and picture.box is not None:
        left, top, right, bottom = around(picture.box, image.width, image.height)
        if right <= left or bottom <= top:
            raise _UnreadableError  # its box lies outside of it
        image = image.crop((left, top, right, bottom))
    if size is not None and min(image.size) > size:
        scale = size / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=QUALITY, subsampling=0)
    return written.getvalue()


def around(box: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int, int, int]:
    """left, top, right, bottom of a square about a box, half a side 0.75 of its longer side, cut off at the edges.

    As StackGAN, AttnGAN and ManiGAN crop CUB, whole pixels by cutting off fractions.

    >>> around((60.0, 27.0, 325.0, 304.0), 500, 335)
    (0, 0, 465, 335)
    """
    left, top, wide, high = map(int, box)
    radius = int(max(wide, high) * 0.75)
    x, y = (2 * left + wide) // 2, (2 * top + high) // 2
    return max(0, x - radius), max(0, y - radius), min(width, x + radius), min(height, y + radius)


def _put(file: Path, data: bytes) -> None:
    """Bytes under a name that never stands for half of them."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.write_bytes(data)
    os.replace(temporary, file)


def _whole(file: Path, size: int | None) -> bool:
    """Whether an earlier run wrote a picture to its end; after a power cut a name may stand for empty bytes."""
    if not file.is_file():
        return False
    if size:
        return file.stat().st_size == size
    with file.open("rb") as opened:
        opened.seek(-min(2, file.stat().st_size), os.SEEK_END)
        return opened.read(2) in (b"\xff\xd9", b"\x60\x82")  # how a JPEG and a PNG end
