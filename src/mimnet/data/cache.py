"""Resized pictures, boundary maps and where objects are, made once and read from one file ever after, row by row."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from mimnet.data.contents import contents, digest, workers
from mimnet.data.folder import Captioned
from mimnet.data.objects import CUT, bare_object_of, object_of, opencv
from mimnet.data.ondisk import DiskArray
from mimnet.data.rows import edge_paths, paths_of
from mimnet.data.store import kept
from mimnet.edges import BESIDE, refuse_light
from mimnet.errors import MimnetError
from mimnet.files import write_whole
from mimnet.images import open_picture, to_array, to_grey_array

FORMAT = "2, squeezed, Lanczos"  # what `to_array` does; a change of it makes new arrays
AT_ONCE = 256  # pictures between two notes of how far the work has come


def resized_pictures(rows: Sequence[Captioned], size: int, *, quiet: bool = False) -> DiskArray:
    """uint8 n,size,size,3 of all pictures, on disk; made on the first call.

    Keyed by what the files hold and by `size`: a folder that was moved or copied is found again, and a picture that was
    edited makes a new array. Raises `MimnetError` that names a picture that cannot be read.
    """
    return _resized("pictures", paths_of(rows), to_array, (size, size, 3), quiet=quiet)


def resized_edges(rows: Sequence[Captioned], size: int, *, quiet: bool = False) -> DiskArray:
    """uint8 n,size,size of the boundary maps that lie in files, as `resized_pictures`.

    Raises `MimnetError` if a picture has none, or if they are black on white.
    """
    paths = edge_paths(rows)
    lacking = [i for i, path in enumerate(paths) if not path]
    if lacking:
        file = rows[lacking[0]].file
        raise MimnetError(
            f"{len(lacking)} of {len(rows)} pictures have no boundary map (model.boundary is files), as {file}: "
            f"name it as edges in metadata.jsonl, or lay it beside the picture as {file.stem}{BESIDE}"
        )
    maps = _resized("edges", paths, to_grey_array, (size, size), quiet=quiet)
    some = np.linspace(0, len(maps) - 1, min(64, len(maps))).astype(int)
    refuse_light([maps[i] for i in some], f"the boundary map {paths[0]}, with others like it,")
    return maps


def found_objects(rows: Sequence[Captioned], size: int, *, quiet: bool = False) -> DiskArray:
    """uint8 n,size,size: `object_of` all pictures at that size, as `resized_pictures`; a picture takes some 20 ms.

    Raises `MimnetError` if OpenCV is not installed.
    """
    return _objects("objects", object_of, rows, size, quiet=quiet)


def cut_objects(rows: Sequence[Captioned], size: int, *, quiet: bool = False) -> DiskArray:
    """The same by `bare_object_of`."""
    return _objects("cut-objects", bare_object_of, rows, size, quiet=quiet)


def _objects(
    name: str,
    find: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    rows: Sequence[Captioned],
    size: int,
    *,
    quiet: bool,
) -> DiskArray:
    version = f"{CUT}-{opencv().__version__}"  # whose cut it is

    def found(picture: Image.Image, side: int) -> NDArray[np.uint8]:
        return find(to_array(picture, side))

    return _resized(f"{name}-{version}", paths_of(rows), found, (size, size), quiet=quiet)


def _resized(
    name: str, paths: Sequence[str], convert: Callable[..., NDArray[np.uint8]], shape: tuple[int, ...], *, quiet: bool
) -> DiskArray:
    held = contents(paths, quiet=quiet)
    key = digest([f"{name} {FORMAT} {shape} {len(paths)}\n", held.tobytes()])

    def decode(path: str) -> bytes:
        return convert(open_picture(Path(path)), shape[0]).tobytes()

    def build(folder: Path) -> None:
        _, first, places = np.unique(held, return_index=True, return_inverse=True)
        _build(folder, paths, first[places], decode, shape, f"reading {name} at {shape[0]} px", quiet)

    size = len(paths) * int(np.prod(shape))
    what = f"{len(paths):,} {name} at {shape[0]} px"
    folder = kept(f"{name}-{shape[0]}-{key}", build, size=size, what=what)
    return DiskArray(folder.folder / "array.npy", keep=folder)


def _build(
    folder: Path,
    paths: Sequence[str],
    same: NDArray[np.int64],
    decode: Callable[[str], bytes],
    shape: tuple[int, ...],
    title: str,
    quiet: bool,
) -> None:
    """Decode in threads, for Pillow works outside the interpreter's lock, and note how far it is.

    `same`: the first row that holds what a row holds; equal files are decoded once.
    """
    file, note = folder / "array.npy", folder / "done"
    done = _done(file, note, (len(paths), *shape))
    if done == 0:  # the file has its whole length at once, so that other processes count it as taken
        note.unlink(missing_ok=True)
        np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=(len(paths), *shape)).flush()
    row = int(np.prod(shape))
    start = file.stat().st_size - row * len(paths)
    with (
        file.open("r+b", buffering=0) as out,
        ThreadPoolExecutor(workers()) as pool,
        tqdm(total=len(paths), initial=done, desc=title, unit="", disable=quiet or None) as bar,
    ):
        while done < len(paths):
            some = np.arange(done, min(len(paths), done + AT_ONCE))
            new = some[same[some] == some]
            for i, picture in zip(new, pool.map(decode, (paths[i] for i in new)), strict=True):
                out.seek(start + int(i) * row)
                out.write(picture)
                bar.update()
            for i in some[same[some] != some]:
                out.seek(start + int(same[i]) * row)
                picture = out.read(row)
                out.seek(start + int(i) * row)
                out.write(picture)
                bar.update()
            os.fsync(out.fileno())
            done += len(some)
            write_whole(note, str(done))


def _done(file: Path, note: Path, shape: tuple[int, ...]) -> int:
    """How many rows a killed build has left on the disk."""
    try:
        array = np.load(file, mmap_mode="r", allow_pickle=False)
        done = int(note.read_text())
    except (OSError, ValueError):
        return 0
    return done if array.shape == shape and 0 <= done <= shape[0] else 0
