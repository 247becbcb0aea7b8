"""`mimnet push MODEL user/name`: a model and its card to the Hugging Face hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError


@dataclass(frozen=True)
class Push:
    """Send a model with its card to the Hugging Face hub: mimnet push MODEL user/name.

    The model can then be used anywhere by that name: mimnet edit photo.jpg "..." --model user/name. Log in with
    `hf auth login` first. Needs pip install 'mimnet[hub]'.
    """

    # a run directory, a model file, or a model of the package
    model: Annotated[Positional[str], arg(metavar="MODEL")]
    # the repository, user/name; it is made if it is not there
    repo: Annotated[Positional[str], arg(metavar="USER/NAME")]
    private: bool = False  # a repository that is made is for you alone
    license: str = "other"  # of the weights, by the hub's names; other: by the terms of what they were trained on
    datasets: tuple[str, ...] = ()  # what they were trained on, by the hub's names (default: the run's folder)
    about: Path | None = None  # Markdown for the card: data and terms, limits
    scores: tuple[Path, ...] = ()  # files of mimnet evaluate --json, for the card
    folder: Path | None = None  # write the three files here and send nothing


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Push, arguments, verb="push")
    try:
        about = form.about.read_text(encoding="utf-8") if form.about else ""
    except (OSError, UnicodeDecodeError) as error:
        raise MimnetError(f"cannot read --about {form.about}: {error}") from error

    from mimnet.card import Card
    from mimnet.publish import push, write_hub_folder

    card = Card(form.repo, form.license, form.datasets, about)
    if form.folder is not None:
        write_hub_folder(form.model, form.folder, card, scores=form.scores)
        print(form.folder)
    else:
        print(push(form.model, card, private=form.private, scores=form.scores))
    return 0
