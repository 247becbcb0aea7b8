"""Packages of npm, fetched through npm itself and checked against the sums that stand in this project."""

import base64
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from mimnet.errors import MimnetError

SECONDS = 300  # npm may take so long


def fetch_package(package: str, sum_: str, folder: Path) -> Path:
    """The archive of `package` (name@version) in `folder`; `sum_` is its SHA-512 in base 64.

    Raises `MimnetError` of one line where npm is missing, does not give it, or gives something else.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise MimnetError(f"{package} is fetched by npm, which is not installed")
    command = [npm, "pack", package, "--json", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
        archive = folder / str(json.loads(done.stdout)[0]["filename"])
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    except subprocess.CalledProcessError as error:
        reason = next((line for line in error.stderr.splitlines() if "error" in line), "no reason told")
        raise MimnetError(f"npm does not give {package} ({reason.strip()[:160]})") from error
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError) as error:
        raise MimnetError(f"npm does not give {package} ({' '.join(str(error).split())[:160]})") from error
    if found != sum_:
        raise MimnetError(f"what npm gave for {package} is not that package: its SHA-512 is {found}")
    return archive
