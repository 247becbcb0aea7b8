"""The cut of a top: where it lies, its measures, and the outlines of its body, sleeves and neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimnet.data.drawn.colour import FloatArray, stream
from mimnet.data.drawn.paint import Patch, Points, turn
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import top_species


@dataclass(frozen=True)
class Sleeve:
    """One sleeve as a tapering strip: where it starts and points to, its length and half its widths."""

    side: float  # 1 right, -1 left
    start: Points
    way: Points
    length: float
    wide: float
    cuff: float

    def local(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """s along (0 armhole, 1 cuff) and t across (-1 under the arm, 1 on top) at the top's own coordinates."""
        dx, dy = x - np.float32(self.start[0]), y - np.float32(self.start[1])
        s = (dx * np.float32(self.way[0]) + dy * np.float32(self.way[1])) / np.float32(self.length)
        across = (dx * np.float32(self.way[1]) - dy * np.float32(self.way[0])) * np.float32(self.side)
        half = self.wide + (self.cuff - self.wide) * np.clip(s, 0.0, 1.0)
        return s.astype(np.float32), (across / half).astype(np.float32)


@dataclass(frozen=True)
class Cut:
    """A top's measures. Its own frame: x right, y down from the line of its shoulders, 1 is its length."""

    x: float  # the middle of its shoulder line, in pixels
    y: float
    scale: float  # pixels a unit
    lean: float  # how far it lies turned, radians
    sway: tuple[float, float]  # a bend of its middle line: how far, and where it starts
    neck: float  # half the width of the neck
    nape: float  # depth of the neckline at the back
    shoulder: float  # half the width of the shoulders
    strap: float  # half the width of the shoulders without sleeves
    fall: float  # how far the shoulders slope down
    arm: float  # depth of the armholes
    chest: float  # half widths
    waist: float
    hem: float
    sag: float  # how far the middle of the hem hangs below its corners
    dip: float  # how far the back hangs below the front

    def bend(self, y: Points | FloatArray) -> Points | FloatArray:
        """How far to the right the middle line lies at that height."""
        return np.asarray(self.sway[0] * np.sin(2.6 * y + self.sway[1]))

    def place(self, points: Points) -> Points:
        """Points (n, 2) of the top's own frame in pixels."""
        bent = points + np.stack([self.bend(points[:, 1]), np.zeros(len(points))], axis=1)
        return np.asarray(turn(bent, self.lean) * self.scale + (self.x, self.y))

    def local(self, patch: Patch) -> tuple[FloatArray, FloatArray]:
        """The top's own coordinates at each pixel of a patch."""
        x, y = patch.grid()
        dx, dy = (x - np.float32(self.x)) / np.float32(self.scale), (y - np.float32(self.y)) / np.float32(self.scale)
        c, s = np.float32(np.cos(self.lean)), np.float32(np.sin(self.lean))
        down = dy * c - dx * s
        return np.asarray(dx * c + dy * s - self.bend(down), np.float32), np.asarray(down, np.float32)

    def half(self, y: Points | FloatArray) -> Points | FloatArray:
        """Half the width of the body at that height: a parabola through chest, waist and hem."""
        t = np.clip((y - self.arm) / (1.0 - self.arm), 0.0, 1.05)
        return np.asarray(
            self.chest * (1 - t) * (1 - 2 * t) + self.waist * 4 * t * (1 - t) + self.hem * t * (2 * t - 1)
        )

    def bottom(self, x: Points | FloatArray) -> Points | FloatArray:
        """The height of the hem at x."""
        return np.asarray(1.0 - self.sag * np.minimum(x * x / self.hem**2, 1.0) + 0.004 * np.sin(11 * x + self.sway[1]))

    def slope(self, x: Points) -> Points:
        """The height of the shoulder at x, right or left."""
        far = (np.abs(x) - self.neck) / (self.shoulder - self.neck)
        return np.asarray(self.fall * np.clip(far, 0.0, 1.2) ** 1.15)

    def opening(self, depth: float, pointed: bool) -> Points:
        """The front neckline from left to right, that deep in the middle: a bowl, or a V."""
        x = np.linspace(-1.0, 1.0, 41)
        y = (1.0 - np.abs(x)) ** 0.92 if pointed else (1.0 - np.abs(x) ** 2.5) ** 0.62
        return np.stack([x * self.neck, y * depth], axis=1)

    def back(self) -> Points:
        """The neckline at the back, from left to right."""
        x = np.linspace(-1.0, 1.0, 21)
        return np.stack([x * self.neck, self.nape * (1.0 - x * x)], axis=1)

    def armhole(self) -> Points:
        """The right armhole without sleeve, from the shoulder to the arm's pit."""
        top = np.array([self.strap, float(self.slope(np.array(self.strap)))])
        t = np.linspace(0.0, 1.0, 18)[:, None]
        pull = np.array([self.strap + 0.01, 0.9 * self.arm])
        return np.asarray((1 - t) ** 2 * top + 2 * t * (1 - t) * pull + t * t * (self.chest, self.arm))

    def seam(self) -> Points:
        """Where a right sleeve is sewn on, from the shoulder to the arm's pit."""
        t = np.linspace(0.0, 1.0, 10)[:, None]
        top = np.array([self.shoulder, self.fall])
        pull = np.array([self.shoulder - 0.015, 0.6 * self.arm])
        return np.asarray((1 - t) ** 2 * top + 2 * t * (1 - t) * pull + t * t * (self.chest, self.arm))

    def outside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """How far beyond the seam of the sleeve a place is, on either side; below 0 on the body."""
        seam = self.seam()
        edge = np.interp(y, seam[:, 1], seam[:, 0])
        return np.asarray(np.abs(x) - edge, np.float32)

    def body(self, armhole: Points) -> Points:
        """The body's outline with these right armholes (`armhole`, or `seam` for whole shoulders)."""
        y = np.linspace(self.arm, 1.0, 18)[1:]
        flank = np.stack([self.half(y), y], axis=1)
        flank[-1] = (self.hem - 0.006, float(self.bottom(np.array(self.hem))))  # a corner of cloth is never sharp
        flank[-2, 1] = flank[-1, 1] - 0.008
        x = np.linspace(self.hem - 0.012, 0.012 - self.hem, 25)
        across = np.linspace(self.neck, armhole[0, 0], 6)[1:-1]
        ridge = np.stack([across, self.slope(across)], axis=1)
        right = np.concatenate([ridge, armhole, flank])
        hem = np.stack([x, self.bottom(x)], axis=1)
        return np.concatenate([self.back(), right, hem, right[::-1] * (-1.0, 1.0)])

    def sleeve(self, scene: Scene, side: float) -> Sleeve | None:
        """The sleeve that the scene names on that side; None without."""
        word, habit = scene.attributes["sleeve"], top_species(scene.species)
        if word == "sleeveless":
            return None
        rng = stream(scene.seed, "sleeve", word, int(side > 0))
        if word == "short sleeve":
            length, angle, cuff = habit.short, habit.lift + rng.normal(0, 0.04), habit.cuff * 0.82
        else:
            length, angle, cuff = 0.80 + rng.normal(0, 0.012), habit.hang + rng.normal(0, 0.02), habit.cuff * 0.56
        length *= 0.98 + 0.04 * stream(scene.seed, "sleeve", word).random()
        start = np.array([0.5 * (self.shoulder + self.chest) - 0.02, 0.5 * (self.fall + self.arm)])
        way = np.array([np.sin(angle), np.cos(angle)])
        wide = 0.46 * float(np.hypot(self.chest - self.shoulder, self.arm - self.fall))
        return Sleeve(side, start * (side, 1.0), way * (side, 1.0), length, wide, cuff)

    def around(self, sleeve: Sleeve) -> Points:
        """A sleeve's outline, with the piece of shoulder that a sleeveless top lacks; the body lies over the rest."""
        side = np.array([sleeve.side, 1.0])
        start, way = sleeve.start * side, sleeve.way * side
        up = np.array([way[1], -way[0]])
        end = start + way * sleeve.length
        upper, lower = end + up * sleeve.cuff, end - up * sleeve.cuff
        edge = np.linspace(self.strap - 0.02, self.shoulder, 6)
        ridge = np.stack([edge, self.slope(edge)], axis=1)
        t = np.linspace(0.0, 1.0, 14)[1:, None]
        long = sleeve.length > 0.5
        pull = ridge[-1] + (np.array([0.085, 0.085]) if long else 0.45 * (upper - ridge[-1]) + (0.03, -0.025))
        top = (1 - t) ** 2 * ridge[-1] + 2 * t * (1 - t) * pull + t * t * upper
        pit = np.array([self.chest, self.arm])
        middle = 0.5 * (pit + lower) + up * (0.012 if long else 0.0)
        under = (1 - t) ** 2 * lower + 2 * t * (1 - t) * middle + t * t * pit
        mouth = np.linspace(upper, lower, 9)[1:-1] + way * 0.008 * np.sin(np.linspace(0.3, 2.9, 7))[:, None]
        inner = np.array([[self.chest - 0.08, self.arm + 0.02], [self.strap - 0.04, 0.5 * self.arm]])
        return np.concatenate([ridge, top, mouth, under, inner]) * side


