"""One top being painted: its cloth's colour and light anywhere on it, and bands sewn along its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from mimnet.data.drawn import cloth
from mimnet.data.drawn.colour import FloatArray, dye
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import Canvas, Patch, Points, fill, ribbon, step, tone
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import TopSpecies, top_species
from mimnet.data.drawn.top_cut import Cut, cut_of


def rim(patch: Patch, radius: float) -> FloatArray:
    """1 well inside a shape, falling to a half at its outline within about `radius` pixels."""
    pad = int(3 * radius) + 1
    image = Image.fromarray(np.pad((patch.alpha * 255).astype(np.uint8), pad))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32)
    return np.asarray(soft[pad:-pad, pad:-pad] / 255, np.float32)


@dataclass(frozen=True)
class Piece:
    """What every part of one top is painted with. Places (x, y) are the top's own (see Cut)."""

    canvas: Canvas
    scene: Scene
    light: Light
    cut: Cut
    habit: TopSpecies
    base: FloatArray
    marks: FloatArray | None  # the stripes' colour; None for a plain top
    edge: FloatArray  # (size, size): `rim` of the body with whole shoulders, whatever the sleeves are

    def fill(self, points: Points, blur: float = 0.0) -> Patch | None:
        """The shape with that outline, blurred by so much more."""
        soft = 0.6 * self.light.soft * self.canvas.size + blur * self.cut.scale
        return fill(self.cut.place(points), self.canvas.size, soft)

    def dyed(self, along: FloatArray) -> FloatArray:
        """The cloth's colour at that distance along its stripes."""
        if self.marks is None:
            return self.base
        share = cloth.stripes(self.scene.seed, along)[..., None]
        return np.asarray(self.base + (self.marks - self.base) * share, np.float32)

    def colour(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """The body's colour; stripes sag a little and follow the hanging folds."""
        sag = 0.018 * (x / self.cut.chest) ** 2 + 0.06 * cloth.drape(self.scene.seed, x, y, self.habit.drape)
        return self.dyed(np.asarray(y + sag, np.float32))

    def brightness(self, x: FloatArray, y: FloatArray, edge: FloatArray) -> FloatArray:
        """The light on the body where its `rim` is `edge`: its round, its folds, its knit and its hem."""
        cut, habit, light, seed = self.cut, self.habit, self.light, self.scene.seed
        u = np.asarray(np.clip(x / cut.half(y), -1.0, 1.0), np.float32)
        facing = light.on(0.5 * u * np.abs(u), 0.2 * (y - 0.45), 0.9)
        folds = cloth.body_creases(seed, cut.arm, cut.chest, habit.crease).on(x, y, light)
        folds = folds + cloth.drape(seed, x, y, habit.drape)
        lit = (0.4 + 0.6 * facing) * (1.0 + folds) * (0.86 + 0.14 * step(0.4, 1.0, edge))
        if habit.knit:
            lit = lit * cloth.ribs(x, 0.018, cut.scale, 0.05)
        lit = lit * self.grain(x, y) * self.hemmed(np.asarray(cut.bottom(x) - y, np.float32), x)
        return np.asarray(lit, np.float32)

    def grain(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """The light on the fibres."""
        return cloth.fibre(x, y, self.cut.scale, self.habit.grain)

    def hemmed(self, inward: FloatArray, across: FloatArray) -> FloatArray:
        """The light on a hem or a cuff so far inward of its end: a ribbed strip, or one turned in and stitched."""
        if not self.habit.knit:
            return np.asarray(1.0 - 0.11 * np.exp(-(((inward - 0.026) / 0.004) ** 2)), np.float32)
        ribbed = (cloth.ribs(across, 0.024, self.cut.scale, 0.12) - 1.0) * step(0.077, 0.070, inward)
        return np.asarray((1.0 + ribbed) * (1.0 - 0.13 * np.exp(-(((inward - 0.074) / 0.006) ** 2))), np.float32)

    def band(self, line: Points, width: float, part: str) -> None:
        """Sew a band of cloth along a line."""
        for wide, bright in ((width + 0.008, 0.86), (width, 0.97)):  # its seam shows at both sides
            patch = self.fill(ribbon(line, np.full(len(line), wide)))
            if patch is None:
                continue
            x, y = self.cut.local(patch)
            lit = self.brightness(x, y, np.ones_like(x)) * np.float32(bright)
            self.canvas.over(patch, tone(self.base, lit), part)


def piece_of(canvas: Canvas, scene: Scene, light: Light) -> Piece:
    """The top of a scene, ready to be painted."""
    cut, habit = cut_of(scene, canvas.size), top_species(scene.species)
    edge = np.ones((canvas.size, canvas.size), np.float32)
    whole = fill(cut.place(cut.body(cut.seam())), canvas.size)
    if whole is not None:
        edge[whole.at] = rim(whole, 0.034 * cut.scale)
    striped = scene.attributes["pattern"] == "striped"
    return Piece(
        canvas=canvas,
        scene=scene,
        light=light,
        cut=cut,
        habit=habit,
        base=dye(scene.seed, "colour", scene.attributes["colour"]),
        marks=dye(scene.seed, "pattern", scene.attributes["pattern_colour"]) if striped else None,
        edge=edge,
    )
