"""Image CNNs of others: where their weights are looked for, what is read of them, and what is told of a wrong file."""

import re
from pathlib import Path

import huggingface_hub
import huggingface_hub.constants
import numpy as np
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor

from mimnet.cnns import load_squeezenet_features
from mimnet.encoders import load_vgg16
from mimnet.errors import MimnetError
from mimnet.nn.squeeze import CAFFE, SqueezeNet
from mimnet.nn.vision import ImageCNN, SqueezeNetDetail, SqueezeNetFeatures, VGG16Features

# torchvision's vgg16: places and widths of the convolutions in `features`, then what else its file holds.
CONVOLUTIONS = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256), 14: (256, 256)}
LATER = {"features.17.weight": (512, 256, 3, 3), "features.28.bias": (512,), "classifier.6.bias": (1000,)}


def vgg_weights() -> dict[str, Tensor]:
    torch.manual_seed(2)
    weights = {}
    for place, (inputs, outputs) in CONVOLUTIONS.items():
        weights[f"features.{place}.weight"] = 0.05 * torch.randn(outputs, inputs, 3, 3)
        weights[f"features.{place}.bias"] = torch.randn(outputs)
    return weights


@pytest.fixture(autouse=True)
def nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty caches of torch and of the hub, and no network."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_vgg16_is_read_to_relu3_3(tmp_path: Path, suffix: str) -> None:
    weights = vgg_weights()
    whole = weights | {name: torch.zeros(shape) for name, shape in LATER.items()}
    file = tmp_path / f"vgg16{suffix}"
    if suffix == ".pth":
        torch.save(whole, file)
    else:
        safetensors.torch.save_file(whole, file)
    read = load_vgg16(file)
    assert set(read) == set(weights)
    network = VGG16Features()
    network.load_state_dict(read)
    assert all(torch.equal(network.state_dict()[name], x) for name, x in weights.items())


def test_vgg16_is_looked_for_in_torchs_cache(tmp_path: Path) -> None:
    with pytest.raises(
        MimnetError,
        match=r"^no VGG-16 weights at .*checkpoints/vgg16-397923af\.pth and no timm/vgg16\.tv_in1k in the hub's cache: "
        r"name .* --vgg, or use a preset with its own CNN \(compact\)$",
    ):
        load_vgg16(None)
    (tmp_path / "torch" / "checkpoints").mkdir(parents=True)
    torch.save(vgg_weights(), tmp_path / "torch" / "checkpoints" / "vgg16-397923af.pth")
    assert len(load_vgg16(None)) == 14


def test_vgg16_is_looked_for_in_the_hubs_cache_and_in_a_folder(tmp_path: Path) -> None:
    commit = "c" * 40
    repository = tmp_path / "hub" / "models--timm--vgg16.tv_in1k"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    folder = repository / "snapshots" / commit
    folder.mkdir(parents=True)
    safetensors.torch.save_file(vgg_weights(), folder / "model.safetensors")
    for source in (None, "timm/vgg16.tv_in1k", f"timm/vgg16.tv_in1k@{commit}", folder):
        read = load_vgg16(source)
        assert all(torch.equal(read[name], x) for name, x in vgg_weights().items())
    with pytest.raises(MimnetError, match=r"^timm/other is no path here and not in .*hub; the hub is not asked$"):
        load_vgg16("timm/other")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.pth", None, r"no VGG-16 weights at .*gone\.pth: name torchvision's vgg16-397923af\.pth with --vgg"),
        ("junk.pth", b"junk", r"junk\.pth is not a readable file of weights"),
        ("junk.safetensors", b"junk", r"junk\.safetensors is not a readable file of weights"),
        ("other.pth", {"conv1.weight": torch.zeros(3)}, r"other\.pth holds no VGG-16 .*: it lacks features\.0\.w"),
        ("tensor.pth", torch.zeros(3), r"tensor\.pth is not a file of named weights"),
        (
            "wide.pth",
            vgg_weights() | {"features.5.weight": torch.zeros(96, 64, 3, 3)},
            r"wide\.pth does not hold VGG-16 .*: features\.5\.weight is \(96, 64, 3, 3\), not \(128, 64, 3, 3\)",
        ),
    ],
)
def test_what_is_no_vgg16_is_named(tmp_path: Path, name: str, content: object, said: str) -> None:
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is not None:
        torch.save(content, tmp_path / name)
    with pytest.raises(MimnetError, match=said):
        load_vgg16(tmp_path / name)


def caffe_squeezenet(file: Path) -> dict[str, Tensor]:
    """Made-up weights, saved under the names of the npz."""
    torch.manual_seed(0)
    state = SqueezeNet(**CAFFE).state_dict()
    np.savez(file, **{re.sub(r"^(fire\d)\.", r"\1/", name): x.numpy() for name, x in state.items()})
    return state


