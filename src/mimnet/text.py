"""Sentences to word ids: tokeniser and vocabulary."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimnet.errors import MimnetError

if TYPE_CHECKING:  # whoever only edits with onnxruntime needs no torch
    from torch import Tensor

PAD, UNKNOWN = "<pad>", "<unk>"


def tokenise(sentence: str) -> list[str]:
    """Lower-case words.

    >>> tokenise("This bird's head is RED-brown.")
    ['this', 'bird', 's', 'head', 'is', 'red', 'brown']
    """
    return re.findall(r"\w+", sentence.lower())


def count_words(captions: Iterable[str]) -> Counter[str]:
    """How often every word occurs.

    >>> count_words(["a red bird", "A bird"])["bird"]
    2
    """
    return Counter(word for caption in captions for word in tokenise(caption))


@dataclass(frozen=True)
class Encoded:
    """A sentence for the networks."""

    ids: list[int]  # padded with 0 to the asked length
    length: int  # words before the padding
    unknown: list[str]  # words that the vocabulary lacks, in order
    cut: int  # words beyond the asked length


class Vocabulary:
    """Words and their ids; id 0 is padding, id 1 stands for every unknown word."""

    def __init__(self, words: Sequence[str]) -> None:
        if list(words[:2]) != [PAD, UNKNOWN] or len(set(words)) != len(words):
            raise MimnetError(f"a vocabulary begins with {PAD}, {UNKNOWN} and repeats no word")
        self.words = list(words)
        self.ids = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def from_captions(cls, captions: Iterable[str], *, least: int = 2) -> "Vocabulary":
        """Words that occur at least `least` times, commonest first; for training captions only.

        >>> Vocabulary.from_captions(["a red bird", "a red fish"]).words
        ['<pad>', '<unk>', 'a', 'red']
        """
        return cls.from_counts(count_words(captions), least=least)

    @classmethod
    def from_counts(cls, counts: Mapping[str, int], *, least: int = 2) -> "Vocabulary":
        """Words that were counted at least `least` times, commonest first."""
        kept = sorted((w for w, n in counts.items() if n >= least), key=lambda w: (-counts[w], w))
        return cls([PAD, UNKNOWN, *kept])

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, sentence: str, words: int) -> Encoded:
        """Ids of `sentence`, cut or padded to `words`. Raises `MimnetError` if there is no word at all."""
        tokens = tokenise(sentence)
        if not tokens:
            raise MimnetError(f"the sentence {sentence!r} has no word; describe the look, as in 'a red flower'")
        kept = tokens[:words]
        ids = [self.ids.get(word, 1) for word in kept] + [0] * (words - len(kept))
        return Encoded(ids, len(kept), [w for w in kept if w not in self.ids], max(0, len(tokens) - words))

    def batch(self, sentences: Sequence[str], words: int) -> tuple["Tensor", "Tensor"]:
        """Ids B,words (int64) and lengths B."""
        import torch

        encoded = [self.encode(sentence, words) for sentence in sentences]
        return torch.tensor([e.ids for e in encoded]), torch.tensor([e.length for e in encoded])

    def to_json(self) -> str:
        """A JSON list of the words in the order of their ids."""
        return json.dumps(self.words, ensure_ascii=False, indent=0)

    @classmethod
    def from_json(cls, text: str, *, where: str) -> "Vocabulary":
        """What `to_json` wrote."""
        try:
            words = json.loads(text)
        except json.JSONDecodeError as error:
            raise MimnetError(f"{where} is not JSON: {error}") from error
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise MimnetError(f"{where} must be a JSON list of words")
        return cls(words)
