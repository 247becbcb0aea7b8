"""Whether a caption is English: by its letters and its commonest words, a simple rule that does not judge few words.

A caption counts as something else if a third of its letters are not Latin, or if it has five words or more and none of
them is among some two hundred words that English descriptions use and other languages do not (so not "in" or "orange").
"""

import unicodedata
from functools import lru_cache

from mimnet.text import tokenise

FOREIGN = 1 / 3  # share of letters that are not Latin from which a caption is called foreign
FEWEST = 5  # a caption of fewer words is not judged by them
COMMON = frozenset(
    tokenise("""
    the this that these those and with without are has have having its it from which they their them she his her
    who whose while when where what all both each some very more most than onto over under above below between
    around along about near next behind across through outside inside one two three four five six seven eight
    many few several other another only not but white black red yellow blue green brown grey gray pink purple
    reddish golden dark bright light pale deep colored coloured colour colors colours multicolored tinted short
    small little big tiny tall thin thick wide narrow round rounded pointed pointy sharp curved straight flat
    smooth soft rough shiny striped spotted dotted layered hooked fluffy back upper lower middle inner outer
    left right edge edges body head face eye eyes mouth neck nose hair skin wing wings tail beak bill feather
    feathers breast belly crown leg legs foot feet throat flower flowers petal petals leaf leaves stem bird
    birds sleeve sleeves sleeveless wearing smiling looking standing sitting picture shown shows showing look
    looks man men woman women girl boy young old people dog cat horse car house tree trees water sky grass
    street
    """)
)


def looks_foreign(caption: str) -> bool:
    """Whether a caption does not look English.

    >>> looks_foreign("die Blume hat lange rote Blätter"), looks_foreign("a flower with long red petals")
    (True, False)
    >>> looks_foreign("红色的花")
    True
    """
    letters = [c for c in caption if c.isalpha()]
    if sum(not _latin(c) for c in letters) > FOREIGN * len(letters):
        return True
    words = tokenise(caption)
    return len(words) >= FEWEST and COMMON.isdisjoint(words)


@lru_cache(maxsize=4096)
def _latin(letter: str) -> bool:
    return letter < "\x80" or "LATIN" in unicodedata.name(letter, "")
