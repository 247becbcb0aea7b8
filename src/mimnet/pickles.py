"""Pickles of others, read as plain containers: no class or function that one names is ever looked up."""

import io
import pickle
from typing import Any

from mimnet.errors import MimnetError


def read_pickle(data: bytes, *, what: str, name: str) -> Any:
    """The lists, tuples, dictionaries, strings, bytes and numbers of a pickle, of Python 2 or 3.

    `name` is the file that they come from, `what` says in messages what it should be. Raises `MimnetError` if it is
    damaged, or names anything that would have to be imported.
    """
    try:
        return _Plain(io.BytesIO(data), encoding="latin1").load()
    except Exception as error:  # a damaged pickle can raise nearly anything
        reason = " ".join(str(error).split())[:160]
        raise MimnetError(f"{name} is not {what} ({type(error).__name__}: {reason})") from error


class _Plain(pickle.Unpickler):
    """Unpickles built-in containers, text and numbers; whatever would look up a class or a function stops it."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        raise pickle.UnpicklingError(f"it names {module_name}.{global_name}, which is not loaded")
