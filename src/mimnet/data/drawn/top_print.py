"""Prints on tops, that no caption names: rows of letters that say nothing, or a round sign."""

from __future__ import annotations

import numpy as np

from mimnet.data.drawn.colour import stream
from mimnet.data.drawn.paint import Points, ellipse, ribbon, tone
from mimnet.data.drawn.top_piece import Piece

_INKS = np.array([(0.95, 0.95, 0.94), (0.1, 0.1, 0.12), (0.75, 0.6, 0.25), (0.8, 0.15, 0.2)], np.float32)


def paint_print(piece: Piece) -> None:
    """The print of a plain top, if this one has any; its ink does not follow the cloth."""
    rng = stream(piece.scene.seed, "print")
    if piece.marks is not None or rng.random() > piece.habit.print:
        return
    ink = _INKS[int(rng.integers(len(_INKS)))]
    middle, wide = np.array([0.0, rng.uniform(0.36, 0.44)]), piece.cut.chest * rng.uniform(0.35, 0.6)
    shapes = _letters(middle, wide, rng) if rng.random() < 0.6 else _sign(middle, 0.7 * wide, rng)
    for shape in shapes:
        patch = piece.fill(shape)
        if patch is not None:
            x, y = piece.cut.local(patch)
            piece.canvas.over(patch, tone(ink, piece.brightness(x, y, np.ones_like(x))), "object")


def _letters(middle: Points, wide: float, rng: np.random.Generator) -> list[Points]:
    """The strokes of one to three rows of letters of no alphabet: one or two stems, one or two bars."""
    rows = int(rng.integers(1, 4))
    high = 0.5 * rng.uniform(0.05, 0.085) / rows**0.4
    strokes = []
    for row in range(rows):
        count = int(rng.integers(4, 8))
        half = 0.36 * 2 * wide / count
        for k in range(count):
            at = middle + (wide * (2 * k + 1 - count) / count, 2.8 * high * (row - 0.5 * rows))
            stems = (-half,) if rng.random() < 0.5 else (-half, half)
            lines = [np.array([[stem, -high], [stem, high]]) for stem in stems]
            for bar in rng.choice([-high, 0.0, high], int(rng.integers(1, 3)), replace=False):
                lines.append(np.array([[-half, bar], [half, bar]]))
            strokes += [ribbon(line + at, np.full(2, 0.42 * half)) for line in lines]
    return strokes


def _sign(middle: Points, radius: float, rng: np.random.Generator) -> list[Points]:
    """Leaves round a point."""
    found = []
    for angle in np.linspace(0, 2 * np.pi, int(rng.integers(5, 12)), endpoint=False):
        x, y = middle + 0.6 * radius * np.array([np.cos(angle), np.sin(angle)])
        found.append(ellipse(float(x), float(y), 0.36 * radius, 0.13 * radius, float(angle)))
    return found
