"""The cut of a top: where it lies, its measures, and the outlines of its body, sleeves and neck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.data.drawn.colour import FloatArray, stream
from mimnet.data.drawn.paint import Patch, Points, turn
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import top_species

_Reals = NDArray[np.floating[Any]]


def _curve(start: Points, pull: Points, end: Points, count: int) -> Points:
    """`count` points from start to end, drawn towards `pull` (a quadratic Bézier curve)."""
    t = np.linspace(0.0, 1.0, count)[:, None]
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * pull + t * t * end)


@dataclass(frozen=True)
class Sleeve:
    """One sleeve as a tapering strip: where it starts and points to, its length and half its widths."""

    side: float  # 1 right, -1 left
    long: bool
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
        return np.asarray(s, np.float32), np.asarray(across / half, np.float32)


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

    def bend(self, y: _Reals) -> _Reals:
        """How far to the right the middle line lies at that height."""
        return np.asarray(self.sway[0] * np.sin(2.6 * y + self.sway[1]))

    def place(self, points: Points) -> Points:
        """Points (n, 2) of the top's own frame in pixels."""
        bent = np.stack([points[:, 0] + self.bend(points[:, 1]), points[:, 1]], axis=1)
        return np.asarray(turn(bent, self.lean) * self.scale + (self.x, self.y))

    def local(self, patch: Patch) -> tuple[FloatArray, FloatArray]:
        """The top's own coordinates at each pixel of a patch."""
        x, y = patch.grid()
        dx, dy = (x - np.float32(self.x)) / np.float32(self.scale), (y - np.float32(self.y)) / np.float32(self.scale)
        c, s = np.float32(np.cos(self.lean)), np.float32(np.sin(self.lean))
        down = dy * c - dx * s
        return np.asarray(dx * c + dy * s - self.bend(down), np.float32), np.asarray(down, np.float32)

    def half(self, y: _Reals) -> _Reals:
        """Half the width of the body at that height: a parabola through chest, waist and hem."""
        t = np.clip((y - self.arm) / (1.0 - self.arm), 0.0, 1.05)
        return np.asarray(
            self.chest * (1 - t) * (1 - 2 * t) + self.waist * 4 * t * (1 - t) + self.hem * t * (2 * t - 1)
        )

    def bottom(self, x: _Reals) -> _Reals:
        """The height of the hem at x, which no cloth holds quite straight."""
        return np.asarray(1.0 - self.sag * np.minimum((x / self.hem) ** 2, 1.0) + 0.004 * np.sin(11 * x + self.sway[1]))

    def slope(self, x: _Reals) -> _Reals:
        """The height of the shoulder at x, right or left."""
        far = (np.abs(x) - self.neck) / (self.shoulder - self.neck)
        return np.asarray(self.fall * np.clip(far, 0.0, 1.2) ** 1.15)

    def ridge(self, near: float, far: float) -> Points:
        """The line of the right shoulder between two places."""
        x = np.linspace(near, far, 6)
        return np.stack([x, self.slope(x)], axis=1)

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
        pit = np.array([self.chest, self.arm])
        return _curve(self.ridge(self.strap, self.strap)[0], np.array([self.strap + 0.01, 0.9 * self.arm]), pit, 18)

    def seam(self) -> Points:
        """Where a right sleeve is sewn on, from the shoulder to the arm's pit."""
        top, pit = np.array([self.shoulder, self.fall]), np.array([self.chest, self.arm])
        return _curve(top, np.array([self.shoulder - 0.015, 0.6 * self.arm]), pit, 10)

    def outside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """How far beyond the seam of the sleeve a place is, on either side; below 0 on the body, 1 below the arm."""
        seam = self.seam()
        beyond = np.abs(x) - np.interp(y, seam[:, 1], seam[:, 0])
        return np.asarray(np.where(y > self.arm, 1.0, beyond), np.float32)

    def body(self, armhole: Points) -> Points:
        """The body's outline with these right armholes (`armhole`, or `seam` for whole shoulders)."""
        y = np.linspace(self.arm, 1.0, 18)[1:]
        flank = np.stack([self.half(y), y], axis=1)
        flank[-1] = (self.hem - 0.006, float(self.bottom(np.array(self.hem))))  # a corner of cloth is never sharp
        flank[-2, 1] = flank[-1, 1] - 0.008
        x = np.linspace(self.hem - 0.012, 0.012 - self.hem, 25)
        right = np.concatenate([self.ridge(self.neck, armhole[0, 0])[1:-1], armhole, flank])
        hem = np.stack([x, self.bottom(x)], axis=1)
        return np.concatenate([self.back(), right, hem, right[::-1] * (-1.0, 1.0)])

    def sleeve(self, scene: Scene, side: float) -> Sleeve | None:
        """The sleeve that the scene names on that side; None without."""
        word, habit = scene.attributes["sleeve"], top_species(scene.species)
        if word == "sleeveless":
            return None
        rng = stream(scene.seed, "sleeve", word, int(side > 0))
        long = word == "long sleeve"
        length = 0.80 + rng.normal(0, 0.012) if long else habit.short * rng.uniform(0.98, 1.02)
        angle = habit.hang + rng.normal(0, 0.02) if long else habit.lift + rng.normal(0, 0.04)
        start = np.array([0.5 * (self.shoulder + self.chest) - 0.02, 0.5 * (self.fall + self.arm)])
        return Sleeve(
            side=side,
            long=long,
            start=start * (side, 1.0),
            way=np.array([side * np.sin(angle), np.cos(angle)]),
            length=length,
            wide=0.46 * float(np.hypot(self.chest - self.shoulder, self.arm - self.fall)),
            cuff=habit.cuff * (0.56 if long else 0.82),
        )

    def around(self, sleeve: Sleeve) -> Points:
        """A sleeve's outline, with the piece of shoulder that a top without lacks; the body lies over the rest."""
        mirror = np.array([sleeve.side, 1.0])
        start, way = sleeve.start * mirror, sleeve.way * mirror
        up = np.array([way[1], -way[0]])
        end, pit = start + way * sleeve.length, np.array([self.chest, self.arm])
        upper, lower = end + up * sleeve.cuff, end - up * sleeve.cuff
        ridge = self.ridge(self.strap - 0.02, self.shoulder)
        round_ = np.array([0.085, 0.085]) if sleeve.long else 0.45 * (upper - ridge[-1]) + (0.03, -0.025)
        top = _curve(ridge[-1], ridge[-1] + round_, upper, 14)
        under = _curve(lower, 0.5 * (pit + lower) + up * (0.012 if sleeve.long else 0.0), pit, 14)
        mouth = np.linspace(upper, lower, 9)[1:-1] + way * 0.008 * np.sin(np.linspace(0.3, 2.9, 7))[:, None]
        inner = np.array([(self.chest - 0.08, self.arm + 0.02), (self.strap - 0.04, 0.5 * self.arm)])
        return np.asarray(np.concatenate([ridge, top[1:], mouth, under, inner]) * mirror)


