"""A model in the hub's convention: its file, config.json and README.md in a folder, and that folder on the hub."""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mimnet.card import Card, front_matter, model_card, scores_of, usage
from mimnet.checkpoint import find_model, load_model
from mimnet.errors import MimnetError
from mimnet.files import whole_file, write_whole
from mimnet.hub import HUB_NAME, WEIGHTS, client, reason
from mimnet.version import __version__


def write_hub_folder(model: str | Path, folder: Path, card: Card, *, scores: Sequence[Path] = ()) -> None:
    """Write `model` into `folder` as a hub keeps models; the card tells the run and its `scores`.

    `scores` are files of `mimnet evaluate --json`; without any, those that the model file itself holds are told. The
    weights are the model's file, byte for byte. Raises `MimnetError` if one of the three files is there already.
    """
    file = find_model(model)
    read = load_model(file)
    file = file / WEIGHTS if file.is_dir() else file
    there = [name for name in (WEIGHTS, "config.json", "README.md") if (folder / name).exists()]
    if there:
        raise MimnetError(f"{folder} holds {', '.join(there)} already; name another folder")
    told = [scores_of(path, read.fingerprint) for path in scores]
    if not told:  # as scripts/ship.py keeps them
        kept = [read.training.get(name, {}) for name in ("scores", "scores_drawn")]
        told = [evaluation for evaluation in kept if "row" in evaluation]
    text = model_card(card, read.training, read.fingerprint, size=read.config.size, scores=told)
    config = {
        "library_name": "mimnet",
        "version": __version__,
        "fingerprint": read.fingerprint,
        "model": dataclasses.asdict(read.config),
    }
    with whole_file(folder / WEIGHTS) as temporary:
        shutil.copyfile(file, temporary)
    write_whole(folder / "config.json", json.dumps(config, indent=2) + "\n")
    write_whole(
        folder / "README.md", front_matter(card, read.training) + "\n" + text + "\n" + usage(card, read.training) + "\n"
    )


def push(model: str | Path, card: Card, *, private: bool = False, scores: Sequence[Path] = ()) -> str:
    """Send `model` to the hub's repository `card.name` as one commit; returns the page's address.

    The repository is made if it is not there. Raises `MimnetError` of one line; what was on the hub stays as it was.
    """
    found = HUB_NAME.fullmatch(card.name)
    if found is None or found["revision"]:
        raise MimnetError(f"{card.name!r} is no name on the hub; it is user/name")
    hub = client()
    with tempfile.TemporaryDirectory() as folder:
        write_hub_folder(model, Path(folder), card, scores=scores)
        try:
            api = hub.HfApi()
            page = api.create_repo(card.name, private=private or None, exist_ok=True)
            api.upload_folder(repo_id=card.name, folder_path=folder, commit_message=f"mimnet {__version__}")
        except Exception as error:  # every transport has errors of its own; all mean the same to the user
            raise MimnetError(f"cannot send to {card.name} on the hub: {reason(error, card.name)}") from error
    return str(page)
