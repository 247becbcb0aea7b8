"""Names and files on the hub, against a cache in the hub's own layout; nothing here asks a network."""

import builtins
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import huggingface_hub
import huggingface_hub.constants
import pytest
from huggingface_hub import errors

from mimnet import Editor
from mimnet.checkpoint import find_model
from mimnet.cli import main
from mimnet.errors import MimnetError
from mimnet.hub import fetch, hub_name
from test_editor import SMALL, write_model

COMMITS = ("a" * 40, "b" * 40)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache with user/name at two commits, the first tagged v1, and no network."""
    folder = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    repository = folder / "models--user--name"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "v1").write_text(COMMITS[0])
    (repository / "refs" / "main").write_text(COMMITS[1])
    for words, commit in enumerate(COMMITS, 8):
        file = repository / "snapshots" / commit / "model.safetensors"
        write_model(file, dataclasses.replace(SMALL, max_words=words))
    return folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("user/name", ("user/name", None)),
        ("user/name@v1.0", ("user/name", "v1.0")),
        ("user/name@refs/pr/1", ("user/name", "refs/pr/1")),
        ("name", None),
        ("a/b/c", None),
        ("/name", None),
        ("./name", None),
        ("../name", None),
        ("user/name/", None),
        ("user/model.safetensors", None),
        ("üser/name", None),
    ],
)
def test_a_hub_name_has_one_slash_and_is_no_path(name: str, expected: tuple[str, str | None] | None) -> None:
    assert hub_name(name) == expected


def test_a_mistyped_path_below_a_folder_that_is_there_is_sent_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mimnet.checkpoint.fetch", lambda *name: pytest.fail(f"asked the hub for {name}"))
    with pytest.raises(MimnetError, match="no model 'runs/mien'"):
        find_model("runs/mien")


def test_a_model_comes_out_of_the_hubs_cache_at_the_revision_that_is_asked(cache: Path) -> None:
    fingerprints = [Editor.from_pretrained(f"user/name{at}").engine.fingerprint for at in ("", "@v1", f"@{COMMITS[0]}")]
    assert fingerprints[0] != fingerprints[1] == fingerprints[2]


def test_a_fresh_process_heeds_the_hubs_environment(cache: Path) -> None:
    """The hub's module loads its parts when they are asked for, and reads its environment once."""
    program = "from mimnet.hub import fetch; print(fetch('user/name', 'v1'))"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(cache)}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert ran.stdout == f"{cache / 'models--user--name' / 'snapshots' / COMMITS[0] / 'model.safetensors'}\n", (
        ran.stderr
    )


def test_a_path_goes_before_the_hub_and_the_package_before_a_path(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "user" / "name").mkdir(parents=True)
    assert find_model("user/name") == Path("user/name")
    (tmp_path / "flowers").mkdir()
    assert find_model("flowers").name == "model.safetensors"


def test_what_is_not_in_the_cache_is_told_in_one_line(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("user/other", "user/name@v2"):
        with pytest.raises(MimnetError, match=f"^{name} is no path here and not in .*hub; the hub is not asked$"):
            find_model(name)
    with pytest.raises(SystemExit) as stopped:
        main(["info", "user/other"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_file_of_the_hub_is_refused(cache: Path) -> None:
    file = find_model("user/name")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(MimnetError, match="was changed after it was saved"):
        Editor.from_pretrained("user/name")


def _response(status: int) -> Any:
    request = errors.HTTPError.__module__.split(".")[0]  # httpx, or the client that a later hub uses
    client = sys.modules[request]
    return client.Response(status, request=client.Request("HEAD", "https://hub/user/name"))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.RepositoryNotFoundError("x", response=_response(404)), "there is no user/new, or it is private"),
        (errors.GatedRepoError("x", response=_response(403)), "its owner must let you in first"),
        (errors.RevisionNotFoundError("x", response=_response(404)), "it has no such revision"),
        (errors.RemoteEntryNotFoundError("x", response=_response(404)), "it has no model.safetensors"),
        (OSError("no route\nto the host"), "OSError: no route to the host"),
    ],
)
def test_the_networks_errors_are_one_line(
    cache: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", fail)
    with pytest.raises(MimnetError) as raised:
        fetch("user/new")
    assert str(raised.value).startswith("user/new is no path here, and the hub does not give it: ")
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_one_file_alone_is_fetched(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(repo: str, file: str, *, revision: str | None) -> str:
        asked.append((repo, file, revision))
        return "there"

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda *_, **__: None)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert find_model("user/new@v3") == Path("there")
    assert asked == [("user/new", "model.safetensors", "v3")]


def test_the_extra_is_named_where_it_is_missing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "huggingface_hub":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MimnetError, match=r"need huggingface_hub: pip install 'mimnet\[hub\]'"):
        find_model("user/name")
