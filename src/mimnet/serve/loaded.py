"""The models that a service works with, by name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mimnet.checkpoint import DEFAULT, shipped_models
from mimnet.editor import Editor
from mimnet.engines.engine import EngineName
from mimnet.errors import MimnetError
from mimnet.serve.messages import ModelAnswer

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Loaded:
    """A model under the name that requests use; no path of it is ever told."""

    name: str
    editor: Editor


def load(named: Sequence[str], *, engine: EngineName | None = None) -> dict[str, Loaded]:
    """Models by name, the default first: each is `MODEL` or `NAME=MODEL`, MODEL as `mimnet edit --model` takes it.

    Without a NAME a path is called by its last part. Raises `MimnetError` for what is not there or cannot be served.
    """
    loaded: dict[str, Loaded] = {}
    for told in named or (DEFAULT,):
        name, place = _name_and_place(told)
        if not NAME.fullmatch(name):
            raise MimnetError(f"{told!r} gives a model no name of letters, digits, . _ -; write NAME={place}")
        if name in loaded:
            raise MimnetError(f"two models are called {name!r}; give one of them another name with NAME=MODEL")
        editor = Editor.from_pretrained(place, engine=engine)
        if editor.engine.needs_edges:
            raise MimnetError(
                f"the model {name!r} needs a boundary map with every picture, which cannot be sent; leave it out"
            )
        word = editor.engine.vocabulary.words[-1]
        editor.edit(Image.new("RGB", (64, 64)), word)  # the first edit is slow; it shall be nobody's
        loaded[name] = Loaded(name, editor)
    return loaded


def _name_and_place(told: str) -> tuple[str, str]:
    name, equals, place = told.partition("=")
    if equals and not Path(told).exists():
        return name, place
    if told in shipped_models():
        return told, told
    path = Path(told)
    return (path.parent.resolve().name if path.name == "model.safetensors" else path.resolve().stem), told


def described(models: Mapping[str, Loaded]) -> list[ModelAnswer]:
    """What is told of the models."""
    return [
        ModelAnswer(
            name=name,
            default=number == 0,
            fingerprint=loaded.editor.engine.fingerprint,
            size=loaded.editor.engine.size,
            max_words=loaded.editor.engine.max_words,
            words=len(loaded.editor.engine.vocabulary) - 2,
            memories=loaded.editor.engine.remembers,
        )
        for number, (name, loaded) in enumerate(models.items())
    ]
