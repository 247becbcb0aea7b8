"""`mimnet data cache`: what is in the cache of resized pictures, and how to empty it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mimnet.cli.parse import parse


@dataclass(frozen=True)
class Cache:
    """List the cache, least recently used first. MIMNET_HOME says where it is, MIMNET_CACHE_GB how large it may be."""

    clear: bool = False  # delete what no running process uses


def run(arguments: Sequence[str]) -> int:
    """The verb."""
    form = parse(Cache, arguments, verb="data cache")
    from mimnet.data.store import bound, delete, folders
    from mimnet.files import home

    there = folders()
    for folder, size, used, whole in there:
        gone = form.clear and delete(folder)
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(used))
        state = "deleted" if gone else "in use" if form.clear else "whole" if whole else "unfinished"
        print(f"{size / 1e9:9.3f} GB  {when}  {state:<10}  {folder.name}")
    print(f"{sum(row[1] for row in there) / 1e9:9.3f} GB of {bound() / 1e9:.3f} in {home() / 'cache'}")
    return 0
