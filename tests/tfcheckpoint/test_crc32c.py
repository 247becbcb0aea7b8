"""Tests of CRC-32C against its definition and the figures of RFC 3720."""

import numpy as np
import pytest

from mimnet.tfcheckpoint.crc32c import crc32c, masked
from tensorflow_files import plain_crc, stored_crc


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_published_figures(data: bytes, crc: int) -> None:
    assert crc32c(data) == crc


@pytest.mark.parametrize("length", [*range(40), 255, 256, 257, 4091, 4092, 4093, 10_000])
def test_every_length(length: int) -> None:
    data = np.random.default_rng(length).bytes(length)
    assert crc32c(data) == plain_crc(data)
    assert masked(data).to_bytes(4, "little") == stored_crc(data)
