"""CRC-32C (Castagnoli) of many bytes, fast enough for files of weights.

The bytes are laid out in rows, all rows go forward one column at a time, and what the rows give is joined in pairs: a
CRC is linear, so that of two rows is that of the first, moved on by the length of the second, plus that of the second.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

POLYNOMIAL = 0x82F63B78
BEFORE = bytes.fromhex("54641f64")  # four bytes that lead from the state 0 to that in which a CRC starts, all ones


def _table() -> Words:
    """States after one byte from the state 0."""
    state = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        state = (state >> np.uint32(1)) ^ ((state & np.uint32(1)) * np.uint32(POLYNOMIAL))
    return state


TABLE = _table()


@cache
def _zeros(power: int) -> Words:
    """What 2**power bytes of 0 make of a state: 4,256, by each of its four bytes."""
    if power == 0:
        states = np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, None]
        after: Words = TABLE[states & 0xFF] ^ (states >> np.uint32(8))
        return after
    return _after(_zeros(power - 1), _zeros(power - 1))


def _after(zeros: Words, states: Words) -> Words:
    after: Words = zeros[0][states & 0xFF] ^ zeros[1][(states >> np.uint32(8)) & 0xFF]
    after ^= zeros[2][(states >> np.uint32(16)) & 0xFF] ^ zeros[3][states >> np.uint32(24)]
    return after


def crc32c(data: bytes) -> int:
    """The CRC of bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    whole = BEFORE + data
    power = len(whole).bit_length() // 2
    width = 1 << power
    height = 1 << (-(-len(whole) // width) - 1).bit_length()
    rows = np.zeros(height * width, np.uint8)
    rows[len(rows) - len(whole) :] = np.frombuffer(whole, np.uint8)  # bytes of 0 before all others change nothing
    states = np.zeros(height, np.uint32)
    for column in np.ascontiguousarray(rows.reshape(height, width).T):
        states = TABLE[(states & 0xFF) ^ column] ^ (states >> np.uint32(8))
    while len(states) > 1:
        states = _after(_zeros(power), states[::2]) ^ states[1::2]
        power += 1
    return int(states[0]) ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    """The CRC as these files store it: turned and shifted, since a CRC of bytes that hold their CRC tells little."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
