"""Arguments of a verb from a dataclass, through tyro; its error boxes become one line."""

import contextlib
import io
import re
import sys
from collections.abc import Sequence
from typing import Any, TypeVar

import tyro

from mimnet.errors import MimnetError

T = TypeVar("T")


def parse(form: type[T], arguments: Sequence[str], *, verb: str, default: Any = None) -> T:
    """Fill `form` from `arguments`; the comments beside its fields are the help text.

    Raises `MimnetError` with one line for what does not fit, and exits with 0 after `--help`.
    """
    said = io.StringIO()
    extra = {"default": default} if default is not None else {}
    try:
        with contextlib.redirect_stderr(said):
            filled: T = tyro.cli(form, prog=f"mimnet {verb}", args=list(arguments), **extra)
            return filled
    except SystemExit as exit_:
        if exit_.code in (0, None):
            raise
        words = " ".join(re.sub(r"[─-╿]+", " ", said.getvalue()).split())
        words = re.sub(r"^(\w+ )+(?=(Missing|Unrecognized|Error|Value) )", "", words)  # the title of tyro's box
        words = words.replace(" Argument helptext:", ";")
        words = re.sub(r" ?For full helptext, (run|see):? mimnet .*$", "", words)
        raise MimnetError(f"{words} (mimnet {verb} --help)") from None
    finally:
        sys.stderr.flush()
