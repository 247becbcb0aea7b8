"""Scores of a model by the metrics, on drawn pictures with known truth and on captioned photographs.

The network's picture at its own size is scored, pasted by the map where the model is used so; pictures are brought to
that size once, for every score alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mimnet.boundary import boundary_image
from mimnet.checkpoint import Model
from mimnet.data.drawn import named_parts, read_drawn, render, true_edit, true_mask
from mimnet.data.folder import Captioned
from mimnet.images import from_tensor, from_weights, open_picture, to_array, to_tensor
from mimnet.metrics.colour import PETALS, leads
from mimnet.metrics.truth import TruthScore, truth_score
from mimnet.nn.generator import paste
from mimnet.text import tokenise


@dataclass(frozen=True)
class Edited:
    """One scored edit: pictures uint8 H,W,3 and the weight map uint8 h,w."""

    image: NDArray[np.uint8]
    edit: NDArray[np.uint8]
    weight_map: NDArray[np.uint8]


@torch.inference_mode()
def edit_all(model: Model, pairs: Iterable[tuple[NDArray[np.uint8], str]], *, batch: int = 16) -> Iterator[Edited]:
    """Edit pictures (uint8 S,S,3, S the model's size) by sentences; no result depends on `batch`."""
    waiting: list[tuple[NDArray[np.uint8], str]] = []

    def flush() -> Iterator[Edited]:
        arrays = np.stack([array for array, _ in waiting])
        image = to_tensor(arrays)
        structure = boundary_image(image, detector=model.config.boundary, detail=model.config.detail)
        ids, length = model.vocabulary.batch([text for _, text in waiting], model.config.max_words)
        edit = model.generator(image, structure, ids, length)
        result = paste(edit.last, image, edit.weight_map) if model.config.paste else edit.last
        for before, after, weights in zip(arrays, from_tensor(result), from_weights(edit.weight_map), strict=True):
            yield Edited(before, after, weights)

    for pair in pairs:
        waiting.append(pair)
        if len(waiting) == batch:
            yield from flush()
            waiting = []
    if waiting:
        yield from flush()


def drawn_scores(model: Model, split: Path, *, seed: int = 0, limit: int | None = None) -> list[TruthScore]:
    """Every drawn picture edited by a caption of another one of its kind, drawn by `seed`; true no-ops are left out."""
    drawn = read_drawn(split)[:limit]
    draw = np.random.default_rng(seed)
    size = model.config.size
    pairs, truths = [], []
    for picture in drawn:
        others = [d for d in drawn if d.scene.kind == picture.scene.kind and d.scene.species != picture.scene.species]
        if not others:
            continue
        other = others[int(draw.integers(len(others)))]
        caption = other.captions[int(draw.integers(len(other.captions)))]
        goal = true_edit(picture.scene, caption.attributes)
        if goal == picture.scene or not named_parts(picture.scene.kind, caption.attributes):
            continue
        image = render(picture.scene, size).image
        pairs.append((image, caption.text))
        truths.append((render(goal, size).image, true_mask(picture.scene, caption.attributes, size)))
    scores = []
    for edited, (truth, mask) in zip(edit_all(model, pairs), truths, strict=True):
        score = truth_score(image=edited.image, edit=edited.edit, truth=truth, mask=mask, weight_map=edited.weight_map)
        if score is not None:
            scores.append(score)
    return scores


def named_colour(captions: Sequence[str]) -> str | None:
    """The one petal colour that captions name, if they name one alone.

    >>> named_colour(["a flower with red petals", "the red flower has a center"])
    'red'
    """
    named = {word for caption in captions for word in tokenise(caption)} & set(PETALS)
    return named.pop() if len(named) == 1 else None


@dataclass(frozen=True)
class ColourScores:
    """Colour-following of one colour."""

    colour: str
    edits: float  # share of edits in which the named colour leads
    unchanged: float  # the same in the unedited pictures: what chance gives
    real: float | None  # the same in real pictures whose captions name that colour alone
    real_pictures: int


def colour_scores(
    model: Model, rows: Sequence[Captioned], *, sentence: str = "this flower has {} petals", limit: int = 100
) -> list[ColourScores]:
    """Pictures evenly through `rows`, each edited by a one-colour sentence for every petal colour."""
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, min(limit, len(rows))).astype(int)]
    size = model.config.size
    arrays = [to_array(open_picture(row.file), size) for row in chosen]
    scores = []
    for colour in PETALS:
        told = [row for row in rows if named_colour(row.captions) == colour][:limit]
        real = [leads(to_array(open_picture(row.file), size), colour) for row in told]
        edited = edit_all(model, ((array, sentence.format(colour)) for array in arrays))
        scores.append(
            ColourScores(
                colour,
                float(np.mean([leads(e.edit, colour) for e in edited])),
                float(np.mean([leads(array, colour) for array in arrays])),
                float(np.mean(real)) if real else None,
                len(real),
            )
        )
    return scores


def mean_change(model: Model, rows: Sequence[Captioned], *, seed: int = 0, limit: int = 200) -> float:
    """Mean absolute change of pictures in [0, 1] when each is edited by a full caption of another class."""
    draw = np.random.default_rng(seed)
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, min(limit, len(rows))).astype(int)]
    pairs = []
    for row in chosen:
        others = [other for other in rows if other is not row and (row.kind is None or other.kind != row.kind)]
        other = others[int(draw.integers(len(others)))]
        caption = other.captions[int(draw.integers(len(other.captions)))]
        pairs.append((to_array(open_picture(row.file), model.config.size), caption))
    changes = [np.abs(e.edit.astype(float) - e.image.astype(float)).mean() / 255 for e in edit_all(model, pairs)]
    return float(np.mean(changes))
