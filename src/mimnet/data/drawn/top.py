"""Tops: t-shirts, tank tops and sweaters laid flat on white, as shops show them."""

from __future__ import annotations

import numpy as np

from mimnet.data.drawn import cloth
from mimnet.data.drawn.colour import FloatArray
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import Canvas, step, tone
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.top_cut import Sleeve
from mimnet.data.drawn.top_neck import paint_neck
from mimnet.data.drawn.top_piece import Piece, piece_of, rim
from mimnet.data.drawn.top_print import paint_print


def paint_ground(size: int) -> FloatArray:
    """The white on which a shop lays its pieces: float32 (size, size, 3)."""
    return np.ones((size, size, 3), np.float32)


def _paint_back(piece: Piece) -> None:
    """The inside of the back where it hangs below the front."""
    cut = piece.cut
    if cut.dip <= 0.0:
        return
    x = np.linspace(cut.hem, -cut.hem, 25)
    low = np.stack([0.99 * x, cut.bottom(x) + cut.dip * (1.0 - (x / cut.hem) ** 4)], axis=1)
    patch = piece.fill(np.concatenate([low, [(-0.9 * cut.hem, 0.9), (0.9 * cut.hem, 0.9)]]))
    if patch is None:
        return
    px, py = cut.local(patch)
    below = np.asarray(py - cut.bottom(px), np.float32)
    lit = (0.78 - 0.16 * step(0.04, 0.0, below)) * (0.85 + 0.15 * step(0.5, 0.95, rim(patch, 0.015 * cut.scale)))
    piece.canvas.over(patch, tone(piece.colour(px, py), np.asarray(lit, np.float32)), "body")


def _sleeve_light(piece: Piece, sleeve: Sleeve, s: FloatArray, t: FloatArray, edge: FloatArray) -> FloatArray:
    """The light on a sleeve at its own coordinates, where its `rim` is `edge`."""
    side = 0.5 * t * sleeve.way[1] * sleeve.side
    facing = piece.light.on(side, -0.3 * t * abs(sleeve.way[0]), np.sqrt(1.0 - 0.3 * np.clip(t * t, 0.0, 1.0)))
    creases = cloth.sleeve_creases(piece.scene.seed, sleeve.side, sleeve.long, piece.habit.crease)
    lit = (0.4 + 0.6 * facing) * (1.0 + creases.on(s, 0.25 * t, piece.light)) * (0.86 + 0.14 * step(0.4, 1.0, edge))
    if piece.habit.knit:
        lit = lit * cloth.ribs(t * np.float32(sleeve.wide), 0.018, piece.cut.scale, 0.05)
    lit = lit * piece.grain(s * np.float32(sleeve.length), t * np.float32(sleeve.wide))
    return np.asarray(lit * piece.hemmed((1.0 - s) * np.float32(sleeve.length), t * np.float32(sleeve.cuff)))


def _paint_sleeve(piece: Piece, sleeve: Sleeve) -> None:
    """A sleeve and its seam; up to the seam it is the body's own cloth, so that no edge shows where they meet."""
    cut = piece.cut
    patch = piece.fill(cut.around(sleeve))
    if patch is None:
        return
    x, y = cut.local(patch)
    s, t = sleeve.local(x, y)
    beyond = cut.outside(x, y)
    share = step(-0.003, 0.003, beyond)
    body = piece.brightness(x, y, piece.edge[patch.at])
    own = _sleeve_light(piece, sleeve, s, t, rim(patch, 0.026 * cut.scale))
    lit = (body + (own - body) * share) * (1.0 - 0.11 * np.exp(-((beyond / 0.005) ** 2)))
    colour = piece.base
    if piece.marks is not None:
        along = piece.dyed(s * np.float32(sleeve.length) + np.float32(0.3 * cut.arm))
        across = piece.colour(x, y)
        colour = np.asarray(across + (along - across) * share[..., None], np.float32)
    piece.canvas.over(patch, tone(colour, np.asarray(lit, np.float32)), "sleeves")


def _paint_body(piece: Piece) -> None:
    """The body, which casts a little shade on the sleeves beside it."""
    cut = piece.cut
    outline = cut.body(cut.armhole())
    flanks = outline[outline[:, 1] > cut.arm] * (1.02, 1.0)
    piece.canvas.darken(piece.fill(flanks, blur=0.012), 0.30, "sleeves")
    patch = piece.fill(outline)
    if patch is None:
        return
    x, y = cut.local(patch)
    lit = piece.brightness(x, y, piece.edge[patch.at])
    piece.canvas.over(patch, tone(piece.colour(x, y), lit), "body")


def _paint_bindings(piece: Piece) -> None:
    """What a top without sleeves has instead: bound armholes."""
    width = 0.03 if piece.habit.knit else 0.022
    for side in (-1.0, 1.0):
        piece.band((piece.cut.armhole() - (0.5 * width, 0.0)) * (side, 1.0), width, "sleeves")


def paint_top(canvas: Canvas, scene: Scene, light: Light) -> None:
    """Paint a top from the back of its hem to its neck.

    The body follows from seed, species, colour and pattern alone: another sleeve or neck changes what is painted
    as "sleeves" or "neck", and nothing else.
    """
    piece = piece_of(canvas, scene, light)
    _paint_back(piece)
    sleeves = [sleeve for side in (-1.0, 1.0) if (sleeve := piece.cut.sleeve(scene, side)) is not None]
    for sleeve in sleeves:
        _paint_sleeve(piece, sleeve)
    _paint_body(piece)
    if not sleeves:
        _paint_bindings(piece)
    paint_print(piece)
    paint_neck(piece)
