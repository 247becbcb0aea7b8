"""The project's own judges: they learn what they are for, survive their file, and say what does not fit."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mimnet.config import JudgeConfig
from mimnet.data.drawn import write_drawn_set
from mimnet.data.folder import read_split
from mimnet.errors import MimnetError
from mimnet.images import open_picture, to_array
from mimnet.judges.own import RELIABLE, OwnAttributes, OwnClassifier, OwnMatcher, load_judge
from mimnet.nn.squeeze import CAFFE, SqueezeNet
from mimnet.train.engine import Engine
from mimnet.train.judges import train_judge

CPU = Engine(torch.device("cpu"))
SMALL = JudgeConfig(size=32, width=16, embedding=16, word_vector=16, steps=4, batch=8, dropout=0.1)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("judged") / "set"
    write_drawn_set(out, train=160, test=8, seed=0, size=32, kinds=("flower",))
    return out


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMNET_HOME", str(tmp_path / "home"))


def pictures(data: Path, count: int = 8) -> np.ndarray:
    return np.stack([to_array(open_picture(row.file), 40) for row in read_split(data, "train")[:count]])


def squeezenet(path: Path, seed: int) -> Path:
    """Random weights of the true shapes, as an npz of Caffe's names."""
    torch.manual_seed(seed)
    state = SqueezeNet(**CAFFE).state_dict()
    names = {k: k.replace(".", "/", 1) if k.startswith("fire") else k for k in state}
    np.savez(path, **{names[k]: x.numpy() for k, x in state.items()})
    return path


@pytest.mark.slow
def test_a_classifier_of_colours_learns_them(drawn: Path, tmp_path: Path) -> None:
    config = dataclasses.replace(SMALL, steps=250, batch=32, held_out=0.2, crop=0.0, lr=3e-3)
    file, measured = train_judge("attributes", config, drawn, tmp_path, CPU, quiet=True)
    assert measured["accuracy_petals"] > 0.4  # of eight colours; the commonest alone would give a quarter
    judge = load_judge(file, kind="attributes")
    assert isinstance(judge, OwnAttributes)
    assert judge.reliable() == {q for q in judge.trained.answers if measured[f"accuracy_{q}"] >= RELIABLE}


@pytest.mark.parametrize("kind", ["classes", "damsm", "attributes"])
def test_a_judge_survives_its_file_and_ignores_batches(kind: str, drawn: Path, tmp_path: Path) -> None:
    file, measured = train_judge(kind, SMALL, drawn, tmp_path, CPU, quiet=True)
    assert all(0 <= value <= 1 for value in measured.values())
    judge = load_judge(file, kind=kind)
    shown = pictures(drawn, 40)  # more than one pass takes
    if isinstance(judge, OwnClassifier):
        together, alone = judge.probabilities(shown), judge.probabilities(shown[37:38])
        assert together.sum(1) == pytest.approx(np.ones(40), abs=1e-5)
    elif isinstance(judge, OwnMatcher):
        together, alone = judge.pictures(shown), judge.pictures(shown[37:38])
        texts = ["a red flower", "this flower has blue petals and a yellow center"] * 20
        assert judge.sentences(texts)[37] == pytest.approx(judge.sentences(texts[37:38])[0], abs=1e-5)
    else:
        assert isinstance(judge, OwnAttributes)
        assert judge.answers(shown)[37] == judge.answers(shown[37:38])[0]
        return
    assert together[37] == pytest.approx(alone[0], abs=1e-5)


def test_the_same_call_again_trains_nothing_and_other_settings_are_refused(drawn: Path, tmp_path: Path) -> None:
    file, measured = train_judge("classes", SMALL, drawn, tmp_path, CPU, quiet=True)
    written = file.stat().st_mtime_ns
    assert train_judge("classes", SMALL, drawn, tmp_path, CPU, quiet=True) == (file, measured)
    assert file.stat().st_mtime_ns == written
    with pytest.raises(MimnetError, match="other settings"):
        train_judge("classes", dataclasses.replace(SMALL, steps=5), drawn, tmp_path, CPU, quiet=True)


def test_encoders_learn_from_pictures_of_one_class(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "train"
    folder.mkdir(parents=True)
    lines = []
    for i in range(48):
        Image.new("RGB", (32, 32), (5 * i, 90, 200)).save(folder / f"{i}.png")
        lines.append(json.dumps({"file_name": f"{i}.png", "text": f"shade {i}", "class": "rose"}))
    (folder / "metadata.jsonl").write_text("\n".join(lines))
    file, measured = train_judge("damsm", SMALL, tmp_path / "one", tmp_path / "out", CPU, quiet=True)
    assert file.is_file()
    assert 0 <= measured["r_precision"] <= 1


def test_a_judge_is_a_function_of_its_seed(drawn: Path, tmp_path: Path) -> None:
    seeds = [(1, "a"), (1, "b"), (2, "c")]
    made = [
        load_judge(
            train_judge("damsm", dataclasses.replace(SMALL, seed=s), drawn, tmp_path / name, CPU, quiet=True)[0],
            kind="damsm",
        )
        for s, name in seeds
    ]
    assert made[0].fingerprint == made[1].fingerprint != made[2].fingerprint


def test_a_frozen_cnn_stays_outside_the_file(drawn: Path, tmp_path: Path) -> None:
    cnn, other = squeezenet(tmp_path / "a.npz", 0), squeezenet(tmp_path / "b.npz", 1)
    file, _ = train_judge("damsm", SMALL, drawn, tmp_path, CPU, cnn=cnn, quiet=True)
    assert file.stat().st_size < 1_000_000  # SqueezeNet alone would be 2.9 MB
    assert isinstance(load_judge(file, kind="damsm", cnn=cnn), OwnMatcher)
    with pytest.raises(MimnetError, match="--cnn"):
        load_judge(file, kind="damsm")
    with pytest.raises(MimnetError, match="another CNN"):
        load_judge(file, kind="damsm", cnn=other)


def test_what_does_not_fit_is_one_line(drawn: Path, tmp_path: Path, captioned_without_classes: Path) -> None:
    file, _ = train_judge("classes", SMALL, drawn, tmp_path / "judges", CPU, quiet=True)
    with pytest.raises(MimnetError, match="a judge of classes, not of damsm"):
        load_judge(file, kind="damsm")
    with pytest.raises(MimnetError, match="without a class"):
        train_judge("classes", SMALL, captioned_without_classes, tmp_path / "x", CPU, quiet=True)
    with pytest.raises(MimnetError, match="no drawn set"):
        train_judge("attributes", SMALL, captioned_without_classes, tmp_path / "y", CPU, quiet=True)


@pytest.fixture
def captioned_without_classes(tmp_path: Path) -> Path:
    from PIL import Image

    folder = tmp_path / "plain" / "train"
    folder.mkdir(parents=True)
    for i in range(44):
        Image.new("RGB", (32, 32), (5 * i, 0, 0)).save(folder / f"{i}.png")
        (folder / f"{i}.txt").write_text("a red flower\n")
    return tmp_path / "plain"
