"""Necks of tops: a round or pointed opening with the back's inside in it, or a high collar."""

from __future__ import annotations

import numpy as np

from mimnet.data.drawn import cloth
from mimnet.data.drawn.colour import FloatArray, stream
from mimnet.data.drawn.paint import Patch, Points, ribbon, step, tone
from mimnet.data.drawn.top_piece import Piece


def paint_neck(piece: Piece) -> None:
    """The neck that the scene names."""
    neck = piece.scene.attributes["neck"]
    if neck == "high":
        _paint_collar(piece)
    else:
        _paint_opening(piece, pointed=neck == "v")


def _paint_opening(piece: Piece, *, pointed: bool) -> None:
    """What the front leaves open shows the inside of the back, its band and its label; then the front's band."""
    cut, habit = piece.cut, piece.habit
    rng = stream(piece.scene.seed, "neck", "v" if pointed else "round")
    front = cut.opening((habit.deep if pointed else habit.scoop) * rng.uniform(0.9, 1.1), pointed)
    back = cut.back()
    hole = piece.fill(np.concatenate([back, front[::-1]]))
    if hole is not None:
        x, y = cut.local(hole)
        above = np.interp(x, front[:, 0], front[:, 1]).astype(np.float32) - y
        lit = (0.60 + 0.16 * step(0.0, 0.08, above)) * piece.grain(x, y)  # darkest behind the front's edge
        piece.canvas.over(hole, tone(piece.base, np.asarray(lit, np.float32)), "neck")
        _through(piece, hole, ribbon(back + (0.0, 0.4 * habit.band), np.full(len(back), habit.band)), 0.84 * piece.base)
        if rng.random() < 0.75:
            middle = np.array([rng.normal(0, 0.004), cut.nape + habit.band + 0.012])
            half = np.array([rng.uniform(0.016, 0.03), rng.uniform(0.008, 0.014)])
            label = middle + half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
            _through(piece, hole, label, np.full(3, 0.9 if rng.random() < 0.6 else 0.12, np.float32))
    piece.band(front + (0.0, 0.3 * habit.band), habit.band, "neck")


def _through(piece: Piece, hole: Patch, points: Points, colour: FloatArray) -> None:
    """Paint a shape as far as it is seen through the opening."""
    patch = piece.fill(points)
    if patch is None:
        return
    seen = np.zeros((piece.canvas.size, piece.canvas.size), np.float32)
    seen[hole.at] = hole.alpha
    piece.canvas.over(patch.times(seen[patch.at]), np.asarray(colour, np.float32), "neck")


def _paint_collar(piece: Piece) -> None:
    """A tube that rises from the shoulders, with a fold or two, a seam at its foot and a dark mouth."""
    cut = piece.cut
    rng = stream(piece.scene.seed, "neck", "high")
    wide = min(cut.neck, 0.125) * rng.uniform(0.86, 0.94)  # half the width of the mouth
    high = piece.habit.collar * rng.uniform(0.9, 1.1)
    foot = min(1.12 * cut.neck, cut.strap - 0.01)
    low = float(cut.slope(np.array(foot)))
    across = np.linspace(-1.0, 1.0, 21)
    arch = 1.0 - across**2
    behind = np.stack([across * wide, -high - 0.012 * arch], axis=1)
    before = np.stack([across * wide, -high + 0.014 * arch], axis=1)
    base = np.stack([across * foot, low + 0.055 * arch], axis=1)
    t = np.linspace(0.0, 1.0, 9)[1:, None]
    side = (1 - t) ** 2 * (wide, -high) + 2 * t * (1 - t) * np.array([wide, -0.01]) + t * t * (foot, low)
    tube = piece.fill(np.concatenate([behind, side, base[::-1][1:-1], side[::-1] * (-1.0, 1.0)]))
    if tube is None:
        return
    x, y = cut.local(tube)
    u = np.clip(x / np.float32(wide), -1.3, 1.3)
    lit = 0.4 + 0.6 * piece.light.on(0.45 * u, 0.0, np.sqrt(np.maximum(1.0 - 0.25 * u * u, 0.1)))
    lit = lit * (1.0 - 0.22 * step(0.75, 1.1, np.abs(u))) * piece.grain(x, y)
    if piece.habit.knit:
        lit = lit * cloth.ribs(x, 0.02, cut.scale, 0.12)
    for height in (-0.45 * high, 0.01):
        fold = y - np.float32(height) - 0.02 * np.float32(rng.uniform(0.3, 1.0)) * (1.0 - np.clip(u * u, 0.0, 1.0))
        lit = lit * (1.0 - 0.11 * np.exp(-((fold / 0.010) ** 2)) + 0.055 * np.exp(-(((fold + 0.018) / 0.012) ** 2)))
    seam = y - np.interp(x, base[:, 0], base[:, 1])
    lit = lit * (1.0 - 0.25 * np.exp(-((seam / 0.006) ** 2)))
    piece.canvas.over(tube, tone(piece.colour(x, y), np.asarray(lit, np.float32)), "neck")
    mouth = piece.fill(np.concatenate([behind, before[::-1]]))
    piece.canvas.over(mouth, 0.55 * piece.base, "neck")
