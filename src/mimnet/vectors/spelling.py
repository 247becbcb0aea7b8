"""Other spellings of a word: without case and accents, British or American, singular or plural; slips of the pen."""

import re
import unicodedata

# British and American: what stands for what, in words with at least three letters before it ("four" is no "for").
PAIRS = (
    ("our", "or"),
    ("re$", "er"),
    ("is(?=(e|ed|es|er|ing|ation)$)", "iz"),
    ("ll(?=(ed|er|ing)$)", "l"),
    ("ogue", "og"),
)
BACK = (
    ("or(?!i)", "our"),
    ("er$", "re"),
    ("iz(?=(e|ed|es|er|ing|ation)$)", "is"),
    ("l(?=(ed|er|ing)$)", "ll"),
    ("og$", "ogue"),
)
WAYS = ("letters", "British/American", "plural/singular")  # how forms differ, the nearest first


def fold(word: str) -> str:
    """Lower case, no accents.

    >>> fold("Café")
    'cafe'
    """
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.lower())
    return "".join(c for c in apart if not unicodedata.combining(c))


def forms(word: str) -> dict[str, int]:
    """Folded forms of a word, each with its index in `WAYS`.

    >>> forms("colours")
    {'colours': 0, 'colors': 1, 'colour': 2, 'color': 2}
    """
    own = fold(word)
    found = {own: 0}
    for form in _other_side(own):
        found.setdefault(form, 1)
    for form in [f for one in list(found) for f in _other_number(one)]:
        found.setdefault(form, 2)
    return found


def _other_side(word: str) -> list[str]:
    changed = [re.sub(rf"(?<=\w\w\w){a}", b, word, count=1) for a, b in (*PAIRS, *BACK)]
    changed += [word.replace("grey", "gray"), word.replace("gray", "grey")]
    return [form for form in changed if form != word]


def _other_number(word: str) -> list[str]:
    if len(word) < 3 or not word.isalpha():
        return []
    if word.endswith("ies"):
        return [word[:-3] + "y"]
    if word.endswith("s") and not word.endswith("ss"):
        return [word[:-1]] + ([word[:-2]] if word.endswith("es") and len(word) > 4 else [])
    return [word + "s", word + "es"] + ([word[:-1] + "ies"] if word.endswith("y") else [])


def allowed_slips(word: str) -> int:
    """Slips that a word of its length may have: none below 4 letters, 1 below 8, else 2; none with a digit."""
    return min(2, len(word) // 4) if word.isalpha() else 0


def slips(a: str, b: str, most: int) -> int:
    """Letters added, dropped, replaced, or swapped with their neighbour between two words; `most` + 1 if more.

    >>> slips("whtie", "white", 2), slips("puple", "purple", 2), slips("red", "green", 2)
    (1, 1, 3)
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        further, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, further[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


class Nearest:
    """For each of some words the nearest one that passes by.

    Fewest slips win; among equals one of `likely` (the other words of the same captions, in order), then the earliest,
    which is the commonest. The first letter must agree: slips at a word's begin are rare.
    """

    def __init__(self, words: list[str], likely: list[bytes]) -> None:
        self.likely = {name: i for i, name in enumerate(likely)}
        self.best: dict[str, tuple[tuple[int, int], bytes, int]] = {}  # word -> (slips, order), the found, its place
        self.waiting: dict[tuple[str, int], list[tuple[str, str, set[str], int]]] = {}
        for word in words:
            own = fold(word)
            most = allowed_slips(own)
            for length in range(len(own) - most, len(own) + most + 1) if most else ():
                self.waiting.setdefault((own[0], length), []).append((word, own, set(own), most))

    def meet(self, name: bytes, place: int) -> None:
        """A word of the file goes by."""
        other = fold(name.decode(errors="replace"))
        for word, own, letters, most in self.waiting.get((other[:1], len(other)), ()):
            if len(letters.symmetric_difference(other)) > 2 * most:
                continue
            rank = (slips(own, other, most), self.likely.get(name, len(self.likely)))
            if rank[0] <= most and (word not in self.best or rank < self.best[word][0]):
                self.best[word] = (rank, name, place)
