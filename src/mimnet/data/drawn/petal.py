"""Petals: bent sheets in space, with their outlines, coordinates, patterns and shading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.data.drawn.colour import FloatArray, stream
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import Patch, Points, step, weave
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import NUMBERS, flower_species

Vector = NDArray[np.float64]


_WIDTH = {"round": 0.66, "pointed": 0.42, "narrow": 0.3, "heart shaped": 0.68, "ruffled": 0.66}


@dataclass(frozen=True)
class Pose:
    """Where a flower is and how it is turned; lengths in pixels, angles in radians."""

    x: float
    y: float
    radius: float
    spin: float
    tilt: float
    axis: float

    def space(self, points: Vector) -> Vector:
        """Directions (..., 3) of the flower's own frame, tilted as the viewer sees them."""
        c, s = np.cos(self.axis), np.sin(self.axis)
        ct, st = np.cos(self.tilt), np.sin(self.tilt)
        turned = np.array([[c, s, 0.0], [-s * ct, c * ct, -st], [-s * st, c * st, ct]])
        back = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        return np.asarray(points @ (back @ turned).T)


@dataclass(frozen=True)
class Petal:
    """One petal: base, length and half width as vectors in space (pixels), and how its tip bends."""

    base: Vector
    along: Vector
    across: Vector
    bend: Vector
    shape: str
    index: int
    whorl: int

    @property
    def normal(self) -> Vector:
        """The direction in which its upper side faces."""
        n = np.cross(self.along, self.across)
        return np.asarray(n / max(float(np.linalg.norm(n)), 1e-9))


def pose_of(scene: Scene, size: int) -> Pose:
    """The pose that a flower scene has at this size."""
    rng = stream(scene.seed, "pose")
    radius = rng.uniform(0.2, 0.43)
    x, y = rng.uniform(0.5 - 0.8 * (0.5 - radius), 0.5 + 0.8 * (0.5 - radius), 2)
    tilt = min(abs(rng.normal(0.0, 0.45)), 1.0)
    return Pose(x * size, y * size, radius * size, rng.uniform(0, 2 * np.pi), tilt, rng.uniform(0, 2 * np.pi))


def half_width(u: NDArray[np.floating[Any]], shape: str) -> Vector:
    """Half the width of a petal at u (0 base, 1 tip), as a share of its greatest."""
    u = np.clip(np.asarray(u), 0.0, 1.0)
    if shape == "pointed":
        return np.asarray(1.36 * np.sin(np.pi * (0.1 + 0.9 * u**0.85)) ** 1.0 * (1.0 - 0.55 * u) * (1 - u**6))
    if shape == "narrow":
        return np.asarray((0.35 + 0.65 * np.sin(np.pi * 0.75 * u)) * np.sqrt(1.0 - u**7))
    return np.asarray(1.16 * (0.22 + 0.78 * u**0.75) * np.sqrt(1.0 - u**4.5))


