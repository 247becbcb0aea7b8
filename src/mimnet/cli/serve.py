"""mimnet serve: the service, edits over HTTP for programs, and a site for people."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import UseAppendAction

from mimnet.cli.parse import parse
from mimnet.errors import MimnetError

Repeated = Annotated[tuple[str, ...], UseAppendAction]  # --model a --model b


@dataclass(frozen=True)
class Form:
    """Serve edits over HTTP: POST /api/edit. How to ask stands at /docs.

    It listens on this machine alone unless --host says otherwise. With a key in MIMNET_KEY or --key-file, requests
    need it. SIGTERM ends it when all work that it has taken on is done. Needs pip install 'mimnet[serve]'.
    """

    # a model as for mimnet edit, or NAME=MODEL; may be given again, the first is the default
    model: Repeated = ()
    engine: Literal["torch", "onnx"] | None = None  # what computes edits (default: torch where it is installed)
    site: Path | None = None  # a folder to serve at /, as mimnet export --web writes it
    host: str = "127.0.0.1"  # 0.0.0.0 is every network that this machine is in
    port: int = 8000  # 0: any free one; the address is printed
    key_file: Path | None = None  # keys that are let in, one a line
    origin: Repeated = ()  # a page's origin that may ask from browsers, https://example.org; may be given again
    max_bytes: int = 16_000_000  # of a picture file
    max_pixels: int = 25_000_000  # of a picture
    max_words: int = 64  # of a sentence
    queue: int = 64  # requests taken on and not yet answered; the next is told to come later (429)
    batch: int = 8  # waiting pictures that the network takes on together
    threads: int | None = None  # pictures decoded or finished side by side (default: one a core)
    timeout: float = 30.0  # seconds from the end of an upload to its answer
    upload_timeout: float = 20.0  # seconds for a request's head, and again for its body
    log_level: Literal["debug", "info", "warning"] = "info"  # of the JSON lines on standard error


def run(arguments: Sequence[str]) -> int:
    """The verb. Returns when the service was asked to end."""
    form = parse(Form, arguments, verb="serve")
    for origin in form.origin:
        scheme, _, rest = origin.partition("://")
        if scheme not in ("http", "https") or not rest or "/" in rest or "*" in rest:
            raise MimnetError(f"--origin {origin}: an origin is scheme and host alone, as https://example.org")
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise MimnetError(f"mimnet serve needs {error.name}: pip install 'mimnet[serve]'") from error

    _calm_threads()
    from mimnet.serve.app import Service, Setting
    from mimnet.serve.keys import read_keys
    from mimnet.serve.limits import Limits
    from mimnet.serve.loaded import load
    from mimnet.serve.logs import set_up
    from mimnet.serve.server import listen, site_folder, warn_of_strangers
    from mimnet.serve.server import run as serve

    bounds = ("max_bytes", "max_pixels", "max_words", "queue", "batch", "timeout", "upload_timeout")
    threads = {} if form.threads is None else {"threads": form.threads}
    limits = Limits(**{name: getattr(form, name) for name in bounds}, **threads)
    keys = read_keys(form.key_file)
    site = site_folder(form.site) if form.site else None
    set_up(form.log_level)
    with listen(form.host, form.port) as place:
        models = load(form.model, engine=form.engine)
        warn_of_strangers(form.host, keyed=bool(keys))
        serve(Service(Setting(models, limits, keys, form.origin, site)), place)
    return 0


def _calm_threads() -> None:
    """How many threads there are for a picture, before numpy and the engine are imported and read it.

    Networks get half of the cores unless the environment says otherwise, since decoding and finishing want some too;
    and finishing, which works on pictures side by side, one thread for each. Threads that wait shall sleep: where
    others want the cores too, spinning ones made an edit take twice to ten times as long.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // 2)))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
