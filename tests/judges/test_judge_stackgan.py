"""Tests of StackGAN's Inception against figures of TensorFlow 2.21 on slim's graph with the same made-up weights."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.evaluation.panel import Given, panel
from mimnet.judges.stackgan import StackGanInception, load_stackgan
from mimnet.nn.inception import InceptionV3
from mimnet.tfcheckpoint.crc32c import crc32c
from tensorflow_files import write_v1, write_v2

AVERAGE = "/ExponentialMovingAverage"

# Every scope of that graph with the shapes of the weights in it: height, width, in, out.
GRAPH = """
conv0 3x3x3x32
conv1 3x3x32x32
conv2 3x3x32x64
conv3 1x1x64x80
conv4 3x3x80x192
mixed_35x35x256a/branch1x1 1x1x192x64
mixed_35x35x256a/branch5x5 1x1x192x48 5x5x48x64
mixed_35x35x256a/branch3x3dbl 1x1x192x64 3x3x64x96 3x3x96x96
mixed_35x35x256a/branch_pool 1x1x192x32
mixed_35x35x288a/branch1x1 1x1x256x64
mixed_35x35x288a/branch5x5 1x1x256x48 5x5x48x64
mixed_35x35x288a/branch3x3dbl 1x1x256x64 3x3x64x96 3x3x96x96
mixed_35x35x288a/branch_pool 1x1x256x64
mixed_35x35x288b/branch1x1 1x1x288x64
mixed_35x35x288b/branch5x5 1x1x288x48 5x5x48x64
mixed_35x35x288b/branch3x3dbl 1x1x288x64 3x3x64x96 3x3x96x96
mixed_35x35x288b/branch_pool 1x1x288x64
mixed_17x17x768a/branch3x3 3x3x288x384
mixed_17x17x768a/branch3x3dbl 1x1x288x64 3x3x64x96 3x3x96x96
mixed_17x17x768b/branch1x1 1x1x768x192
mixed_17x17x768b/branch7x7 1x1x768x128 1x7x128x128 7x1x128x192
mixed_17x17x768b/branch7x7dbl 1x1x768x128 7x1x128x128 1x7x128x128 7x1x128x128 1x7x128x192
mixed_17x17x768b/branch_pool 1x1x768x192
mixed_17x17x768c/branch1x1 1x1x768x192
mixed_17x17x768c/branch7x7 1x1x768x160 1x7x160x160 7x1x160x192
mixed_17x17x768c/branch7x7dbl 1x1x768x160 7x1x160x160 1x7x160x160 7x1x160x160 1x7x160x192
mixed_17x17x768c/branch_pool 1x1x768x192
mixed_17x17x768d/branch1x1 1x1x768x192
mixed_17x17x768d/branch7x7 1x1x768x160 1x7x160x160 7x1x160x192
mixed_17x17x768d/branch7x7dbl 1x1x768x160 7x1x160x160 1x7x160x160 7x1x160x160 1x7x160x192
mixed_17x17x768d/branch_pool 1x1x768x192
mixed_17x17x768e/branch1x1 1x1x768x192
mixed_17x17x768e/branch7x7 1x1x768x192 1x7x192x192 7x1x192x192
mixed_17x17x768e/branch7x7dbl 1x1x768x192 7x1x192x192 1x7x192x192 7x1x192x192 1x7x192x192
mixed_17x17x768e/branch_pool 1x1x768x192
mixed_17x17x1280a/branch3x3 1x1x768x192 3x3x192x320
mixed_17x17x1280a/branch7x7x3 1x1x768x192 1x7x192x192 7x1x192x192 3x3x192x192
mixed_8x8x2048a/branch1x1 1x1x1280x320
mixed_8x8x2048a/branch3x3 1x1x1280x384 1x3x384x384 3x1x384x384
mixed_8x8x2048a/branch3x3dbl 1x1x1280x448 3x3x448x384 1x3x384x384 3x1x384x384
mixed_8x8x2048a/branch_pool 1x1x1280x192
mixed_8x8x2048b/branch1x1 1x1x2048x320
mixed_8x8x2048b/branch3x3 1x1x2048x384 1x3x384x384 3x1x384x384
mixed_8x8x2048b/branch3x3dbl 1x1x2048x448 3x3x448x384 1x3x384x384 3x1x384x384
mixed_8x8x2048b/branch_pool 1x1x2048x192
"""


def shapes(classes: int = 51) -> dict[str, tuple[int, ...]]:
    """Shapes of all variables by slim's names."""
    found: dict[str, tuple[int, ...]] = {"logits/logits/weights": (2048, classes), "logits/logits/biases": (classes,)}
    for line in GRAPH.split("\n")[1:-1]:
        scope, *convolutions = line.split()
        for i, sides in enumerate(convolutions):
            name = scope if "/" not in scope else f"{scope}/Conv" + (f"_{i}" if i else "")
            shape = tuple(int(side) for side in sides.split("x"))
            found[f"{name}/weights"] = shape
            for variable in ("beta", "moving_mean", "moving_variance"):
                found[f"{name}/BatchNorm/{variable}"] = shape[3:]
    return found


