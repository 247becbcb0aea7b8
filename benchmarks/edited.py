"""What the editor's results keep of the pictures, at the pictures' own size: outlines, fine texture, the background.

    python benchmarks/edited.py --model flowers --data DIR [--limit 200]

Every picture of DIR/test (squares of one size) is edited by one full caption of another kind, the pairs of `mimnet
evaluate`. Told, with 95% intervals: SSIM of edges and fine energy inside the map that pasted (`metrics/structure.py`),
Diff, and the number of pixels that changed where that map is 0. `mimnet evaluate` scores the network's raw picture
instead; this is what a person gets.
"""

import argparse
from pathlib import Path

import numpy as np

from mimnet import Editor
from mimnet.data.folder import read_split
from mimnet.evaluation.pairs import draw_pairs
from mimnet.images import open_picture
from mimnet.metrics.bootstrap import interval, interval_of
from mimnet.metrics.difference import difference
from mimnet.metrics.structure import edge_ssim, fine_energy

CHUNK = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=None, help="default: the model in the package")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=200)
    given = parser.parse_args()
    editor = Editor.from_pretrained(given.model)
    split = given.data / "test"
    pairs = draw_pairs(read_split(given.data, "test"), split, seed=0, limit=given.limit)
    values: dict[str, list[np.ndarray]] = {"edges": [], "fine before": [], "fine after": [], "diff": []}
    outside = 0
    for start in range(0, len(pairs), CHUNK):
        some = pairs.pairs[start : start + CHUNK]
        pictures = [open_picture(split / pair.file).convert("RGB") for pair in some]
        edits = [editor.edit(picture, pair.caption) for picture, pair in zip(pictures, some, strict=True)]
        before = np.stack([np.asarray(picture) for picture in pictures])
        after = np.stack([np.asarray(edit.picture) for edit in edits])
        masks = np.stack([edit.mask for edit in edits])
        outside += int((before != after).any(-1)[masks == 0].sum())
        inside = masks >= 128
        values["edges"].append(edge_ssim(before, after, inside))
        values["fine before"].append(fine_energy(before, inside))
        values["fine after"].append(fine_energy(after, inside))
        values["diff"].append(difference(before, after))
    told = {name: np.concatenate(parts) for name, parts in values.items()}
    print(f"{len(pairs)} pictures of {given.data.name}/test, {before.shape[1]} px, model {editor.engine.fingerprint}")
    rows = {
        "SSIM of edges inside": interval(told["edges"]),
        "fine energy, after / before": interval_of(lambda a, b: a / b, told["fine after"], told["fine before"]),
        "Diff": interval(told["diff"]),
    }
    for name, (value, low, high) in rows.items():
        print(f"  {name:<28} {value:.3f} [{low:.3f}, {high:.3f}]")
    print(f"  pixels changed outside the map  {outside}")


if __name__ == "__main__":
    main()
