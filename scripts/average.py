"""Average the weights of trained models that went on from each other, into a model of its own.

    python scripts/average.py OUT RUN=0.7 EARLIER=0.3
    python scripts/average.py OUT birds=1 --map-gain 1.5

Shares are positive and add up to 1. Configuration, vocabulary and the record of training are the first model's; the
record says what was averaged. `--map-gain` sets `model.map_gain` of the result, for MIM-Net alone. Models that did not
grow out of one another do not average to anything.
"""

import argparse
import dataclasses
from pathlib import Path

import torch

from mimnet.checkpoint import find_model, load_model, save_model
from mimnet.config import MIMNetModel
from mimnet.errors import MimnetError


def shared(text: str) -> tuple[Path, float]:
    """A model and its share from "RUN=0.7"."""
    path, _, share = text.rpartition("=")
    return Path(path), float(share)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("models", type=shared, nargs="+", metavar="MODEL=SHARE")
    parser.add_argument("--map-gain", type=float, help="`model.map_gain` of the result (default: as it was)")
    given = parser.parse_args()
    shares = [share for _, share in given.models]
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        parser.error(f"shares are {shares}; they must be positive and add up to 1")
    try:
        models = [load_model(find_model(path)) for path, _ in given.models]
    except MimnetError as error:
        parser.error(str(error))
    first = models[0]
    config = first.config
    if given.map_gain is not None:
        if not isinstance(config, MIMNetModel):
            parser.error(f"{given.models[0][0]} is of the family {first.family}, which has no map")
        try:
            config = dataclasses.replace(config, map_gain=given.map_gain)
        except MimnetError as error:
            parser.error(str(error))
    for (path, _), model in zip(given.models, models, strict=True):
        if model.config != first.config or model.vocabulary.words != first.vocabulary.words:
            parser.error(f"{path} has another configuration or vocabulary than {given.models[0][0]}")
    states = [model.generator.state_dict() for model in models]
    mean: dict[str, torch.Tensor] = {}
    for name, x in states[0].items():
        mean[name] = x
        if x.is_floating_point():
            parts = [share * state[name].double() for share, state in zip(shares, states, strict=True)]
            mean[name] = torch.stack(parts).sum(0).to(x.dtype)
    averaged = [{"model": m.fingerprint, "share": share} for m, share in zip(models, shares, strict=True)]
    record = {**first.training, "averaged": averaged}
    save_model(given.out / "model.safetensors", mean, config, first.vocabulary, record)


if __name__ == "__main__":
    main()
