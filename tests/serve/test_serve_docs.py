"""docs/serve.md: its curl lines work, its options, limits and links are there."""

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from serve_case import picture
from test_serve_process import Running, started

from mimnet.serve.gate import HEAD_BYTES
from mimnet.serve.limits import Limits
from mimnet.serve.messages import LETTERS, EditAnswer
from mimnet.serve.picture import SCANS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines()]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    service = started(0)
    yield service
    assert service.end() == 0


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
@pytest.mark.parametrize("line", LINES)
def test_its_curl_lines_work(line: str, running: Running, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture(format="JPEG"))
    command = line.replace("http://127.0.0.1:8000", running.url).replace("curl ", "curl -sS --fail-with-body ")
    environment = {**os.environ, "MIMNET_KEY": "k" * 16}
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=30
    )
    assert done.returncode == 0, done.stderr + done.stdout
    for name in re.findall(r"-o (\S+)", line):
        data = (tmp_path / name).read_bytes()
        if name.endswith(".json"):
            assert EditAnswer.model_validate_json(data).unknown == ["stripy"]
        else:
            format = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[name.rpartition(".")[2]]
            assert Image.open(io.BytesIO(data)).format == format


def test_its_options_exist_and_its_limits_are_the_defaults() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "mimnet", "serve", "--help"], capture_output=True, text=True, check=True
    )
    for option in set(re.findall(r"`(--[a-z-]+)", TEXT)) - {"--web"}:
        assert option in told.stdout, option
    limits = Limits()
    for row in (
        f"| `--max-bytes` | {limits.max_bytes:,} |",
        f"| `--max-pixels` | {limits.max_pixels:,} |",
        f"| `--max-words` | {limits.max_words} (and {LETTERS} letters) |",
        f"| `--queue` | {limits.queue} ",
        f"| `--timeout` | {limits.timeout:g} s ",
        f"| `--upload-timeout` | {limits.upload_timeout:g} s ",
        f"| head | {HEAD_BYTES:,} bytes |",
        f"more than {SCANS} scans",
    ):
        assert row in TEXT, row
