"""onnxruntime-web, which runs a model in the browser: found in a folder, or fetched once through npm."""

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

from mimnet.errors import MimnetError
from mimnet.files import home, whole_folder

PACKAGE = "onnxruntime-web@1.30.0"
INTEGRITY = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="  # SHA-512
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")  # of its folder dist
SECONDS = 300  # npm may take so long


def runtime_files(given: Path | None) -> list[Path]:
    """The files of onnxruntime-web that a site needs, its licence last.

    `given` is an unpacked npm package or its folder dist; else the package in `MIMNET_HOME`, which npm fetches the first
    time, checked against the sum above. Raises `MimnetError` of one line if they cannot be had.
    """
    folder = _cached() if given is None else given
    inside = folder / "dist" if (folder / "dist").is_dir() else folder
    for name in FILES:
        if not (inside / name).is_file():
            raise MimnetError(f"no {name} in {inside}; name the unpacked npm package {PACKAGE} with --runtime")
    # the package tells its licence, MIT, by name alone; the text comes with ours
    licence = next((file for file in folder.glob("LICENSE*")), Path(__file__).with_name("onnxruntime.txt"))
    return [inside / name for name in FILES] + [licence]


def _cached() -> Path:
    folder = home() / PACKAGE.replace("@", "-")
    if folder.is_dir():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise MimnetError(f"a site needs {PACKAGE}: install npm, or name the unpacked npm package with --runtime")
    with whole_folder(folder) as temporary:
        archive = _packed(npm, temporary)
        _check(archive)
        _unpack(archive, temporary)
        archive.unlink()
    return folder


def _packed(npm: str, folder: Path) -> Path:
    command = [npm, "pack", PACKAGE, "--json", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
        return folder / str(json.loads(done.stdout)[0]["filename"])
    except subprocess.CalledProcessError as error:
        reason = next((line for line in error.stderr.splitlines() if "npm error" in line), "no reason told")
        raise MimnetError(f"npm does not give {PACKAGE} ({reason}); name it unpacked with --runtime") from error
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError) as error:
        raise MimnetError(f"npm does not give {PACKAGE} ({error}); name it unpacked with --runtime") from error


def _check(archive: Path) -> None:
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    if found != INTEGRITY:
        raise MimnetError(f"what npm gave for {PACKAGE} is not that package: its SHA-512 is {found}")


def _unpack(archive: Path, folder: Path) -> None:
    """The few files that are needed; nothing else of the archive is written."""
    with tarfile.open(archive, "r:gz") as members:
        for name in FILES:
            member = members.extractfile(f"package/dist/{name}")
            assert member is not None, "the sum was right"
            (folder / name).write_bytes(member.read())
