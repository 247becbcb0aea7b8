"""Write the ONNX graphs of the models in the package anew, with 16-bit weights, beside each model file.

    python scripts/ship_onnx.py [--data PICTURES] [NAME ...]

Without names, of every model. `--data` is a folder of captioned pictures that both engines are compared on; without,
pictures are drawn. To be run after every change of a model, or tests/test_shipped_graphs.py fails. A model whose graphs
fail to match torch keeps those that it had.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from mimnet.checkpoint import shipped_models
from mimnet.errors import MimnetError
from mimnet.export.folder import export
from mimnet.graphs import BESIDE


def ship(model: Path, data: Path | None) -> None:
    """The graphs of one model file into the folder beside it, in the place of those there."""
    place = model.parent / BESIDE
    with tempfile.TemporaryDirectory(dir=model.parent, prefix=".graphs.") as folder:
        made = export(model, Path(folder) / "new", ("fp16",), data=data)[0]
        if place.exists():
            place.rename(Path(folder) / "old")
        shutil.move(Path(folder) / "new", place)
    size = model.stat().st_size
    print("\n".join([str(place), *made.comparison.lines(made.precision, size)]), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    models = shipped_models()
    unknown = [name for name in given.names if name not in models]
    if unknown:
        print(f"no model {', '.join(unknown)} in the package; there are: {', '.join(models)}", file=sys.stderr)
        return 2
    for name in given.names or models:
        try:
            ship(models[name], given.data)
        except MimnetError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
