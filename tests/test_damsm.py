"""DAMSM's losses against the published formulas, written out pair by pair."""

import math

import numpy as np
import pytest
import torch

from mimnet.damsm import GAMMA_REGIONS, GAMMA_WORDS, damsm, matching, sentence_scores, word_scores
from mimnet.nn.damsm import Read, TextEncoder, Viewed


def case(seed: int = 0) -> tuple[Read, Viewed, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    length = torch.tensor([3, 5, 2])
    words = torch.randn(3, 5, 4, generator=draw)
    for i, n in enumerate(length):
        words[i, n:] = 0
    read = Read(words, torch.randn(3, 4, generator=draw))
    return read, Viewed(torch.randn(3, 6, 4, generator=draw), torch.randn(3, 4, generator=draw)), length


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_word_scores_are_the_formula() -> None:
    read, viewed, length = case()
    got = word_scores(read, viewed, length).numpy()
    for picture in range(3):
        regions = viewed.regions[picture].numpy().astype(float)
        for text in range(3):
            words = read.words[text, : length[text]].numpy().astype(float)
            products = words @ regions.T  # L,R
            shared = np.stack([softmax(products[:, r]) for r in range(len(regions))], 1)  # over words, region by region
            total = 0.0
            for w in range(len(words)):
                context = softmax(GAMMA_REGIONS * shared[w]) @ regions
                total += math.exp(GAMMA_WORDS * cosine(words[w], context))
            assert got[picture, text] == pytest.approx(math.log(total), rel=1e-4)


def test_padding_plays_no_part() -> None:
    read, viewed, length = case()
    longer = Read(torch.cat([read.words, torch.randn(3, 2, 4)], 1), read.sentence)
    assert torch.allclose(word_scores(longer, viewed, length), word_scores(read, viewed, length), atol=1e-5)


def test_sentence_scores_are_cosines_with_pictures_down() -> None:
    read, viewed, _ = case()
    expected = cosine(viewed.whole[2].numpy(), read.sentence[0].numpy())
    assert sentence_scores(read, viewed)[2, 0].item() == pytest.approx(expected, rel=1e-5)


def test_matching_is_cross_entropy_both_ways_without_the_same_class() -> None:
    scores = torch.tensor([[2.0, 1.0, 5.0], [0.0, 3.0, 1.0], [4.0, 0.0, 1.0]])
    alone = torch.tensor([0, 1, 2])

    def by_hand(allowed: list[list[int]]) -> float:
        total = 0.0
        for table in (scores.tolist(), scores.T.tolist()):
            for i, others in enumerate(allowed):
                total -= math.log(math.exp(table[i][i]) / sum(math.exp(table[i][j]) for j in others)) / 3
        return total / 2

    assert matching(scores, alone).item() == pytest.approx(by_hand([[0, 1, 2]] * 3), rel=1e-5)
    assert matching(scores, torch.tensor([0, 1, 0])).item() == pytest.approx(
        by_hand([[0, 1], [0, 1, 2], [1, 2]]), rel=1e-5
    )


def test_gradients_reach_both_sides() -> None:
    read, viewed, length = case()
    for x in (read.words, read.sentence, viewed.regions, viewed.whole):
        x.requires_grad_()
    sum(damsm(read, viewed, length, torch.arange(3)).values()).backward()
    for x in (read.words, read.sentence, viewed.regions, viewed.whole):
        assert x.grad is not None
        assert x.grad.abs().sum() > 0


def test_the_sentence_is_the_two_final_states() -> None:
    torch.manual_seed(0)
    encoder = TextEncoder(words=9, word_vector=5, width=6, dropout=0.0).eval()
    ids, length = torch.tensor([[2, 3, 4, 0], [5, 6, 7, 8]]), torch.tensor([3, 4])
    read = encoder(ids, length)
    for i in range(2):
        vectors = encoder.vectors(ids[i : i + 1, : length[i]])
        _, (ahead, _) = encoder.lstm.ahead(vectors)
        _, (back, _) = encoder.lstm.back(vectors.flip(1))
        assert torch.allclose(read.sentence[i], torch.cat([ahead[0, 0], back[0, 0]]), atol=1e-6)
