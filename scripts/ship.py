"""Put a run's model into the package: 16-bit weights, card, and pictures that may be shown.

    python scripts/ship.py RUN --name flowers --scores PHOTOGRAPHS.json --drawn DRAWN.json --about ABOUT.md

Both JSON files come from `mimnet evaluate RUN --data ... --json FILE`; ABOUT.md holds the parts of the card that a
person writes (data, terms, limits). The pictures show drawn flowers and scikit-learn's `flower.jpg` alone.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from mimnet import Editor
from mimnet.checkpoint import load_model, save_model
from mimnet.files import whole_file, write_whole
from mimnet.sheet import contact_sheet

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "examples"))
import demo  # noqa: E402 - the pictures of the demo are the pictures of the card


def card(name: str, training: dict[str, Any], fingerprint: str, size: int, about: str) -> str:
    """The model card: what was measured, then what a person has to say."""
    runs = [*training.get("earlier", []), training]
    lines = [f"# {name}", "", "![drawn flowers and flower.jpg, edited](grid.png)", "", "## Training", ""]
    lines += ["| stage | size | steps | pictures seen | hours | hardware |", "|---|---|---|---|---|---|"]
    for run in runs:
        lines.append(
            f"| {run['preset']} | {run.get('size', size)} px | {run['step']:,} | {run['pictures_seen']:,} | "
            f"{run['hours']:.2f} | {run['hardware']} |"
        )
    scores, drawn = training["scores"], training["scores_drawn"]
    lines += ["", f"Fingerprint {fingerprint}; {training['pictures']:,} pictures for training.", "", "## Scores", ""]
    lines += [
        "Flowers of kinds never trained on; one-colour sentences (`this flower has red petals`) on pictures of any"
    ]
    lines += [
        "colour. A colour leads where it has the largest share among the petal colours, by fixed rules on hue.",
        "",
    ]
    lines += ["| colour | leads in edits | in the same pictures unedited | in real pictures so captioned |"]
    lines += ["|---|---|---|---|"]
    for s in scores["colours"]:
        real = "none" if s["leads_real"] is None else f"{s['leads_real']:.2f} (of {s['real']})"
        lines.append(f"| {s['colour']} | {s['leads']:.2f} | {s['leads_unedited']:.2f} | {real} |")
    row = scores["row"]
    lines += ["", f"Full captions of other classes, {row['n']} pictures:", ""]
    lines += figures(row, {"is": "IS", "sim": "Sim", "diff": "Diff", "mp": "MP", "r_precision": "R-precision"})
    lines += ["", f"Drawn pictures, whose true edit is known ({drawn['row']['n']}):", ""]
    lines += figures(
        drawn["row"],
        {
            "inside_relative": "error to the true edit inside the true mask, by that of leaving the picture alone",
            "outside": "change outside the true mask",
            "iou": "IoU of the weight map with the true mask",
            "pointing": "map's largest weight lies in the mask",
        },
    )
    lines += ["", "What the scores mean is said by `mimnet evaluate`; judges: "]
    judges = {**scores["judges"], **drawn["judges"]}
    lines[-1] += "; ".join(f"{columns}: {j['name']} [{j['fingerprint']}]" for columns, j in judges.items()) + "."
    return "\n".join([*lines, "", about.strip(), ""])


def figures(row: dict[str, Any], told: dict[str, str]) -> list[str]:
    """Those figures of a row that there are, as a table."""
    lines = ["| figure | mean | 95% interval |", "|---|---|---|"]
    for key, text in told.items():
        if key in row and row[key]["value"] is not None:
            low, high = row[key]["interval"]
            lines.append(f"| {text} | {row[key]['value']:.3f} | {low:.3f} to {high:.3f} |")
    return lines


def scores_of(file: Path, fingerprint: str) -> dict[str, Any]:
    """The model's part of an evaluation: its row, its colours, the judges."""
    told = json.loads(file.read_text())
    rows = [row for row in told["rows"] if row["models"] == [fingerprint]]
    if not rows:
        raise SystemExit(f"{file} has no row of the model {fingerprint}; run mimnet evaluate on this run")
    colours = [row for row in told["colours"] if row["name"] == rows[-1]["name"]]
    return {"row": rows[-1], "colours": colours, "judges": told["judges"], "data": told["data"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--drawn", type=Path, required=True)
    parser.add_argument("--about", type=Path, required=True)
    given = parser.parse_args()
    model = load_model(given.run)
    training = {
        **model.training,
        "scores": scores_of(given.scores, model.fingerprint),
        "scores_drawn": scores_of(given.drawn, model.fingerprint),
    }
    folder = ROOT / "src" / "mimnet" / "models" / given.name
    weights = dict(model.generator.state_dict())
    save_model(folder / "model.safetensors", weights, model.config, model.vocabulary, training, half=True)
    shipped = load_model(folder)
    editor = Editor(shipped)
    photo = demo.photograph()
    drawn = [demo.drawn(seed) for seed in demo.DRAWN]
    pictures = {
        folder / "grid.png": demo.overview(editor, [photo, *drawn], side=128),
        ROOT / "docs" / "images" / "flower.png": contact_sheet(
            demo.demo_rows(editor, photo, demo.SENTENCES[:3]), side=256, titles=("input", "result", "map")
        ),
        ROOT / "docs" / "images" / "drawn.png": contact_sheet(
            [
                row
                for picture, n in zip(drawn, (0, 2, 3), strict=True)
                for row in demo.demo_rows(editor, picture, demo.SENTENCES[n : n + 1])
            ],
            side=192,
            titles=("input", "result", "map"),
        ),
    }
    for path, picture in pictures.items():
        with whole_file(path) as temporary:
            picture.quantize(256).save(temporary, optimize=True)
    text = card(given.name, training, shipped.fingerprint, model.config.size, given.about.read_text())
    write_whole(folder / "README.md", text)
    print(f"{folder}: {(folder / 'model.safetensors').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
