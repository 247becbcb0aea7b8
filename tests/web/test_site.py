"""The site as files: what stands in it, what it may not hold, and what is told where it cannot be made."""

import base64
import hashlib
import io
import json
import re
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from site_case import documented_headers

from mimnet.cli import main
from mimnet.graphs import GRAPHS
from mimnet.site import npm, runtime
from mimnet.site.topics import examples, sample_picture, suggestions, topic_of
from mimnet.site.write import LIMIT

ROOT = Path(__file__).parents[2]
WEB = ROOT / "src" / "mimnet" / "web"
WORDS = ["<pad>", "<unk>", "flower", "petals", "this", "has", "red", "bright", "the", "are", "white", "petal"]


def graphs(folder: Path, name: str = "flowers", words: list[str] = WORDS, size: int = 10) -> Path:
    """A folder as `mimnet export --onnx` writes it, but for what the graphs hold."""
    folder.mkdir()
    data = b"x" * size
    told = {
        "format": "mimnet-onnx-1",
        "name": name,
        "family": "mimnet",
        "fingerprint": "0123456789abcdef",
        "precision": "fp16",
        "size": 32,
        "max_words": 8,
        "strength": 1.0,
        "threshold": 0.2,
        "vocabulary": words,
        "through": {},
        "graphs": {
            graph: {
                "file": f"{graph}.onnx",
                "bytes": size,
                "sha256": hashlib.sha256(data).hexdigest(),
                "inputs": [],
                "outputs": [],
            }
            for graph in GRAPHS
        },
    }
    for graph in GRAPHS:
        (folder / f"{graph}.onnx").write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(told))
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An unpacked package onnxruntime-web, in name."""
    folder = tmp_path / "package"
    (folder / "dist").mkdir(parents=True)
    for name in runtime.FILES + runtime.WEBGPU:
        (folder / "dist" / name).write_text(name)
    return folder


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one line that the command ends with."""
    with pytest.raises(SystemExit) as stopped:
        main(["export", *map(str, arguments)])
    assert stopped.value.code == 2
    text = capsys.readouterr().err.strip()
    assert len(text.splitlines()) == 1, text
    return text


