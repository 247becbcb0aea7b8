"""A folder of drawn flowers to plant faults in, and what a check says of it."""

import io
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mimnet.data.check import Finding, Needs, Report, check_folder
from mimnet.data.drawn import render, sample_scene, species_of
from mimnet.text import tokenise

NEEDS = Needs(size=32, words=24, batch=4, held_out=0.05)
WORDS = tokenise("red orange yellow green blue purple pink white black brown round long small pointed smooth curled")


@cache
def flower(number: int, size: int = 64) -> Image.Image:
    """A drawn flower; another number, another flower."""
    species = species_of("flower", "train")
    scene = sample_scene(number, "flower", species[number % len(species)])
    return Image.fromarray(render(scene, size).image)


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    data = io.BytesIO()
    picture.save(data, form, **options)
    return data.getvalue()


def captions(number: int) -> list[str]:
    """Two English captions in words that all stand often."""
    draw = np.random.default_rng(number)
    words = [WORDS[i] for i in draw.permutation(len(WORDS))]
    return [f"this flower has {' and '.join(words[:3])} petals", f"the petals are {' '.join(words[3:6])}"]


class Case:
    """A data set in the making: `train` and `test`, clean until something is planted."""

    def __init__(self, root: Path, *, train: int = 24, test: int = 6) -> None:
        self.root = root
        self.lines: dict[str, list[Any]] = {"train": [], "test": []}
        for number in range(train + test):
            split = "train" if number < train else "test"
            kind = f"{'seen' if split == 'train' else 'new'} {number % 3}"
            self.add(split, f"{number:03d}.png", flower(number), captions(number), kind)

    def add(
        self,
        split: str,
        name: str,
        picture: Image.Image | bytes,
        text: Sequence[str] = ("this flower has red petals",),
        kind: str | None = "seen 0",
    ) -> Path:
        """Put a picture and its line in."""
        file = self.root / split / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture if isinstance(picture, bytes) else encoded(picture))
        line: dict[str, Any] = {"file_name": name, "text": list(text)}
        self.lines[split].append(line if kind is None else line | {"class": kind})
        return file

    def write(self) -> Path:
        """Write metadata.jsonl of both splits; a line that is a string stands as it is."""
        for split, lines in self.lines.items():
            if lines:
                text = "".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines)
                (self.root / split / "metadata.jsonl").write_text(text, encoding="utf-8")
        return self.root

    def check(self, needs: Needs = NEEDS) -> Report:
        """Write and check it."""
        return check_folder(self.write(), needs, quiet=True)


def found(report: Report, code: str, split: str = "train") -> Finding | None:
    """The finding of a code in a split, or None."""
    findings = [f for f in report.findings if f.code == code and f.split in (split, "")]
    assert len(findings) <= 1
    return findings[0] if findings else None


def names(finding: Finding | None) -> list[str]:
    """Names of its pictures, sorted."""
    assert finding is not None
    return sorted(file.name for file in finding.files)


Plant = Callable[[Case], object]
