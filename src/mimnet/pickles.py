"""Pickles of others, read as plain containers: no class or function that one names is ever looked up."""

import io
import pickle
from pathlib import Path
from typing import Any

from mimnet.errors import MimnetError


def read_pickle(source: Path | bytes, *, what: str, name: str = "") -> Any:
    """The lists, tuples, dictionaries, strings, bytes and numbers of a pickle, of Python 2 or 3.

    `what` says in messages what the file should be, `name` which file bytes come from. Raises `MimnetError` for a file
    that is missing or damaged, or that names anything which would have to be imported.
    """
    where = name or str(source)
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            return _Plain(file, encoding="latin1").load()
    except OSError as error:
        raise MimnetError(f"cannot read {what} {where}: {error.strerror or error}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        reason = " ".join(str(error).split())[:160]
        raise MimnetError(f"{where} is not {what} ({type(error).__name__}: {reason})") from error


class _Plain(pickle.Unpickler):
    """Unpickles built-in containers, text and numbers; whatever would look up a class or a function stops it."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        raise pickle.UnpicklingError(f"it names {module_name}.{global_name}, which is not loaded")
