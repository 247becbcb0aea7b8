"""MATLAB's `.mat` files: columns of numbers and lists of strings, of version 5 and of version 7.3.

Version 5 needs scipy, version 7.3 h5py; both are in the extra `data`.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError


class MatFile:
    """A `.mat` file's variables. Raises `MimnetError` with `name` if it is none, or if its reader is not installed."""

    def __init__(self, data: bytes, *, name: str) -> None:
        self.name = name
        self._newer = data[:8] == b"\x89HDF\r\n\x1a\n" or data[:10] == b"MATLAB 7.3"
        try:
            if self._newer:
                import h5py

                self._file: Any = h5py.File(io.BytesIO(data), "r")
                self.variables = tuple(key for key in self._file if not key.startswith("#"))
            else:
                from scipy.io import loadmat, whosmat

                self.variables = tuple(found[0] for found in whosmat(io.BytesIO(data)))
                self._load: Callable[[str], Any] = lambda v: loadmat(io.BytesIO(data), variable_names=[v])[v]
        except ImportError as error:
            raise MimnetError(f"{name} is a MATLAB file; to read it: pip install 'mimnet[data]'") from error
        except Exception as error:  # both readers fail in many ways on what is no such file
            raise MimnetError(f"{name} is not a MATLAB file that can be read ({type(error).__name__})") from error

    def numbers(self, variable: str) -> NDArray[np.int64]:
        """A matrix of whole numbers, column after column, as one row. Raises `MimnetError`."""
        found = self._variable(variable)
        array = np.asarray(found[()]).T if self._newer else np.asarray(found)
        if array.dtype.kind not in "iufb":
            raise MimnetError(f"{self.name}: {variable} holds no numbers")
        return array.astype(np.int64).ravel(order="F")

    def strings(self, variable: str) -> list[str]:
        """A cell array of strings, or a matrix with a string in each row. Raises `MimnetError`."""
        found = self._variable(variable)
        try:
            if self._newer:
                cells = np.asarray(found[()]).ravel()
                return ["".join(map(chr, self._file[cell][()].ravel())).strip("\0 ") for cell in cells]
            array = np.asarray(found)
            return [_text(cell) for cell in array.ravel(order="F")]
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            raise MimnetError(f"{self.name}: {variable} holds no strings") from error

    def _variable(self, variable: str) -> Any:
        if variable not in self.variables:
            raise MimnetError(f"{self.name} has no {variable}; it has {', '.join(self.variables) or 'nothing'}")
        return self._file[variable] if self._newer else self._load(variable)


def _text(cell: Any) -> str:
    """The string of a cell, which may lie in cells of its own."""
    while isinstance(cell, np.ndarray):
        if not cell.size:
            return ""
        cell = cell.ravel()[0]
    if not isinstance(cell, str):
        raise ValueError(f"{type(cell).__name__} is no string")
    return cell.strip()
