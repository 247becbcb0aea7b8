"""`mimnet data`: verbs that fetch, make or check captioned pictures, each in a file of its own."""

import importlib
from collections.abc import Sequence

from mimnet.errors import MimnetError

VERBS = {
    "draw": "draw a data set with known truth",
    "get": "download a public data set, or say where to fetch it by hand",
    "prepare": "turn its archives into the plain folder",
    "shard": "write captioned pictures as shards, for data that outgrows a disk or a machine",
    "cache": "list or clear the cache of resized pictures",
    "check": "tell what is wrong with captioned pictures, before hours of training",
}


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    given = list(arguments)
    if given and given[0] in ("-h", "--help"):
        listed = "\n".join(f"  {name:<10}{what}" for name, what in VERBS.items())
        print(f"usage: mimnet data VERB [OPTIONS]\n\n{listed}\n\nmimnet data VERB --help tells the options of a verb.")
        return 0
    if not given or given[0] not in VERBS:
        raise MimnetError(f"mimnet data has the verbs {', '.join(VERBS)}; got {given[0] if given else 'nothing'!r}")
    code: int = importlib.import_module(f"mimnet.cli.data_{given[0]}").run(given[1:])
    return code
