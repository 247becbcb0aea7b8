"""Tops: t-shirts, tank tops and sweaters laid flat on white, as shops show them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from mimnet.data.drawn import cloth
from mimnet.data.drawn.colour import FloatArray, dye, stream
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import Canvas, Patch, Points, ellipse, fill, ribbon, step, tone
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import TopSpecies, top_species
from mimnet.data.drawn.top_cut import Cut, Sleeve, cut_of


@dataclass(frozen=True)
class _Piece:
    """What every part of one top is painted with."""

    canvas: Canvas
    scene: Scene
    light: Light
    cut: Cut
    habit: TopSpecies
    base: FloatArray
    marks: FloatArray | None  # the stripes' colour, None for a plain top
    edge: FloatArray  # (size, size): 1 inside the body with whole shoulders, falling to its outline

    @property
    def soft(self) -> float:
        """Blur of outlines in pixels."""
        return 0.6 * self.light.soft * self.canvas.size

    def fill(self, points: Points, more: float = 0.0) -> Patch | None:
        """The shape with that outline in the top's own frame."""
        return fill(self.cut.place(points), self.canvas.size, self.soft + more * self.cut.scale)

    def dyed(self, along: FloatArray) -> FloatArray:
        """The cloth's colour at that distance along its stripes."""
        if self.marks is None:
            return self.base
        share = cloth.stripes(self.scene.seed, along)[..., None]
        return np.asarray(self.base + (self.marks - self.base) * share, np.float32)


def paint_ground(size: int) -> FloatArray:
    """The white on which a shop lays its pieces: float32 (size, size, 3)."""
    return np.ones((size, size, 3), np.float32)


def _rim(patch: Patch, radius: float) -> FloatArray:
    """1 well inside a shape, a half at its outline: how much of the light under the cloth comes through."""
    image = Image.fromarray((patch.alpha * 255).astype(np.uint8))
    wide = Image.new("L", (image.width + 40, image.height + 40))
    wide.paste(image, (20, 20))
    soft = np.asarray(wide.filter(ImageFilter.GaussianBlur(radius)), np.float32)[20:-20, 20:-20]
    return np.asarray(soft / 255, np.float32)


def _edge(cut: Cut, size: int) -> FloatArray:
    field = np.ones((size, size), np.float32)
    patch = fill(cut.place(cut.body(cut.seam())), size)
    if patch is not None:
        field[patch.at] = _rim(patch, 0.034 * cut.scale)
    return field


def _body_light(piece: _Piece, x: FloatArray, y: FloatArray, edge: FloatArray) -> FloatArray:
    """Brightness over the body at the top's own coordinates."""
    cut, habit, light, seed = piece.cut, piece.habit, piece.light, piece.scene.seed
    u = np.clip(x / cut.half(y), -1.0, 1.0)
    round_ = light.on(0.5 * u * np.abs(u), 0.2 * (y - 0.45), 0.9)
    folds = cloth.body_creases(seed, cut.arm, cut.chest, habit.crease).on(x, y, light)
    folds = folds + cloth.drape(seed, x, y, habit.drape)
    lit = (0.4 + 0.6 * round_) * (1.0 + folds) * (0.86 + 0.14 * step(0.4, 1.0, edge))
    lit = lit * cloth.fibre(x, y, cut.scale, habit.grain)
    below = cut.bottom(x) - y
    if habit.knit:
        lit = lit * cloth.ribs(x, 0.017, cut.scale, 0.05)
        lit = lit * (1.0 + (cloth.ribs(x, 0.026, cut.scale, 0.16) - 1.0) * step(0.075, 0.068, below))
        lit = lit * (1.0 - 0.13 * np.exp(-(((below - 0.072) / 0.006) ** 2)))
    else:
        lit = lit * (1.0 - 0.10 * np.exp(-(((below - 0.027) / 0.004) ** 2)))
    return np.asarray(lit, np.float32)


def _body_dye(piece: _Piece, x: FloatArray, y: FloatArray) -> FloatArray:
    bent = y + 0.018 * (x / piece.cut.chest) ** 2 + 0.3 * cloth.drape(piece.scene.seed, x, y, piece.habit.drape) * 0.2
    return piece.dyed(np.asarray(bent, np.float32))


