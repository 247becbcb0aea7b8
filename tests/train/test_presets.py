"""Every preset trains: the paper's with random VGG-16 weights of the true shape, the ablations without their part.

So do models with SqueezeNet, and with boundary maps from files.
"""

import dataclasses
import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mimnet.boundaries import needs_edges
from mimnet.checkpoint import load_model, save_model
from mimnet.cli import main
from mimnet.config import Config, MIMNetModel, load_config, merge
from mimnet.encoders import load_encoders
from mimnet.errors import MimnetError
from mimnet.families import new_generator
from mimnet.nn.squeeze import CAFFE, SqueezeNet
from mimnet.nn.vision import VGG16Features
from mimnet.train.engine import Engine
from mimnet.train.parts import load_parts
from mimnet.train.run import Sources, train

WORDS = ("this", "flower", "has", "red", "blue", "white", "yellow", "petals", "a", "on", "the", "ground")


def small(preset: str, **model: object) -> Config:
    """The preset at a size that trains in a second."""
    changes = {
        "train": {"steps": 2, "batch": 2, "bf16": False},
        "model": {"size": 32, "discriminator_levels": 2, "discriminator_width": 8, **model},
    }
    return merge(load_config(preset), changes, where="test")


@pytest.mark.slow
def test_paper_trains_with_vgg_and_word_vectors_from_files(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    vgg = VGG16Features()
    torch.save(vgg.state_dict(), tmp_path / "vgg16.pth")
    draw = np.random.default_rng(0)
    lines = [f"{word} {' '.join(f'{x:.3f}' for x in draw.normal(size=300))}" for word in WORDS]
    (tmp_path / "vectors.txt").write_text("\n".join(lines))
    sources = Sources(vectors=tmp_path / "vectors.txt", vgg=tmp_path / "vgg16.pth")
    out = tmp_path / "run"
    train(small("paper"), captioned, out, Engine(torch.device("cpu")), sources, quiet=True)
    assert re.match(r"vectors\.txt: \d+ words: \d+ found", capsys.readouterr().err), "how the words were found is told"
    trained = load_model(out).generator
    for name, weight in vgg.features.state_dict().items():  # frozen: as it came from the file
        assert torch.equal(trained.image_encoder.features.state_dict()[name], weight)
    assert not torch.equal(trained.vectors.vectors[2:], torch.zeros_like(trained.vectors.vectors[2:]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "absent"),
    [
        ("compact-no-memory", {"random_memory"}),
        ("compact-no-lmem", {"random_memory"}),
        ("compact-no-pgt", set()),
        ("compact-coarse", {"discriminator_2"}),
    ],
)
def test_ablations_train_without_their_part(
    preset: str, absent: set[str], captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    config = small(preset, encoder_width=16, decoder_width=16)
    config = dataclasses.replace(config, pretrain=dataclasses.replace(config.pretrain, steps=2, batch=4, size=32))
    out = tmp_path / "run"
    progress = train(config, captioned, out, Engine(torch.device("cpu")), Sources(), quiet=True)
    assert progress.step == 2
    line = (out / "stats.jsonl").read_text()
    for term in ("reconstruction", "reality", "conformity", "random_memory", "discriminator_1", "discriminator_2"):
        assert (f'"{term}"' in line) == (term not in absent), term
    assert (out / "samples" / "000002.png").is_file()
    assert (out / "config.toml").is_file()
    assert load_model(out).config.memory == (preset != "compact-no-memory")


def code(arguments: list[str]) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.mark.slow
def test_several_objects_learn_together_and_pictures_without_them_shut_the_map(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    other = tmp_path / "other"
    shutil.copytree(captioned, other)
    lines = [json.loads(line) for line in (other / "train" / "metadata.jsonl").read_text().splitlines()]
    few = lines[:12]  # fewer than half of a batch of the pretraining would ask for
    told = [{**line, "text": [f"feathers number {i % 5}"], "class": f"b{i % 5}"} for i, line in enumerate(few)]
    (other / "train" / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in told))
    common = ["train", "tiny", "--data", str(captioned), "--train.steps", "2", "--train.batch", "4", "--quiet"]
    common += ["--pretrain.steps", "2", "--pretrain.batch", "40", "--pictures.held-out", "0"]
    both = [*common, "--out", str(tmp_path / "both"), "--also", str(other), "--pictures.near", "0.5"]
    assert code(both) == 0
    model = load_model(tmp_path / "both")
    assert {"feathers", "number"} <= set(model.vocabulary.words)
    assert model.training["data"] == f"{captioned.name} + other"
    assert model.training["pictures"] == len(lines) + len(few)
    absent = [*common, "--out", str(tmp_path / "absent"), "--absent", str(other)]
    assert code(absent) == 2
    assert "they need --loss.absent above 0" in capsys.readouterr().err
    assert not (tmp_path / "absent").exists()
    nowhere = ["--absent", str(tmp_path / "nowhere"), "--loss.absent", "1"]
    assert code([*common, "--out", str(tmp_path / "absent"), *nowhere]) == 2
    assert "is not a folder" in capsys.readouterr().err
    assert not (tmp_path / "absent").exists()  # told before anything is learned
    assert code([*common, "--out", str(tmp_path / "absent"), "--loss.absent", "1"]) == 2
    assert "name some with --absent" in capsys.readouterr().err
    assert code([*absent, "--loss.absent", "1"]) == 0
    model = load_model(tmp_path / "absent")
    assert "feathers" not in model.vocabulary.words
    assert code([*common, "--out", str(tmp_path / "absent"), "--loss.absent", "1", "--pictures.corners"]) == 2
    assert "holds a run on other pictures: absent is ['other'] there, None here" in capsys.readouterr().err
    told = [*common, "--out", str(tmp_path / "told"), "--absent", str(other), "--loss.presence-alone"]
    assert code([*told, "--start", str(tmp_path / "absent"), "--loss.presence", "1"]) == 2
    assert "model.presence is 0 and loss.presence is above 0" in capsys.readouterr().err
    told += ["--loss.presence", "1", "--model.presence", "4"]
    assert code(told) == 2
    assert "is learned on a trained run: name it with --start" in capsys.readouterr().err
    assert not (tmp_path / "told").exists()
    assert code([*told, "--start", str(tmp_path / "absent")]) == 0
    after, before = load_model(tmp_path / "told").generator.state_dict(), model.generator.state_dict()
    assert {name for name in after if name not in before} == {n for n in after if n.startswith("presence.")} != set()
    assert all(torch.equal(after[name], x) for name, x in before.items())
    knows = dataclasses.replace(model.config, parts=1)
    state = new_generator(knows, len(model.vocabulary)).state_dict()
    about = {**model.training, "parts": "petals petal; whole: flower"}
    save_model(tmp_path / "knows.safetensors", state, knows, model.vocabulary, about)
    told[told.index("--out") + 1] = str(tmp_path / "knows")
    assert code([*told, "--model.parts", "1", "--start", str(tmp_path / "knows.safetensors")]) == 0
    assert load_model(tmp_path / "knows").parts == ["petals petal", "flower"]
    assert code([arg if arg != str(captioned) else str(other) for arg in absent] + ["--loss.absent", "1"]) == 2
    assert f"data is {captioned.name} there, other here" in capsys.readouterr().err
    assert model.training["absent"] == ["other"]
    assert '"absent"' in (tmp_path / "absent" / "stats.jsonl").read_text()


@pytest.mark.slow
def test_pictures_on_plain_ground_are_paired_with_cut_ones(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    tops = tmp_path / "tops"
    draw = f"data draw --out {tops} --kind top --train 120 --test 4 --size 64 --quiet"
    assert code(draw.split()) == 0
    common = ["--train.steps", "2", "--train.batch", "4", "--quiet", "--pretrain.steps", "2", "--pretrain.batch", "8"]
    common += ["--loss.paired", "10", "--pictures.held-out", "0"]
    away = tmp_path / "away"
    assert code(["train", "tiny", "--data", str(captioned), "--out", str(away), *common]) == 2
    assert "it is for objects on plain ground" in capsys.readouterr().err
    assert code(["train", "tiny", "--data", str(tops), "--also", str(tops), "--out", str(away), *common]) == 2
    assert "takes pictures of one folder" in capsys.readouterr().err
    unpriced = ["--loss.paired", "0", "--pictures.sewn", "0.5"]
    assert code(["train", "tiny", "--data", str(tops), "--out", str(away), *common, *unpriced]) == 2
    assert "pictures.sewn is about pairs that loss.paired prices" in capsys.readouterr().err
    assert not away.exists()  # told before anything is learned
    untrue = ["--pictures.kinds", "0.5", "--loss.paired-conformity", "0.5"]
    assert code(["train", "tiny", "--data", str(tops), "--out", str(away), *common, *untrue]) == 2
    assert "pictures.kinds asks for what its truths do not show" in capsys.readouterr().err
    dyes = ["--pictures.dyes", "0.5"]
    assert code(["train", "tiny", "--data", str(tops), "--out", str(away), *common, *dyes]) == 2
    assert "name captioned folders" in capsys.readouterr().err
    assert not away.exists()
    common += ["--pictures.sewn", "0.5", "--pictures.yoked", "0.5", "--pictures.kinds", "0.5"]
    common += ["--pictures.typical", "2", "--loss.paired-nearby", "10", "--loss.paired-detail", "5"]
    common += ["--loss.paired-features", "5", "--pictures.plain", "0.5"]
    common += ["--pictures.necked", "0.3", "--loss.paired-map", "2"]
    assert code(["train", "tiny", "--data", str(tops), "--out", str(tmp_path / "run"), *common]) == 0
    stats = (tmp_path / "run" / "stats.jsonl").read_text()
    assert '"paired"' in stats
    assert '"paired_nearby"' in stats
    assert '"paired_detail"' in stats
    assert '"paired_features"' in stats
    assert '"paired_map"' in stats


@pytest.mark.slow
def test_the_map_learns_where_objects_are_found(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    common = ["--train.steps", "2", "--train.batch", "4", "--quiet", "--pretrain.steps", "2", "--pretrain.batch", "8"]
    common += ["--pictures.held-out", "0", "--loss.map-outside", "5", "--loss.map-inside", "1"]
    shards = tmp_path / "shards"
    assert code(["data", "shard", str(captioned), "--out", str(shards), "--quiet"]) == 0
    assert code(["train", "tiny", "--data", str(shards), "--out", str(tmp_path / "away"), *common]) == 2
    assert "shards are read in order; use the folder" in capsys.readouterr().err
    plain = ["--pictures.plain", "0.5", "--loss.map-outside", "0", "--loss.map-inside", "0"]
    assert code(["train", "tiny", "--data", str(shards), "--out", str(tmp_path / "away"), *common, *plain]) == 2
    assert "pictures.plain looks at all pictures first" in capsys.readouterr().err
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "cv2", None)
        for more in ([], plain):
            away = ["--out", str(tmp_path / "away"), *more]
            assert code(["train", "tiny", "--data", str(captioned), *common, *away]) == 2
            assert "pip install 'mimnet[opencv]'" in capsys.readouterr().err
    assert not (tmp_path / "away").exists()  # told before anything is learned
    assert code(["train", "tiny", "--data", str(captioned), "--out", str(tmp_path / "run"), *common]) == 0
    told = (tmp_path / "run" / "stats.jsonl").read_text()
    assert '"map_outside"' in told
    assert '"map_inside"' in told


@pytest.mark.slow
def test_parts_of_birds_are_found_and_paired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("mimnet.train.run.STEPS", 2)
    birds, run = tmp_path / "birds", tmp_path / "run"
    assert code(f"data draw --out {birds} --kind bird --train 90 --test 4 --size 64 --quiet".split()) == 0
    common = ["train", "tiny", "--data", str(birds), "--quiet", "--pretrain.steps", "2", "--pretrain.batch", "8"]
    common += ["--train.batch", "4", "--train.save-every", "2", "--pictures.held-out", "0"]
    named = ["--loss.paired", "10", "--pictures.whole", "bird", "--pictures.parts"]
    for wrong, told in (
        (["--pictures.parts", "head"], "pictures.parts is about pairs that loss.paired prices"),
        ([*named, "head, petals"], "give 'petals' a colour that is common"),
        ([*named, "head, bird"], "pictures.parts and pictures.whole name 'bird' twice"),
        ([*named, ""], "pictures.whole goes with pictures.parts"),
        ([*named, "head", "--pictures.sewn", "0.5"], "take one"),
        ([*named, "head", "--pictures.yoked", "0.5"], "pictures.yoked is for objects on plain ground"),
        ([*named, "head", "--pictures.necked", "0.5"], "pictures.necked is for objects on plain ground"),
        ([*named, "head", "--also", str(birds)], "takes pictures of one folder"),
        ([*named, "head", "--model.parts", "2", "--loss.parts", "1"], "model.parts is 2, pictures.parts names 1"),
        ([*named, "head", "--model.parts", "1"], "and loss.parts is 0"),
        ([*named, "head", "--loss.parts", "1"], "any other has no price"),
        (["--model.parts", "1"], "model.parts is about pairs that loss.paired prices"),
        (["--loss.parts", "1"], "loss.parts is about pairs that loss.paired prices"),
    ):
        assert code([*common, "--out", str(run), "--train.steps", "2", *wrong]) == 2
        assert told in capsys.readouterr().err
        assert not run.exists()  # told before anything is learned
    assert code([*common, "--dry-run", "--out", str(run), "--train.steps", "2", *named, "head, belly"]) == 0
    assert not run.exists()
    assert code([*common, "--out", str(run), "--train.steps", "2", *named, "head, belly"]) == 0
    assert '"paired"' in (run / "stats.jsonl").read_text()
    file = run / "parts.safetensors"
    assert load_parts(file)[1] == ("head", "belly")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("what finds parts was learned again")

    monkeypatch.setattr("mimnet.train.parts.learn_parts", refuse)
    assert code([*common, "--out", str(run), "--train.steps", "4", *named, "head, belly"]) == 0
    assert len((run / "stats.jsonl").read_text().splitlines()) >= 2
    knows = [*named, "head, belly", "--model.parts", "2", "--loss.parts", "1", "--start", str(run)]
    assert code([*common, "--out", str(tmp_path / "knows"), "--train.steps", "2", *knows]) == 0  # with that run's parts
    assert '"parts"' in (tmp_path / "knows" / "stats.jsonl").read_text()
    model = load_model(tmp_path / "knows")
    assert model.generator.coarse.gate is not None
    assert model.training["parts"] == "head; belly; whole: bird"
    assert "parts" not in load_model(run).training
    file.write_bytes(file.read_bytes()[:1000])
    assert code([*common, "--out", str(run), "--train.steps", "6", *named, "head, belly"]) == 2
    assert "is not a whole safetensors file" in capsys.readouterr().err


def with_maps(captioned: Path, to: Path) -> Path:
    """The same pictures with a boundary map beside each."""
    shutil.copytree(captioned, to)
    for file in sorted((to / "train").glob("*.png")):
        grey = np.asarray(Image.open(file).convert("L")).astype(int)
        Image.fromarray((np.abs(np.diff(grey, axis=1, prepend=0)) > 90).astype(np.uint8) * 255).save(
            file.with_suffix(".edges.png")
        )
    return to


@pytest.mark.slow
def test_a_model_learns_with_boundary_maps_from_files(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    config = merge(load_config("tiny"), {"train": {"steps": 2, "batch": 4}, "pretrain": {"steps": 2}}, where="test")
    config = merge(config, {"model": {"boundary": "files", "detail": True}}, where="test")
    with pytest.raises(MimnetError, match=r"23 of 23 pictures have no boundary map"):
        train(config, captioned, tmp_path / "without", Engine(torch.device("cpu")), Sources(), quiet=True)
    data = with_maps(captioned, tmp_path / "data")
    train(config, data, tmp_path / "run", Engine(torch.device("cpu")), Sources(), quiet=True)
    model = load_model(tmp_path / "run")
    assert isinstance(model.config, MIMNetModel)
    assert model.config.boundary == "files"
    assert needs_edges(model.generator)
    assert (tmp_path / "run" / "samples" / "000002.png").is_file()


@pytest.mark.slow
def test_squeezenet_stays_as_its_file_has_it_while_the_rest_learns(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    torch.manual_seed(0)
    state = SqueezeNet(**CAFFE).state_dict()
    file = tmp_path / "squeeze.npz"
    np.savez(file, **{re.sub(r"^(fire\d)\.", r"\1/", name): x.numpy() for name, x in state.items()})
    config = merge(load_config("tiny"), {"train": {"steps": 2, "batch": 4}, "pretrain": {"steps": 2}}, where="test")
    config = merge(config, {"model": {"encoder": "squeezenet", "encoder_width": 128}}, where="test")
    assert isinstance(config.model, MIMNetModel)
    assert config.model.train_encoder
    train(config, captioned, tmp_path / "run", Engine(torch.device("cpu")), Sources(squeezenet=file), quiet=True)
    trained = load_model(tmp_path / "run").generator
    encoder = trained.image_encoder
    for name in ("conv1.bias", "fire2.squeeze1x1.weight", "fire3.expand3x3.weight"):
        assert torch.equal(encoder.state_dict()[name], state[name])
    torch.testing.assert_close(encoder.state_dict()["mean"].flatten(), torch.tensor(CAFFE["mean"]))
    learned = load_encoders(tmp_path / "run" / "pretrain" / "encoders.safetensors")
    assert learned.gives() >= {"vectors", "bounds"}
    assert not torch.equal(trained.bounds_encoder.stem.weight, learned.parts["bounds"]["stem.weight"])


def test_missing_word_vectors_are_told_before_a_run_is_begun(
    captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))
    config = merge(small("compact", encoder_width=16), {"pretrain": {"steps": 0}}, where="test")
    with pytest.raises(MimnetError, match=r"word vectors are missing: .* --pretrain\.steps"):
        train(config, captioned, tmp_path / "run", Engine(torch.device("cpu")), Sources(), quiet=True)
    assert not (tmp_path / "run").exists()
