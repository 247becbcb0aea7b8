"""A finding: what is wrong with how many pictures or captions, how bad that is, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Level = Literal["error", "leak", "remark"]  # worst first


@dataclass(frozen=True)
class Needs:
    """What a training asks of its pictures; `mimnet data check` takes it from a preset."""

    size: int = 64  # side in pixels at which training sees the pictures
    words: int = 24  # a longer caption is cut
    batch: int = 16  # pictures in a step
    held_out: float = 0.05  # share of the training pictures kept aside
    maps: bool = False  # boundary maps come from files


@dataclass(frozen=True)
class Finding:
    """One kind of trouble in one split.

    An "error" stops a training or spoils it, a "leak" spoils every score on the test pictures, and with a "remark" one
    can live.
    """

    code: str  # its name in the JSON file
    level: Level
    split: str  # "" where it concerns several
    count: int  # so many
    of: int  # of so many
    said: str  # what is wrong, without the numbers of the two fields above
    mend: str  # how to mend it
    files: tuple[Path, ...] = ()  # the pictures that it speaks of
    examples: tuple[str, ...] = ()  # captions, words or lines that it speaks of

    @property
    def share(self) -> float:
        """How much of the split it concerns, 0 to 1."""
        return self.count / self.of if self.of else 0.0

    def to_json(self, root: Path) -> dict[str, Any]:
        """All of it, files as they are named below `root`."""
        return {
            "code": self.code,
            "level": self.level,
            "split": self.split,
            "count": self.count,
            "of": self.of,
            "said": self.said,
            "mend": self.mend,
            "files": [name_of(file, root) for file in self.files],
            "examples": [printable(example) for example in self.examples],
        }


def name_of(file: Path, root: Path) -> str:
    """A file as it is named below `root`, printable."""
    return printable(file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file))


def printable(text: str, *, longest: int = 400) -> str:
    r"""One line that any terminal and any file can hold; `longest` characters at most.

    >>> printable("red\n\x1b[2J flower")
    'red\\n\\x1b[2J flower'
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Errors, leaks, remarks; among these what concerns the larger share first."""
    order = {"error": 0, "leak": 1, "remark": 2}
    return tuple(sorted(findings, key=lambda finding: (order[finding.level], -finding.share)))
