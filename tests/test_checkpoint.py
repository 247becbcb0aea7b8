"""Tests of model files and of the tensor files below them: exact, checked, whole or not at all."""

import dataclasses
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from mimnet.checkpoint import FORMAT, find_model, load_model, save_model
from mimnet.config import MIMNetModel, load_config
from mimnet.errors import MimnetError
from mimnet.families import new_discriminators, new_generator
from mimnet.tensorfile import read_tensors, write_tensors
from mimnet.text import PAD, UNKNOWN, Vocabulary

VOCABULARY = Vocabulary([PAD, UNKNOWN, "red", "grün"])
TENSORS = {
    "a": torch.arange(12.0).view(3, 4).T,  # not contiguous
    "b": torch.tensor([1, -2, 2**40]),
    "c": torch.tensor(0.1),
    "d": torch.zeros(0, 3),
}


def config() -> MIMNetModel:
    return load_config("tiny").model


def saved(folder: Path, *, half: bool = False) -> tuple[Path, dict[str, Tensor]]:
    torch.manual_seed(0)
    generator = new_generator(config(), len(VOCABULARY))
    generator.vectors.vectors.normal_()
    path = folder / "model.safetensors"
    save_model(path, generator.state_dict(), config(), VOCABULARY, {"steps": 3, "data": "ä"}, half=half)
    return path, generator.state_dict()


def test_a_model_comes_back_exactly(tmp_path: Path) -> None:
    path, weights = saved(tmp_path)
    for where in (path, tmp_path):  # the file, or the folder that holds it
        model = load_model(where)
        assert model.config == config()
        assert model.vocabulary.words == VOCABULARY.words
        assert model.training == {"steps": 3, "data": "ä"}
        state = model.generator.state_dict()
        assert set(state) == set(weights)
        assert all(torch.equal(state[name], x) for name, x in weights.items())
    assert not model.generator.training
    assert not any(p.requires_grad for p in model.generator.parameters())


def test_half_precision_rounds_once_and_takes_half_the_room(tmp_path: Path) -> None:
    whole, _ = saved(tmp_path)
    size, fingerprint = whole.stat().st_size, load_model(whole).fingerprint
    path, weights = saved(tmp_path, half=True)
    model = load_model(path)
    for name, x in model.generator.state_dict().items():
        assert x.dtype == torch.float32
        assert torch.equal(x, weights[name].half().float()), name
    assert path.stat().st_size < 0.6 * size
    assert model.fingerprint != fingerprint


def test_the_fingerprint_tells_weights_and_configuration_apart(tmp_path: Path) -> None:
    path, weights = saved(tmp_path)
    first = load_model(path).fingerprint
    saved(tmp_path)
    assert load_model(path).fingerprint == first  # the same once more
    save_model(path, weights, dataclasses.replace(config(), paste=False), VOCABULARY, {"steps": 3, "data": "ä"})
    assert load_model(path).fingerprint != first
    weights["coarse.to_feature.weight"][0, 0] += 1e-3
    save_model(path, weights, config(), VOCABULARY, {"steps": 3, "data": "ä"})
    assert load_model(path).fingerprint != first


def test_tensors_come_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.safetensors"
    fingerprint = write_tensors(path, TENSORS, {"note": "ü"}, format="f-1")
    tensors, metadata = read_tensors(path, format="f-1")
    assert set(tensors) == set(TENSORS)
    for name, x in TENSORS.items():
        assert torch.equal(tensors[name], x)
        assert tensors[name].dtype == x.dtype
    assert metadata["note"] == "ü"
    assert metadata["fingerprint"] == fingerprint
    assert len(fingerprint) == 16
    assert path.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_half_leaves_integers_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    write_tensors(path, TENSORS, {}, format="f-1", half=True)
    tensors, _ = read_tensors(path, format="f-1")
    assert torch.equal(tensors["b"], TENSORS["b"])
    assert tensors["c"].item() == torch.tensor(0.1).half().item()
    with safetensors.safe_open(path, "pt") as opened:
        assert opened.get_tensor("a").dtype == torch.float16


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"no file .*gone\.safetensors"):
        read_tensors(tmp_path / "gone.safetensors", format="f-1")


