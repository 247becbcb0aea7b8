"""Tests of the house's floors: imports go down only, and asking for help does not wait for torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "src" / "mimnet"

# A file or folder directly below src/mimnet, and its floor. A file imports from lower floors, or from its own.
FLOORS = {
    name: floor
    for floor, names in {
        0: "errors version files config",
        1: "nn",
        2: "losses damsm attngan text images ground blend recipe sheet tensorfile vectors weights pickles tfcheckpoint "
        "card hub edges boundaries",
        3: "engines graphs data metrics judges checkpoint encoders cnns extend families cost",
        4: "export site train editor explain outputs batch publish evaluation study",
        5: "figures serve",
        6: "cli __main__ __init__",
    }.items()
    for name in names.split()
}


def place(file: Path) -> str:
    """Dotted name of a file's module below mimnet."""
    parts = file.relative_to(SOURCES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


FILES = sorted(SOURCES.rglob("*.py"))
MODULES = {f"mimnet.{place(file)}" for file in FILES}


def imported(file: Path) -> set[str]:
    """Names of the modules that a file imports, inside its functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for alias in node.names:
                below = f"{node.module}.{alias.name}"  # `from mimnet import losses` imports a module
                names.add(below if below in MODULES else f"{node.module}")
    return names


@pytest.mark.parametrize("file", FILES, ids=place)
def test_imports_go_down(file: Path) -> None:
    own = place(file).split(".")[0]
    assert own in FLOORS, f"give {own} a floor in tests/test_floors.py"
    for name in imported(file):
        if name.startswith("mimnet."):
            other = name.split(".")[1]
            assert other == own or FLOORS[other] <= FLOORS[own], f"{place(file)} imports {name}, a floor above"


@pytest.mark.parametrize("file", [f for f in FILES if f.is_relative_to(SOURCES / "nn")], ids=place)
def test_networks_import_torch_and_networks_alone(file: Path) -> None:
    for name in imported(file):
        top = name.split(".")[0]
        assert top == "torch" or name.startswith("mimnet.nn.") or top in sys.stdlib_module_names, name


def test_losses_import_layers_the_boundary_image_and_configuration_alone() -> None:
    own = {name for name in imported(SOURCES / "losses.py") if name.startswith("mimnet")}
    assert own <= {"mimnet.nn.layers", "mimnet.nn.boundary", "mimnet.config"}


def test_nobody_imports_the_package_itself() -> None:
    assert [place(file) for file in FILES if "mimnet" in imported(file)] == []


@pytest.mark.parametrize("arguments", [None, ["--help"], ["--version"], ["edit", "--help"], ["train", "--help"]])
def test_help_does_not_wait_for_torch(arguments: list[str] | None) -> None:
    program = [
        "import sys",
        "import mimnet",
        "code = 0",
        f"arguments = {arguments!r}",
        "if arguments is not None:",
        "    from mimnet.cli import main",
        "    try:",
        "        main(arguments)",
        "    except SystemExit as stop:",
        "        code = stop.code or 0",
        "heavy = {'torch', 'numpy', 'PIL', 'safetensors'} & set(sys.modules)",
        "assert 'torch' not in heavy, heavy",
        "sys.exit(code)",
    ]
    ran = subprocess.run([sys.executable, "-c", "\n".join(program)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    if arguments is not None:
        assert "mimnet" in ran.stdout
