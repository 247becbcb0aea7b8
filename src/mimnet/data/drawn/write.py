"""Writing a drawn set to a folder, and reading one half of it back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from mimnet.data.drawn.captions import Caption, captions
from mimnet.data.drawn.colour import stream
from mimnet.data.drawn.place import VIEWS, paint_place, view_of
from mimnet.data.drawn.render import check_size, render
from mimnet.data.drawn.scene import DRAWING, Scene, sample_scene
from mimnet.data.drawn.species import KINDS, MIX, species_of

REQUEST_FILE: Final = "drawn.json"
METADATA_FILE: Final = "metadata.jsonl"
PLACE: Final = "place"  # what a set without objects holds
_TEMPORARY: Final = ".part"


@dataclass(frozen=True)
class DrawnPicture:
    """One picture of a drawn set: its file, what is said of it and what is in it."""

    file: Path
    captions: tuple[Caption, ...]
    scene: Scene


def _write_whole(file: Path, data: bytes) -> None:
    """Write a file so that no reader ever finds half of it."""
    temporary = file.with_name(f".{file.name}{_TEMPORARY}")
    temporary.write_bytes(data)
    os.replace(temporary, file)


def _request(train: int, test: int, seed: int, size: int, kinds: Sequence[str]) -> dict[str, Any]:
    """The checked arguments as they are kept beside the set."""
    for name, count in (("train", train), ("test", test)):
        if count < 0:
            raise ValueError(f"{name}={count} pictures cannot be drawn; use 0 or more")
    if seed < 0:
        raise ValueError(f"seed {seed} is negative; use 0 or more")
    check_size(size)
    for kind in kinds:
        if kind not in KINDS and list(kinds) != [PLACE]:
            raise ValueError(f"unknown kind {kind!r}; use one or more of {', '.join(KINDS)}, or {PLACE} alone")
    if not kinds or len(set(kinds)) != len(kinds):
        raise ValueError(f"kinds {list(kinds)} must name each kind once, and at least one")
    return {
        "drawing": DRAWING,
        "train": train,
        "test": test,
        "seed": seed,
        "size": size,
        "kinds": list(kinds),
    }


def _claim(out: Path, request: dict[str, Any]) -> None:
    """Make the folder ours; FileExistsError where it holds anything but the beginning of this very set."""
    note = out / REQUEST_FILE
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out} is a file; name a folder")
    if out.is_dir() and any(p.name != f".{REQUEST_FILE}{_TEMPORARY}" for p in out.iterdir()):
        try:
            known = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else None
        except ValueError:
            known = None
        if known != request:
            what = "another drawn set" if known is not None else "other files"
            raise FileExistsError(f"{out} holds {what}; name an empty folder, or ask for the same set to go on")
        return
    out.mkdir(parents=True, exist_ok=True)
    _write_whole(note, (json.dumps(request) + "\n").encode())


def scene_of(seed: int, split: str, index: int, kinds: Sequence[str] = MIX) -> Scene:
    """The scene of picture `index` (from 1) of a split: it depends on these four alone."""
    rng = stream(seed, "set", split, index)
    kind = kinds[int(rng.integers(len(kinds)))]
    ids = species_of(kind, split)
    species = ids[int(rng.integers(len(ids)))]
    return sample_scene(int(rng.integers(2**48)), kind, species)


def _told(scene: Scene) -> dict[str, Any]:
    said = captions(scene, 10)
    return {
        "text": [caption.text for caption in said],
        "class": scene.species,
        "scene": scene.to_json(),
        "stated": [caption.attributes for caption in said],
    }


def _picture(
    seed: int, split: str, index: int, size: int, kinds: Sequence[str]
) -> tuple[Callable[[], Image.Image], dict[str, Any]]:
    """How picture `index` (from 1) of a split is drawn, and what is told of it."""
    if list(kinds) != [PLACE]:
        scene = scene_of(seed, split, index, kinds)
        return (lambda: Image.fromarray(render(scene, size).image)), _told(scene)
    own = int(stream(seed, "set", split, index).integers(2**48))
    view = view_of(own)
    told = {"text": [f"a drawn {view}"], "class": VIEWS.index(view)}
    return (lambda: Image.fromarray(np.asarray(np.rint(paint_place(own, size) * 255), np.uint8))), told


def write_drawn_set(
    out: Path,
    *,
    train: int,
    test: int,
    seed: int,
    size: int = 128,
    kinds: Sequence[str] = MIX,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write `train` and `test` pictures of size x size pixels (16..256) with ten captions each, or of places with one.

    The folder gets drawn.json (these arguments) and train/ and test/, each with 000001.png and so on and,
    written last, metadata.jsonl: one JSON object a line with "file_name", "text" (ten captions), "class"
    (species), "scene" and "stated" (what each caption states). Species of train and test differ. Places have no
    "scene": nothing in them can be edited, and they are there for a model to leave alone. The same
    arguments give the same bytes (with the same NumPy and Pillow), and a picture depends on seed, split,
    kinds, size and its place alone, so a larger set starts with the smaller one. A set that was broken off
    is gone on with. `progress` is told (pictures done, pictures in all).

    ValueError for counts or seed below 0, a size out of range or unknown kinds; FileExistsError for a
    folder that holds anything else.
    """
    out = Path(out)
    _claim(out, _request(train, test, seed, size, kinds))
    done = 0
    for split, count in (("train", train), ("test", test)):
        if count == 0:  # an empty folder would be taken for a split whose captions are lost
            continue
        folder = out / split
        folder.mkdir(exist_ok=True)
        lines = []
        for index in range(1, count + 1):
            name = f"{index:06d}.png"
            draw, told = _picture(seed, split, index, size, kinds)
            if not (folder / name).is_file():
                data = BytesIO()
                draw().save(data, "PNG", compress_level=4)
                _write_whole(folder / name, data.getvalue())
            lines.append(json.dumps({"file_name": name, **told}, ensure_ascii=False) + "\n")
            done += 1
            if progress is not None:
                progress(done, train + test)
        _write_whole(folder / METADATA_FILE, "".join(lines).encode("utf-8"))


def read_drawn(folder_split: Path) -> list[DrawnPicture]:
    """The pictures of one split's folder in order; pictures themselves are not opened.

    FileNotFoundError without metadata.jsonl (the set is not finished); ValueError for a line that is no
    picture of a drawn set.
    """
    folder = Path(folder_split)
    file = folder / METADATA_FILE
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; write the set to its end first")
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            said = tuple(Caption(t, dict(s)) for t, s in zip(entry["text"], entry["stated"], strict=True))
            found.append(DrawnPicture(folder / str(entry["file_name"]), said, Scene.from_json(entry["scene"])))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file}, line {number}: {error}") from error
    return found
