"""The package as a whole: what it needs, what it imports, its command, and what its files may not hold."""

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from mimnet.cli import VERBS
from mimnet.version import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = {"numpy", "pillow", "tyro", "tqdm"}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


def names(requirements: list[str]) -> set[str]:
    """Names of distributions, without their versions."""
    return {re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("statement", ["import mimnet", "import mimnet.cli", "from mimnet import __version__"])
def test_neither_the_package_nor_its_command_nor_its_version_imports_torch(statement: str) -> None:
    done = python("-c", f"{statement}; import sys; assert 'torch' not in sys.modules")
    assert done.returncode == 0, done.stderr


def test_the_version_can_be_read_without_running_the_package() -> None:
    text = (ROOT / "src" / "mimnet" / "version.py").read_text(encoding="utf-8")
    assert re.search(r'^__version__ = "(\d+\.\d+\.\d+)"$', text, re.M)[1] == __version__


@pytest.mark.parametrize("target", PROJECT["scripts"].values(), ids=PROJECT["scripts"].keys())
def test_every_console_script_points_at_something(target: str) -> None:
    module, name = target.split(":")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    done = python("-m", "mimnet", verb, "--help")
    assert done.returncode == 0, done.stderr
    assert f"mimnet {verb}" in done.stdout
    assert not done.stderr


def test_the_command_lists_its_verbs_and_tells_its_version() -> None:
    assert all(f"\n  {verb} " in python("-m", "mimnet", "--help").stdout for verb in VERBS)
    assert python("-m", "mimnet", "--version").stdout.strip() == f"mimnet {__version__}"


def test_the_core_needs_four_packages_at_most_and_no_engine() -> None:
    assert names(PROJECT["dependencies"]) <= CORE


def test_constraints_pin_every_named_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0] for line in lines if re.fullmatch(r"[\w.-]+==[\w.]+", line)}
    extras = PROJECT["optional-dependencies"].values()
    wanted = names(PROJECT["dependencies"]).union(*(names(extra) for extra in extras))
    assert wanted - {PROJECT["name"]} <= pinned


def test_every_file_beside_the_code_is_packed() -> None:
    """A wheel holds what `package-data` names, and would lack a model or its graphs without an error."""
    package = ROOT / "src" / "mimnet"
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packed = {file for pattern in patterns["package-data"]["mimnet"] for file in package.glob(pattern)}
    there = {f for f in package.rglob("*") if f.is_file() and f.suffix not in (".py", ".pyc")}
    assert there - packed == set()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_makefile_has_the_targets_that_a_newcomer_needs(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the business of the machine that installs them."""
    hosts = ["pypi" + ".org", "python" + "hosted.org", "download." + "pytorch.org", "ana" + "conda.org"]
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    patterns = [part for host in hosts for part in ("-e", host)]
    found = subprocess.run(
        ["git", "grep", "-I", "-i", "-l", "-F", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 1, f"a registry's host stands in: {found.stdout or found.stderr}"
