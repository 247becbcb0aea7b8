"""What the README shows, works: its Python runs, its commands and options exist, its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimnet.checkpoint import shipped_models
from mimnet.cli import VERBS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.S)
    for line in block.splitlines()
    if line.startswith("mimnet ")
] + re.findall(r"`(mimnet [a-z]+[^`]*)`", README)


@pytest.mark.skipif(not shipped_models(), reason="no model in the package")
def test_its_python_runs() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8))
    for block in re.findall(r"```python\n(.*?)```", README, re.S):
        names: dict[str, object] = {"image": image}
        exec(block, names)
        assert isinstance(names["result"], Image.Image)
        assert names["result"].size == image.size


def test_its_commands_and_options_exist() -> None:
    assert len(COMMANDS) >= 8
    helps: dict[str, str] = {}
    for told in COMMANDS:
        verb = told.split()[1]
        assert verb in VERBS, told
        asked = " ".join(told.split()[1:3]) if verb == "data" else verb  # its verbs have options of their own
        words = [sys.executable, "-m", "mimnet", *asked.split(), "--help"]
        if asked not in helps:
            helps[asked] = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        for option in re.findall(r"--[a-z_.-]+", told):
            assert option in helps[asked], f"{option} in: {told}"


def test_its_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.findall(r"@[A-Z]+@", README)
