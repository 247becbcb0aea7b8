"""The steps of the Dockerfile without Docker: its RUN lines in a temporary folder, then its command and health check.

    python scripts/docker_steps.py

What .dockerignore lets in is copied as COPY would; `/opt/mimnet` becomes a folder beside it.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = "/opt/mimnet"


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """Instructions and their arguments, in order, continued lines joined."""
    lines = re.sub(r"\\\n\s*", "", dockerfile).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip() and not line.startswith("#")]  # type: ignore[misc]


def main() -> None:
    told = steps((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        build, installed = Path(folder) / "build", str(Path(folder) / "installed")
        build.mkdir()
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
            source = ROOT / line.removeprefix("!")
            if line.startswith("!") and source.is_dir():
                left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(source, build / source.name, ignore=left_out)
            elif line.startswith("!"):
                shutil.copy(source, build)
        for name, argument in told:
            if name == "RUN":
                command = argument.replace(PLACE, installed).replace("python -m", f"{sys.executable} -m")
                print("+", command, flush=True)
                subprocess.run(command, shell=True, cwd=build, check=True)
        size = sum(
            file.stat().st_size for file in Path(installed).rglob("*") if file.is_file() and not file.is_symlink()
        )
        print(
            f"{size / 1e6:.0f} MB installed; torch is {'' if list(Path(installed).rglob('torch')) else 'not '}among it"
        )
        entry = json.loads(next(argument for name, argument in told if name == "ENTRYPOINT"))
        check = json.loads(next(argument for name, argument in told if name == "HEALTHCHECK").partition("CMD ")[2])
        environment = {"PATH": f"{installed}/bin:{os.environ['PATH']}"}
        print("+", shlex.join(entry), flush=True)
        begun = time.perf_counter()
        service = subprocess.Popen(entry, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        assert service.stdout
        print(service.stdout.readline().strip(), f"after {time.perf_counter() - begun:.1f} s")
        healthy = subprocess.run(check, cwd=folder, env=environment, check=False).returncode
        print(f"health check: {healthy}")
        service.send_signal(signal.SIGTERM)
        sys.exit(healthy or service.wait(60))


if __name__ == "__main__":
    main()
