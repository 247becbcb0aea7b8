"""`mimnet export MODEL --onnx DIR`: a model as ONNX graphs, for use without torch; `--web DIR`: a site with models."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Export:
    """Write a model as ONNX graphs (--onnx DIR), or models as a static site (--web DIR).

    Graphs: DIR gets see.onnx, read.onnx, paint.onnx and manifest.json, which `mimnet edit --engine onnx --model DIR`
    uses without torch. Each precision is run at once and compared with torch; outside its tolerance nothing is written.
    Needs pip install 'mimnet[export]'. A site: a page that edits visitors' photographs in their own browsers.
    """

    # run directories, model files, models of the package; for a site also folders that --onnx wrote
    models: Annotated[Positional[tuple[str, ...]], arg(metavar="MODEL")]
    onnx: Path | None = None  # folder to write; with several precisions each gets a folder of its name in it
    web: Path | None = None  # folder of a site to write; the first model is the one that visitors find chosen
    # fp32, fp16 (weights), int8 (convolutions), or several with commas between (default: fp32; of a site, fp16)
    precision: str | None = None
    data: Path | None = None  # captioned pictures to compare on and to calibrate int8 with (default: drawn ones)
    judges: Path | None = None  # folder of judges (mimnet evaluate), to compare Sim too; needs --data
    runtime: Path | None = None  # unpacked npm package onnxruntime-web for a site (default: npm fetches it once)
    webgpu: bool = False  # a site of which browsers with WebGPU fetch 27 MB more, and use it where it is faster


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Export, arguments, verb="export")
    if not form.models:
        raise MimnetError("no MODEL; name what is exported (mimnet export --help)")
    if (form.onnx is None) == (form.web is None):
        raise MimnetError("name one place to write into: --onnx DIR for graphs, or --web DIR for a site")
    return _graphs(form) if form.web is None else _site(form, form.web)


def _site(form: Export, out: Path) -> int:
    from mimnet.site.write import write_site

    if form.data is not None or form.judges is not None:
        raise MimnetError("--data and --judges are for --onnx; export the graphs first, and name their folder as MODEL")
    size = write_site(form.models, out, runtime=form.runtime, precision=form.precision, webgpu=form.webgpu, tell=_tell)
    print(f"{out}  {size / 1e6:.1f} MB; to look at it: python -m http.server -d {out}")
    return 0


def _graphs(form: Export) -> int:
    if len(form.models) > 1 or form.onnx is None:
        raise MimnetError(f"--onnx takes one MODEL at a time; got {' '.join(form.models)}")
    if form.runtime is not None or form.webgpu:
        raise MimnetError("--runtime and --webgpu are for --web")
    name = form.models[0]
    precision = "fp32" if form.precision is None else form.precision
    wanted = tuple(dict.fromkeys(part.strip() for part in precision.split(",") if part.strip()))
    if form.judges is not None and form.data is None:
        raise MimnetError("--judges compares scores on captioned pictures; name them with --data")

    from mimnet.export.folder import PRECISIONS, export

    precisions = [one for one in PRECISIONS if one in wanted]
    if len(precisions) < len(wanted) or not wanted:
        raise MimnetError(f"precision is {precision!r}; it is one or more of {', '.join(PRECISIONS)}")

    made = export(name, form.onnx, precisions, data=form.data, judges=form.judges, tell=_tell)
    from mimnet.checkpoint import find_model

    path = find_model(name)
    size = (path / "model.safetensors" if path.is_dir() else path).stat().st_size
    for one in made:
        print(one.folder)
        print("\n".join(one.comparison.lines(one.precision, size)))
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
