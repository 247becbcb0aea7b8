"""Tests of the Inception of 2015-12-05 as a judge, and of reading weights from files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from mimnet.errors import MimnetError
from mimnet.judges.inception import Inception2015, load_inception2015
from mimnet.nn.inception import InceptionV3, fid_input
from mimnet.weights import fingerprint, read_weights


def weights(classes: int) -> dict[str, Tensor]:
    """Made-up weights of the true shapes that share one small storage, so that their file is small."""
    torch.manual_seed(0)
    pool = torch.randn(2_700_000, dtype=torch.float16)
    made = {}
    state = InceptionV3(classes=classes, variant="fid").state_dict()
    for i, (name, x) in enumerate(state.items()):
        if name.endswith("num_batches_tracked"):
            continue
        made[name] = pool[1000 * i :][: x.numel()].view(x.shape)
        if name.endswith("running_var"):
            made[name] = torch.full_like(x, state[name.replace("bn.running_var", "conv.weight")][0].numel() / 2)
        elif name.endswith("bn.weight"):
            made[name] = torch.ones_like(x)
    made["fc.weight"] = 0.02 * made["fc.weight"]  # so that no class takes all
    return made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("inception") / "pt_inception-2015-12-05-6726825d.pth"
    torch.save(weights(1008), file)
    return file


@pytest.fixture(scope="module")
def judge(file: Path) -> Inception2015:
    return load_inception2015(file)


def pictures(number: int) -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 256, (number, 20, 30, 3), dtype=np.uint8)


def test_it_is_a_classifier_without_bias_and_gives_features(judge: Inception2015) -> None:
    given = pictures(2)
    seen = judge.network(fid_input(torch.from_numpy(given).permute(0, 3, 1, 2) / 127.5 - 1))
    probabilities, features = judge.probabilities(given), judge.features(given)
    assert probabilities.shape == (2, 1008)
    assert features.shape == (2, 2048)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(features, seen.pooled.numpy(), rtol=1e-4, atol=1e-5)
    assert seen.logits is not None
    without_bias = (seen.logits - judge.network.fc.bias).softmax(1)
    np.testing.assert_allclose(probabilities, without_bias.numpy(), rtol=1e-2, atol=1e-5)
    assert np.abs(probabilities - seen.logits.softmax(1).numpy()).max() > 1e-3


def test_what_it_says_does_not_depend_on_the_batch(judge: Inception2015, monkeypatch: pytest.MonkeyPatch) -> None:
    given = pictures(3)
    together = judge.features(given)
    monkeypatch.setattr("mimnet.judges.inception.TOGETHER", 2)
    np.testing.assert_allclose(judge.features(given), together, rtol=1e-3, atol=1e-4)


def test_the_fingerprint_is_of_the_weights(judge: Inception2015, file: Path) -> None:
    assert load_inception2015(file).fingerprint == judge.fingerprint
    assert len(judge.fingerprint) == 16
    changed = judge.network.state_dict() | {"fc.bias": torch.zeros(1008)}
    assert fingerprint(changed) != judge.fingerprint


def test_another_network_is_told_in_one_line(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "inception_v3_google-0cc3c7bd.pth"
    made = weights(1000)
    torch.save(made, other)
    with pytest.raises(MimnetError, match=r"google-0cc3c7bd\.pth does not hold .*: fc\.weight is \(1000, 2048\), not"):
        load_inception2015(other)
    torch.save({k: x for k, x in made.items() if not k.startswith(("Mixed_7c.branch_pool", "fc"))}, other)
    with pytest.raises(MimnetError, match=r"lacks Mixed_7c\.branch_pool\.conv\.weight and 6 more$"):
        load_inception2015(other)


def test_weights_are_read_from_torch_and_safetensors_alike(tmp_path: Path) -> None:
    tensors = {"module.a": torch.tensor([1.5, 2]).half(), "module.n": torch.tensor(3)}
    torch.save(tensors, tmp_path / "w.pth")
    torch.save(tensors, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    save_file(tensors, tmp_path / "w.safetensors")
    for name in ("w.pth", "old.pth", "w.safetensors"):
        read = read_weights(tmp_path / name)
        assert read["a"].dtype == torch.float32
        assert read["a"].tolist() == [1.5, 2]
        assert read["n"].item() == 3


class Harm:
    """Would write a file where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> object:
        return Path.touch, (self.mark,)


def test_a_file_that_is_not_tensors_is_refused_and_never_run(tmp_path: Path) -> None:
    mark, file = tmp_path / "ran", tmp_path / "w.pth"
    torch.save({"a": Harm(mark)}, file)
    with pytest.raises(MimnetError, match="not a readable file of weights") as told:
        read_weights(file)
    assert "\n" not in str(told.value)
    assert not mark.exists()
    torch.save([torch.zeros(2)], file)
    with pytest.raises(MimnetError, match="not a file of named weights"):
        read_weights(file)
    with pytest.raises(MimnetError, match="no file of weights"):
        read_weights(tmp_path / "absent.pth")