def test_squeezenet_is_caffes_convolutions_on_a_grid_of_a_quarter(tmp_path: Path) -> None:
    theirs = caffe_squeezenet(tmp_path / "squeeze.npz")
    network = SqueezeNetFeatures()
    network.load_state_dict(load_squeezenet_features(tmp_path / "squeeze.npz"))
    picture = torch.randint(0, 256, (2, 3, 32, 44), generator=torch.Generator().manual_seed(1)).float()
    x = picture.flip(1) - torch.tensor([103.939, 116.779, 123.68])[:, None, None]  # blue, green, red less their means

    def convolved(x: Tensor, name: str, **how: int) -> Tensor:
        return F.conv2d(x, theirs[f"{name}.weight"], theirs[f"{name}.bias"], **how).relu()

    x = convolved(F.pad(x, (1, 1, 1, 1), mode="replicate"), "conv1", stride=2)
    x = F.max_pool2d(x, 3, stride=2, ceil_mode=True)
    for fire in ("fire2", "fire3"):
        few = convolved(x, f"{fire}.squeeze1x1")
        x = torch.cat([convolved(few, f"{fire}.expand1x1"), convolved(few, f"{fire}.expand3x3", padding=1)], 1)
    assert x.shape == (2, 128, 8, 11)
    assert x.std() > 0
    expected = x / x.square().mean((1, 2, 3), keepdim=True).sqrt()
    torch.testing.assert_close(network(picture / 127.5 - 1), expected, rtol=1e-4, atol=1e-4)


def test_squeezenets_inside_is_the_judges_own(tmp_path: Path) -> None:
    """Away from the border, cells are those of the network that judges, whose grid begins a pixel of conv1 later."""
    caffe_squeezenet(tmp_path / "squeeze.npz")
    state = load_squeezenet_features(tmp_path / "squeeze.npz")
    network, judge = SqueezeNetFeatures(), SqueezeNet(**CAFFE)
    network.load_state_dict(state)
    judge.load_state_dict({**judge.state_dict(), **{k: x for k, x in state.items() if k not in ("mean", "std")}})
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2)) * 2 - 1
    shifted = F.pad(image, (1, 0, 1, 0), mode="replicate")  # so that both begin at the same pixel
    inside, judged = network(image)[..., 4:12, 4:12], judge(shifted)[1][..., 4:12, 4:12]
    torch.testing.assert_close(inside / inside.norm(), judged / judged.norm(), rtol=1e-3, atol=1e-6)


def test_squeezenets_detail_is_conv1_beside_fire3_at_half_the_size(tmp_path: Path) -> None:
    theirs = caffe_squeezenet(tmp_path / "squeeze.npz")
    weights = load_squeezenet_features(tmp_path / "squeeze.npz")
    deep, network = SqueezeNetFeatures(), SqueezeNetDetail()
    deep.load_state_dict(weights)
    network.load_state_dict(weights)
    picture = torch.randint(0, 256, (2, 3, 32, 44), generator=torch.Generator().manual_seed(1)).float()
    image = picture / 127.5 - 1
    detail = network(image)
    assert detail.shape == (2, 192, 16, 22)
    x = picture.flip(1) - torch.tensor([103.939, 116.779, 123.68])[:, None, None]
    x = F.conv2d(
        F.pad(x, (1, 1, 1, 1), mode="replicate"), theirs["conv1.weight"], theirs["conv1.bias"], stride=2
    ).relu()
    first = x / x.square().mean((1, 2, 3), keepdim=True).sqrt()
    torch.testing.assert_close(detail[:, :64], first, rtol=1e-4, atol=1e-4)
    large = F.interpolate(deep(image), scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(detail[:, 64:], large)


def test_squeezenet_is_told_where_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"^no SqueezeNet 1\.1 weights at .*squeezenet1_1-\w+\.pth: .* --squeezenet"):
        load_squeezenet_features(None)


@pytest.mark.parametrize("kind", [VGG16Features, SqueezeNetFeatures, SqueezeNetDetail])
def test_one_interface_frozen_with_width_and_stride_known(kind: type[ImageCNN]) -> None:
    network = kind()
    assert not any(p.requires_grad for p in network.parameters())
    features = network(torch.rand(1, 3, 64, 48) * 2 - 1)
    assert features.shape == (1, network.width, 64 // network.stride, 48 // network.stride)
    assert features.min() == 0  # after a ReLU
    pair = network(torch.cat([torch.rand(1, 3, 64, 48) * 2 - 1, torch.zeros(1, 3, 64, 48)]))
    torch.testing.assert_close(
        network(torch.zeros(1, 3, 64, 48)), pair[1:]
    )  # nothing depends on a neighbour in the batch


@pytest.mark.parametrize("kind", [VGG16Features, SqueezeNetFeatures])
def test_a_cell_stands_for_the_pixels_around_it(kind: type[ImageCNN]) -> None:
    """The middle of what a cell sees is the middle of its pixels, to a pixel: edits do not come out shifted."""
    network = kind()
    image = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(3), requires_grad=True)
    features = network(image)[0].sum(0)
    (features[16, 16] / features[31, 31]).backward()  # a far cell takes out what scales all features alike
    assert image.grad is not None
    for along in (2, 1):
        moved = image.grad[0, :, :100, :100].abs().sum((0, along))
        seen = (moved > 1e-4 * moved.max()).nonzero().flatten()
        assert 20 <= len(seen) <= 40
        middle = float(seen[0] + seen[-1]) / 2
        assert abs(middle - (4 * 16 + 1.5)) <= 1
