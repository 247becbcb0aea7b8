"""Arrays on disk, read piece by piece: what has been read once does not stay in the process."""

import os
import weakref
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class DiskArray:
    """The array of a .npy file. A row is read when it is asked for, and nothing is kept.

    A memory-mapped array would do the same, but the pages that it touched count as the process's memory until the
    machine runs short, so that a run on 14 GB of pictures looks like one that needs 14 GB.

    `keep` is held as long as the array is. Raises `ValueError` for a file that is damaged or cut short.
    """

    def __init__(self, file: Path, keep: object = None) -> None:
        header = np.load(file, mmap_mode="r", allow_pickle=False)
        self.shape: tuple[int, ...] = header.shape
        self.dtype: np.dtype[Any] = header.dtype
        self._start = int(header.offset)
        self._row = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        self._keep = keep
        self._path, self._file = file, os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, which: Any) -> NDArray[Any]:
        if isinstance(which, slice):
            start, stop, stride = which.indices(len(self))
            if stride == 1:
                return self._read(start, max(0, stop - start))
            which = np.arange(start, stop, stride)
        if isinstance(which, np.ndarray) and which.ndim:
            out = np.empty((len(which), *self.shape[1:]), self.dtype)
            for place, row in enumerate(which.tolist()):
                out[place] = self._read(row, 1)[0]
            return out
        row = int(which)
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of an array of {len(self)}")
        piece: NDArray[Any] = self._read(row % len(self), 1)[0]
        return piece

    def __array__(self, *, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._read(0, len(self)).astype(dtype or self.dtype, copy=False)

    def _read(self, start: int, rows: int) -> NDArray[Any]:
        if not hasattr(os, "preadv"):  # Windows has no reading at a place that leaves other readers alone
            return np.array(np.load(self._path, mmap_mode="r", allow_pickle=False)[start : start + rows])
        out = np.empty((rows, *self.shape[1:]), self.dtype)
        left = out.reshape(-1).view(np.uint8).data
        place = self._start + start * self._row
        while len(left):
            got = os.preadv(self._file, [left[: 1 << 30]], place)
            if got <= 0:
                raise ValueError("the file has become shorter than its array")
            left, place = left[got:], place + got
        return out


class Array(Protocol):
    """What readers take, on disk, in memory or made as it is asked for: rows by number, slice or array of numbers."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, which: Any, /) -> Any: ...
