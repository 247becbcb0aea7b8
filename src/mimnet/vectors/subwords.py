"""Subwords as fastText counts them: n-grams of characters of <word>, each with a 32-bit FNV-1a hash."""

from collections.abc import Iterator

FNV_START, FNV_PRIME = 2166136261, 16777619


def subword_hashes(word: bytes, *, least: int, most: int) -> list[int]:
    """Hashes of all n-grams of `least` to `most` characters of the UTF-8 `word` between < and >.

    The marks < and > alone are no n-grams.

    >>> [hex(h) for h in subword_hashes(b"at", least=3, most=3)]
    ['0x569c7cee', '0xe5612d82']
    """
    characters = _characters(b"<" + word + b">")
    hashes = []
    for first in range(len(characters)):
        value = FNV_START
        for count, character in enumerate(characters[first : first + most], 1):
            for byte in character:
                # The hash reads chars as signed, so bytes from 128 on flip the upper 24 bits too.
                value ^= byte if byte < 128 else byte | 0xFFFFFF00
                value = value * FNV_PRIME & 0xFFFFFFFF
            mark = count == 1 and first in (0, len(characters) - 1)
            if count >= least and not mark:
                hashes.append(value)
    return hashes


def _characters(text: bytes) -> list[bytes]:
    return list(_split(text))


def _split(text: bytes) -> Iterator[bytes]:
    """Bytes of each character; a byte 10xxxxxx goes with the one before it, in broken UTF-8 too."""
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or text[i] & 0xC0 != 0x80:
            yield text[start:i]
            start = i
