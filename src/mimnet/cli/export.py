"""`mimnet export MODEL --onnx DIR`: a model as ONNX graphs, for use without torch."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from tyro.conf import Positional, arg

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Export:
    """Write a model as ONNX graphs: mimnet export MODEL --onnx DIR.

    DIR gets see.onnx, read.onnx, paint.onnx and manifest.json, which `mimnet edit --engine onnx --model DIR` uses
    without torch. Each precision is run at once and compared with torch; outside its tolerance nothing is written.
    Needs pip install 'mimnet[export]'.
    """

    # a run directory, a model file, or a model of the package
    model: Annotated[Positional[str], arg(metavar="MODEL")]
    onnx: Path = tyro.MISSING  # folder to write; with several precisions each gets a folder of its name in it
    precision: str = "fp32"  # fp32, fp16 (weights), int8 (convolutions), or several with commas between
    data: Path | None = None  # captioned pictures to compare on and to calibrate int8 with (default: drawn ones)
    judges: Path | None = None  # folder of judges (mimnet evaluate), to compare Sim too; needs --data


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Export, arguments, verb="export")
    wanted = tuple(dict.fromkeys(part.strip() for part in form.precision.split(",") if part.strip()))
    if form.judges is not None and form.data is None:
        raise MimnetError("--judges compares scores on captioned pictures; name them with --data")

    from mimnet.export.folder import PRECISIONS, export

    precisions = [one for one in PRECISIONS if one in wanted]
    if len(precisions) < len(wanted) or not wanted:
        raise MimnetError(f"precision is {form.precision!r}; it is one or more of {', '.join(PRECISIONS)}")

    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    made = export(form.model, form.onnx, precisions, data=form.data, judges=form.judges, tell=tell)
    from mimnet.checkpoint import find_model

    path = find_model(form.model)
    size = (path / "model.safetensors" if path.is_dir() else path).stat().st_size
    for one in made:
        print(one.folder)
        print("\n".join(one.comparison.lines(one.precision, size)))
    return 0
