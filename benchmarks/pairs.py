"""Edits of photographs whose truth is known: objects on plain ground, cut along each other's outlines and dyed.

    python benchmarks/pairs.py --model fashion [OTHER ...] --data DIR [--split test] [--count 200]

The pairs are those of `loss.paired`, made of pictures that the model has not learned from. Told, for objects
that are cut, grow, or are dyed alone: the mean error of edits inside what should change, as a share of the
error of leaving the picture alone (0: the true edit, 1: nothing gained), the change outside, and the share of pairs
whose edit lies nearer to the truth than the picture before.
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
from mimnet.metrics.truth import truth_score

SIDE, CROP, WORDS = 128, 0.15, 24
CHANGED = 12  # grey levels beyond which a pixel should change
KINDS = ("cut", "grown", "dyed")


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
    source = PlainPairs(
        pictures, Captions(rows, vocabulary, WORDS, balance=1.0), size=SIDE, beside=given.count, flip=False, seed=0
    )
    pairs = source.made(0)
    texts = [" ".join(vocabulary.words[i] for i in pair.asked) for pair in pairs]
    kinds = np.array([pair.kind for pair in pairs])
    print(f"{'model':<18} {'pairs':<8} {'n':>4} {'error inside':>22} {'outside':>8} {'nearer':>7}")
    for name in given.model:
        editor = Editor.from_pretrained(name)
        scores = np.full((len(texts), 4), np.nan)
        for row, (start, truth, *_), text in zip(scores, pairs, texts, strict=True):
            edit = editor.edit(start, text)
            mask = (np.abs(start.astype(int) - truth).max(-1) > CHANGED).astype(np.uint8) * 255
            score = truth_score(
                image=start, edit=np.asarray(edit.picture), truth=truth, mask=mask, weight_map=edit.mask
            )
            if score is not None:
                row[:] = score.inside, score.unchanged, score.outside, score.inside < score.unchanged
        for each in KINDS:
            some = scores[kinds == each]
            value, low, high = interval_of(lambda inside, alone: inside / alone, some[:, 0], some[:, 1])
            told = f"{value:.3f} [{low:.3f}, {high:.3f}]"
            outside, nearer = (interval(some[:, i])[0] for i in (2, 3))
            print(
                f"{Path(name).name:<18} {each:<8} {len(some):>4} {told:>22} {outside:>8.4f} {nearer:>7.2f}", flush=True
            )


if __name__ == "__main__":
    main()
