"""Tests of SqueezeNet from a file, and of its features."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mimnet.cnns import load_squeezenet, squeezenet_fingerprint
from mimnet.errors import MimnetError
from mimnet.judges.squeeze import SqueezeFeatures
from mimnet.nn.squeeze import CAFFE, SqueezeNet


def caffe_arrays() -> dict[str, NDArray[np.float32]]:
    """Made-up weights under the names of the npz."""
    torch.manual_seed(0)
    arrays = {}
    for name, x in SqueezeNet(**CAFFE).state_dict().items():
        part, rest = name.split(".", 1)
        arrays[name if part == "conv1" else f"{part}/{rest}"] = x.numpy()
    return arrays


def saved(folder: Path, arrays: dict[str, NDArray[np.float32]]) -> Path:
    np.savez(folder / "squeeze.npz", **arrays)
    return folder / "squeeze.npz"


def pictures(number: int, size: int = 40) -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 256, (number, size, size, 3), dtype=np.uint8)


def test_caffes_arrays_read_blue_green_red_less_their_means(tmp_path: Path) -> None:
    arrays = caffe_arrays()
    network = load_squeezenet(saved(tmp_path, arrays))
    picture = torch.from_numpy(pictures(1)).permute(0, 3, 1, 2).float()
    bgr = picture.flip(1) - torch.tensor([103.939, 116.779, 123.68])[:, None, None]
    weight, bias = torch.from_numpy(arrays["conv1.weight"]), torch.from_numpy(arrays["conv1.bias"])
    expected = torch.nn.functional.conv2d(bgr, weight, bias, stride=2).relu()
    torch.testing.assert_close(network(picture / 127.5 - 1)[0], expected, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(network.fire9.expand3x3.weight, torch.from_numpy(arrays["fire9/expand3x3.weight"]))


def test_torchvisions_names_are_read_and_its_classifier_left_out(tmp_path: Path) -> None:
    places = {
        "conv1": 0,
        "fire2": 3,
        "fire3": 4,
        "fire4": 6,
        "fire5": 7,
        "fire6": 9,
        "fire7": 10,
        "fire8": 11,
        "fire9": 12,
    }
    state = SqueezeNet(**CAFFE).state_dict()
    theirs = {"classifier.1.weight": torch.zeros(1000, 512, 1, 1), "classifier.1.bias": torch.zeros(1000)}
    for name, x in state.items():
        part, rest = name.split(".", 1)
        theirs[f"features.{places[part]}.{rest.replace('squeeze1x1', 'squeeze')}"] = x
    file = tmp_path / "squeezenet1_1-b8a52dc0.pth"
    torch.save(theirs, file)
    network = load_squeezenet(file)
    for name, x in network.state_dict().items():
        torch.testing.assert_close(x, state[name])
    torch.testing.assert_close(network.mean.flatten(), 255 * torch.tensor([0.485, 0.456, 0.406]))
    del theirs["features.9.squeeze.bias"]
    torch.save(theirs, file)
    with pytest.raises(MimnetError, match=r"lacks features\.9\.squeeze\.bias$"):
        load_squeezenet(file)


def test_another_file_is_told_in_one_line(tmp_path: Path) -> None:
    arrays = caffe_arrays()
    with pytest.raises(MimnetError, match=r"no file of weights .*absent\.npz$"):
        load_squeezenet(tmp_path / "absent.npz")
    without = {name: x for name, x in arrays.items() if not name.startswith("fire9/expand3x3")}
    with pytest.raises(MimnetError, match=r"squeeze\.npz does not hold .* fire9\.expand3x3\.weight and 1 more$"):
        load_squeezenet(saved(tmp_path, without))
    wide = arrays | {"fire2/squeeze1x1.bias": np.zeros(17, np.float32)}
    with pytest.raises(MimnetError, match=r"fire2\.squeeze1x1\.bias is \(17,\), not \(16,\)$"):
        load_squeezenet(saved(tmp_path, wide))
    with pytest.raises(MimnetError, match=r"its arrays are conv1\.weight, \.bias and fireN/squeeze1x1, .*$"):
        load_squeezenet(saved(tmp_path, {"weight": np.zeros(3, np.float32)}))
    infinite = arrays | {"conv1.bias": np.full(64, np.inf, np.float32)}
    with pytest.raises(MimnetError, match="not finite"):
        load_squeezenet(saved(tmp_path, infinite))
    (tmp_path / "squeeze.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(MimnetError, match=r"not a readable file of weights \(\w+: .*\)$") as told:
        load_squeezenet(tmp_path / "squeeze.npz")
    assert "\n" not in str(told.value)


def test_arrays_that_would_be_unpickled_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "objects.npz", a=np.array([print], dtype=object))
    with pytest.raises(MimnetError, match="not a readable file of weights"):
        load_squeezenet(tmp_path / "objects.npz")


def test_features_are_the_mean_of_fire9_at_224_whatever_the_batch(tmp_path: Path) -> None:
    network = load_squeezenet(saved(tmp_path, caffe_arrays()))
    judge = SqueezeFeatures(network)
    given = pictures(34)
    features = judge.features(given)
    assert features.shape == (34, 512)
    assert features.dtype == np.float32
    np.testing.assert_allclose(
        features[30:], np.concatenate([judge.features(given[i : i + 1]) for i in range(30, 34)]), rtol=1e-3, atol=1e-5
    )
    ready = pictures(1, 224)
    expected = network(torch.from_numpy(ready).permute(0, 3, 1, 2) / 127.5 - 1)[-1].mean((2, 3))
    np.testing.assert_allclose(judge.features(ready), expected.numpy(), rtol=1e-3, atol=1e-5)


def test_the_fingerprint_tells_weights_and_scales_apart(tmp_path: Path) -> None:
    arrays = caffe_arrays()
    judge = SqueezeFeatures(load_squeezenet(saved(tmp_path, arrays)))
    again = load_squeezenet(saved(tmp_path, arrays))
    assert judge.fingerprint == squeezenet_fingerprint(again)
    assert len(judge.fingerprint) == 16
    int(judge.fingerprint, 16)
    again.std.mul_(2)
    assert squeezenet_fingerprint(again) != judge.fingerprint
    again.std.div_(2)
    again.fire5.squeeze1x1.bias[0] += 1
    assert squeezenet_fingerprint(again) != judge.fingerprint