def _sleeve_light(piece: _Piece, sleeve: Sleeve, s: FloatArray, t: FloatArray, rim: FloatArray) -> FloatArray:
    habit, light = piece.habit, piece.light
    long = sleeve.length > 0.5
    sx = t * sleeve.way[1] * sleeve.side * 0.5
    round_ = light.on(sx, -0.3 * t * np.abs(sleeve.way[0]), np.sqrt(1.0 - 0.3 * np.clip(t * t, 0.0, 1.0)))
    creases = cloth.sleeve_creases(piece.scene.seed, sleeve.side, long, habit.crease)
    lit = (0.4 + 0.6 * round_) * (1.0 + creases.on(s, t * 0.25, light)) * (0.86 + 0.14 * step(0.4, 1.0, rim))
    lit = lit * cloth.fibre(s * sleeve.length, t * sleeve.wide, piece.cut.scale, habit.grain)
    from_cuff = (1.0 - s) * sleeve.length
    if habit.knit:
        lit = lit * (1.0 + (cloth.ribs(t * sleeve.cuff, 0.022, piece.cut.scale, 0.16) - 1.0) * step(0.085, 0.078, from_cuff))
        lit = lit * (1.0 - 0.13 * np.exp(-(((from_cuff - 0.082) / 0.006) ** 2)))
    else:
        lit = lit * (1.0 - 0.12 * np.exp(-(((from_cuff - 0.024) / 0.004) ** 2)))
    return np.asarray(lit, np.float32)


def _paint_sleeve(piece: _Piece, sleeve: Sleeve) -> None:
    """A sleeve and its seam; up to the seam it is the body's own cloth, so that no edge shows where they meet."""
    cut = piece.cut
    patch = piece.fill(cut.around(sleeve))
    if patch is None:
        return
    x, y = cut.local(patch)
    s, t = sleeve.local(x, y)
    beyond = cut.outside(x, y)
    beyond = np.where(y > cut.arm, 1.0, beyond).astype(np.float32)
    share = step(-0.003, 0.003, beyond)
    body = _body_light(piece, x, y, piece.edge[patch.at])
    own = _sleeve_light(piece, sleeve, s, t, _rim(patch, 0.026 * cut.scale))
    lit = body + (own - body) * share
    lit = lit * (1.0 - 0.11 * np.exp(-((beyond / 0.005) ** 2)))
    colour = piece.base
    if piece.marks is not None:
        weight = share[..., None]
        first = _body_dye(piece, x, y)
        second = piece.dyed(s * np.float32(sleeve.length) + np.float32(0.3 * cut.arm))
        colour = first + (second - first) * weight
    piece.canvas.over(patch, tone(colour, lit.astype(np.float32)), "sleeves")


def _paint_bindings(piece: _Piece) -> None:
    """What a top without sleeves has instead: bound armholes."""
    cut = piece.cut
    width = 0.022 if not piece.habit.knit else 0.03
    for side in (-1.0, 1.0):
        line = cut.armhole()
        inner = line - np.array([0.5 * width, 0.0])
        _paint_band(piece, inner * (side, 1.0), width, "sleeves")


def _paint_band(piece: _Piece, line: Points, width: float, part: str, factor: float = 1.0) -> None:
    """A band of cloth sewn along a line, with its seams."""
    cut = piece.cut
    seam = piece.fill(ribbon(line, np.full(len(line), width + 0.008)))
    band = piece.fill(ribbon(line, np.full(len(line), width)))
    if seam is None or band is None:
        return
    for patch, dark in ((seam, 0.86), (band, 0.97)):
        x, y = cut.local(patch)
        lit = _body_light(piece, x, y, np.ones_like(x)) * np.float32(dark * factor)
        piece.canvas.over(patch, tone(piece.base, lit), part)


def _paint_back(piece: _Piece) -> None:
    """The inside of the back where it hangs below the front."""
    cut = piece.cut
    if cut.dip <= 0.0:
        return
    x = np.linspace(cut.hem, -cut.hem, 25)
    low = cut.bottom(x) + cut.dip * (1.0 - (x / cut.hem) ** 4)
    points = np.concatenate([np.stack([x * 0.99, low], axis=1), [(-0.9 * cut.hem, 0.9), (0.9 * cut.hem, 0.9)]])
    patch = piece.fill(points)
    if patch is None:
        return
    px, py = cut.local(patch)
    lit = 0.78 - 0.16 * step(0.04, 0.0, py - np.asarray(cut.bottom(px), np.float32)) + 0.0 * px
    lit = lit * (0.85 + 0.15 * step(0.5, 0.95, _rim(patch, 0.015 * cut.scale)))
    piece.canvas.over(patch, tone(_body_dye(piece, px, py), np.asarray(lit, np.float32)), "body")


def _paint_body(piece: _Piece) -> None:
    cut = piece.cut
    flank = cut.body(cut.armhole())
    shadow = flank[flank[:, 1] > cut.arm] * (1.02, 1.0)
    piece.canvas.darken(piece.fill(shadow, 0.012), 0.30, "sleeves")
    patch = piece.fill(flank)
    if patch is None:
        return
    x, y = cut.local(patch)
    lit = _body_light(piece, x, y, piece.edge[patch.at])
    piece.canvas.over(patch, tone(_body_dye(piece, x, y), lit), "body")


