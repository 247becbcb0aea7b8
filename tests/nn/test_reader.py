"""Tests of the readers: Bi-LSTM and GRUs against torch's packed ones, and the frozen word vectors."""

import pytest
import torch
from torch import nn

from mimnet.nn.text import BiGRU, BiLSTM, SentenceGRU, WordVectors


def packed_twin(reader: BiLSTM) -> nn.LSTM:
    """torch's own bi-directional LSTM with the reader's weights."""
    twin = nn.LSTM(reader.ahead.input_size, reader.ahead.hidden_size, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for name, value in reader.ahead.named_parameters():
            getattr(twin, name).copy_(value)
        for name, value in reader.back.named_parameters():
            getattr(twin, f"{name}_reverse").copy_(value)
    return twin


def test_bilstm_equals_torchs_packed_one() -> None:
    reader = BiLSTM(inputs=5, features=8)
    vectors, length = torch.randn(4, 7, 5), torch.tensor([7, 3, 1, 5])
    packed = nn.utils.rnn.pack_padded_sequence(vectors, length, batch_first=True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(packed_twin(reader)(packed)[0], batch_first=True, total_length=7)
    torch.testing.assert_close(reader(vectors, length), expected, atol=1e-6, rtol=0)


def test_word_features_are_zero_on_padding_and_deaf_to_it() -> None:
    reader = BiLSTM(inputs=5, features=8)
    vectors, length = torch.randn(1, 6, 5), torch.tensor([4])
    other = vectors.clone()
    other[:, 4:] = 100.0
    first, second = reader(vectors, length), reader(other, length)
    assert (first[:, 4:] == 0).all()
    torch.testing.assert_close(first, second, atol=1e-6, rtol=0)
    assert not torch.allclose(first[:, :4], reader(vectors, torch.tensor([5]))[:, :4])


def test_an_odd_width_is_refused() -> None:
    with pytest.raises(ValueError, match="even; got 7"):
        BiLSTM(inputs=5, features=7)


def test_word_vectors_are_saved_but_no_optimiser_can_reach_them() -> None:
    table = WordVectors(words=4, width=3)
    assert list(table.parameters()) == []
    assert list(table.state_dict()) == ["vectors"]
    table.vectors.copy_(torch.arange(12.0).view(4, 3))
    assert table(torch.tensor([[2, 0]])).tolist() == [[[6.0, 7.0, 8.0], [0.0, 1.0, 2.0]]]


def test_bigru_is_the_mean_of_both_directions_of_torchs_packed_one() -> None:
    reader = BiGRU(inputs=5, features=4)
    vectors, length = torch.randn(4, 7, 5), torch.tensor([7, 3, 1, 5])
    twin = nn.GRU(5, 4, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for direction, suffix in ((reader.ahead, ""), (reader.back, "_reverse")):
            for name, value in direction.named_parameters():
                getattr(twin, name + suffix).copy_(value)
    packed = nn.utils.rnn.pack_padded_sequence(vectors, length, batch_first=True, enforce_sorted=False)
    both, _ = nn.utils.rnn.pad_packed_sequence(twin(packed)[0], batch_first=True, total_length=7)
    expected = both.unflatten(2, (2, 4)).mean(2)
    torch.testing.assert_close(reader(vectors, length), expected, atol=1e-6, rtol=0)


def test_sentence_gru_gives_the_state_at_the_last_word() -> None:
    reader = SentenceGRU(inputs=5, features=4)
    vectors, length = torch.randn(4, 7, 5), torch.tensor([7, 3, 1, 5])
    packed = nn.utils.rnn.pack_padded_sequence(vectors, length, batch_first=True, enforce_sorted=False)
    _, expected = reader.ahead(packed)
    torch.testing.assert_close(reader(vectors, length), expected[0], atol=1e-6, rtol=0)


@pytest.mark.filterwarnings("ignore:The tensor attributes:UserWarning")  # of torch.export, about its own lists
@pytest.mark.parametrize("kind", [BiGRU, SentenceGRU])
def test_grus_export_with_the_length_as_an_input(kind: type[BiGRU] | type[SentenceGRU]) -> None:
    reader = kind(inputs=5, features=4).eval()
    vectors = torch.randn(2, 7, 5)
    program = torch.export.export(reader, (vectors, torch.tensor([7, 3]))).module()
    other = torch.tensor([2, 6])
    torch.testing.assert_close(program(vectors, other), reader(vectors, other))
