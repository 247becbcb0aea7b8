"""What each memory holds: painted alone, with the words that choose it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from mimnet.checkpoint import Model
from mimnet.errors import MimnetError
from mimnet.figures.canvas import Line, Note, cell_side, draw_grid, enlarged
from mimnet.figures.look import mimnet, paint
from mimnet.text import PAD, UNKNOWN

TOP = 3  # words named for each memory
MOST = 4000  # captions at most that words are counted in
TOGETHER = 64  # captions read in one pass
RARE = 2000  # a word at less than one of so many places is left out: its mean would be that of a few captions


@dataclass(frozen=True)
class Choosers:
    """How much words choose memories, over all places at which they stand in captions."""

    words: list[str]
    weights: NDArray[np.float64]  # words,memories: mean attention of a word; rows sum to 1
    use: NDArray[np.float64]  # memories: mean over all places

    def top(self, memory: int) -> list[tuple[str, float]]:
        """The words that choose the memory most, with their weight."""
        order = np.argsort(-self.weights[:, memory], kind="stable")[:TOP]
        return [(self.words[i], float(self.weights[i, memory])) for i in order]


@torch.inference_mode()
def choosers(model: Model, captions: Sequence[str]) -> Choosers:
    """Mean attention of every known word of `captions`. Raises `MimnetError` for a model without memory."""
    generator, config = mimnet(model)
    if not config.memory:
        raise MimnetError("this model has no memory (an ablation), so there is no gallery of memories")
    total = np.zeros((len(model.vocabulary), config.memories))
    count = np.zeros(len(model.vocabulary))
    some = [captions[i] for i in np.linspace(0, len(captions) - 1, min(MOST, len(captions))).round().astype(int)]
    for start in range(0, len(some), TOGETHER):
        ids, length = model.vocabulary.batch(some[start : start + TOGETHER], model.config.max_words)
        texture = generator.read(ids, length)
        assert texture.attention is not None
        there = texture.mask.numpy()
        places = ids.numpy()[there]
        np.add.at(total, places, texture.attention.float().numpy()[there])
        np.add.at(count, places, 1)
    use = total.sum(0) / max(1.0, float(count.sum()))
    least = 1 + count.sum() // RARE
    known = [i for i, word in enumerate(model.vocabulary.words) if count[i] >= least and word not in (PAD, UNKNOWN)]
    weights = total[known] / count[known, None]
    return Choosers([model.vocabulary.words[i] for i in known], weights, use)


@torch.inference_mode()
def alone(model: Model, picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The picture S,S,3 painted with each memory alone: attention is 1 on it for every word."""
    generator, config = mimnet(model)
    memories, made = config.memories, []
    for start in range(0, memories, 16):
        count = min(16, memories - start)
        ids = torch.ones(count, 1, dtype=torch.int64)  # which word it is does not matter
        attention = torch.eye(memories)[start : start + count, None]
        texture = generator.read(ids, torch.ones(count, dtype=torch.int64), attention=attention)
        made += [seen.result for seen in paint(model, picture, texture)]
    return made


def columns(count: int) -> int:
    """How many cells stand in a row: 8 to 13, so that the last row is as full as can be.

    >>> columns(65), columns(17), columns(5)
    (13, 9, 5)
    """
    return min(range(8, 14), key=lambda across: (-count % across, across)) if count > 8 else count


def gallery(model: Model, picture: NDArray[np.uint8], captions: Sequence[str]) -> Image.Image:
    """The picture itself, then every memory by how much it is used, with number, use and words."""
    found, painted = choosers(model, captions), alone(model, picture)
    side = cell_side(model.config.size)
    lines, cells, notes = [], [enlarged(Image.fromarray(picture), side)], ["the shape"]
    for memory in np.argsort(-found.use, kind="stable"):
        words = "\n".join(f"{word} {weight:.3f}" for word, weight in found.top(int(memory)))
        cells.append(Image.fromarray(painted[memory]))
        notes.append(f"#{memory}, use {100 * found.use[memory]:.1f}%\n{words}")
    across = columns(len(cells))
    told = (
        f"Each of {len(painted)} memories painted alone, the most used first. Use: mean attention over all words of "
        "the captions; below it the words that choose the memory most, with their mean attention "
        f"({1 / len(painted):.3f}: no choice)."
    )
    for start in range(0, len(cells), across):
        some = notes[start : start + across]
        below = [Note(text, column, 1) for column, text in enumerate(some)]
        row: list[Image.Image | str] = [*cells[start : start + across]]
        above = () if start else (Note(told),)
        lines.append(Line(row + [""] * (min(across, len(cells)) - len(row)), above, below))
    return draw_grid(lines, side=side)
