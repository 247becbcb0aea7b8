"""The words of the captions: the vocabulary that a training would keep, rare words, and test words never trained on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mimnet.data.batches import split_held_out
from mimnet.data.check.finding import Finding, Needs
from mimnet.data.check.splits import Split
from mimnet.text import Vocabulary, tokenise

SOME = 0.01  # share of the words from which lacking ones are a remark; below it they are a fact in the JSON file


@dataclass(frozen=True)
class Words:
    """Of the captions of one split."""

    count: int  # all words, as often as they stand
    different: int
    unknown: int  # of `count`, words that the training's vocabulary lacks
    lacking: tuple[str, ...]  # those words, commonest first


def training_vocabulary(train: Split, needs: Needs) -> Vocabulary:
    """The vocabulary as a training makes it: words that stand at least twice in the pictures that are not held out."""
    rows, _ = split_held_out(train.rows, needs.held_out)
    return Vocabulary.from_captions(caption for row in rows for caption in row.captions)


def words_of(split: Split, vocabulary: Vocabulary) -> Words:
    """Count them."""
    counts = Counter(word for row in split.rows for caption in row.captions for word in tokenise(caption))
    lacking = [(word, n) for word, n in counts.most_common() if word not in vocabulary.ids]
    unknown = sum(n for _, n in lacking)
    return Words(counts.total(), len(counts), unknown, tuple(word for word, _ in lacking))


def findings(splits: Sequence[Split], words: Sequence[Words], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Of all splits, the first of which is trained on."""
    if splits[0].rows and len(vocabulary) <= 2:
        said = "words stand twice in the training captions, so none would be learned"
        yield Finding("no-vocabulary", "error", splits[0].name, 0, words[0].different, said, "write more captions")
        return
    for k, (split, of) in enumerate(zip(splits, words, strict=True)):
        if of.unknown > SOME * of.count:
            yield Finding(
                "unseen-words" if k else "rare-words",
                "remark",
                split.name,
                of.unknown,
                of.count,
                "words are not in the training's vocabulary; the model reads them all as one unknown word"
                if k
                else "words stand once alone; the model reads them all as one unknown word",
                "look for spelling mistakes, and say it in commoner words",
                examples=of.lacking,
            )
