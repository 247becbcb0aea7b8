"""Edits of photographs whose truth is known: objects on plain ground, cut along each other's outlines and dyed.

    python benchmarks/pairs.py --model fashion [OTHER ...] --data DIR [--split test] [--count 200]

The pairs are those of `loss.paired` with half of `pictures.sewn`, a fifth of `pictures.necked` and, of the others, a
third of `pictures.yoked`, made of pictures that the model has not learned from. Told, for objects that are cut, grow to
what they were, grow by what is sewn on, get another one's shoulders, neck and sleeves, get a neck that is typical of
its name, or are dyed alone: the mean error of edits inside what should change, as a share of the error of leaving the
picture alone (0: the true edit, 1: nothing gained), the change outside, the share of pairs whose edit lies nearer to
the truth than the picture before, and what `mimnet evaluate` asks of any edit: Diff, SSIM of edges and fine energy
inside what should change. The true edits stand first: no model can be asked for a smaller
Diff or truer edges than they have.
"""

import argparse
from pathlib import Path

import numpy as np

from mimnet import Editor
from mimnet.data.batches import Captions, stored_size
from mimnet.data.folder import read_split
from mimnet.data.plain_pairs import PlainPairs
from mimnet.data.rows import Rows, vocabulary_of
from mimnet.images import open_picture, to_array
from mimnet.metrics.bootstrap import interval, interval_of
from mimnet.metrics.difference import difference
from mimnet.metrics.structure import edge_ssim, fine_energy
from mimnet.metrics.truth import truth_score

SIDE, CROP, WORDS = 128, 0.15, 24
CHANGED = 12  # grey levels beyond which a pixel should change
COLUMNS = ("outside", "nearer", "Diff", "edges", "fine")
KINDS = ("cut", "grown", "sewn", "yoked", "necked", "dyed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", default=["fashion"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    rows = Rows.of(read_split(given.data, given.split))
    stored = stored_size(SIDE, CROP)
    pictures = np.stack([to_array(open_picture(row.file).convert("RGB"), stored) for row in rows])
    vocabulary = vocabulary_of(rows)
    captions = Captions(rows, vocabulary, WORDS, balance=1.0)
    source = PlainPairs(
        pictures,
        captions,
        size=SIDE,
        beside=given.count,
        flip=False,
        seed=0,
        sewn=0.5,
        yoked=0.35,
        necked=0.2,
    )
    pairs = source.made(0)
    texts = [" ".join(vocabulary.words[i] for i in pair.asked) for pair in pairs]
    kinds = np.array([pair.kind for pair in pairs])
    before, truths = (np.stack([pair[side] for pair in pairs]) for side in (0, 1))
    changed = np.abs(before.astype(int) - truths).max(-1) > CHANGED
    print(f"{'model':<18} {'pairs':<6} {'n':>4} {'error inside':>22}", *(f"{column:>8}" for column in COLUMNS))
    for name in [None, *given.model]:
        edits, scores = truths.copy(), np.full((len(texts), 4), np.nan)
        editor = None if name is None else Editor.from_pretrained(name)
        for i, text in enumerate(texts):
            weights = changed[i].astype(np.uint8) * 255
            located = weights
            if editor is not None:
                edit = editor.edit(before[i], text)
                edits[i], located = np.asarray(edit.picture), edit.mask
            score = truth_score(image=before[i], edit=edits[i], truth=truths[i], mask=weights, weight_map=located)
            if score is not None:
                scores[i] = score.inside, score.unchanged, score.outside, score.inside < score.unchanged
        kept = edge_ssim(before, edits, changed), fine_energy(edits, changed), fine_energy(before, changed)
        asked = np.stack([difference(before, edits), *kept], 1)
        for each in KINDS:
            some, also = scores[kinds == each], asked[kinds == each]
            value, low, high = interval_of(lambda inside, alone: inside / alone, some[:, 0], some[:, 1])
            told = f"{value:.3f} [{low:.3f}, {high:.3f}]"
            outside, nearer = (interval(some[:, i])[0] for i in (2, 3))
            diff, edges = (interval(also[:, i])[0] for i in (0, 1))
            fine = interval_of(lambda after, start: after / start, also[:, 2], also[:, 3])[0]
            who = "(true edits)" if name is None else Path(name).name
            figures = (f"{x:>8.4f}" for x in (outside, nearer, diff, edges, fine))
            print(f"{who:<18} {each:<6} {len(some):>4} {told:>22}", *figures, flush=True)


if __name__ == "__main__":
    main()