def petals_of(scene: Scene, pose: Pose) -> list[Petal]:
    """The petals from the hindmost to the foremost; each one's own accidents hang on its index alone."""
    habit = flower_species(scene.species)
    shape, word = scene.attributes["shape"], scene.attributes["number"]
    count = NUMBERS[word]
    whorls = [count] if count <= 12 else [count * 6 // 13, count * 4 // 13, count * 3 // 13]
    found = []
    index = 0
    for w, in_whorl in enumerate(whorls):
        share = np.pi / max(in_whorl, 4)
        width = min(_WIDTH[shape], np.tan(share) * {"narrow": 0.62, "pointed": 0.9}.get(shape, 1.12)) * habit.breadth
        if w and shape != "narrow":
            width *= 1.1
        for k in range(in_whorl):
            rng = stream(scene.seed, "petal", index)
            theta = pose.spin + 2 * np.pi * (k + 0.5 * (w % 2)) / in_whorl + rng.normal(0, 0.3 / in_whorl)
            rise = habit.cup + 0.32 * w + rng.normal(0, 0.07)
            length = pose.radius * (1.0 - 0.24 * w) * rng.uniform(0.92, 1.04)
            out = np.array([np.cos(theta), np.sin(theta), 0.0])
            up = np.array([0.0, 0.0, 1.0])
            along = out * np.cos(rise) + up * np.sin(rise)
            side = np.array([-np.sin(theta), np.cos(theta), 0.0])
            roll = rng.normal(0, 0.13)
            face = np.cross(along, side)
            across = side * np.cos(roll) + face * np.sin(roll)
            bend = -(habit.droop + rng.normal(0, 0.06)) * face + rng.normal(0, 0.05) * side
            base = out * habit.disc * 0.35 * pose.radius
            vectors = pose.space(np.stack([base, along * length, across * length * width, bend * length]))
            found.append(Petal(vectors[0], vectors[1], vectors[2], vectors[3], shape, index, w))
            index += 1
    layered = count <= 12 and count % 2 == 0 and habit.breadth > 0.95  # two whorls of few, as lilies have

    def depth(petal: Petal) -> float:
        over = 3.0 * petal.whorl + (0.5 * (petal.index % 2) if layered else 0.0)
        return over + float(petal.along[2] + petal.base[2]) / pose.radius

    return sorted(found, key=depth)


def outline(petal: Petal, seed: int) -> Points:
    """A petal's outline about the flower's middle, in pixels."""
    u = np.concatenate([np.linspace(0.0, 0.8, 9)[:-1], 1.0 - 0.2 * np.linspace(1.0, 0.0, 11) ** 2])
    w = half_width(u, petal.shape)
    u2, v2 = np.concatenate([u, u[::-1]]), np.concatenate([w, -w[::-1]])
    if petal.shape == "heart shaped":
        u2 = u2 + 0.2 * u2**4 * (np.minimum(np.abs(v2), 0.6) / 0.6 - 0.75)
    if petal.shape == "ruffled":
        rng = stream(seed, "ruffle", petal.index)
        wave = rng.normal(0, 1.0, len(u2)) * u2
        u2, v2 = u2 + 0.028 * wave, v2 * (1.0 + 0.06 * wave[::-1])
    points = petal.base + u2[:, None] * petal.along + v2[:, None] * petal.across + (u2**2)[:, None] * petal.bend
    return np.asarray(points[:, :2])


def petal_coordinates(petal: Petal, pose: Pose, patch: Patch) -> tuple[FloatArray, FloatArray]:
    """u along and v across (-1..1 edge to edge) at each pixel of the patch."""
    x, y = patch.grid()
    x, y = x - np.float32(pose.x + petal.base[0]), y - np.float32(pose.y + petal.base[1])
    (ax, ay), (bx, by), (cx, cy) = petal.along[:2], petal.across[:2], petal.bend[:2]
    det = ax * by - ay * bx
    floor = 0.02 * pose.radius**2 * 0.3
    det = float(np.sign(det) or 1.0) * max(abs(float(det)), floor)
    u = np.clip((x * np.float32(by) - y * np.float32(bx)) / np.float32(det), 0.0, 1.1)
    for _ in range(2):
        xb, yb = x - np.float32(cx) * u * u, y - np.float32(cy) * u * u
        u = np.clip((xb * np.float32(by) - yb * np.float32(bx)) / np.float32(det), 0.0, 1.1)
    v = (yb * np.float32(ax) - xb * np.float32(ay)) / np.float32(det)
    width = half_width(u, petal.shape).astype(np.float32)
    return u.astype(np.float32), np.clip(v / np.maximum(width, 0.08), -1.0, 1.0).astype(np.float32)


def pattern_weight(pattern: str, u: FloatArray, v: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How much of the pattern's colour a petal has at (u, v): 0..1."""
    if pattern == "striped":
        lines = float(rng.choice([2.0, 3.0]))
        stripes = np.cos(np.pi * 2 * lines * 0.5 * v + 0.25 * weave(u * 2, v))
        return step(0.15, 0.6, stripes) * step(0.08, 0.2, u) * step(1.0, 0.86, u)
    if pattern == "spotted":
        count = int(rng.integers(9, 15))
        spot_u, spot_v = rng.uniform(0.22, 0.92, count), rng.uniform(-0.8, 0.8, count)
        radius = rng.uniform(0.05, 0.095, count)
        nearest = np.full(u.shape, 9.0, np.float32)
        for a, b, r in zip(spot_u, spot_v, radius, strict=True):
            nearest = np.minimum(nearest, ((u - np.float32(a)) ** 2 + (0.45 * (v - np.float32(b))) ** 2) / (r * r))
        return step(1.35, 0.65, nearest.astype(np.float32))
    if pattern == "edged":
        rim = np.maximum(np.abs(v) * step(0.1, 0.5, u), (u - 0.1) / 0.85)
        return step(0.74, 0.86, rim + 0.02 * weave(u * 5, v * 5))
    if pattern == "two-tone":
        return step(0.58, 0.34, u + 0.05 * weave(v * 4, u) + 0.08 * v * v)
    return np.zeros(u.shape, np.float32)


def shade_petal(
    petal: Petal, light: Light, u: FloatArray, v: FloatArray, rng: np.random.Generator, curl: float
) -> FloatArray:
    """Brightness over a petal: its arch and bend to the light, veins, and the dark of its throat."""
    across = petal.across / max(float(np.linalg.norm(petal.across)), 1e-9)
    along = petal.along / max(float(np.linalg.norm(petal.along)), 1e-9)
    bend = petal.bend / max(float(np.linalg.norm(petal.along)), 1e-9)
    face = petal.normal * (1.0 if petal.normal[2] >= 0 else -1.0)
    arch = curl * v + 0.1 * weave(u * 1.5 + petal.index, v * 1.5)
    lean = -2.0 * u * np.float32(bend @ face)
    n = [face[i] + arch * across[i] + lean * along[i] for i in range(3)]
    scale = 1.0 / np.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2)
    lit = light.on(n[0] * scale, n[1] * scale, n[2] * scale)
    fan = v * np.float32(rng.uniform(7, 11)) * (0.5 + 0.5 * u) + 0.5 * weave(u * 2, v * 2)
    veins = 1.0 - np.float32(rng.uniform(0.03, 0.1)) * step(0.3, 1.0, np.cos(fan * 2)) * (1.0 - 0.4 * u)
    fold = 1.0 - 0.10 * np.exp(-((v / 0.10) ** 2)) * (1.0 - u)
    throat = 0.72 + 0.28 * step(0.0, 0.45, u)
    mottle = 1.0 + 0.035 * weave(u * 6 + 9, v * 4) + np.float32(rng.normal(0, 0.035))
    return np.asarray(lit * veins * fold * throat * mottle + 0.05 * step(0.6, 1.0, u), np.float32)