def cut_of(scene: Scene, size: int) -> Cut:
    """The cut that a top has at this size; it follows from the scene's seed and species alone."""
    habit = top_species(scene.species)
    rng = stream(scene.seed, "cut")
    scale = rng.uniform(0.64, 0.82)
    width = habit.width * rng.uniform(0.95, 1.05)
    shoulder = 0.262 * width * habit.shoulder
    if habit.short > 0.3:  # wide sleeves reach further out
        scale *= 0.96
    neck = min(habit.neck * rng.uniform(0.93, 1.07), shoulder - 0.08)
    strap = neck + (shoulder - neck) * habit.strap
    chest = 0.308 * width
    return Cut(
        x=(0.5 + rng.normal(0, 0.006)) * size,
        y=(0.5 - 0.48 * scale + rng.normal(0, 0.008)) * size,
        scale=scale * size,
        lean=rng.normal(0, 0.012),
        sway=(rng.uniform(-0.007, 0.007), rng.uniform(0.0, 6.0)),
        neck=neck,
        nape=0.014 + 0.09 * neck,
        shoulder=shoulder,
        strap=strap,
        fall=habit.fall * rng.uniform(0.9, 1.1),
        arm=habit.arm * rng.uniform(0.96, 1.04),
        chest=chest,
        waist=chest * habit.waist * rng.uniform(0.98, 1.02),
        hem=chest * habit.hem * rng.uniform(0.97, 1.03),
        sag=habit.sag,
        dip=habit.dip,
    )