def made_up() -> dict[str, NDArray[np.float32]]:
    """Weights for every name that keep activations near 1, the same as TensorFlow had for the figures below."""
    wanted = shapes()
    pool = np.random.RandomState(0).uniform(-1, 1, 2_600_000).astype(np.float32)
    made = {}
    for i, name in enumerate(sorted(wanted)):
        shape = wanted[name]
        x = pool[1000 * i :][: int(np.prod(shape))].reshape(shape)
        if name.endswith("moving_variance"):
            inputs = np.prod(wanted[name.replace("BatchNorm/moving_variance", "weights")][:3])
            x = (1 + 0.2 * x) * inputs / 6
        else:
            x = {4: 1.0, 2: 0.2, 1: 0.1}[x.ndim] * x
        made[name] = x.astype(np.float32)
    return made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Averages over training, and a few weights as training left them, which are not to be read."""
    variables: dict[str, NDArray[Any]] = {name + AVERAGE: x for name, x in made_up().items()}
    variables["conv0/weights"] = np.zeros((3, 3, 3, 32), np.float32)
    variables["global_step"] = np.array(5000)
    file = tmp_path_factory.mktemp("inception_finetuned_models") / "birds_valid299" / "model.ckpt"
    return write_v2(file, variables, crc=crc32c)


@pytest.fixture(scope="module")
def judge(file: Path) -> StackGanInception:
    return load_stackgan(file)


PICTURES = np.random.RandomState(1).randint(0, 256, (3, 128, 160, 3)).astype(np.uint8)


def test_it_says_what_tensorflow_says_on_the_same_weights(judge: StackGanInception) -> None:
    probabilities = judge.probabilities(PICTURES)
    assert probabilities.shape == (3, 50)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    expected = [
        [0.013941, 0.000198, 0.000556, 0.014959, 0.055977, 0.298919],
        [0.013336, 0.00019, 0.000562, 0.014879, 0.053648, 0.300313],
        [0.012311, 0.000185, 0.000558, 0.014501, 0.050555, 0.310928],
    ]
    np.testing.assert_allclose(probabilities[:, [1, 2, 3, 4, 10, 40]], expected, rtol=1e-3, atol=1e-6)


def test_what_it_says_does_not_depend_on_the_batch(judge: StackGanInception, monkeypatch: pytest.MonkeyPatch) -> None:
    together = judge.probabilities(PICTURES)
    monkeypatch.setattr("mimnet.judges.stackgan.TOGETHER", 2)
    np.testing.assert_allclose(judge.probabilities(PICTURES), together, rtol=1e-3, atol=1e-6)


def test_name_fingerprint_and_convention(judge: StackGanInception) -> None:
    assert judge.name == "StackGAN's Inception v3, 50 classes"
    assert re.fullmatch("[0-9a-f]{16}", judge.fingerprint)
    assert "class 0 (background) dropped before the softmax" in judge.convention


def test_the_command_takes_it_by_any_of_its_files(file: Path, judge: StackGanInception, tmp_path: Path) -> None:
    path = file.with_name("model.ckpt.index")
    found = panel(Given(tmp_path, classifier=path, train=False), tmp_path, [], drawn=False)
    assert isinstance(found.classifier, StackGanInception)
    assert found.named()["is"] == {"name": judge.name, "fingerprint": judge.fingerprint}
    assert found.features is None  # Fréchet distances have a network of their own


@pytest.mark.parametrize("averaged", [True, False])
def test_the_first_variable_that_is_missing_is_named(tmp_path: Path, averaged: bool) -> None:
    ending = AVERAGE * averaged
    logits = {f"logits/logits/weights{ending}": np.zeros((2048, 21), np.float32)}
    other = {f"InceptionV3/Logits{ending}": np.zeros(2, np.float32)}
    first = {f"conv0/weights{ending}": np.zeros((3, 3, 3, 32), np.float32)}
    wide = {f"conv0/weights{ending}": np.zeros((3, 3, 32, 3), np.float32)}
    for variables, message in (
        (other, "lacks logits/logits/weights$"),
        (logits, f"lacks conv0/weights{ending}$"),
        (logits | first, f"lacks conv0/BatchNorm/beta{ending}$"),
        (logits | wide, rf"conv0/weights{ending} is \(3, 3, 32, 3\), not \(3, 3, 3, 32\)$"),
    ):
        with pytest.raises(
            MimnetError, match=rf"model\.ckpt does not hold StackGAN's Inception v3: .*{message}"
        ) as told:
            load_stackgan(write_v1(tmp_path / "model.ckpt", variables, together=2))
        assert "\n" not in str(told.value)


def test_averages_and_other_weights_are_not_mixed(tmp_path: Path) -> None:
    variables = {
        "logits/logits/weights/ExponentialMovingAverage": np.zeros((2048, 21), np.float32),
        "conv0/weights": np.zeros((3, 3, 3, 32), np.float32),
    }
    with pytest.raises(MimnetError, match=r"lacks conv0/weights/ExponentialMovingAverage$"):
        load_stackgan(write_v1(tmp_path / "model.ckpt", variables))


def test_one_class_beside_the_background_is_no_judge(tmp_path: Path) -> None:
    for shape in ((2048, 2), ()):
        variables = {"logits/logits/weights": np.zeros(shape, np.float32)}
        with pytest.raises(MimnetError, match=r"has [02] classes; a judge has the background and two or more"):
            load_stackgan(write_v1(tmp_path / "model.ckpt", variables))


def test_a_network_without_classifier_is_refused() -> None:
    with pytest.raises(ValueError, match="give its classes"):
        StackGanInception(InceptionV3(classes=None, variant="slim"))
