"""The model card: what a run's file tells of its training, what was measured, and what a person has to say."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimnet.errors import MimnetError

# Figures of `mimnet evaluate` that a card shows, where a row has them.
FIGURES = {
    "is": "IS",
    "sim": "Sim",
    "diff": "Diff",
    "mp": "MP",
    "r_precision": "R-precision",
    "inside_relative": "error to the true edit inside the true mask, by that of leaving the picture alone",
    "outside": "change outside the true mask",
    "iou": "IoU of the weight map with the true mask",
    "pointing": "map's largest weight lies in the mask",
}
COUNTS = (("step", ","), ("pictures_seen", ","), ("hours", ".2f"))  # of a training, and how they are written


@dataclass(frozen=True)
class Card:
    """What a card says beyond the model's file."""

    name: str  # its heading, and what `Editor.from_pretrained` takes
    license: str = "other"  # of the weights, by the hub's names: cc-by-nc-4.0, apache-2.0; other: by their data's terms
    datasets: tuple[str, ...] = ()  # what it was trained on, by the hub's names; default: the run's folder
    about: str = ""  # Markdown that a person wrote: data and terms, limits
    picture: tuple[str, str] | None = None  # a picture beside the card: what it shows, and its file


def model_card(
    card: Card, training: dict[str, Any], fingerprint: str, *, size: int, scores: Sequence[dict[str, Any]]
) -> str:
    """A card in Markdown. `training` is the model file's, `scores` are `scores_of` evaluations, `size` in pixels."""
    lines = [f"# {card.name}", ""]
    if card.picture is not None:
        lines += [f"![{card.picture[0]}]({card.picture[1]})", ""]
    lines += [*_training(training, fingerprint, size), *_scores(scores, _sentence(training))]
    if card.about.strip():
        lines += ["", card.about.strip()]
    return "\n".join([*lines, ""])


def front_matter(card: Card, training: dict[str, Any]) -> str:
    """The head by which a hub files a card, in YAML; strings are quoted as JSON, which YAML reads."""
    datasets = card.datasets or ((training["data"],) if training.get("data") else ())
    lines = ["---", "library_name: mimnet", "pipeline_tag: image-to-image", f"license: {json.dumps(card.license)}"]
    if datasets:
        lines += ["datasets:", *(f"- {json.dumps(name)}" for name in datasets)]
    lines += ["tags:", "- text-guided-image-editing", "- image-editing", "---", ""]
    return "\n".join(lines)


def usage(card: Card, training: dict[str, Any]) -> str:
    """How a model is used, in Markdown."""
    return "\n".join(
        [
            "## Use",
            "",
            "```python",
            "from mimnet import Editor",
            "",
            f"editor = Editor.from_pretrained({json.dumps(card.name)})",
            f"result = editor(image, {json.dumps(_sentence(training))})  # words as in its training captions",
            "```",
            "",
            f'On the command line: `mimnet edit photo.jpg "..." --model {card.name}`.',
        ]
    )


def _sentence(training: dict[str, Any]) -> str:
    """As its colours were asked for, which a model of the package tells."""
    return str(training.get("sentence", "this flower has red petals"))


def scores_of(file: Path, fingerprint: str) -> dict[str, Any]:
    """One model's part of what `mimnet evaluate --json` wrote: its row, its colours, the judges, the data.

    Raises `MimnetError` if the file is no such file or has no row of the model.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        rows = [row for row in told["rows"] if row["models"] == [fingerprint]]
        found = {key: told[key] for key in ("judges", "data")}
        colours = told["colours"]
    except OSError as error:
        raise MimnetError(f"cannot read scores {file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise MimnetError(f"{file} is not what mimnet evaluate --json writes ({error})") from error
    if not rows:
        raise MimnetError(f"{file} has no row of the model {fingerprint}; run mimnet evaluate on this very model")
    row = rows[-1]  # the coarse stage's row comes before the last stage's
    return {"row": row, "colours": [c for c in colours if c["name"] == row["name"]], **found}


def _training(training: dict[str, Any], fingerprint: str, size: int) -> list[str]:
    lines = ["## Training", ""]
    lines += ["| stage | size | steps | pictures seen | hours | hardware |", "|---|---|---|---|---|---|"]
    for run in [*training.get("earlier", []), training]:
        steps, seen, hours = (_number(run.get(key), how) for key, how in COUNTS)
        lines.append(
            f"| {run.get('preset', '–')} | {run.get('size', size)} px | {steps} | {seen} | {hours} | "
            f"{run.get('hardware', '–')} |"
        )
    return [*lines, "", f"Fingerprint {fingerprint}; {_number(training.get('pictures'), ',')} pictures for training."]


def _number(value: float | None, how: str) -> str:
    return "–" if value is None else format(value, how)


def _scores(scores: Sequence[dict[str, Any]], sentence: str) -> list[str]:
    lines = ["", "## Scores"]
    if not scores:
        return [*lines, "", "None: `mimnet evaluate` measures it, and this card was written without."]
    for told in scores:
        if told["colours"]:
            lines += ["", *_colours(told["colours"], sentence)]
        row = told["row"]
        lines += ["", _what(row), "", *_figures(row)]
    judges = {columns: judge for told in scores for columns, judge in told["judges"].items()}
    named = "; ".join(f"{columns}: {judge['name']} [{judge['fingerprint']}]" for columns, judge in judges.items())
    return [*lines, "", "What the scores mean is said by `mimnet evaluate`" + (f"; judges: {named}." if named else ".")]


def _what(row: dict[str, Any]) -> str:
    if "iou" in row or "inside_relative" in row:
        return f"Drawn pictures, whose true edit is known ({row['n']}):"
    return f"Full captions of other classes, {row['n']} pictures:"


def _colours(colours: Sequence[dict[str, Any]], sentence: str) -> list[str]:
    lines = [
        f"One-colour sentences (as `{sentence}`) on pictures of any colour. A colour leads where it has",
        "the largest share among the petal colours, by fixed rules on hue; in the map: among its pixels.",
        "",
        "| colour | leads in edits | unedited | real so captioned | in the map: edits | unedited | real |",
        "|---|---|---|---|---|---|---|",
    ]
    for c in colours:
        real = ["none", "none"]
        if c["leads_real"] is not None:
            real = [f"{c['leads_real']:.2f} (of {c['real']})", f"{c['leads_inside_real']:.2f}"]
        cells = [c["colour"], f"{c['leads']:.2f}", f"{c['leads_unedited']:.2f}", real[0]]
        cells += [f"{c['leads_inside']:.2f}", f"{c['led_inside']:.2f}", real[1]]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _figures(row: dict[str, Any]) -> list[str]:
    """Those figures of a row that there are, as a table."""
    lines = ["| figure | mean | 95% interval |", "|---|---|---|"]
    for key, text in FIGURES.items():
        if key in row and row[key]["value"] is not None and not math.isnan(row[key]["value"]):
            interval = row[key]["interval"]
            between = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "–"
            lines.append(f"| {text} | {row[key]['value']:.3f} | {between} |")
    return lines
