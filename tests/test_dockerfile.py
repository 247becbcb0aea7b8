"""The Dockerfile is not stale: what it copies, installs, starts and asks is there."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from mimnet.cli.serve import Form
from mimnet.serve.gate import ROUTES

ROOT = Path(__file__).parents[1]
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
STEPS = [line.split(maxsplit=1) for line in TEXT.splitlines() if line and not line.startswith("#")]


def arguments(name: str) -> list[str]:
    return [argument for step, argument in STEPS if step == name]


def test_the_extras_that_it_installs_are_there_and_bring_no_torch() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = re.findall(r"\[([\w,]+)\]", next(line for line in arguments("RUN") if "pip install" in line))[0].split(",")
    assert set(asked) == {"onnx", "serve"}
    for extra in asked:
        assert not any("torch" in requirement for requirement in extras[extra])


def test_the_command_has_the_options_that_it_is_started_with() -> None:
    command = json.loads(arguments("ENTRYPOINT")[0])
    assert command[:2] == ["mimnet", "serve"]
    told = subprocess.run(
        [sys.executable, "-m", "mimnet", "serve", "--help"], capture_output=True, text=True, check=True
    )
    for option in command[2:]:
        assert not option.startswith("--") or option in told.stdout
    assert command[command.index("--port") + 1] == arguments("EXPOSE")[0] == str(Form().port)


def test_the_health_check_asks_a_route_at_the_port_that_is_served() -> None:
    check = json.loads(arguments("HEALTHCHECK")[0].partition("CMD ")[2])
    port, route = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", check[2])[0]
    assert (port, route in ROUTES) == (arguments("EXPOSE")[0], True)
    compile(check[2], "health check", "exec")


def test_it_runs_without_rights() -> None:
    assert arguments("USER")[-1] not in ("0", "root")
    last_stage = max(place for place, step in enumerate(STEPS) if step[0] == "FROM")
    assert any(step[0] == "USER" for step in STEPS[last_stage:])


def test_what_the_build_needs_is_not_left_out() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"src", "pyproject.toml", "constraints.txt", project["readme"], *project["license-files"]} <= let_in
    assert all((ROOT / name).exists() for name in let_in)
