"""`mimnet push`: the folder that a hub keeps, and what is asked of the hub, which here is a stand-in."""

import json
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest
from huggingface_hub import ModelCard

from mimnet import Editor
from mimnet.card import Card
from mimnet.checkpoint import load_model
from mimnet.cli import main
from mimnet.errors import MimnetError
from mimnet.publish import push, write_hub_folder
from test_editor import TEXT, photograph, write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "run" / "model.safetensors")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the hub was asked for, in order; files of the folder with their bytes."""
    asked: list[tuple[str, dict[str, Any]]] = []

    class Hub:
        def create_repo(self, repo: str, **given: Any) -> str:
            asked.append(("create_repo", {"repo": repo, **given}))
            return f"https://hub/{repo}"

        def upload_folder(self, *, folder_path: str, **given: Any) -> None:
            files = {file.name: file.read_bytes() for file in Path(folder_path).iterdir()}
            asked.append(("upload_folder", {"files": files, **given}))

    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    return asked


def test_the_folder_is_a_model_with_its_card(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "user" / "name"
    write_hub_folder(model.parent, folder, Card("user/name", "cc-by-nc-4.0", about="## Limits"))
    assert sorted(file.name for file in folder.iterdir()) == ["README.md", "config.json", "model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == model.read_bytes()
    told = json.loads((folder / "config.json").read_text())
    assert told["fingerprint"] == load_model(model).fingerprint
    assert told["model"]["size"] == 32
    card = ModelCard.load(folder / "README.md")
    assert card.data.to_dict()["pipeline_tag"] == "image-to-image"
    assert card.data.to_dict()["license"] == "cc-by-nc-4.0"
    assert "## Limits" in card.text
    assert 'from_pretrained("user/name")' in card.text
    pixels = photograph(40, 30)
    np.testing.assert_array_equal(
        Editor.from_pretrained(folder)(pixels, TEXT), Editor.from_pretrained(model)(pixels, TEXT)
    )


def test_a_folder_that_holds_a_model_is_left_alone(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"run holds model\.safetensors already; name another folder"):
        write_hub_folder(model, model.parent, Card("user/name"))
    assert [file.name for file in model.parent.iterdir()] == ["model.safetensors"]


def test_push_makes_the_repository_and_sends_one_commit(
    model: Path, sent: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["push", str(model), "user/name", "--private", "--license", "mit"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == "https://hub/user/name\n"
    assert [name for name, _ in sent] == ["create_repo", "upload_folder"]
    assert sent[0][1] == {"repo": "user/name", "private": True, "exist_ok": True}
    assert sent[1][1]["repo_id"] == "user/name"
    assert sorted(sent[1][1]["files"]) == ["README.md", "config.json", "model.safetensors"]
    assert b'license: "mit"' in sent[1][1]["files"]["README.md"]


def test_a_folder_can_be_written_instead(
    model: Path, tmp_path: Path, sent: list[tuple[str, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    about = tmp_path / "about.md"
    about.write_text("## Terms\n\nNone.")
    with pytest.raises(SystemExit) as stopped:
        main(["push", str(model), "user/name", "--folder", str(tmp_path / "out"), "--about", str(about)])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}\n"
    assert "## Terms" in (tmp_path / "out" / "README.md").read_text()
    assert sent == []


def test_editors_push_too(model: Path, sent: list[tuple[str, dict[str, Any]]]) -> None:
    assert Editor.from_pretrained(model).push_to_hub("user/name", license="mit") == "https://hub/user/name"
    assert sent[1][1]["files"]["model.safetensors"] == model.read_bytes()


def test_what_cannot_be_sent_is_told_in_one_line(
    model: Path, sent: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("name", "a/b/c", "user/name@v1"):
        with pytest.raises(MimnetError, match=f"^'{name}' is no name on the hub; it is user/name$"):
            push(model, Card(name))
    with pytest.raises(MimnetError, match="no model 'nothing'"):
        push("nothing", Card("user/name"))
    assert sent == []

    def fail(*_: object, **__: object) -> None:
        raise OSError("no route\nto the host")

    monkeypatch.setattr(huggingface_hub, "HfApi", fail)
    with pytest.raises(MimnetError, match=r"^cannot send to user/name on the hub: OSError: no route to the host$"):
        push(model, Card("user/name"))
