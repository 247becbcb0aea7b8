"""The command `mimnet`: verbs, each in a file of its own, imported only when it is asked for."""

import importlib
import os
import sys
from collections.abc import Sequence

from mimnet.errors import MimnetError
from mimnet.version import __version__

VERBS = {
    "edit": "change a picture, or a folder of pictures, by a sentence",
    "train": "train a preset on captioned pictures; the same command again goes on",
    "pretrain": "learn word vectors and image CNN from captioned pictures",
    "extend": "give a model more words, from a file of word vectors",
    "info": "what a preset or a model is and costs",
    "evaluate": "score models on the same pictures and sentences, as tables",
    "figures": "the paper's figures of your models, and a report of all edits",
    "study": "a page on which people grade edits, and the table of their answers",
    "models": "the models in the package",
    "export": "a model as ONNX graphs, or models as a site that edits in the browser",
    "serve": "edits over HTTP, many at a time, and a site for people",
    "push": "send a model with its card to the Hugging Face hub",
    "data": "fetch, prepare, check, draw or shard captioned pictures",
}
TORCH = ("torch", "safetensors")  # of the extra torch; to edit, the extra onnx is enough
HELP = "\n".join(
    [
        "usage: mimnet VERB [OPTIONS]",
        "",
        "Edit the look of an object in a photograph by describing it.",
        "",
        *(f"  {name:<10}{what}" for name, what in VERBS.items()),
        "",
        "mimnet VERB --help tells the options of a verb; mimnet --version the version.",
    ]
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a verb. Exit code 2 for bad input, 1 where a batch had failures, 130 after Ctrl-C."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help", "help"):
        print(HELP)
        return
    if given[0] == "--version":
        print(f"mimnet {__version__}")
        return
    verb = given.pop(0)
    if verb not in VERBS:
        _fail(f"no verb {verb!r}; verbs are: {', '.join(VERBS)}")
    try:
        code = importlib.import_module(f"mimnet.cli.{verb}").run(given)
    except MimnetError as error:
        _fail(str(error))
    except ModuleNotFoundError as error:
        if error.name not in TORCH:
            raise
        _fail(f"{verb} needs {error.name}: pip install 'mimnet[torch]'")
    except KeyboardInterrupt:
        print(f"mimnet {verb}: stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone; nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code)


def _fail(text: str) -> None:
    print(f"mimnet: {text}", file=sys.stderr)
    sys.exit(2)
