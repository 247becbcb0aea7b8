"""FashionGAN's pictures as one matrix: G2.h5 with `ih` (n,3,128,128: values in [0, 1] less a mean) and `ih_mean`."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.data.prepare.archives import Place
from mimnet.errors import MimnetError


class FashionH5:
    """`Holder` of pictures in the order of `names`; each is read as a PNG. Raises `MimnetError`.

    Whether the two last axes are rows and columns or the other way round is not documented; the pictures tell. People
    stand in them upright before a plain ground, so their mean is nearly its own mirror image left to right.
    """

    def __init__(self, file: Path, names: Sequence[str]) -> None:
        self.label = str(file)
        try:
            import h5py

            opened = h5py.File(file, "r")
            self._pictures, self._mean = opened["ih"], np.asarray(opened["ih_mean"])
        except ImportError as error:
            raise MimnetError(f"{file} is an HDF5 file; to read it: pip install 'mimnet[data]'") from error
        except (OSError, KeyError) as error:
            raise MimnetError(f"{file} is not FashionGAN's G2.h5 with ih and ih_mean ({error})") from error
        shape = self._pictures.shape
        if len(shape) != 4 or shape[1] != 3 or shape[0] != len(names):
            raise MimnetError(f"{file}: ih is {shape}, not ({len(names)}, 3, height, width) as the captions ask")
        self._names = [f"{name.removesuffix('.jpg')}.png" for name in names]
        self._rows_first = _stands(self._values(slice(0, 512)).mean(axis=0))

    def places(self) -> Sequence[Place]:
        """A place for each name."""
        return [Place(self, name, 0) for name in self._names]

    def read(self, places: Sequence[Place]) -> Iterator[tuple[Place, bytes]]:
        """In the order of the matrix."""
        wanted = {place.name: place for place in places}
        for index, name in enumerate(self._names):
            if name in wanted:
                picture = self._values(slice(index, index + 1))[0]  # 3,H,W or 3,W,H
                picture = picture.transpose(1, 2, 0) if self._rows_first else picture.transpose(2, 1, 0)
                written = io.BytesIO()
                Image.fromarray((picture * 255).round().astype(np.uint8)).save(written, "PNG", compress_level=4)
                yield wanted[name], written.getvalue()

    def _values(self, rows: slice) -> NDArray[np.float32]:
        mean = (
            self._mean.reshape(1, *self._mean.shape[-3:]) if self._mean.ndim >= 3 else self._mean.reshape(1, -1, 1, 1)
        )
        values: NDArray[np.float32] = np.clip(self._pictures[rows] + mean, 0, 1)
        return values


def _stands(mean: NDArray[np.float32]) -> bool:
    """Whether the last axis of 3,a,b runs left to right: mirroring along it changes the mean picture less."""
    across = np.abs(mean - mean[:, :, ::-1]).mean()
    along = np.abs(mean - mean[:, ::-1, :]).mean()
    return bool(across <= along)
