"""Does an edit bring what one word asks for, where the rest of the caption stays? Sleeves, necks, parts.

    python benchmarks/alternatives.py --model fashion --data DIR --judge DAMSM --cnn SQUEEZENET \\
        --of "long sleeve" "short sleeve" sleeveless

Pictures of DIR/test whose caption has one of the alternatives are edited by that caption with another in its place,
once for each. A judge of `mimnet pretrain --encoders` then says which alternative the picture shows, by the cosine of
its embedding and of the caption with each in place. Told, by the alternative asked for: the share of edits in which it
comes first, the same of the pictures before the edit (what doing nothing gets), and the share of real pictures of
whose own alternative the judge says so, which is how far it can be believed. And the share of pixels that changed.
"""

import argparse
from pathlib import Path

import numpy as np

from mimnet import Editor
from mimnet.data.folder import read_split
from mimnet.images import open_picture, to_array
from mimnet.judges.own import OwnMatcher, load_judge
from mimnet.metrics.bootstrap import interval

SIDE = 128  # at which the judge looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=None, help="default: the model in the package")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--cnn", type=Path)
    parser.add_argument("--of", nargs="+", required=True)
    parser.add_argument("--limit", type=int, default=60, help="pictures of each alternative")
    given = parser.parse_args()
    editor = Editor.from_pretrained(given.model)
    judge = load_judge(given.judge, kind="damsm", cnn=given.cnn)
    assert isinstance(judge, OwnMatcher)
    words: list[str] = given.of

    def first(pictures: list[np.ndarray], forms: list[list[str]]) -> np.ndarray:
        """Of every picture the alternative that comes first; `forms`: its caption with each."""
        seen = judge.pictures(np.stack(pictures))
        texts = judge.sentences([text for form in forms for text in form]).reshape(len(pictures), len(words), -1)
        cosines = np.einsum("nd,nwd->nw", seen, texts) / np.linalg.norm(texts, axis=2)
        best: np.ndarray = cosines.argmax(1)
        return best

    kept: list[list[tuple[np.ndarray, str]]] = [[] for _ in words]
    for row in read_split(given.data, "test"):
        for caption in row.captions:
            has = [i for i, word in enumerate(words) if word in caption]
            if len(has) == 1 and len(kept[has[0]]) < given.limit:
                kept[has[0]].append((to_array(open_picture(row.file).convert("RGB"), SIDE), caption))
                break
    if nowhere := [word for word, pictures in zip(words, kept, strict=True) if not pictures]:
        parser.error(f"no caption of {given.data}/test has {' or '.join(nowhere)} and none of the others")
    own, asked, before, after, changed = [], [], [], [], []
    for i, pictures in enumerate(kept):
        for picture, caption in pictures:
            form = [caption.replace(words[i], word) for word in words]
            own.append((i, picture, form))
            for j in range(len(words)):
                if j != i:
                    edit = np.asarray(editor.edit(picture, form[j]).picture)
                    asked.append((j, form))
                    before.append(picture)
                    after.append(edit)
                    changed.append((edit != picture).any(-1).mean())
    forms = [form for _, form in asked]
    target = np.array([j for j, _ in asked])
    hit_before, hit_after = first(before, forms) == target, first(after, forms) == target
    source = np.array([i for i, _, _ in own])
    real = first([picture for _, picture, _ in own], [form for _, _, form in own]) == source
    print(f"model {editor.engine.fingerprint}, judge {judge.fingerprint}; pixels changed {np.mean(changed):.3f}")
    print(f"{'asked for':<16} {'n':>4} {'edits':>22} {'before':>7} {'real':>7}")
    for i, word in [*enumerate(words), (None, "all")]:
        which, whose = (slice(None), slice(None)) if i is None else (target == i, source == i)
        value, low, high = interval(hit_after[which].astype(float))
        told = f"{value:.2f} [{low:.2f}, {high:.2f}]"
        shares = f"{hit_before[which].mean():>7.2f} {real[whose].mean():>7.2f}"
        print(f"{word:<16} {len(hit_after[which]):>4} {told:>22} {shares}")


if __name__ == "__main__":
    main()
