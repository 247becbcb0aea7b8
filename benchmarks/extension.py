"""Does a word that a model never met paint its colour, when it is read through its neighbours in a file of vectors?

    python benchmarks/extension.py FILE --data DIR [--model flowers] [--pictures 6]

Colour words of known hue (crimson is a red) are all taken for unseen: none of them may be a neighbour. Each is edited
into pictures of DIR/test, and the hue leads or does not, by the rules of colour-following. Compared are ways to make
the word's vector: not at all, the nearest word's, the mean of the nearest (what `mimnet extend` does), and ridge
regression from the file's space to the model's. Above them stands the hue's own word. The second table leaves out one
known word at a time and compares its vector with the one made for it.
"""

import argparse
import dataclasses
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.checkpoint import Model, find_model, load_model
from mimnet.data.folder import read_split
from mimnet.evaluation.colour import sentence_for
from mimnet.evaluation.painter import ModelPainter
from mimnet.extend import ANCHORS, mixed, neighbours, weights
from mimnet.images import open_picture, to_array
from mimnet.metrics.bootstrap import interval
from mimnet.metrics.colour import leads
from mimnet.text import Vocabulary
from mimnet.vectors.lookup import find_vectors

HUES = {
    "red": "crimson scarlet ruby vermilion maroon burgundy cherry carmine",
    "blue": "teal turquoise navy azure cyan indigo cobalt sapphire",
    "pink": "magenta fuchsia rosy",
    "yellow": "amber gold golden lemon mustard saffron",
    "purple": "violet lilac mauve plum amethyst lavender",
    "white": "ivory cream snowy pearl",
    "orange": "peach tangerine apricot salmon copper coral",
}
RIDGE = 1.0
Vectors = NDArray[np.float32]


def in_file(file: Path, words: list[str]) -> tuple[list[str], Vectors]:
    """Those words that the file has as they are, and their vectors."""
    found = find_vectors(file, words)
    other = {*found.forms, *found.composed, *found.spelled, *found.missing}
    kept = [i for i, word in enumerate(words) if word not in other]
    return [words[i] for i in kept], found.vectors[kept]


def through(known: Vectors, table: torch.Tensor, new: Vectors, *, nearest: int = 0) -> torch.Tensor:
    """Vectors of new words from their neighbours among `known`, whose vectors in the model are `table`."""
    order, cosine = neighbours(known, new)
    if nearest:
        order, cosine = order[:, :nearest], cosine[:, :nearest]
    return torch.stack([mixed(table[o], s.tolist()) for o, s in zip(order, weights(cosine), strict=True)])


def ridge(known: Vectors, table: torch.Tensor, new: Vectors) -> torch.Tensor:
    """Vectors of new words by a linear map, fitted on known words, brought to the known ones' mean length."""
    x, y = (np.c_[v / np.linalg.norm(v, axis=1, keepdims=True), np.ones(len(v))] for v in (known, new))
    solved = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ table.numpy())
    made = torch.from_numpy((y @ solved).astype(np.float32))
    return made * (table.norm(dim=1).mean() / made.norm(dim=1, keepdim=True))


def led(model: Model, vectors: torch.Tensor, hues: list[str], pictures: NDArray[np.uint8], said: str) -> list[float]:
    """For each vector, given to the model as a word, the share of pictures in which its hue leads."""
    names = [f"new{i}" for i in range(len(hues))]
    table = model.generator.vectors
    assert table is not None
    before = table.vectors
    table.vectors = torch.cat([before, vectors])
    painter = ModelPainter(dataclasses.replace(model, vocabulary=Vocabulary([*model.vocabulary.words, *names])))
    shares = []
    for name, hue in zip(names, hues, strict=True):
        edits = painter.paint(pictures, [said.format(name)] * len(pictures)).last
        shares.append(float(np.mean([leads(edit, hue) for edit in edits])))
    table.vectors = before
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="flowers")
    parser.add_argument("--pictures", type=int, default=6)
    given = parser.parse_args()
    model = load_model(find_model(given.model))
    assert model.generator.vectors is not None
    table, ids = model.generator.vectors.vectors, model.vocabulary.ids
    hue_of = {word: hue for hue, words in HUES.items() for word in words.split()}
    words, new = in_file(given.file, list(hue_of))
    hues = [hue_of[word] for word in words]
    known_names, known = in_file(given.file, [word for word in model.vocabulary.words[2:] if word not in hue_of])
    common = [i for i, word in enumerate(known_names) if ids[word] - 2 < ANCHORS]
    known_table = table[[ids[word] for word in known_names]]

    rows = read_split(given.data, "test")
    rows = [rows[i] for i in np.linspace(0, len(rows) - 1, given.pictures).round().astype(int)]
    pictures = np.stack([to_array(open_picture(row.file), model.config.size) for row in rows])
    said = sentence_for(rows)
    order, _ = neighbours(known[common], new)
    first = np.mean([known_names[common[o[0]]] == hue for o, hue in zip(order, hues, strict=True)])
    any_of = np.mean([hue in {known_names[common[j]] for j in o} for o, hue in zip(order, hues, strict=True)])
    print(f"{given.file.name}, {len(words)} words, {len(pictures)} pictures, {said!r}")
    print(f"the hue is the nearest neighbour of {first:.0%} of the words, one of the nearest of {any_of:.0%}")
    print(f"{'the hue of a word leads, its vector being':<44}{'share of edits, 95% over words'}")
    near, near_table = known[common], known_table[common]
    ways = {
        "that of unknown words": table[[1] * len(words)],
        "the model's own, where it met the word": table[[ids.get(word, 1) for word in words]],
        "the nearest word's": through(near, near_table, new, nearest=1),
        "the mean of the nearest (mimnet extend)": through(near, near_table, new),
        "ridge, fitted on the same words": ridge(near, near_table, new),
        "ridge, fitted on all known words": ridge(known, known_table, new),
        "the hue's own word": table[[ids[hue] for hue in hues]],
    }
    for name, vectors in ways.items():
        mean, low, high = interval(np.array(led(model, vectors, hues, pictures, said)))
        print(f"{name:<44}{mean:.3f}  {low:.3f} to {high:.3f}", flush=True)

    print("cosine of a known word's vector with the one made for it, that word left out")
    made = {"the mean of the nearest": [], "ridge": []}
    for i in common:
        others = [j for j in common if j != i]
        made["the mean of the nearest"].append(through(known[others], known_table[others], known[[i]])[0])
        made["ridge"].append(ridge(known[others], known_table[others], known[[i]])[0])
    for name, vectors in made.items():
        cosines = torch.cosine_similarity(torch.stack(vectors), known_table[common]).numpy()
        mean, low, high = interval(cosines)
        print(f"{name:<44}{mean:.3f}  {low:.3f} to {high:.3f}  ({len(common)} words)")


if __name__ == "__main__":
    main()