@pytest.mark.parametrize("keep", [0, 4, 100, 0.5, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, keep: float) -> None:
    path, _ = saved(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(MimnetError, match=r"model\.safetensors is not a whole safetensors file"):
        load_model(path)


@pytest.mark.parametrize("place", [-1, -5000])
def test_one_flipped_bit_in_the_tensors_is_seen(tmp_path: Path, place: int) -> None:
    path, _ = saved(tmp_path)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(MimnetError, match=r"model\.safetensors was changed after it was saved"):
        load_model(path)


def test_a_changed_description_is_seen(tmp_path: Path) -> None:
    path, _ = saved(tmp_path)
    data = path.read_bytes()
    assert data.count(b'\\"steps\\": 3') == 1
    path.write_bytes(data.replace(b'\\"steps\\": 3', b'\\"steps\\": 4'))
    with pytest.raises(MimnetError, match="was changed after it was saved"):
        load_model(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    safetensors.torch.save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(MimnetError, match=r"x\.safetensors holds 'something else', not 'mimnet-model-1'"):
        load_model(path)
    write_tensors(path, TENSORS, {}, format="other-1")
    with pytest.raises(MimnetError, match=r"x\.safetensors holds 'other-1', not"):
        load_model(path)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (ran,)

    path = tmp_path / "x.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(MimnetError, match=r"x\.safetensors is not a whole safetensors file"):
        load_model(path)
    torch.save({"a": torch.zeros(3)}, path)
    with pytest.raises(MimnetError, match=r"x\.safetensors is not a whole safetensors file"):
        load_model(path)
    assert not ran.exists()


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    path, weights = saved(tmp_path)
    save_model(path, weights, dataclasses.replace(config(), memories=17), VOCABULARY, {})
    with pytest.raises(MimnetError, match=r"model\.safetensors: weights do not fit .*memory"):
        load_model(path)
    write_tensors(path, weights, {"config": "{}"}, format=FORMAT)
    with pytest.raises(MimnetError, match=r"model\.safetensors lacks a part of its description \('vocabulary'\)"):
        load_model(path)


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), safetensors.SafetensorError("I/O error: No space left on device")],
    ids=["os", "safetensors"],
)
@pytest.mark.parametrize("old", [False, True])
def test_nothing_half_written_is_left_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, old: bool
) -> None:
    path = tmp_path / "x.safetensors"
    if old:
        write_tensors(path, TENSORS, {}, format="f-1")
    before = path.read_bytes() if old else None

    def half_then_fail(tensors: object, file: Path, metadata: object) -> None:
        Path(file).write_bytes(b"half")
        raise error

    monkeypatch.setattr(safetensors.torch, "save_file", half_then_fail)
    with pytest.raises(MimnetError, match=r"cannot write .*x\.safetensors: .*No space left"):
        write_tensors(path, TENSORS, {"new": "one"}, format="f-1")
    assert [file.name for file in tmp_path.iterdir()] == (["x.safetensors"] if old else [])
    assert (path.read_bytes() if old else None) == before


def test_nothing_is_left_when_the_last_rename_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: object, target: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(MimnetError, match=r"cannot write .*x\.safetensors: Permission denied"):
        write_tensors(tmp_path / "x.safetensors", TENSORS, {}, format="f-1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MimnetError, match=r"cannot write .*x\.safetensors"):
        write_tensors(tmp_path / "file" / "x.safetensors", TENSORS, {}, format="f-1")


def test_find_model_takes_a_path_and_names_what_it_knows(tmp_path: Path) -> None:
    assert find_model(tmp_path) == tmp_path
    with pytest.raises(MimnetError, match="no model 'nothing': neither a path nor one of the package's models"):
        find_model("nothing")


@pytest.mark.parametrize("name", ["paper", "compact", "tiny"])
def test_a_presets_networks_are_built_from_its_configuration(name: str) -> None:
    model = load_config(name).model
    size = 64
    generator = new_generator(model, 9).eval()
    vgg = sum(p.numel() for p in generator.image_encoder.parameters()) == 1_735_488
    assert vgg == (model.encoder == "vgg16")
    assert (generator.bounds_encoder is None) == model.share_encoder
    with torch.no_grad():
        edit = generator(torch.zeros(1, 3, size, size), torch.tensor([[2, 3]]), torch.tensor([2]))
    assert [tuple(x.shape) for x in edit.stages] == [(1, 3, 32, 32), (1, 3, 64, 64)]
    assert edit.weight_map.shape == (1, 1, 16, 16)
    assert len(new_discriminators(model)) == model.stages
