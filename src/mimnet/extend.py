"""A larger vocabulary for a trained model: a new word is read through the nearest words that the model knows.

A file of word vectors tells which words are used alike; the model's own vectors live in another space, in which its
networks were trained. So a new word's vector is the mean of its neighbours' vectors in the model's space, weighted by
how near they stand in the file's.
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimnet.checkpoint import Model, save_model
from mimnet.errors import MimnetError
from mimnet.text import Vocabulary, tokenise
from mimnet.vectors.formats import open_vectors
from mimnet.vectors.lookup import Found, find_vectors

ANCHORS = 120  # the model's commonest words; rarer ones it met too seldom to have learned how they look
NEAREST = 3  # neighbours of a word
TEMPERATURE = 0.03  # of the softmax over their cosines
LEAST = 0.05  # weight below which a neighbour is left out
FAR = 0.35  # cosine of the nearest neighbour below which a word has none
TABLE = "vectors.vectors"  # the word vectors among a generator's weights


@dataclass(frozen=True)
class NewWord:
    """A word and what it is read through."""

    word: str
    through: dict[str, float]  # known words with their weights, which sum to 1, the nearest first
    cosine: float  # of the nearest, in the file
    composed: bool  # the file has not the word itself but its subwords


@dataclass(frozen=True)
class Extension:
    """Words that a model can be given, and those that it cannot, with the reason."""

    words: list[NewWord]
    refused: dict[str, str]


def neighbours(known: NDArray[np.float32], new: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For vectors n,width of a file the nearest of `known` m,width: indices and cosines n,NEAREST, nearest first."""
    cosine = _unit(new) @ _unit(known).T  # n,m
    order = np.argsort(-cosine, 1, kind="stable")[:, :NEAREST]
    return order, np.take_along_axis(cosine, order, 1)


def weights(cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Softmax over neighbours: n,k cosines, nearest first, to weights n,k; those below LEAST are nothing."""
    raised = np.exp((cosine - cosine[:, :1]) / TEMPERATURE)
    raised[raised < LEAST * raised.sum(1, keepdims=True)] = 0
    return np.asarray(raised / raised.sum(1, keepdims=True))


def find_new(model: Model, path: Path, words: Sequence[str]) -> Extension:
    """Neighbours of `words` among the words of `model`, by the vectors of the file `path`.

    A word is refused where the file has nothing for it, or where its nearest neighbour is too far. Raises
    `MimnetError` for a model without word vectors of its own, for words that it knows, and for an unfit file.
    """
    words = list(dict.fromkeys(words))
    _check(model, words)
    anchors, known = known_words(model, path)
    found = find_vectors(path, words)
    refused = _not_in_file(found)
    kept = [i for i, word in enumerate(words) if word not in refused]
    order, cosine = neighbours(known, found.vectors[kept])
    new = []
    for i, near, cosines, shares in zip(kept, order, cosine, weights(cosine), strict=True):
        if cosines[0] < FAR:
            refused[words[i]] = f"nothing known is near it; the nearest is {anchors[near[0]]} (cosine {cosines[0]:.2f})"
            continue
        through = {anchors[j]: round(float(share), 4) for j, share in zip(near, shares, strict=True) if share > 0}
        new.append(NewWord(words[i], through, round(float(cosines[0]), 4), words[i] in found.composed))
    return Extension(new, refused)


def known_words(model: Model, path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """The model's commonest words that the file has as they are, and their vectors in the file."""
    added = {entry["word"] for entry in model.training.get("extended", [])}
    words = [word for word in model.vocabulary.words[2:] if word not in added][:ANCHORS]
    found = find_vectors(path, words)
    other = {*found.forms, *found.composed, *found.spelled, *found.missing}
    kept = [i for i, word in enumerate(words) if word not in other]
    if len(kept) < NEAREST:
        raise MimnetError(f"{path} has only {len(kept)} of the model's words; a file in its language is needed")
    return [words[i] for i in kept], found.vectors[kept]


def commonest(path: Path, count: int, vocabulary: Vocabulary) -> list[str]:
    """The first `count` words of a file that `vocabulary` lacks and that a sentence can hold."""
    words: dict[str, None] = {}
    for name, _ in open_vectors(path).entries():
        word = name.decode(errors="replace")
        if len(words) == count:
            break
        if word.isalpha() and word not in vocabulary.ids and tokenise(word) == [word]:
            words[word] = None
    return list(words)


def save_extended(model: Model, new: Sequence[NewWord], source: str, out: Path) -> None:
    """Write `model` with the new words, whole or not at all. The rest is unchanged: known words paint as before."""
    tensors = dict(model.generator.state_dict())
    table = tensors[TABLE]
    rows = [mixed(table[[model.vocabulary.ids[w] for w in one.through]], list(one.through.values())) for one in new]
    tensors[TABLE] = torch.cat([table, torch.stack(rows)])
    told: list[dict[str, Any]] = [{**dataclasses.asdict(one), "file": source} for one in new]
    training = {**model.training, "extended": [*model.training.get("extended", []), *told]}
    vocabulary = Vocabulary([*model.vocabulary.words, *(one.word for one in new)])
    save_model(out, tensors, model.config, vocabulary, json.loads(json.dumps(training)))


def mixed(vectors: Tensor, shares: list[float]) -> Tensor:
    """The weighted mean of vectors k,width, as long as they are: vectors of different directions shorten their mean."""
    weight = torch.tensor(shares)[:, None]
    mean = (vectors * weight).sum(0)
    length: Tensor = (vectors.norm(dim=1, keepdim=True) * weight).sum()
    made: Tensor = mean * (length / mean.norm().clamp_min(1e-12))
    return made


def _check(model: Model, words: list[str]) -> None:
    if model.generator.vectors is None:
        raise MimnetError(
            "this model's words belong to a pretrained encoder; only models with word vectors can be extended"
        )
    for word in words:
        if tokenise(word) != [word]:
            read = " ".join(tokenise(word)) or "nothing"
            raise MimnetError(f"{word!r} is not one lower-case word: a sentence would read it as {read!r}")
        if word in model.vocabulary.ids:
            raise MimnetError(f"the model knows {word!r} already")


def _not_in_file(found: Found) -> dict[str, str]:
    refused = dict.fromkeys(found.missing, "the file has no such word")
    return refused | {
        word: f"the file has no such word; did you mean {other}?" for word, other in found.spelled.items()
    }


def _unit(x: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = x.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))
