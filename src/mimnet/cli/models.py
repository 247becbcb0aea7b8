"""mimnet models: the models in the package."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Form:
    """List the models in the package, each read and checked."""

    json: bool = False  # as JSON


def run(arguments: Sequence[str]) -> int:
    """The verb. Returns 1 if a model of the package is damaged."""
    form = parse(Form, arguments, verb="models")

    from mimnet.checkpoint import DEFAULT, shipped_models

    rows = [_row(name, file, name == DEFAULT) for name, file in shipped_models().items()]
    if form.json:
        print(json.dumps(rows, indent=1))
    elif not rows:
        print("no models in the package; name a trained one with --model FILE")
    else:
        print(f"{'name':<16} {'pixels':>6} {'MB':>6} {'steps':>8}  {'fingerprint':<16}  data")
        for row in rows:
            print(_line(row))
    return 1 if any("error" in row for row in rows) else 0


def _row(name: str, file: Path, default: bool) -> dict[str, Any]:
    """What is known of a model, or what is wrong with it."""
    from mimnet.checkpoint import load_model

    row: dict[str, Any] = {"name": name, "default": default, "bytes": file.stat().st_size}
    try:
        model = load_model(file)
    except MimnetError as error:
        return row | {"error": str(error)}
    return row | {
        "size": model.config.size,
        "steps": model.training.get("step", model.training.get("steps")),
        "data": model.training.get("data"),
        "words": len(model.vocabulary) - 2,
        "fingerprint": model.fingerprint,
    }


def _line(row: dict[str, Any]) -> str:
    megabytes = f"{row['bytes'] / 1e6:.1f}"
    if "error" in row:
        return f"{row['name']:<16} {'':>6} {megabytes:>6} damaged: {row['error']}"
    data = (row["data"] or "?") + (" (default)" if row["default"] else "")
    steps = "?" if row["steps"] is None else row["steps"]
    return f"{row['name']:<16} {row['size']:>6} {megabytes:>6} {steps:>8}  {row['fingerprint']:<16}  {data}"