def _paint_print(piece: _Piece) -> None:
    """Some tops bear a print that no caption names: letters that say nothing, or a round sign."""
    rng = stream(piece.scene.seed, "print")
    if piece.marks is not None or rng.random() > piece.habit.print:
        return
    cut = piece.cut
    ink = np.array([(0.95, 0.95, 0.94), (0.1, 0.1, 0.12), (0.75, 0.6, 0.25), (0.8, 0.15, 0.2)][int(rng.integers(4))])
    ink = ink.astype(np.float32)
    middle, wide = np.array([0.0, rng.uniform(0.36, 0.44)]), cut.chest * rng.uniform(0.35, 0.6)
    shapes: list[Points] = []
    if rng.random() < 0.6:
        rows = int(rng.integers(1, 4))
        high = rng.uniform(0.05, 0.085) / rows**0.4
        for row in range(rows):
            count = int(rng.integers(4, 8))
            step_ = 2 * wide / count
            for k in range(count):
                at = middle + (-wide + (k + 0.5) * step_, (row - 0.5 * rows) * high * 1.4)
                shapes += _letter(at, 0.36 * step_, 0.5 * high, rng)
    else:
        around = np.linspace(0, 2 * np.pi, int(rng.integers(5, 12)), endpoint=False)
        radius = 0.7 * wide
        for angle in around:
            at = middle + radius * 0.6 * np.array([np.cos(angle), np.sin(angle)])
            shapes.append(ellipse(float(at[0]), float(at[1]), 0.36 * radius, 0.13 * radius, float(angle)))
    for shape in shapes:
        patch = piece.fill(shape)
        if patch is None:
            continue
        x, y = cut.local(patch)
        lit = _body_light(piece, x, y, np.ones_like(x))
        piece.canvas.over(patch, tone(ink, lit), "object")


def _letter(at: Points, wide: float, high: float, rng: np.random.Generator) -> list[Points]:
    """The strokes of a letter of no alphabet: one or two stems, and one or two bars or a ring."""
    thick = 0.42 * wide
    stems = [(-1.0, 0.0)] if rng.random() < 0.5 else [(-1.0, 0.0), (1.0, 0.0)]
    lines = [np.array([[sx * wide, -high], [sx * wide, high]]) for sx, _ in stems]
    for height in rng.choice([-1.0, 0.0, 1.0], int(rng.integers(1, 3)), replace=False):
        lines.append(np.array([[-wide, height * high], [wide, height * high]]))
    return [ribbon(line + at, np.full(2, thick)) for line in lines]


def _paint_neck(piece: _Piece) -> None:
    if piece.scene.attributes["neck"] == "high":
        _paint_collar(piece)
        return
    cut, habit = piece.cut, piece.habit
    pointed = piece.scene.attributes["neck"] == "v"
    rng = stream(piece.scene.seed, "neck", "v" if pointed else "round")
    depth = (habit.deep if pointed else habit.scoop) * rng.uniform(0.9, 1.1)
    front, back = cut.opening(depth, pointed), cut.back()
    patch = piece.fill(np.concatenate([back, front[::-1]]))
    if patch is not None:  # the inside of the back, in the shade of the front
        x, y = cut.local(patch)
        edge = np.interp(x, front[:, 0], front[:, 1]) - y
        lit = 0.60 + 0.16 * step(0.0, 0.08, np.asarray(edge, np.float32))
        grown = tone(piece.base, np.asarray(lit * cloth.fibre(x, y, cut.scale, habit.grain), np.float32))
        piece.canvas.over(patch, grown, "neck")
        inside = patch.alpha
        _paint_behind(piece, back, patch, inside, rng)
    width = habit.band
    _paint_band(piece, front + np.array([0.0, 0.5 * width]) * 0.6, width, "neck")


def _paint_behind(piece: _Piece, back: Points, opening: Patch, inside: FloatArray, rng: np.random.Generator) -> None:
    """The band round the nape and the label under it, as far as the opening shows them."""
    cut = piece.cut
    band = fill(cut.place(ribbon(back + (0.0, 0.4 * piece.habit.band), np.full(len(back), piece.habit.band))), piece.canvas.size, piece.soft)
    if band is not None:
        x, _ = cut.local(band)
        seen = _within(band, opening)
        piece.canvas.over(band.times(seen), tone(piece.base, np.full(x.shape, 0.84, np.float32)), "neck")
    if rng.random() < 0.75:
        at = np.array([rng.normal(0, 0.004), cut.nape + piece.habit.band + 0.012])
        half = np.array([rng.uniform(0.016, 0.03), rng.uniform(0.008, 0.014)])
        corners = at + half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        label = piece.fill(corners)
        if label is not None:
            white = np.float32(0.9 if rng.random() < 0.6 else 0.12)
            piece.canvas.over(label.times(_within(label, opening)), np.full(3, white, np.float32), "neck")


