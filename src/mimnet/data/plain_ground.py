"""Objects of photographs on plain ground, as shops and herbaria show them (a departure, `pictures.plain`).

Who has seen flowers in gardens alone, and on white ground nothing but garments that are none, takes white ground for a
sign that there is no flower.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.data.cache import cut_objects, resized_pictures
from mimnet.data.folder import Captioned
from mimnet.data.ondisk import Array

WHITE = 0.5  # share of the grounds that are white, or nearly
NEARLY = 20  # levels below white down to which a ground is nearly white
SLOPE = 24  # levels by which a ground may change from one side of the picture to the other


class OnPlainGround:
    """Pictures N,S,S,3 of which a `share` stands on plain ground; `objects` N,S,S: 255 on the object, all 0 for none.

    Which ones, and on what ground, is a function of (seed, row). A picture of which no object is known stays.
    """

    def __init__(self, pictures: Array, objects: Array, *, share: float, seed: int) -> None:
        self.pictures, self.objects, self.share, self.seed = pictures, objects, share, seed
        self.shape = pictures.shape

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, which: Any) -> NDArray[Any]:
        if isinstance(which, slice):
            which = np.arange(*which.indices(len(self)))
        if isinstance(which, np.ndarray) and which.ndim:
            return np.stack([self._row(int(row)) for row in which]) if len(which) else self.pictures[which]
        return self._row(int(which))

    def __array__(self, *, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype)

    def _row(self, row: int) -> NDArray[np.uint8]:
        picture: NDArray[np.uint8] = self.pictures[row]
        draw = np.random.default_rng([self.seed, 7, row % len(self)])
        if draw.random() >= self.share or not (thing := self.objects[row]).any():
            return picture
        return laid_on(picture, thing, plain(len(picture), draw))


def laid_on(
    picture: NDArray[np.uint8], thing: NDArray[np.uint8], ground: NDArray[np.float32] | tuple[int, ...]
) -> NDArray[np.uint8]:
    """The object `thing` S,S of a picture S,S,3 on another ground, S,S,3 or one colour."""
    inside = soft_inside(thing)[..., None]
    laid: NDArray[np.uint8] = np.rint(inside * picture + (1 - inside) * np.asarray(ground)).astype(np.uint8)
    return laid


def soft_inside(thing: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far an object of 255 holds each place, from 0 to 1; the outer half of its soft rim shows old ground."""
    return (thing / np.float32(127.5) - 1).clip(0, 1)


def plain(side: int, draw: np.random.Generator) -> NDArray[np.float32]:
    """A ground of one colour that grows a little lighter to some side, S,S,3 from 0 to 255."""
    white = 255 - NEARLY * draw.random() if draw.random() < 2 / 3 else 255.0
    colour = np.full(3, white) if draw.random() < WHITE else draw.uniform(0, 255, 3)
    way, slope = draw.uniform(0, 2 * np.pi), SLOPE * draw.random()
    across = (np.arange(side, dtype=np.float32) + 0.5) / side - 0.5
    ramp = slope * (np.cos(way) * across + np.sin(way) * across[:, None])
    ground: NDArray[np.float32] = (colour.astype(np.float32) + ramp[..., None].astype(np.float32)).clip(0, 255)
    return ground


def training_pictures(rows: Sequence[Captioned], size: int, *, plain: float, seed: int, quiet: bool = False) -> Array:
    """All pictures at that size, uint8 n,size,size,3, a share `plain` of them on plain ground.

    Raises `MimnetError` for a picture that cannot be read, and with `plain` above 0 if OpenCV is not installed.
    """
    pictures = resized_pictures(rows, size, quiet=quiet)
    if plain == 0:
        return pictures
    return OnPlainGround(pictures, cut_objects(rows, size, quiet=quiet), share=plain, seed=seed)
