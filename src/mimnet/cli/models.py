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
    """List the models in the package, each read and checked: size, training data, scores, terms."""

    json: bool = False  # as JSON
    sheet: Path | None = None  # write a sheet of what each model makes of pictures that anyone has
    force: bool = False  # replace a sheet that is there


def run(arguments: Sequence[str]) -> int:
    """The verb. Returns 1 if a model of the package is damaged."""
    form = parse(Form, arguments, verb="models")

    from mimnet.checkpoint import DEFAULT, shipped_models

    shipped = shipped_models()
    rows = [_row(name, file, name == DEFAULT) for name, file in shipped.items()]
    if form.json:
        print(json.dumps(rows, indent=1))
    elif not rows:
        print("no models in the package; name a trained one with --model FILE")
    else:
        print("\n\n".join(_told(row) for row in rows))
    if form.sheet is not None:
        _write_sheet(form.sheet, shipped, force=form.force)
    return 1 if any("error" in row for row in rows) else 0


def _row(name: str, file: Path, default: bool) -> dict[str, Any]:
    """What is known of a model, or what is wrong with it; without torch its weights are not looked at."""
    from mimnet.checkpoint import load_model, read_description
    from mimnet.engines.engine import installed

    row: dict[str, Any] = {"name": name, "default": default, "bytes": file.stat().st_size}
    try:
        model = load_model(file) if installed("torch") else read_description(file)
    except MimnetError as error:
        return row | {"error": str(error)}
    return row | {
        "size": model.config.size,
        "steps": model.training.get("step"),
        "data": model.training.get("data"),
        "pictures": model.training.get("pictures"),
        "words": len(model.vocabulary) - 2,
        "fingerprint": model.fingerprint,
        "scores": _scores(model.training.get("scores", {})),
        "terms": model.training.get("terms"),
        "examples": model.training.get("examples", []),
    }


def _scores(told: dict[str, Any]) -> dict[str, float]:
    """The few figures that tell most, by name; what was not measured is missing."""
    names = {"Sim": "sim", "Diff": "diff", "MP": "mp"}
    try:
        scores = {shown: float(told["row"][key]["value"]) for shown, key in names.items() if key in told["row"]}
        if colours := told["colours"]:
            scores["named colour leads in the map"] = sum(c["leads_inside"] for c in colours) / len(colours)
    except (KeyError, TypeError):  # of a file that tells its scores in another way, or not at all
        return {}
    return scores


def _told(row: dict[str, Any]) -> str:
    head = f"{row['name']}{' (default)' if row['default'] else ''}, {row['bytes'] / 1e6:.1f} MB"
    if "error" in row:
        return f"{head}\n  damaged: {row['error']}"
    steps = "?" if row["steps"] is None else f"{row['steps']:,}"
    lines = [
        f"{head}, {row['size']} px, {row['words']} words, {row['fingerprint']}",
        f"  trained on  {row['data'] or '?'}, {row['pictures'] or '?'} pictures, {steps} steps in its last stage",
    ]
    if row["scores"]:
        scores = ", ".join(f"{name} {value:.2f}" for name, value in row["scores"].items())
        lines.append(f"  scores      {scores} (pictures never trained on; mimnet info {row['name']} tells more)")
    if row["terms"]:
        lines.append(f"  terms       {row['terms']}")
    lines += [f"  say         {example}" for example in row["examples"][:1]]
    return "\n".join(lines)


def _write_sheet(path: Path, shipped: dict[str, Path], *, force: bool) -> None:
    """The models' own pictures one under the other."""
    from mimnet.files import check_writable
    from mimnet.images import open_picture
    from mimnet.recipe import picture_format, write_picture
    from mimnet.sheet import Row, contact_sheet

    if path.exists() and not force:
        raise MimnetError(f"{path} is there already; name another, or replace it with --force")
    picture_format(path)
    check_writable(path)
    rows = [
        Row([open_picture(grid)], name)
        for name, file in shipped.items()
        if (grid := file.with_name("grid.webp")).is_file()
    ]
    if not rows:
        raise MimnetError("no model in the package has pictures to show")
    write_picture(path, contact_sheet(rows, side=768))
    print(path)