def _within(patch: Patch, other: Patch) -> FloatArray:
    """The other shape's alpha over this one's rectangle."""
    found = np.zeros(patch.alpha.shape, np.float32)
    top, left = max(patch.rows.start, other.rows.start), max(patch.columns.start, other.columns.start)
    bottom, right = min(patch.rows.stop, other.rows.stop), min(patch.columns.stop, other.columns.stop)
    if bottom > top and right > left:
        found[top - patch.rows.start : bottom - patch.rows.start, left - patch.columns.start : right - patch.columns.start] = (
            other.alpha[top - other.rows.start : bottom - other.rows.start, left - other.columns.start : right - other.columns.start]
        )
    return found


def _paint_collar(piece: _Piece) -> None:
    """A high neck: a tube that rises from the shoulders, its mouth, and its seam."""
    cut, habit = piece.cut, piece.habit
    rng = stream(piece.scene.seed, "neck", "high")
    wide = min(cut.neck, 0.125) * rng.uniform(0.86, 0.94)
    foot = min(1.12 * cut.neck, cut.strap - 0.01)
    high = habit.collar * rng.uniform(0.9, 1.1)
    x = np.linspace(-1.0, 1.0, 21)
    arch = 1.0 - x * x
    mouth = np.stack([x * wide, -high - 0.012 * arch], axis=1)
    lip = np.stack([x * wide, -high + 0.014 * arch], axis=1)
    t = np.linspace(0.0, 1.0, 9)[1:, None]
    side = (1 - t) ** 2 * (wide, -high) + 2 * t * (1 - t) * np.array([wide * 1.0, -0.01]) + t * t * (foot, cut.slope(np.array(foot)))
    base = np.stack([x[::-1] * foot, float(cut.slope(np.array(foot))) + 0.055 * arch], axis=1)
    tube = np.concatenate([mouth, side, base[1:-1], side[::-1] * (-1.0, 1.0)])
    patch = piece.fill(tube)
    if patch is None:
        return
    px, py = cut.local(patch)
    u = np.clip(px / np.float32(wide), -1.3, 1.3)
    lit = 0.4 + 0.6 * piece.light.on(0.45 * u, 0.0, np.sqrt(np.maximum(1.0 - 0.25 * u * u, 0.1)))
    lit = lit * (1.0 - 0.22 * step(0.75, 1.1, np.abs(u))) * cloth.fibre(px, py, cut.scale, habit.grain)
    if habit.knit:
        lit = lit * cloth.ribs(px, 0.02, cut.scale, 0.12)
    for height, depth in ((-0.45 * high, 0.10), (0.01, 0.12)):
        bent = py - np.float32(height) - 0.02 * (1.0 - np.clip(u * u, 0.0, 1.0)) * np.float32(rng.uniform(0.3, 1.0))
        lit = lit * (1.0 - depth * np.exp(-((bent / 0.010) ** 2)) + 0.5 * depth * np.exp(-(((bent + 0.018) / 0.012) ** 2)))
    seam = py - np.interp(px, base[::-1, 0], base[::-1, 1])
    lit = lit * (1.0 - 0.25 * np.exp(-((seam / 0.006) ** 2)))
    piece.canvas.over(patch, tone(_body_dye(piece, px, py), np.asarray(lit, np.float32)), "neck")
    hole = piece.fill(np.concatenate([mouth, lip[::-1]]))
    if hole is not None:
        hx, _ = cut.local(hole)
        piece.canvas.over(hole, tone(piece.base, np.full(hx.shape, 0.55, np.float32)), "neck")


def paint_top(canvas: Canvas, scene: Scene, light: Light) -> None:
    """Paint a top from the back of its hem to its collar.

    Body, light and creases follow from seed, species, colour and pattern alone: another sleeve or neck changes what
    is painted of sleeves and neck and nothing else.
    """
    cut = cut_of(scene, canvas.size)
    plain = scene.attributes["pattern"] == "plain"
    piece = _Piece(
        canvas=canvas,
        scene=scene,
        light=light,
        cut=cut,
        habit=top_species(scene.species),
        base=dye(scene.seed, "colour", scene.attributes["colour"]),
        marks=None if plain else dye(scene.seed, "pattern", scene.attributes["pattern_colour"]),
        edge=_edge(cut, canvas.size),
    )
    _paint_back(piece)
    for side in (-1.0, 1.0):
        sleeve = cut.sleeve(scene, side)
        if sleeve is not None:
            _paint_sleeve(piece, sleeve)
    _paint_body(piece)
    if scene.attributes["sleeve"] == "sleeveless":
        _paint_bindings(piece)
    _paint_print(piece)
    _paint_neck(piece)
