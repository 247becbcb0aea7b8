"""Tests of AttnGAN's matcher from its files."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from attngan_files import WORDS, image_weights, text_weights, write_captions, write_released
from mimnet.attngan import read_word_ids
from mimnet.errors import MimnetError
from mimnet.judges.attngan import AttnGAN, load_attngan
from mimnet.nn.inception import InceptionV3


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_released(tmp_path_factory.mktemp("damsm"))


@pytest.fixture(scope="module")
def judge(files: dict[str, Path]) -> AttnGAN:
    return load_attngan(**files)


def last_states(ids: list[int]) -> Tensor:
    """A sentence by the equations of the LSTM, one word after the other, both ways."""
    weights = text_weights()
    found = []
    for suffix, order in (("", ids), ("_reverse", ids[::-1])):
        h = c = torch.zeros(128)
        for i in order:
            gates = (
                weights[f"rnn.weight_ih_l0{suffix}"] @ weights["encoder.weight"][i] + weights[f"rnn.bias_ih_l0{suffix}"]
            )
            gates = gates + weights[f"rnn.weight_hh_l0{suffix}"] @ h + weights[f"rnn.bias_hh_l0{suffix}"]
            enter, forget, new, out = gates.chunk(4)
            c = forget.sigmoid() * c + enter.sigmoid() * new.tanh()
            h = out.sigmoid() * c.tanh()
        found.append(h)
    return torch.cat(found)


def test_a_sentence_is_the_two_last_states_whatever_stands_beside_it(judge: AttnGAN) -> None:
    texts = ["This bird is RED, with a naïve head.", "a turquoise bird", "blue " * 30]
    ids = [[1, 2, 3, 4, 5, 6, 8, 9], [6, 2], [7] * 18]
    embedded = judge.sentences(texts)
    assert embedded.shape == (3, 256)
    assert embedded.dtype == np.float32
    np.testing.assert_allclose(embedded, torch.stack([last_states(i) for i in ids]).numpy(), atol=1e-5)
    np.testing.assert_allclose(embedded, np.concatenate([judge.sentences([text]) for text in texts]), atol=1e-6)
    np.testing.assert_allclose(judge.sentences(texts * 12)[33:], embedded, atol=1e-6)


def test_a_sentence_without_a_known_word_is_told(judge: AttnGAN) -> None:
    with pytest.raises(MimnetError, match="knows no word of the sentence 'turquoise, naturally'"):
        judge.sentences(["a bird", "turquoise, naturally"])


def test_a_picture_is_the_embedded_mean_of_inceptions_last_map(judge: AttnGAN, monkeypatch: pytest.MonkeyPatch) -> None:
    given: NDArray[np.uint8] = np.random.default_rng(3).integers(0, 256, (3, 299, 299, 3), dtype=np.uint8)
    weights = image_weights()
    network = InceptionV3(classes=None)
    network.load_state_dict({k: x for k, x in weights.items() if not k.startswith("emb")}, strict=False)
    pooled = network(torch.from_numpy(given).permute(0, 3, 1, 2) / 127.5 - 1).pooled
    expected = pooled @ weights["emb_cnn_code.weight"].float().T + weights["emb_cnn_code.bias"].float()
    embedded = judge.pictures(given)
    assert embedded.shape == (3, 256)
    np.testing.assert_allclose(embedded, expected.numpy(), rtol=1e-3, atol=1e-2)
    monkeypatch.setattr("mimnet.judges.attngan.TOGETHER", 2)
    np.testing.assert_allclose(judge.pictures(given), embedded, rtol=1e-3, atol=1e-2)


def test_weights_of_several_devices_and_the_fingerprint(files: dict[str, Path], judge: AttnGAN, tmp_path: Path) -> None:
    prefixed = tmp_path / "text.pth"
    torch.save({f"module.{name}": x for name, x in text_weights().items()}, prefixed)
    assert load_attngan(**files | {"text": prefixed}).fingerprint == judge.fingerprint
    assert len(judge.fingerprint) == 16
    other = text_weights()
    other["rnn.bias_hh_l0"][0] += 1
    torch.save(other, prefixed)
    assert load_attngan(**files | {"text": prefixed}).fingerprint != judge.fingerprint


@pytest.mark.parametrize(
    ("part", "changes", "told"),
    [
        ("text", {"encoder.weight": torch.zeros(11, 300)}, r"numbers 10 words, .* has 11; are they of one data set\?$"),
        ("text", {"rnn.weight_ih_l0_reverse": None}, r"text encoder: it lacks rnn\.weight_ih_l0_reverse$"),
        ("text", {"encoder.weight": None}, r"lacks the matrix encoder\.weight$"),
        (
            "image",
            {"emb_cnn_code.weight": torch.zeros(100, 2048)},
            r"100 numbers for a picture, .* 256 for a sentence$",
        ),
        ("image", {"Mixed_6e.branch1x1.bn.bias": None}, r"lacks Mixed_6e\.branch1x1\.bn\.bias$"),
        ("image", {"emb_cnn_code.weight": None}, r"image encoder: it lacks the matrix emb_cnn_code\.weight$"),
    ],
)
def test_files_that_do_not_fit_are_told(
    files: dict[str, Path], tmp_path: Path, part: str, changes: dict[str, Tensor | None], told: str
) -> None:
    weights: dict[str, Any] = (text_weights() if part == "text" else image_weights()) | changes
    file = tmp_path / "changed.pth"
    torch.save({name: x for name, x in weights.items() if x is not None}, file)
    with pytest.raises(MimnetError, match=told):
        load_attngan(**files | {part: file})


class Harm:
    """Would write a file where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> object:
        return Path.touch, (self.mark,)


def test_captions_are_read_without_running_anything(tmp_path: Path) -> None:
    file, mark = tmp_path / "captions.pickle", tmp_path / "ran"
    write_captions(file)
    assert read_word_ids(file) == {word: i for i, word in enumerate(WORDS)}
    file.write_bytes(
        b"(lp0\n(lp1\na(lp2\na(dp3\nI0\nS'<end>'\np4\nsa(dp5\ng4\nI0\nsS'caf\\xe9'\nI1\nsa."
    )  # as Python 2
    assert read_word_ids(file) == {"<end>": 0, "caf\xe9": 1}
    file.write_bytes(pickle.dumps([[], [], {}, {"a": Harm(mark)}]))
    with pytest.raises(
        MimnetError, match=r"not AttnGAN's captions\.pickle \(UnpicklingError: it names .*, which is not"
    ):
        read_word_ids(file)
    assert not mark.exists()


def test_captions_of_another_kind_are_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "captions.pickle"
    with pytest.raises(MimnetError, match=r"cannot read AttnGAN's captions .*: No such file"):
        read_word_ids(file)
    write_captions(file, entries=3)
    with pytest.raises(MimnetError, match="it holds no list of training captions"):
        read_word_ids(file)
    file.write_bytes(pickle.dumps([[], [], {}, {1: "a"}]))
    with pytest.raises(MimnetError, match="it holds no list of training captions"):
        read_word_ids(file)
    write_captions(file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(MimnetError, match="is not AttnGAN's") as told:
        read_word_ids(file)
    assert "\n" not in str(told.value)
