"""Wings of birds, folded or raised in flight: outlines, feathers and patterns."""

from __future__ import annotations

import numpy as np

from mimnet.data.drawn.bird_pose import BirdPose
from mimnet.data.drawn.colour import FloatArray, part_shade, stream
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import Canvas, Patch, Points, fill, spline, step, tone, turn, weave
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import BirdSpecies

_WING = np.array(
    [
        (0.225, -0.055),
        (0.13, -0.125),
        (-0.04, -0.125),
        (-0.22, -0.075),
        (-0.44, 0.005),
        (-0.46, 0.03),
        (-0.30, 0.055),
        (-0.12, 0.085),
        (0.06, 0.085),
        (0.18, 0.04),
    ]
)


# A wing spread in flight, about its shoulder: front edge at smaller y, tip at the left.
_SPREAD = np.array(
    [
        (0.06, -0.03),
        (-0.12, -0.08),
        (-0.34, -0.10),
        (-0.55, -0.06),
        (-0.68, 0.02),
        (-0.60, 0.075),
        (-0.62, 0.10),
        (-0.50, 0.13),
        (-0.51, 0.16),
        (-0.38, 0.18),
        (-0.38, 0.21),
        (-0.24, 0.21),
        (-0.22, 0.235),
        (-0.06, 0.20),
        (0.05, 0.10),
    ]
)


_SHOULDER = np.array([0.17, -0.04])


def feathered(points: Points, rng: np.random.Generator, amount: float) -> Points:
    """An outline roughened a little, as feathers are."""
    return points + rng.normal(0, amount, points.shape)


def _feathers(u: FloatArray, v: FloatArray) -> FloatArray:
    """Brightness of a folded wing at u (shoulder 0, tip 1) and v (top -1, bottom 1)."""
    s = u * 7.5
    row = np.floor(s)
    t = v * 2.4 + 0.5 * (row % 2)
    across = t - np.floor(t) - 0.5
    scale = step(0.45, 1.1, s - row + 1.6 * across * across)
    covert = 1.0 - 0.20 * scale * step(0.62, 0.42, u)
    f = v * 5.5 + 2.2 * u + 0.12 * weave(u * 3, v * 3)
    gap = np.abs(f - np.floor(f) - 0.5) * 2.0
    long = 1.0 - 0.40 * step(0.4, 1.0, gap) * step(0.40, 0.55, u)
    return np.asarray(covert * long * (1.0 + 0.05 * weave(u * 5, v * 9)), np.float32)


def _pattern_weight(pattern: str, u: FloatArray, v: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How much of the pattern's colour a wing has at (u, v): 0..1."""
    if pattern == "striped":
        bars = np.sin(2 * np.pi * (u * float(rng.uniform(3.4, 5.0)) + 0.12 * v) + 0.3 * weave(u * 3, v * 3))
        return step(0.25, 0.6, bars)
    if pattern == "spotted":
        a = u * float(rng.uniform(8, 11))
        row = np.floor(a)
        b = v * 2.6 + 0.5 * (row % 2)
        du, dv = a - row - 0.5, b - np.floor(b) - 0.5
        return step(0.13, 0.05, du * du + dv * dv + 0.015 * weave(u * 9, v * 9))
    if pattern == "tipped":
        return step(0.56, 0.68, u + 0.04 * weave(u * 4, v * 8))
    return np.zeros(u.shape, np.float32)


def folded_wing(canvas: Canvas, scene: Scene, pose: BirdPose, habit: BirdSpecies, light: Light) -> None:
    """The folded wing on the bird's side, with its shadow, its feathers and its pattern."""
    rng = stream(scene.seed, "wing look")
    angle = rng.uniform(-0.1, 0.12)
    stretch = (rng.uniform(0.92, 1.06), habit.plump * rng.uniform(0.9, 1.1))
    knots = turn(_WING * stretch - _SHOULDER, angle) + _SHOULDER
    outline = pose.place(feathered(spline(knots), rng, 0.0015))
    soft = light.soft * canvas.size
    shift = np.array([-light.x * 0.012, 0.02]) * pose.scale
    for part in ("belly", "wing"):
        canvas.darken(fill(outline + shift, canvas.size, soft + 0.012 * pose.scale), 0.4, part)
    patch = fill(outline, canvas.size, soft)
    if patch is None:
        return
    along, across = _wing_axes(pose, patch, angle)
    u = np.clip((0.03 - along) / 0.68, 0.0, 1.0).astype(np.float32)
    v = (across - 0.01 - 0.06 * u) / (0.11 * habit.plump * (1.05 - 0.75 * u))
    v = np.clip(v, -1.2, 1.2).astype(np.float32)
    sx, sy = pose.tilt(-0.25 * (u - 0.3), v * 0.5)
    _paint_feathers(canvas, scene, patch, u, v, light.on(sx, sy, 0.86), rng)


def raised_wing(canvas: Canvas, scene: Scene, pose: BirdPose, light: Light, far: bool) -> None:
    """A wing spread in flight; the far one, painted before the body, lies a little ahead and in shade."""
    rng = stream(scene.seed, "wing look")
    angle = rng.uniform(0.45, 1.15) + (rng.uniform(0.3, 0.6) if far else 0.0)
    outline = pose.place(feathered(turn(spline(_SPREAD), angle) + _SHOULDER, rng, 0.003))
    soft = light.soft * canvas.size
    if not far:
        for part in ("belly", "wing"):
            canvas.darken(fill(outline, canvas.size, soft + 0.02 * pose.scale), 0.3, part)
    patch = fill(outline, canvas.size, soft)
    if patch is None:
        return
    along, across = _wing_axes(pose, patch, angle)
    # Flight feathers run from the front edge to the back, so u is measured across this wing.
    u = np.clip((across + 0.10) / 0.34, 0.0, 1.0).astype(np.float32)
    v = np.clip(-along / 0.33 - 1.0, -1.2, 1.2).astype(np.float32)
    sx, sy = pose.tilt(0.4 * v, 0.5 * u - 0.2)
    _paint_feathers(canvas, scene, patch, u, 1.6 * v, light.on(sx, sy, 0.85) * (0.72 if far else 1.0), rng)


def _wing_axes(pose: BirdPose, patch: Patch, angle: float) -> tuple[FloatArray, FloatArray]:
    """Coordinates about the shoulder at each pixel: x from tip to shoulder, y from front edge to back."""
    x, y = pose.local(patch)
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    x, y = x - np.float32(_SHOULDER[0]), y - np.float32(_SHOULDER[1])
    return x * c + y * s, y * c - x * s


def _paint_feathers(
    canvas: Canvas,
    scene: Scene,
    patch: Patch,
    u: FloatArray,
    v: FloatArray,
    lit: FloatArray,
    rng: np.random.Generator,
) -> None:
    """Fill a wing with its colour, pattern and feathers at (u, v), in that light."""
    wing = part_shade(scene.seed, "wing", scene.attributes["wing"])
    marks = part_shade(scene.seed, "pattern", scene.attributes["pattern_colour"])
    weight = _pattern_weight(scene.attributes["pattern"], u, v, rng)[..., None]
    colour = np.asarray(wing + (marks - wing) * weight, np.float32)
    canvas.over(patch, tone(colour, np.asarray(lit * _feathers(u, v), np.float32)), "wing")
