"""The models of a comparison: `NAME=PATH` or `PATH`; several under one name are seeds of one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mimnet.errors import MimnetError
from mimnet.evaluation.painter import Painter, load_painter

UNCHANGED, REAL, TRUE = "unchanged", "real image", "true edit"  # rows that every comparison has by itself
APART = "name runs NAME=PATH to tell rows apart"


@dataclass(frozen=True)
class Run:
    """One trained model."""

    name: str  # of its row
    painter: Painter


def read_runs(given: Sequence[str]) -> dict[str, list[Run]]:
    """Runs by the name of their row, in the order given.

    A run directory gives its row its own name, and `NAME/seed-N` that of the folder above. Raises `MimnetError` for a
    run without a model, names that cannot be told apart, and models under one name that are no seeds of one row: the
    same model twice, of different size, or of different parts of the method.
    """
    if not given:
        raise MimnetError("name at least one run, model file or model of the package")
    rows: dict[str, list[Run]] = {}
    families: dict[str, str] = {}  # of a row: what makes its runs seeds of each other
    for text in given:
        name, path, family = _told(text)
        if families.setdefault(name, family) != family:
            raise MimnetError(f"{path} and another run are both called {name!r}; {APART}")
        rows.setdefault(name, []).append(Run(name, load_painter(path)))
    for name, runs in rows.items():
        if len({run.painter.fingerprint for run in runs}) < len(runs):
            raise MimnetError(f"the row {name!r} has the same model twice; {APART}")
        if len({tuple(run.painter.sizes) for run in runs}) > 1:
            raise MimnetError(f"the row {name!r} has models of different size; {APART}")
        if len(parts := {str(run.painter.part) for run in runs}) > 1:
            raise MimnetError(f"the row {name!r} mixes models ({', '.join(sorted(parts))}); {APART}")
    return rows


def _told(text: str) -> tuple[str, str, str]:
    """Name of the row, path of the model, and what the runs of a row have in common: a NAME= or a folder of seeds."""
    if "=" in text and not Path(text).exists():  # a folder may have the sign in its name
        name, path = text.split("=", 1)
        family = "="
        if not name.strip() or not path:
            raise MimnetError(f"{text!r} is no NAME=RUN; give both, or the run alone")
    else:
        folder = _folder(Path(text))
        seed = folder.name.startswith("seed-") and folder.parent.name != ""
        name, path = folder.parent.name if seed else folder.name, text
        family = str((folder.parent if seed else folder).resolve())
    if name in (UNCHANGED, REAL, TRUE):
        raise MimnetError(f"{name!r} is a row that every comparison has; name the run otherwise: NAME={path}")
    return name, path, family


def _folder(path: Path) -> Path:
    """
    >>> _folder(Path("runs/laptop")).name, _folder(Path("a/model.safetensors")).name
    ('laptop', 'a')
    """
    folder = path.parent if path.suffix == ".safetensors" else path
    return folder if folder.name not in ("", "..") else folder.resolve()