def test_a_site_has_page_runtime_and_models(tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = graphs(tmp_path / "one"), graphs(tmp_path / "two", name="someone/birds@v1", words=[*WORDS[:2], "bird"])
    out = tmp_path / "site"
    with pytest.raises(SystemExit) as done:
        main(["export", str(one), str(two), "--web", str(out), "--runtime", str(package)])
    assert done.value.code == 0
    files = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    page = {str(file.relative_to(WEB)) for file in WEB.rglob("*") if file.is_file()}
    models = {
        f"models/{m}/{f}" for m in ("flowers", "someone-birds-v1") for f in ("see.onnx", "read.onnx", "paint.onnx")
    }
    assert page | models | {"models.json", "runtime/LICENSE.txt"} | {f"runtime/{f}" for f in runtime.FILES} <= files
    told = json.loads((out / "models.json").read_text())
    assert (told["default"], told["runtime_bytes"]) == ("flowers", len(runtime.FILES[-1]))
    flowers, birds = told["models"]
    assert (flowers["name"], flowers["title"], birds["name"]) == ("flowers", "Flowers", "someone-birds-v1")
    assert flowers["bytes"] == 30 + (one / "manifest.json").stat().st_size
    assert (out / flowers["sample"]).is_file()
    total = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    assert f"{total / 1e6:.1f} MB" in capsys.readouterr().out
    assert (told["webgpu"], [name for name in runtime.WEBGPU if f"runtime/{name}" in files]) == (False, [])


def test_webgpu_is_there_where_it_is_asked_for(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, out = graphs(tmp_path / "one"), tmp_path / "site"
    words = [str(one), "--webgpu", "--runtime", str(package)]
    assert "--webgpu are for --web" in refused(capsys, str(one), "--webgpu", "--onnx", out)
    with pytest.raises(SystemExit) as done:
        main(["export", *words, "--web", str(out)])
    assert done.value.code == 0
    for name in runtime.FILES + runtime.WEBGPU:
        assert (out / "runtime" / name).read_text() == name
    told = json.loads((out / "models.json").read_text())
    assert (told["webgpu"], told["runtime_bytes"]) == (True, len(runtime.FILES[-1])), "nobody waits for the second"
    (package / "dist" / runtime.WEBGPU[-1]).unlink()
    assert f"no {runtime.WEBGPU[-1]}" in refused(capsys, *words, "--web", tmp_path / "other")


def test_what_cannot_be_a_site_is_told_and_leaves_nothing(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = graphs(tmp_path / "one")
    out = tmp_path / "site"
    to = ("--web", out, "--runtime", package)
    assert "two models are called flowers" in refused(capsys, one, one, *to)
    assert "10 MB at most" in refused(capsys, graphs(tmp_path / "large", size=LIMIT // 3 + 1), *to)
    assert "no MODEL" in refused(capsys, *to)
    assert "one place" in refused(capsys, one)
    assert "one MODEL at a time" in refused(capsys, one, one, "--onnx", out)
    assert "no model 'nowhere'" in refused(capsys, "nowhere", *to)
    (one / "see.onnx").write_bytes(b"y" * 10)
    assert "see.onnx was cut short or changed" in refused(capsys, one, *to)
    (package / "dist" / runtime.FILES[1]).unlink()
    assert f"no {runtime.FILES[1]}" in refused(capsys, one, *to)
    assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    (package / "dist" / runtime.FILES[1]).write_text("")
    assert "not an empty folder" in refused(capsys, one, *to)
    assert [file.name for file in out.iterdir()] == ["mine.txt"]


def fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An npm that does as the script says; `$5` is where it shall put the archive."""
    command = folder / "bin" / "npm"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(command.parent), prepend=":")
    monkeypatch.setenv("MIMNET_HOME", str(folder / "home"))


def archive(folder: Path) -> Path:
    file = folder / "ort.tgz"
    with tarfile.open(file, "w:gz") as made:
        for name in (*(f"dist/{name}" for name in runtime.FILES + runtime.WEBGPU), "../outside", "dist/more.js"):
            data = name.encode()
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
    return file


def test_the_runtime_is_fetched_once_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = archive(tmp_path)
    calls = tmp_path / "calls"
    fake_npm(tmp_path, monkeypatch, f"""echo "$2" >> {calls}; cp {packed} "$5/"; echo '[{{"filename": "ort.tgz"}}]'""")
    one, out = graphs(tmp_path / "one"), tmp_path / "site"
    assert "is not that package" in refused(capsys, one, "--web", out)
    assert not out.exists()
    assert not (tmp_path / "home" / "onnxruntime-web-1.30.0").exists(), "nothing half is kept"
    found = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    monkeypatch.setattr(runtime, "SUM", found)
    for _ in range(2):
        files = runtime.runtime_files(None)
        assert [file.name for file in files[:-1]] == list(runtime.FILES)
        assert "Microsoft" in files[-1].read_text()
    assert {file.name for file in files[0].parent.iterdir()} == set(runtime.FILES), "and nothing else is unpacked"
    assert calls.read_text().split() == ["onnxruntime-web@1.30.0"] * 2, "one refused, one taken, none after"
    for _ in range(2):
        both = runtime.runtime_files(None, webgpu=True)
        assert [file.name for file in both[:-1]] == list(runtime.FILES + runtime.WEBGPU)
    assert len(calls.read_text().split()) == 3, "the build for WebGPU is fetched when it is first asked for"


def test_without_npm_or_network_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = graphs(tmp_path / "one")
    fake_npm(tmp_path, monkeypatch, "echo 'npm error network is down' >&2; exit 1")
    said = refused(capsys, one, "--web", tmp_path / "site")
    assert "network is down" in said
    assert "--runtime" in said
    monkeypatch.setattr(npm.shutil, "which", lambda name: None)
    said = refused(capsys, one, "--web", tmp_path / "site")
    assert "not installed" in said
    assert "--runtime" in said


def test_the_page_asks_nothing_of_others_and_holds_nothing_inline() -> None:
    html = (WEB / "index.html").read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert documented_headers()["Content-Security-Policy"] == f"{policy[1]}; frame-ancestors 'none'"
    rules = dict(part.split(" ", 1) for part in policy[1].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert rules["connect-src"] == rules["style-src"] == "'self'"
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", html)
    for file in WEB.rglob("*.*"):
        text = file.read_text()
        outside = [a for a in re.findall(r"https?://[^\s\"'`]+", text) if a != "http://www.w3.org/2000/svg"]
        assert outside == [], file
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text), file


def test_every_import_of_a_module_is_there() -> None:
    for file in WEB.rglob("*.js"):
        for target in re.findall(r'from "(\.[^"]+)"', file.read_text()):
            assert (file.parent / target).is_file() or "/runtime/" in target, f"{file}: {target}"
        assert file.read_text().startswith("// "), f"{file} says first what it is"
        assert max(map(len, file.read_text().splitlines())) <= 120, file


def test_ids_of_the_page_are_there() -> None:
    ids = set(re.findall(r'\bid="([\w-]+)"', (WEB / "index.html").read_text()))
    for file in WEB.rglob("*.js"):
        for asked in re.findall(r'\bat\("([\w-]+)"\)', file.read_text()):
            assert asked in ids, f"{file} asks for #{asked}"


def test_words_are_offered_by_their_use() -> None:
    assert suggestions(WORDS) == {"colours": ["red", "white"], "parts": ["petals"], "shades": ["bright"]}
    assert examples(WORDS) == ["this flower has bright red petals", "the petals are white"]
    assert suggestions(["<pad>", "<unk>", "gray", "grey", "blue"])["colours"] == ["gray", "blue"]
    bird = topic_of(["<pad>", "<unk>", "this", "bird", "flower"])
    assert bird is not None
    assert "beak" in bird.parts
    top = [*WORDS[:2], *["a", "women", "s", "t", "shirt", "sleeve", "short", "neck", "round", "red", "black", "high"]]
    assert examples(top) == ["a round neck short sleeve red women's t-shirt", "a black women's t-shirt"]
    assert sample_picture(top) != sample_picture(WORDS)
    assert topic_of(["<pad>", "<unk>", "car"]) is None
    assert sample_picture(["<pad>", "<unk>", "car"]) is None
    picture = sample_picture(WORDS)
    assert picture is not None
    assert np.asarray(Image.open(io.BytesIO(picture))).shape == (256, 256, 3)


def test_graphs_become_a_site_without_torch_and_onnxruntime(tmp_path: Path, package: Path) -> None:
    program = [
        "import sys",
        "class Missing:",
        "    def find_spec(self, name, path=None, target=None):",
        "        if name.split('.')[0] in ('torch', 'safetensors', 'onnxruntime', 'onnx'):",
        "            raise ModuleNotFoundError(name, name=name)",
        "sys.meta_path.insert(0, Missing())",
        "from mimnet.cli import main",
        "main(sys.argv[1:])",
    ]
    words = [str(graphs(tmp_path / "one")), "--web", str(tmp_path / "site"), "--runtime", str(package)]
    command = [sys.executable, "-c", "\n".join(program), "export", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "site" / "index.html").is_file()


def test_the_space_has_a_head_and_the_headers_for_threads() -> None:
    text = (ROOT / "examples" / "space" / "README.md").read_text(encoding="utf-8")
    head = text.split("---")[1]
    assert "sdk: static" in head
    for name, value in documented_headers().items():
        if name.startswith("Cross-Origin"):
            assert f"{name.lower()}: {value}" in head
    assert "examples/space/README.md" in (ROOT / "Makefile").read_text(encoding="utf-8")
