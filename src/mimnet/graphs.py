"""A folder of ONNX graphs, as `mimnet export` writes it: three graphs and the manifest that describes them.

`see.onnx` looks at pictures, `read.onnx` reads sentences, `paint.onnx` takes what both gave and paints. What the files
hold, and how they are called from any language, is told in docs/onnx.md.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimnet.checkpoint import DEFAULT, find_model, read_description
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary

FORMAT = "mimnet-onnx-1"
MANIFEST = "manifest.json"
GRAPHS = ("see", "read", "paint")
BESIDE = "model.onnx"  # the folder of graphs beside a model file


@dataclass(frozen=True)
class Graphs:
    """A folder of graphs whose manifest was read; the graphs' bytes are checked as they are read."""

    folder: Path
    manifest: Mapping[str, Any]
    vocabulary: Vocabulary

    @property
    def fingerprint(self) -> str:
        """Of the model that was exported."""
        return str(self.manifest["fingerprint"])

    @property
    def digest(self) -> str:
        """Of the graphs themselves, 16 hexadecimal digits: it tells precisions of one model apart."""
        told = "".join(self.manifest["graphs"][graph]["sha256"] for graph in GRAPHS)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def read(self, graph: str) -> bytes:
        """The bytes of a graph. Raises `MimnetError` if they are not those that were written."""
        told = self.manifest["graphs"][graph]
        file = self.folder / str(told["file"])
        try:
            data = file.read_bytes()
        except OSError as error:
            raise MimnetError(f"cannot read {file}: {error.strerror or error}; export the model again") from error
        if hashlib.sha256(data).hexdigest() != told["sha256"]:
            raise MimnetError(f"{file} was cut short or changed after it was written; export the model again")
        return data

    def names(self, graph: str, side: str) -> list[str]:
        """Names of a graph's "inputs" or "outputs", in order."""
        return [entry["name"] for entry in self.manifest["graphs"][graph][side]]


def is_graphs(path: Path) -> bool:
    """Whether `path` is a folder of graphs."""
    return (path / MANIFEST).is_file()


def load_graphs(folder: Path) -> Graphs:
    """Read the manifest of a folder of graphs. Raises `MimnetError` if it is damaged or of another format."""
    file = folder / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT:
            raise MimnetError(f"{file} is of the format {manifest.get('format')!r}, not {FORMAT!r}; export again")
        for key, kind in _KINDS.items():
            if not isinstance(manifest[key], kind):
                raise TypeError(f"{key} is not of type {kind.__name__}")
        for graph in GRAPHS:
            told = manifest["graphs"][graph]
            if Path(told["file"]).name != told["file"]:  # a manifest names files of its own folder alone
                raise ValueError(f"{graph} lies in another folder")
            if not isinstance(told["sha256"], str) or not all(x["name"] for x in [*told["inputs"], *told["outputs"]]):
                raise TypeError(f"{graph} is not described")
        vocabulary = Vocabulary.from_json(json.dumps(manifest["vocabulary"]), where=f"the vocabulary of {file}")
    except OSError as error:
        raise MimnetError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MimnetError(f"{file} is damaged ({type(error).__name__}: {error}); export the model again") from error
    return Graphs(folder, manifest, vocabulary)


def find_graphs(name: str | Path | None) -> Graphs:
    """The graphs of a model: a folder of graphs, or a model (see `find_model`) that has its own beside it.

    Raises `MimnetError` if there are none, or if they were exported from another model than the file beside them.
    """
    if name is not None and is_graphs(Path(name)):
        return load_graphs(Path(name))
    path = find_model(name)
    model = path / "model.safetensors" if path.is_dir() else path
    folder = model.parent / BESIDE
    if not is_graphs(folder):
        told = DEFAULT if name is None else name
        raise MimnetError(f"{told} has no ONNX graphs; write them with: mimnet export {told} --onnx {folder}")
    graphs = load_graphs(folder)
    if model.is_file() and read_description(model).fingerprint != graphs.fingerprint:
        raise MimnetError(f"{folder} is of another model than {model.name} beside it; export the model again")
    return graphs


_KINDS: dict[str, type] = {
    "name": str,
    "family": str,
    "fingerprint": str,
    "precision": str,
    "size": int,
    "max_words": int,
    "strength": float,
    "threshold": float,
    "vocabulary": list,
    "through": dict,
    "graphs": dict,
}
