"""Arrays on disk: what a comparison has made and need not make again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mimnet.files import whole_file


def keep_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write them, whole or not at all."""
    with whole_file(file) as temporary, open(temporary, "wb") as opened:
        np.savez(opened, allow_pickle=False, **arrays)


def kept_arrays(file: Path) -> dict[str, NDArray[Any]] | None:
    """What `keep_arrays` wrote; None where there is nothing, or it is damaged, and it is to be made again."""
    try:
        with np.load(file, allow_pickle=False) as opened:
            return {name: opened[name] for name in opened.files}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
