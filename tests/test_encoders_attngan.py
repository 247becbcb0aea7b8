"""Tests of AttnGAN's released DAMSM as encoders to train with: the same features as the judge from the same files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from attngan_files import WORDS, image_weights, text_weights, write_captions, write_released
from mimnet.config import load_config, merge
from mimnet.encoders import Encoders, load_attngan_encoders, load_encoders, put_in, save_encoders
from mimnet.errors import MimnetError
from mimnet.families import new_generator
from mimnet.images import to_tensor
from mimnet.judges.attngan import load_attngan
from mimnet.nn.look import InceptionLook
from mimnet.nn.manigan.generator import ManiGAN
from mimnet.nn.tagan import TAGANGenerator
from mimnet.text import PAD, UNKNOWN

NARROW = {"model": {"size": 32, "width": 4, "combination_width": 6, "exact_counts": False}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_released(tmp_path_factory.mktemp("released"))["text"].parent


@pytest.fixture(scope="module")
def encoders(folder: Path) -> Encoders:
    return load_attngan_encoders(folder)


@pytest.fixture(scope="module")
def generator(encoders: Encoders) -> ManiGAN:
    torch.set_num_threads(1)
    made = new_generator(merge(load_config("manigan"), NARROW, where="test").model, len(encoders.vocabulary))
    put_in(encoders, made)
    assert isinstance(made, ManiGAN)
    return made.eval()


def test_words_keep_their_order_behind_padding_and_the_unknown(encoders: Encoders) -> None:
    assert encoders.vocabulary.words == [PAD, UNKNOWN, *WORDS[1:]]
    assert encoders.gives() == {"damsm", "vectors"}
    theirs = text_weights()["encoder.weight"]
    assert encoders.vectors is not None
    assert torch.equal(encoders.vectors, torch.cat([torch.zeros(2, 300), theirs[1:]]))
    learned = encoders.parts["damsm"]["text.vectors.weight"]
    assert torch.equal(learned[2:], theirs[1:])
    torch.testing.assert_close(learned[1], theirs[1:].mean(0))


def test_sentences_and_pictures_are_those_of_the_judge(folder: Path, encoders: Encoders, generator: ManiGAN) -> None:
    judge = load_attngan(
        text=folder / "text_encoder200.pth",
        image=folder / "image_encoder200.pth",
        captions=folder / "captions.pickle",
    )
    texts = ["this bird is red with a blue head", "a blue bird", "head"]
    ids, length = encoders.vocabulary.batch(texts, 18)
    pictures = np.random.default_rng(3).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    with torch.no_grad():
        read = generator.damsm.read(ids, length)
        viewed = generator.view(to_tensor(pictures))
        seen = generator.damsm.look(to_tensor(pictures))[0]
    np.testing.assert_allclose(read.sentence.numpy(), judge.sentences(texts), atol=1e-5)
    np.testing.assert_allclose(viewed.whole.numpy(), judge.pictures(pictures), rtol=1e-3, atol=1e-2)
    expected = torch.nn.functional.conv2d(seen, image_weights()["emb_features.weight"].float())  # B,256,17,17
    torch.testing.assert_close(viewed.regions, expected.flatten(2).transpose(1, 2), rtol=1e-3, atol=1e-2)


def test_states_of_words_are_torchs_own_two_way_lstms(encoders: Encoders, generator: ManiGAN) -> None:
    lstm = torch.nn.LSTM(300, 128, bidirectional=True, batch_first=True)
    lstm.load_state_dict({k.removeprefix("rnn."): x for k, x in text_weights().items() if k.startswith("rnn.")})
    ids, length = encoders.vocabulary.batch(["a red bird with a blue head"], 7)
    with torch.no_grad():
        expected = lstm(text_weights()["encoder.weight"][ids - 1])[0]  # their word i is our word i + 1
        torch.testing.assert_close(generator.damsm.read(ids, length).words, expected, atol=1e-5, rtol=1e-4)


def test_they_can_be_kept_in_a_file_of_ours(encoders: Encoders, tmp_path: Path) -> None:
    save_encoders(tmp_path / "encoders.safetensors", encoders)
    after = load_encoders(tmp_path / "encoders.safetensors")
    assert after.vocabulary.words == encoders.vocabulary.words
    assert all(torch.equal(after.parts["damsm"][k], x) for k, x in encoders.parts["damsm"].items())


def test_other_families_take_their_word_vectors(encoders: Encoders) -> None:
    small = {"model": {"word_feature": 8, "encoder_width": 8, "condition": 4, "blocks": 1}}
    other = new_generator(merge(load_config("tagan"), small, where="test").model, len(encoders.vocabulary))
    put_in(encoders, other)
    assert isinstance(other, TAGANGenerator)
    assert torch.equal(other.vectors.vectors, encoders.vectors)


def test_faults_are_told_by_attngans_names(tmp_path: Path) -> None:
    with pytest.raises(MimnetError, match=r"has 0 files like text_encoder\*\.pth; AttnGAN's encoders are one of each"):
        load_attngan_encoders(tmp_path)
    files = write_released(tmp_path)
    weights = image_weights()
    del weights["emb_features.weight"]
    torch.save(weights, files["image"])
    with pytest.raises(MimnetError, match=r"does not hold AttnGAN's image encoder: it lacks emb_features\.weight$"):
        load_attngan_encoders(tmp_path)
    write_captions(files["captions"], first="<start>")
    with pytest.raises(MimnetError, match=r"captions\.pickle: word 0 is '<start>', not '<end>'$"):
        load_attngan_encoders(tmp_path)


def test_inception_comes_with_them(encoders: Encoders, generator: ManiGAN) -> None:
    look = generator.damsm.look
    assert isinstance(look, InceptionLook)
    name = "Mixed_6e.branch1x1.conv.weight"
    assert torch.equal(look.network.state_dict()[name], image_weights()[name].float())
    assert not any(p.requires_grad for p in generator.damsm.parameters())
