"""Pictures one by one: those that cannot be read, and those that training sees otherwise than people do."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from tqdm import tqdm

from mimnet.data.check.finding import Finding, Level, Needs
from mimnet.errors import MimnetError
from mimnet.images import DECODING_ERRORS, open_picture, to_array

SIDE = 32  # of the small picture that is kept of each
CELLS = 8  # of the coarser one in colour
TOGETHER = 256  # pictures that wait for each other; memory does not grow with their number
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
ORIENTATION = 0x0112  # the EXIF tag
LONG = 2.0  # sides with a larger ratio are called extreme
ONE_COLOUR = 4.0  # standard deviation in levels of 255 up to which a picture is called one colour
GREY = 12.0  # largest difference of the channels, in levels, that is called grey


@dataclass
class Looks:
    """What is kept of n pictures, about 1.4 kB each; of those that cannot be read zeros."""

    files: Sequence[Path]
    grey: NDArray[np.uint8]  # n,32,32 luminance, squeezed to a square
    colour: NDArray[np.uint8]  # n,8,8,3
    size: NDArray[np.int32]  # n,2 width and height as shown
    digest: list[bytes]  # of the file's bytes
    spread: NDArray[np.float32]  # n, standard deviation of the most varied channel, in levels
    chroma: NDArray[np.float32]  # n, largest difference of the channels in a pixel, in levels
    failure: dict[int, str] = field(default_factory=dict)  # why a picture cannot be read
    traits: dict[str, list[int]] = field(default_factory=dict)  # "turned", "animated", "cmyk", "clear"

    @property
    def readable(self) -> NDArray[np.bool_]:
        """n"""
        return self.size[:, 0] > 0


@dataclass(frozen=True)
class _Look:
    small: NDArray[np.uint8]
    size: tuple[int, int]
    digest: bytes
    traits: tuple[str, ...]
    failure: str = ""


def look_at(files: Sequence[Path], *, quiet: bool = False) -> Looks:
    """Decode every picture once, in parallel, as training would; keep a small picture of each."""
    n = len(files)
    looks = Looks(
        files,
        np.zeros((n, SIDE, SIDE), np.uint8),
        np.zeros((n, CELLS, CELLS, 3), np.uint8),
        np.zeros((n, 2), np.int32),
        [b""] * n,
        np.zeros(n, np.float32),
        np.zeros(n, np.float32),
    )
    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        tqdm(total=n, desc="reading pictures", unit="", disable=quiet or None) as bar,
    ):
        for start in range(0, n, TOGETHER):
            for place, seen in enumerate(pool.map(_look, files[start : start + TOGETHER]), start):
                _keep(looks, place, seen)
                bar.update()
    return looks


def _look(file: Path) -> _Look:
    nothing = np.zeros((SIDE, SIDE, 3), np.uint8)
    try:
        data = file.read_bytes()
    except OSError as error:
        return _Look(nothing, (0, 0), b"", (), str(error.strerror))
    digest = hashlib.sha256(data).digest()
    try:
        picture = open_picture(data, name="it", turn=False)
        shown = ImageOps.exif_transpose(picture)
        small = to_array(shown, SIDE)
        traits = tuple(name for name, holds in TRAITS.items() if holds(picture))
        return _Look(small, shown.size, digest, traits)
    except (MimnetError, *DECODING_ERRORS) as error:
        return _Look(nothing, (0, 0), digest, (), str(error))


def _turned(picture: Image.Image) -> bool:
    return picture.getexif().get(ORIENTATION, 1) in range(2, 9)


def _animated(picture: Image.Image) -> bool:
    try:  # a telephone's JPEG may hold a preview as a second picture: that is no animation
        return picture.format != "MPO" and bool(getattr(picture, "is_animated", False))
    except DECODING_ERRORS:  # a second picture that is damaged; training never reads it
        return True


TRAITS: dict[str, Callable[[Image.Image], bool]] = {
    "turned": _turned,
    "animated": _animated,
    "cmyk": lambda picture: picture.mode == "CMYK",
    "clear": lambda picture: picture.has_transparency_data,
}


def _keep(looks: Looks, place: int, seen: _Look) -> None:
    looks.digest[place] = seen.digest
    if seen.failure:
        looks.failure[place] = seen.failure
        return
    small = seen.small.astype(np.float32)
    cell = SIDE // CELLS
    looks.grey[place] = (small @ LUMINANCE).round()
    looks.colour[place] = small.reshape(CELLS, cell, CELLS, cell, 3).mean((1, 3)).round()
    looks.size[place] = seen.size
    looks.spread[place] = small.std((0, 1)).max()
    looks.chroma[place] = np.ptp(small, axis=2).max()
    for trait in seen.traits:
        looks.traits.setdefault(trait, []).append(place)


def findings(looks: Looks, split: str, first: int, after: int, needs: Needs) -> Iterator[Finding]:
    """Of the pictures `first` to `after` of `looks`, which are those of `split`."""
    places = np.arange(first, after)

    def finding(code: str, chosen: Sequence[int], said: str, mend: str, *, error: bool = False) -> Iterator[Finding]:
        if len(chosen):
            files = tuple(looks.files[place] for place in chosen)
            why = tuple(looks.failure[place] for place in chosen) if code == "unreadable" else ()
            level: Level = "error" if error else "remark"
            yield Finding(code, level, split, len(files), after - first, said, mend, files, why)

    def having(holds: NDArray[np.bool_]) -> list[int]:
        chosen: list[int] = places[(holds & looks.readable)[first:after]].tolist()
        return chosen

    def with_trait(name: str) -> list[int]:
        return [place for place in looks.traits.get(name, []) if first <= place < after]

    broken = [place for place in looks.failure if first <= place < after]
    yield from finding(
        "unreadable",
        broken,
        "pictures cannot be read, and training would stop at the first",
        "fetch them again, or delete them and their captions",
        error=True,
    )
    short, long = looks.size.min(1), looks.size.max(1)
    flat = looks.spread <= ONE_COLOUR
    yield from finding(
        "one-colour", having(flat), "pictures are nearly one colour", "look whether they are empty; take them out"
    )
    yield from finding(
        "tiny",
        having(short < needs.size),
        f"pictures have a side below {needs.size} px and are enlarged for training",
        "get larger ones, or train at a smaller --model.size",
    )
    yield from finding(
        "long",
        having(long > LONG * np.maximum(short, 1)),
        f"pictures are over {LONG:g} times as long as wide; training squeezes them to a square",
        "crop them to the object",
    )
    yield from finding(
        "grey",
        having((looks.chroma <= GREY) & ~flat),
        "pictures are grey; no colour can be learned from them",
        "take them out if their captions speak of colours",
    )
    yield from finding(
        "turned",
        with_trait("turned"),
        "pictures are turned by their EXIF tag; training turns them, other programs may not",
        "look at one; if it lies on its side, the tag is wrong: remove it",
    )
    yield from finding(
        "animated", with_trait("animated"), "pictures move or have pages; the first is used", "save the right one"
    )
    yield from finding(
        "cmyk", with_trait("cmyk"), "pictures are in CMYK; their colours may come out wrong", "save them as sRGB"
    )
    yield from finding(
        "clear",
        with_trait("clear"),
        "pictures have transparent parts, which are laid on white",
        "lay them on another ground if the object is white",
    )
