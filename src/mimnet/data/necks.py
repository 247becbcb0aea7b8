"""Which words of a caption tell of a garment's neck."""

from collections.abc import Sequence

from mimnet.config.training import COLOURS
from mimnet.data.claims import BREAKS

NAMES = frozenset({"neck", "neckline", "collar"})
BEFORE = 2  # words that may tell its form: "peter pan collar"
_OTHERS = BREAKS | frozenset(COLOURS) | {"and", "sleeve", "sleeves", "sleeved", "sleeveless"}


def neck_phrase(words: Sequence[str]) -> tuple[int, int] | None:
    """The places of the first and of the last word that tell of the neck; None where nothing does.

    >>> neck_phrase("a round neck short sleeve black shirt".split())
    (1, 2)
    >>> neck_phrase("a sleeveless red dress with a peter pan collar".split())
    (6, 8)
    >>> neck_phrase("a red dress".split()) is None
    True
    """
    last = next((place for place, word in enumerate(words) if word in NAMES), None)
    if last is None:
        return None
    first = last
    while first > max(0, last - BEFORE) and words[first - 1] not in _OTHERS:
        first -= 1
    return first, last
