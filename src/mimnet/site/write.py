"""The site as a folder that any static host serves: page, runtime and models, addressed by relative names alone."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from mimnet.errors import MimnetError
from mimnet.files import whole_folder
from mimnet.graphs import GRAPHS, MANIFEST, Graphs, load_graphs
from mimnet.site.topics import examples, sample_picture, suggestions
from mimnet.version import __version__

LIMIT = 10_000_000  # bytes of a model: a visitor waits for them
PAGE = ("index.html", "style.css", "page", "worker", "pixels")


@dataclass(frozen=True)
class ExportedModel:
    """A model's graphs, and what a page fetches of them."""

    graphs: Graphs
    files: list[Path]

    @classmethod
    def read(cls, folder: Path) -> "ExportedModel":
        """Raises `MimnetError` if the folder is no exported model, or if a file is missing or damaged."""
        graphs = load_graphs(folder)
        for graph in GRAPHS:
            graphs.read(graph)  # the bytes against their sums
        return cls(
            graphs, [folder / MANIFEST, *(folder / graphs.manifest["graphs"][graph]["file"] for graph in GRAPHS)]
        )

    @property
    def name(self) -> str:
        """What it is called, in addresses too."""
        return str(self.graphs.manifest["name"])

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.stat().st_size for file in self.files)


def write_site(models: Sequence[Path], out: Path, *, runtime: Sequence[Path]) -> int:
    """Write the site of exported models (folders; the first is the default) into `out`, whole or not at all.

    `runtime` are the files of `runtime_files`. Returns the site's size in bytes. Raises `MimnetError` for a folder that
    is no exported model, a model that is too large, two of one name, or something in the way at `out`.
    """
    read = [ExportedModel.read(folder) for folder in models]
    _check(read)
    with whole_folder(out) as folder:
        _copy_page(folder)
        (folder / "runtime").mkdir()
        for file in runtime[:-1]:
            shutil.copyfile(file, folder / "runtime" / file.name)
        shutil.copyfile(runtime[-1], folder / "runtime" / "LICENSE.txt")
        entries = [_put(model, folder) for model in read]
        wasm = sum(file.stat().st_size for file in runtime if file.suffix == ".wasm")
        told = {"version": __version__, "default": read[0].name, "runtime_bytes": wasm, "models": entries}
        (folder / "models.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _check(models: Sequence[ExportedModel]) -> None:
    if not models:
        raise MimnetError("a site needs at least one model")
    names = [model.name for model in models]
    for model in models:
        if names.count(model.name) > 1:
            raise MimnetError(f"two models are called {model.name}; a site needs different names")
        if model.bytes > LIMIT:
            size = f"{model.bytes / 1e6:.1f} MB"
            raise MimnetError(f"{model.name} has {size}; a page takes 10 MB at most: export it with less precision")


def _copy_page(folder: Path) -> None:
    source = Path(str(resources.files("mimnet"))) / "web"
    for name in PAGE:
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name)
        else:
            shutil.copyfile(source / name, folder / name)


def _put(model: ExportedModel, site: Path) -> dict[str, Any]:
    """Copy a model into the site; what the page's list says of it."""
    place = site / "models" / model.name
    place.mkdir(parents=True)
    for file in model.files:
        shutil.copyfile(file, place / file.name)
    words = model.graphs.vocabulary.words
    picture = sample_picture(words)
    if picture is not None:
        (place / "sample.png").write_bytes(picture)
    return {
        "name": model.name,
        "title": model.name.replace("-", " ").capitalize(),
        "fingerprint": model.graphs.fingerprint,
        "bytes": model.bytes,
        "examples": examples(words),
        "suggestions": suggestions(words),
        "sample": None if picture is None else f"models/{model.name}/sample.png",
    }
