"""Files of models on the Hugging Face hub: how they are named, fetched and found in its cache (extra `hub`)."""

import re
from pathlib import Path
from typing import Any

from mimnet.errors import MimnetError

HUB_NAME = re.compile(r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>[\w./-]+))?", re.ASCII)
WEIGHTS = "model.safetensors"  # the one file that is fetched; it holds configuration and vocabulary too


def hub_name(name: str) -> tuple[str, str | None] | None:
    """Repository and revision of `user/name` or `user/name@revision`; None for what can only be a path.

    A path that is mistyped below a folder that is there is a path, so that its name is sent nowhere.

    >>> hub_name("user/name@v1.0")
    ('user/name', 'v1.0')
    >>> hub_name("runs/old/mine") is None
    True
    """
    found = HUB_NAME.fullmatch(name)
    if found is None or name.endswith((".safetensors", ".pth", ".pt", ".npz")) or Path(name).parent.is_dir():
        return None
    return found["repo"], found["revision"]


def fetch(repo: str, revision: str | None = None, *, cached: bool = False) -> Path:
    """The hub's `model.safetensors` of a repository, from its cache or fetched into it; nothing else is fetched.

    `revision` is a branch, a tag or a commit. With `cached` (and with `HF_HUB_OFFLINE` set) only the cache is looked
    into. Raises `MimnetError` of one line if it cannot be had.
    """
    hub = client()
    what = f"{repo}@{revision}" if revision else repo
    offline = cached or hub.constants.HF_HUB_OFFLINE
    there = hub.try_to_load_from_cache(repo, WEIGHTS, revision=revision)
    if offline:
        if not isinstance(there, str):
            raise MimnetError(f"{what} is no path here and not in {hub.constants.HF_HUB_CACHE}; the hub is not asked")
        return Path(there)
    try:
        if not isinstance(there, str):  # one question without the retries of a download: a typing error is told at once
            hub.get_hf_file_metadata(hub.hf_hub_url(repo, WEIGHTS, revision=revision))
        return Path(hub.hf_hub_download(repo, WEIGHTS, revision=revision))
    except Exception as error:  # every transport has errors of its own; all mean the same to the user
        raise MimnetError(f"{what} is no path here, and the hub does not give it: {reason(error, what)}") from error


def client() -> Any:
    """The module huggingface_hub. Raises `MimnetError` naming the extra if it is not installed."""
    try:
        import huggingface_hub
        import huggingface_hub.constants
    except ImportError as error:
        raise MimnetError("models on the hub need huggingface_hub: pip install 'mimnet[hub]'") from error
    return huggingface_hub


def reason(error: Exception, what: str) -> str:
    """What an error of huggingface_hub means, in one line."""
    from huggingface_hub import errors

    told = {
        errors.GatedRepoError: "its owner must let you in first; ask on its page, then log in with `hf auth login`",
        errors.RepositoryNotFoundError: f"there is no {what}, or it is private and you are not logged in",
        errors.RevisionNotFoundError: "it has no such revision",
        errors.EntryNotFoundError: f"it has no {WEIGHTS}",
    }
    for kind, text in told.items():
        if isinstance(error, kind):
            return text
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
