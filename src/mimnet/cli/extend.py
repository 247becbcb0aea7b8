"""`mimnet extend MODEL --vectors FILE --words crimson,teal --out FILE`: give a trained model more words."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import FlagCreatePairsOff, Positional, arg

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError

if TYPE_CHECKING:
    from mimnet.extend import NewWord

SHOWN = 20  # words of --all that are printed


@dataclass(frozen=True)
class Extend:
    """Give a trained model more words, each read through the nearest words that the model knows.

    The networks stay as they are, so sentences of known words paint as before. Words that nothing known is near to
    are refused by name.
    """

    model: Annotated[Positional[str], arg(metavar="MODEL")]  # model in the package, model file, or run directory
    vectors: Path  # word vectors: GloVe or fastText (.txt, .vec, .bin) or word2vec; also .gz, and FILE.zip/MEMBER
    out: Path  # the larger model: a .safetensors file
    words: str = ""  # the new words, with commas: crimson,teal
    all: int = 0  # instead of --words: as many of the file's commonest words as this that the model lacks
    force: Annotated[bool, FlagCreatePairsOff] = False  # replace OUT if it exists


def run(arguments: Sequence[str]) -> int:
    """The verb. Exit code 1 if some of the named words were refused."""
    form = parse(Extend, arguments, verb="extend")
    named = [word.strip() for word in form.words.split(",") if word.strip()]
    if bool(named) == (form.all > 0):
        raise MimnetError("name new words with --words crimson,teal, or take the file's commonest with --all 1000")
    if form.out.is_dir():
        raise MimnetError(f"{form.out} is a folder; name a file with --out")
    if form.out.exists() and not form.force:
        raise MimnetError(f"{form.out} exists; --force replaces it")

    from mimnet.checkpoint import find_model, load_model
    from mimnet.extend import commonest, find_new, save_extended

    source = find_model(form.model)
    if source.resolve() == form.out.resolve() or (source / "model.safetensors").resolve() == form.out.resolve():
        raise MimnetError(f"{form.out} is the model itself, which is never overwritten; name another --out")
    model = load_model(source)
    words = named or commonest(form.vectors, form.all, model.vocabulary)
    extension = find_new(model, form.vectors, words)
    for one in extension.words[: None if named else SHOWN]:
        print(_told(one))
    if named:
        for word, reason in extension.refused.items():
            print(f"mimnet extend: {word} not added: {reason}", file=sys.stderr)
    if not extension.words:
        raise MimnetError(f"no word was added, so {form.out} was not written")
    save_extended(model, extension.words, form.vectors.name, form.out)
    refused = f", {len(extension.refused):,} refused" if extension.refused else ""
    print(f"{form.out}: {len(extension.words):,} words added{refused}")
    return 1 if named and extension.refused else 0


def _told(one: "NewWord") -> str:
    through = ", ".join(f"{word} {share:.2f}" for word, share in one.through.items())
    made = ", made of its subwords" if one.composed else ""
    return f"{one.word} (through {through}; cosine of the nearest {one.cosine:.2f}{made})"
