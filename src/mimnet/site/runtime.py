"""onnxruntime-web, which runs a model in the browser: found in a folder, or fetched once through npm."""

import tarfile
from collections.abc import Sequence
from pathlib import Path

from mimnet.errors import MimnetError
from mimnet.files import home, whole_folder
from mimnet.site.npm import fetch_package

PACKAGE = "onnxruntime-web@1.30.0"
SUM = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="  # SHA-512
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")  # of its folder dist
WEBGPU = ("ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm")


def runtime_files(given: Path | None, *, webgpu: bool = False) -> list[Path]:
    """The files of onnxruntime-web that a site needs, with those for WebGPU if it is wanted, its licence last.

    `given` is an unpacked npm package or its folder dist; else the package in `MIMNET_HOME`, which npm fetches the
    first time, checked against the sum above. Raises `MimnetError` of one line if they cannot be had.
    """
    found = _found(given, FILES, "") + (_found(given, WEBGPU, "-webgpu") if webgpu else [])
    # the package tells its licence, MIT, by name alone; the text comes with ours
    licences = [] if given is None else list(given.glob("LICENSE*"))
    return [*found, licences[0] if licences else Path(__file__).with_name("onnxruntime.txt")]


def _found(given: Path | None, names: Sequence[str], ending: str) -> list[Path]:
    folder = _cached(names, ending) if given is None else given
    inside = folder / "dist" if (folder / "dist").is_dir() else folder
    for name in names:
        if not (inside / name).is_file():
            raise MimnetError(f"no {name} in {inside}; name the unpacked npm package {PACKAGE} with --runtime")
    return [inside / name for name in names]


def _cached(names: Sequence[str], ending: str) -> Path:
    """A folder with these files of the package; each build has its own, so that nobody fetches what is not used."""
    folder = home() / (PACKAGE.replace("@", "-") + ending)
    if folder.is_dir():
        return folder
    with whole_folder(folder) as temporary:
        try:
            archive = fetch_package(PACKAGE, SUM, temporary)
        except MimnetError as error:
            raise MimnetError(f"{error}; name the unpacked package with --runtime") from error
        with tarfile.open(archive, "r:gz") as members:
            for name in names:  # nothing else of the archive is written
                member = members.extractfile(f"package/dist/{name}")
                assert member is not None, "the sum was right"
                (temporary / name).write_bytes(member.read())
        archive.unlink()
    return folder
