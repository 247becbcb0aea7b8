"""Captions one by one: foreign ones, long ones, and sentences that stand under very many pictures."""

from collections import Counter
from collections.abc import Iterator

from mimnet.data.check.english import looks_foreign
from mimnet.data.check.finding import Finding, Needs
from mimnet.data.check.splits import Split
from mimnet.text import tokenise

OFTEN = 0.02  # share of the pictures that one sentence may stand under
SEVERAL = 10  # pictures from which a sentence can be called frequent


def findings(split: Split, needs: Needs) -> Iterator[Finding]:
    """Of the captions of a split."""
    captions = [(caption, row.file) for row in split.rows for caption in row.captions]
    foreign = [(caption, file) for caption, file in captions if looks_foreign(caption)]
    if foreign:
        yield Finding(
            "foreign",
            "remark",
            split.name,
            len(foreign),
            len(captions),
            "captions do not look English",
            "training takes words as they stand between spaces; colours, word vectors and judges know English alone",
            tuple(dict.fromkeys(file for _, file in foreign)),
            tuple(caption for caption, _ in foreign),
        )
    lengths = [len(tokenise(caption)) for caption, _ in captions]
    cut = [pair for pair, length in zip(captions, lengths, strict=True) if length > needs.words]
    if cut:
        yield Finding(
            "long-captions",
            "remark",
            split.name,
            len(cut),
            len(captions),
            f"captions have more than {needs.words} words (up to {max(lengths)}); the rest is not read",
            "say the important things first, or raise --model.max_words",
            tuple(dict.fromkeys(file for _, file in cut)),
            tuple(caption for caption, _ in cut),
        )
    pictures = Counter(words for row in split.rows for words in {" ".join(tokenise(c)) for c in row.captions})
    often = [(words, n) for words, n in pictures.most_common() if n >= max(SEVERAL, OFTEN * len(split.rows))]
    if often:
        under = {words for words, _ in often}
        files = tuple(r.file for r in split.rows if any(" ".join(tokenise(c)) in under for c in r.captions))
        yield Finding(
            "same-caption",
            "remark",
            split.name,
            sum(n for _, n in often),
            len(captions),
            f"captions stand under very many pictures ({len(often)} sentences, one under {often[0][1]:,})",
            "say what tells them apart; nothing can be learned from them about what differs",
            files,
            tuple(f"{words} ({n:,} pictures)" for words, n in often),
        )
