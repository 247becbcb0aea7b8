"""The models of a comparison: `NAME=PATH` or `PATH`; several under one name are seeds of one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mimnet.errors import MimnetError
from mimnet.evaluation.painter import Painter, load_painter


@dataclass(frozen=True)
class Run:
    """One trained model."""

    name: str  # of its row
    painter: Painter


def read_runs(given: Sequence[str]) -> dict[str, list[Run]]:
    """Runs by the name of their row, in the order given.

    A run directory gives its row its own name, and `NAME/seed-N` that of the folder above. Raises `MimnetError` for a
    run without a model, the same model twice in a row, and models of different size under one name.
    """
    if not given:
        raise MimnetError("name at least one run, model file or model of the package")
    rows: dict[str, list[Run]] = {}
    for text in given:
        name, path = text.split("=", 1) if "=" in text else (_name(Path(text)), text)
        rows.setdefault(name, []).append(Run(name, load_painter(path)))
    for name, runs in rows.items():
        if len({run.painter.fingerprint for run in runs}) < len(runs):
            raise MimnetError(f"the row {name!r} has the same model twice; name runs NAME=PATH to tell rows apart")
        if len({tuple(run.painter.sizes) for run in runs}) > 1:
            raise MimnetError(f"the row {name!r} has models of different size; name runs NAME=PATH to tell rows apart")
    return rows


def _name(path: Path) -> str:
    """
    >>> _name(Path("runs/full/seed-3")), _name(Path("runs/laptop")), _name(Path("a/model.safetensors"))
    ('full', 'laptop', 'a')
    """
    folder = path.parent if path.suffix == ".safetensors" else path
    return folder.parent.name if folder.name.startswith("seed-") and folder.parent.name else folder.name
