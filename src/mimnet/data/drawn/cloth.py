"""Cloth: its creases, its drape, its knit and its stripes, as brightness and as shares of a colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimnet.data.drawn.colour import FloatArray, stream
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import step, weave

_Array = NDArray[np.float64]


@dataclass(frozen=True)
class Creases:
    """Creases of one piece of cloth: starts (n, 2), ways (n, 2) of length 1, lengths, widths, bends and depths (n,)."""

    starts: _Array
    ways: _Array
    lengths: _Array
    widths: _Array
    bends: _Array
    depths: _Array

    def on(self, x: FloatArray, y: FloatArray, light: Light) -> FloatArray:
        """The change of brightness that they make: a lit flank, a dark flank and a dark bottom."""
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
        rows = zip(self.starts, self.ways, self.lengths, self.widths, self.bends, self.depths, strict=True)
        for start, way, length, width, bend, depth in rows:
            dx, dy = x - np.float32(start[0]), y - np.float32(start[1])
            along = np.asarray((dx * np.float32(way[0]) + dy * np.float32(way[1])) / length, np.float32)
            middle = along - 0.5
            across = dx * np.float32(-way[1]) + dy * np.float32(way[0]) - np.float32(bend * length) * middle * middle
            wide = np.float32(width) * (0.6 + 0.8 * np.clip(along, 0.0, 1.0))
            d = across / wide
            near = np.exp(-d * d) * step(0.0, 0.25, along) * step(1.0, 0.45, along)
            lit = float(-way[1] * light.x + way[0] * light.y)
            total += np.float32(depth) * near * (np.float32(1.3 * np.sign(lit) * max(abs(lit), 0.3)) * d - 0.45)
        return total


def body_creases(seed: int, arm: float, chest: float, depth: float) -> Creases:
    """Creases of a body: from the arms' pits inwards, hanging ones below, and small ones anywhere."""
    rng = stream(seed, "body creases")
    rows = []
    for side in (-1.0, 1.0):
        for _ in range(int(rng.integers(2, 5))):
            angle = rng.uniform(0.5, 1.35)
            start = (side * (chest - rng.uniform(0.0, 0.06)), arm + rng.uniform(-0.04, 0.05))
            way = (-side * np.cos(angle), np.sin(angle))
            rows.append((*start, *way, rng.uniform(0.16, 0.42), rng.uniform(0.012, 0.03), rng.uniform(0.6, 1.4)))
    for _ in range(int(rng.integers(4, 9))):
        start = (rng.uniform(-0.9, 0.9) * chest, rng.uniform(0.3, 0.75))
        angle = np.pi / 2 + rng.normal(0, 0.22)
        rows.append((*start, np.cos(angle), np.sin(angle), rng.uniform(0.25, 0.55), rng.uniform(0.02, 0.05), 0.8))
    for _ in range(int(rng.integers(3, 8))):
        start = (rng.uniform(-0.9, 0.9) * chest, rng.uniform(0.15, 0.9))
        angle = rng.uniform(0.0, np.pi)
        rows.append((*start, np.cos(angle), np.sin(angle), rng.uniform(0.08, 0.2), rng.uniform(0.008, 0.016), 0.5))
    return _creases(rows, rng, depth)


def sleeve_creases(seed: int, side: float, long: bool, depth: float) -> Creases:
    """Creases of a sleeve in its own coordinates, s along and a quarter of t across: at the pit, elbow and cuff."""
    rng = stream(seed, "sleeve creases", int(side > 0), int(long))
    rows = []
    places = (0.08, 0.45, 0.55, 0.62, 0.85, 0.92) if long else (0.1, 0.3, 0.7)
    for place in places:
        for _ in range(int(rng.integers(1, 3))):
            angle = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.2)
            start = (place + rng.normal(0, 0.05), -np.sign(angle) * rng.uniform(0.1, 0.25))
            length = rng.uniform(0.15, 0.4) if long else rng.uniform(0.3, 0.8)
            width = rng.uniform(0.012, 0.03) if long else rng.uniform(0.03, 0.07)
            rows.append((*start, np.cos(angle), np.sin(angle), length, width, rng.uniform(0.6, 1.3)))
    return _creases(rows, rng, depth)


def _creases(rows: Sequence[tuple[float, ...]], rng: np.random.Generator, depth: float) -> Creases:
    table = np.array(rows, np.float64)
    bends = rng.normal(0, 0.35, len(table))
    signed = table[:, 6] * depth * rng.choice([-0.6, 1.0, 1.0], len(table))
    return Creases(table[:, :2], table[:, 2:4], table[:, 4], table[:, 5], bends, signed)


def drape(seed: int, x: FloatArray, y: FloatArray, depth: float) -> FloatArray:
    """Soft hanging folds that deepen towards the hem: a change of brightness at (x, y)."""
    rng = stream(seed, "drape")
    a, b = rng.uniform(9.0, 15.0), rng.uniform(17.0, 28.0)
    p, q, r = rng.uniform(0.0, 2 * np.pi, 3)
    slow = np.sin(a * x + p + 0.7 * np.sin(3.0 * y + r)) + 0.5 * np.sin(b * x * (1.1 - 0.3 * y) + q)
    return np.asarray(np.float32(depth) * slow * step(0.3, 1.0, y), np.float32)


def ribs(across: FloatArray, period: float, pixels: float, strength: float) -> FloatArray:
    """Brightness of ribs of that period along `across`; they fade where a rib is hardly wider than a pixel."""
    seen = float(np.clip((period * pixels - 2.0) / 2.0, 0.0, 1.0))
    return np.asarray(1.0 + np.float32(strength * seen) * np.sin(np.float32(2 * np.pi / period) * across), np.float32)


def fibre(x: FloatArray, y: FloatArray, pixels: float, strength: float) -> FloatArray:
    """Brightness of the fibres themselves; fewer pixels a unit show less of them."""
    return np.asarray(
        1.0
        + np.float32(strength * min(pixels / 150.0, 1.0)) * (weave(x * 37, y * 37) + 0.7 * weave(x * 26 + 3, y * 60)),
        np.float32,
    )


def stripes(seed: int, along: FloatArray) -> FloatArray:
    """How much of the stripes' colour the cloth has at that distance (1 is the top's length): 0..1."""
    rng = stream(seed, "stripes")
    count, share = rng.uniform(8.0, 17.0), rng.uniform(0.28, 0.5)
    wave = along * np.float32(count) + np.float32(rng.uniform())
    place = np.abs(wave - np.floor(wave) - 0.5) * 2.0
    return step(share + 0.05, share - 0.05, place)