def cut_of(scene: Scene, size: int) -> Cut:
    """The cut that a top has at this size; it follows from the scene's seed and species alone."""
    habit = top_species(scene.species)
    rng = stream(scene.seed, "cut")
    scale = rng.uniform(0.64, 0.82)
    width = habit.width * rng.uniform(0.95, 1.05)
    shoulder, chest = 0.262 * width * habit.shoulder, 0.308 * width
    neck = min(habit.neck * rng.uniform(0.93, 1.07), shoulder - 0.08)
    return Cut(
        x=(0.5 + rng.normal(0, 0.006)) * size,
        y=(0.5 - 0.48 * scale + rng.normal(0, 0.008)) * size,
        scale=scale * size,
        lean=rng.normal(0, 0.012),
        sway=(rng.uniform(-0.007, 0.007), rng.uniform(0.0, 6.0)),
        neck=neck,
        nape=0.014 + 0.09 * neck,
        shoulder=shoulder,
        strap=neck + (shoulder - neck) * habit.strap,
        fall=habit.fall * rng.uniform(0.9, 1.1),
        arm=habit.arm * rng.uniform(0.96, 1.04),
        chest=chest,
        waist=chest * habit.waist * rng.uniform(0.98, 1.02),
        hem=chest * habit.hem * rng.uniform(0.97, 1.03),
        sag=habit.sag,
        dip=habit.dip,
    )
