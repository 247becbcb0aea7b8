"""`mimnet info PRESET_OR_MODEL`: what a network is and costs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro

from mimnet.cli.parse import parse
from mimnet.config import load_config, preset_names

if TYPE_CHECKING:
    from mimnet.graphs import Graphs

WORDS = 2000  # vocabulary of a preset that has met no captions; no trained parameter depends on it


@dataclass(frozen=True)
class Info:
    """Tell parameters, GFLOP and seconds of one 256 px edit, and how a model was trained."""

    # preset, TOML file, model in the package, model file, run directory or folder of ONNX graphs
    name: tyro.conf.Positional[str]
    json: bool = False  # as JSON


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Info, arguments, verb="info")
    told = _about(form.name)
    print(json.dumps(told, indent=2) if form.json else _text(told))
    return 0


def _about(name: str) -> dict[str, Any]:
    from mimnet.engines.engine import installed
    from mimnet.graphs import find_graphs, is_graphs

    if is_graphs(Path(name)) or (not installed("torch") and name not in preset_names() and not name.endswith(".toml")):
        return _about_graphs(find_graphs(name))
    from mimnet.checkpoint import find_model, load_model
    from mimnet.cost import report
    from mimnet.families import new_discriminators, new_generator

    if name in preset_names() or name.endswith(".toml"):
        config = load_config(name)
        told = report(name, new_generator(config.model, WORDS), config.model, new_discriminators(config.model))
        told["training"] = {"steps": config.train.steps or f"{config.train.epochs} epochs", "batch": config.train.batch}
        return told
    model = load_model(find_model(name))
    frozen = new_generator(model.config, len(model.vocabulary))  # the loaded one has gradients off everywhere
    told = report(name, frozen, model.config, new_discriminators(model.config))
    told |= {"words": len(model.vocabulary), "fingerprint": model.fingerprint, "training": model.training}
    return told


def _about_graphs(graphs: "Graphs") -> dict[str, Any]:
    told = {key: graphs.manifest[key] for key in ("name", "family", "size", "precision", "opset", "fingerprint")}
    return told | {
        "words": len(graphs.vocabulary),
        "bytes": {name: graph["bytes"] for name, graph in graphs.manifest["graphs"].items()},
        "parity": graphs.manifest.get("parity", {}),
    }


def _text(told: dict[str, Any]) -> str:
    if "parity" in told:
        return "\n".join(
            [
                f"{told['name']} ({told['family']}, trained at {told['size']} px): ONNX graphs, {told['precision']}",
                f"  vocabulary      {told['words']} words; fingerprint of the model {told['fingerprint']}",
                f"  graphs          {', '.join(f'{name} {size:,} bytes' for name, size in told['bytes'].items())}",
                "  compared with torch (grey levels of 255, seconds of an edit)",
                *(f"    {key:<18}{value}" for key, value in told["parity"].items()),
            ]
        )
    counts, size = told["parameters"], told["edit_size"]
    lines = [
        f"{told['name']} ({told['family']}, trained at {told['size']} px)",
        f"  generator       {counts['generator']:,} parameters, {counts['trainable_generator']:,} of them trained",
        f"  discriminators  {', '.join(f'{n:,}' for n in counts['discriminators'])} parameters",
        f"  one edit        {told['gflop_per_edit']:.2f} GFLOP, {told['seconds_per_edit']:.3f} s at {size} px",
    ]
    if "words" in told:
        lines.append(f"  vocabulary      {told['words']} words; fingerprint {told['fingerprint']}")
    lines.append("  training")
    for key, value in told["training"].items():
        if not isinstance(value, dict | list):
            lines.append(f"    {key:<18}{value}")
    for key, value in told["training"].get("scores", {}).items():
        if isinstance(value, float):
            lines.append(f"    {key:<18}{value:.3f}")
    return "\n".join(lines)
