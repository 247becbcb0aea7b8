"""The site as a folder that any static host serves: page, runtime and models, addressed by relative names alone."""

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from mimnet.checkpoint import find_model
from mimnet.errors import MimnetError
from mimnet.files import whole_folder
from mimnet.graphs import GRAPHS, MANIFEST, Graphs, find_graphs, is_graphs, load_graphs
from mimnet.site.runtime import FILES, runtime_files
from mimnet.site.topics import examples, sample_picture, suggestions
from mimnet.version import __version__

LIMIT = 10_000_000  # bytes of a model: a visitor waits for them
PRECISION = "fp16"  # half the bytes, and a difference that no eye sees
PAGE = ("index.html", "style.css", "page", "worker", "pixels")


def write_site(
    models: Sequence[str],
    out: Path,
    *,
    runtime: Path | None = None,
    precision: str | None = None,
    webgpu: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> int:
    """Write a site of models into `out`, whole or not at all; the first is the one that visitors find chosen.

    A model is a folder of graphs, or anything that has a name or path (see `find_model`): its graphs beside it are
    taken, or with a `precision` or where there are none it is exported. `runtime`: see `runtime_files`. With
    `webgpu` browsers that have it fetch a second runtime and try it. Returns the site's size in bytes. Raises
    `MimnetError` for models that cannot be had, are too large or of one name, without the runtime, and if something is
    in the way at `out`.
    """
    if not models:
        raise MimnetError("a site needs at least one model")
    files = runtime_files(runtime, webgpu=webgpu)
    with whole_folder(out) as folder, tempfile.TemporaryDirectory() as spare:
        found = [_graphs(name, Path(spare) / str(i), precision, tell) for i, name in enumerate(models)]
        _check(found)
        _copy_page(folder)
        (folder / "runtime").mkdir()
        for file in files[:-1]:
            shutil.copyfile(file, folder / "runtime" / file.name)
        shutil.copyfile(files[-1], folder / "runtime" / "LICENSE.txt")
        entries = [_put(graphs, folder) for graphs in found]
        told = {
            "version": __version__,
            "default": entries[0]["name"],
            "runtime_bytes": (folder / "runtime" / FILES[-1]).stat().st_size,
            "webgpu": webgpu,
            "models": entries,
        }
        (folder / "models.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _graphs(name: str, spare: Path, precision: str | None, tell: Callable[[str], None]) -> Graphs:
    """The graphs of a model; those that lie nowhere are exported into `spare`."""
    if is_graphs(Path(name)):
        return load_graphs(Path(name))
    find_model(name)  # so that a name that is nothing is not taken for a model without graphs
    if precision is None:
        try:
            return find_graphs(name)
        except MimnetError:
            tell(f"{name} has no graphs of its own beside it; they are made")

    from mimnet.export.folder import PRECISIONS, export  # with torch

    wanted = [one for one in PRECISIONS if one == (PRECISION if precision is None else precision)]
    if not wanted:
        raise MimnetError(f"precision is {precision!r}; a site takes one of {', '.join(PRECISIONS)}")
    export(name, spare, wanted, tell=tell)
    return load_graphs(spare)


def _name(graphs: Graphs) -> str:
    """What a model is called in addresses; one of the hub has a stroke in its name."""
    return re.sub(r"[^\w.-]+", "-", str(graphs.manifest["name"])).strip(".-") or "model"


def _files(graphs: Graphs) -> dict[str, bytes]:
    """All that a page fetches of a model, checked against its sums."""
    told = graphs.manifest["graphs"]
    return {
        MANIFEST: (graphs.folder / MANIFEST).read_bytes(),
        **{str(told[graph]["file"]): graphs.read(graph) for graph in GRAPHS},
    }


def _check(models: Sequence[Graphs]) -> None:
    names = [_name(graphs) for graphs in models]
    for graphs, name in zip(models, names, strict=True):
        size = sum(len(data) for data in _files(graphs).values())
        if names.count(name) > 1:
            raise MimnetError(f"two models are called {name}; a site needs different names")
        if size > LIMIT:
            raise MimnetError(
                f"{name} has {size / 1e6:.1f} MB; a page takes {LIMIT // 1_000_000} MB at most: try --precision int8"
            )


def _copy_page(folder: Path) -> None:
    source = Path(str(resources.files("mimnet"))) / "web"
    for name in PAGE:
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name)
        else:
            shutil.copyfile(source / name, folder / name)


def _put(graphs: Graphs, site: Path) -> dict[str, Any]:
    """Copy a model into the site; what the page's list says of it."""
    name, words = _name(graphs), graphs.vocabulary.words
    place = site / "models" / name
    place.mkdir(parents=True)
    files = _files(graphs)
    for file, data in files.items():
        (place / file).write_bytes(data)
    picture = sample_picture(words)
    if picture is not None:
        (place / "sample.png").write_bytes(picture)
    return {
        "name": name,
        "title": name.replace("-", " ").capitalize(),
        "fingerprint": graphs.fingerprint,
        "bytes": sum(len(data) for data in files.values()),
        "examples": examples(words),
        "suggestions": suggestions(words),
        "sample": None if picture is None else f"models/{name}/sample.png",
    }
