"""What would edits of garments cost that are true in colour and change nothing else? A bound for Diff, FID and Sim.

    python benchmarks/true_colours.py --data DIR --features SQUEEZENET [--judges DIR] [--limit 360]

Pictures and sentences are the pairs of `mimnet evaluate`. Told at 128 px: Diff and FID to training pictures of the
pictures as they are, of the same dyed in the colours of the object whose caption they get (`data/outline.py`; objects
on plain ground alone), and of the pictures of those objects themselves, of which one may come several times.

With judges, whose CNN is SQUEEZENET too, Sim besides, and what one piece of the sentence is worth in it: Sim of the
pictures asked for with their captions as they are, and with one piece of another picture's caption, told by how
garments are captioned: neck, sleeve, colour, garment.
"""

import argparse
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimnet.cnns import load_squeezenet
from mimnet.data.folder import read_split
from mimnet.data.outline import colours_of, dyed
from mimnet.evaluation.pairs import draw_pairs
from mimnet.images import open_picture, to_array
from mimnet.judges.judge import Matcher
from mimnet.judges.own import load_judge
from mimnet.judges.squeeze import SqueezeFeatures
from mimnet.metrics.difference import difference
from mimnet.metrics.frechet import frechet_distance
from mimnet.metrics.similarity import similarity

SIDE, REAL, TOGETHER = 128, 2000, 100
PIECES = ("neck", "sleeve", "colour", "garment")
CAPTION = r"a (?P<neck>.*?(?:neck|collar)) (?:(?P<sleeve>.*?(?:sleeve|sleeveless)) )?(?P<colour>\w+) (?P<garment>.*)"


def pictures(files: list[Path]) -> NDArray[np.uint8]:
    return np.stack([to_array(open_picture(file).convert("RGB"), SIDE) for file in files])


def in_colours_of(picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As it is where one of the two has no outline."""
    colours = colours_of(other)
    return picture if colours is None else dyed(picture, colours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--judges", type=Path)
    parser.add_argument("--limit", type=int, default=360)
    given = parser.parse_args()
    features = SqueezeFeatures(load_squeezenet(given.features))
    training = [row.file for row in read_split(given.data, "train")]
    chosen = [training[i] for i in np.linspace(0, len(training) - 1, min(REAL, len(training))).round().astype(int)]
    starts = range(0, len(chosen), TOGETHER)
    real = np.concatenate([features.features(pictures(chosen[start : start + TOGETHER])) for start in starts])
    split = given.data / "test"
    pairs = draw_pairs(read_split(given.data, "test"), split, limit=given.limit).pairs
    before = pictures([split / pair.file for pair in pairs])
    asked = pictures([split / pair.source for pair in pairs])
    coloured = np.stack([in_colours_of(own, other) for own, other in zip(before, asked, strict=True)])
    judge = None
    if given.judges is not None:
        judge = load_judge(given.judges / "damsm.safetensors", kind="damsm", cnn=given.features)
    captions = [pair.caption for pair in pairs]
    print(f"{len(pairs)} pairs of {given.data.name}/test, {SIDE} px, {len(chosen)} training pictures")
    print(f"{'':<22} {'Diff':>6} {'FID':>7} {'of unedited':>12} {'Sim':>7}")
    alone = frechet_distance(real, features.features(before))
    for name, edits in (("unedited", before), ("true colours", coloured), ("pictures asked for", asked)):
        fid = frechet_distance(real, features.features(edits))
        sim = "" if judge is None else f"{similar(judge, edits, captions).mean():.3f}"
        print(f"{name:<22} {difference(before, edits).mean():>6.3f} {fid:>7.0f} {fid / alone:>12.2f} {sim:>7}")
    if judge is not None:
        heading = f"{'n':>4} {'ask for another':>16} {'Sim':>7} {'with one piece of another caption':>34}"
        print(f"\n{'pictures asked for':<22} {heading}")
        for piece in PIECES:
            rows = [i for i, caption in enumerate(captions) if piece in pieces(caption)]
            other = [exchanged(captions[i], [captions[j] for j in rows], piece, i) for i in rows]
            own, changed = (similar(judge, asked[rows], texts) for texts in ([captions[i] for i in rows], other))
            new = sum(pieces(pairs[i].own).get(piece) != pieces(captions[i])[piece] for i in rows)
            print(f"{piece:<22} {len(rows):>4} {new:>16} {own.mean():>7.3f} {changed.mean():>34.3f}")


def similar(judge: Matcher, edits: NDArray[np.uint8], captions: list[str]) -> NDArray[np.float64]:
    return similarity(judge.pictures(edits), judge.sentences(captions))


def pieces(caption: str) -> dict[str, str]:
    """What a caption says of each of `PIECES`, where it says it in the order of these."""
    found = re.match(CAPTION, caption)
    return {} if found is None else {piece: said for piece, said in found.groupdict().items() if said}


def exchanged(caption: str, others: list[str], piece: str, seed: int) -> str:
    """A caption with what another one, drawn at random, says otherwise."""
    own = pieces(caption)
    says = sorted(pieces(other)[piece] for other in others if pieces(other)[piece] != own[piece])
    own[piece] = str(np.random.default_rng(seed).choice(says))
    return "a " + " ".join(own[each] for each in PIECES if each in own)


if __name__ == "__main__":
    main()
