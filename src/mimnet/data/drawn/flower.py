"""Flowers: petals seen at a tilt round a domed or stamened centre, on a stem."""

from __future__ import annotations

import numpy as np

from mimnet.data.drawn.background import paint_leaf
from mimnet.data.drawn.colour import FloatArray, part_shade, stream
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import Canvas, ellipse, fill, ribbon, step, tone, weave
from mimnet.data.drawn.petal import (
    Pose,
    Vector,
    outline,
    pattern_weight,
    petal_coordinates,
    petals_of,
    pose_of,
    shade_petal,
)
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import FlowerSpecies, flower_species


def paint_scenery(canvas: Canvas, scene: Scene, light: Light) -> None:
    """What belongs to the place and not to the flower: its stem, its leaves and the shadow behind it."""
    pose = pose_of(scene, canvas.size)
    rng = stream(scene.seed, "scenery")
    down = np.array([rng.normal(0, 0.25), 1.0]) * canvas.size
    t = np.linspace(0.0, 1.0, 10)[:, None]
    back = pose.space(np.array([[0.0, 0.0, -0.3 * pose.radius]]))[0, :2]
    start = np.array([pose.x, pose.y])
    line = start + t * (back * 2 + 0.5 * down) + t**2 * (0.5 * down - back * 2)
    thick = pose.radius * rng.uniform(0.05, 0.10)
    base = np.array([0.30, 0.45, 0.18]) * rng.uniform(0.6, 1.2)
    for share, brightness in ((1.0, 0.7), (0.5, 1.05)):
        patch = fill(ribbon(line, np.full(10, thick * share)), canvas.size, light.soft * canvas.size)
        canvas.over(patch, (base * brightness).astype(np.float32))
    for _ in range(int(rng.integers(0, 4))):
        at = line[int(rng.integers(2, 8))]
        angle = rng.choice([0.0, np.pi]) + rng.normal(0, 0.7)
        paint_leaf(canvas, light, rng, (float(at[0]), float(at[1])), pose.radius * rng.uniform(0.5, 1.3), angle)
    off = -np.array([light.x, light.y]) * 0.25 * pose.radius
    shape = ellipse(
        pose.x + off[0],
        pose.y + off[1],
        pose.radius * 0.85,
        pose.radius * 0.85 * np.cos(pose.tilt),
        pose.axis,
    )
    canvas.darken(fill(shape, canvas.size, 0.16 * pose.radius), 0.45)


def paint_petals(canvas: Canvas, scene: Scene, light: Light, pose: Pose) -> None:
    """All petals, each one casting a little shadow on those below."""
    base = part_shade(scene.seed, "petals", scene.attributes["petals"])
    marks = part_shade(scene.seed, "pattern", scene.attributes["pattern_colour"])
    pattern = scene.attributes["pattern"]
    look = stream(scene.seed, "petal look")
    curl = float(look.uniform(-0.55, 0.55))
    soft = light.soft * canvas.size
    shift = -np.array([light.x, light.y]) * 0.045 * pose.radius
    for petal in petals_of(scene, pose):
        points = outline(petal, scene.seed) + (pose.x, pose.y)
        canvas.darken(fill(points + shift, canvas.size, soft + 0.03 * pose.radius), 0.42, "petals")
        patch = fill(points, canvas.size, soft)
        if patch is None:
            continue
        u, v = petal_coordinates(petal, pose, patch)
        rng = stream(scene.seed, "petal look", petal.index)
        lit = shade_petal(petal, light, u, v, rng, curl)
        colour: FloatArray = base
        if pattern != "plain":
            weight = pattern_weight(pattern, u, v, rng)[..., None]
            colour = base + (marks - base) * weight
        canvas.over(patch, tone(colour, lit), "petals")


def _florets(rng: np.random.Generator, style: str) -> tuple[Vector, Vector, Vector]:
    """Places (n, 2) in units of the disc, radii and brightness of the centre's small parts."""
    if style == "disc":
        k = np.arange(90) + 0.5
        r, a = np.sqrt(k / 90) * 0.95, k * 2.39996
        dots = np.full(90, 0.085)
    else:
        k = np.arange(float(rng.integers(12, 26)))
        r, a = rng.uniform(0.7, 1.55, len(k)), k * 2.39996 + rng.normal(0, 0.2, len(k))
        dots = rng.uniform(0.10, 0.15, len(k))
    bright = rng.uniform(0.75, 1.15, len(k))
    return np.stack([r * np.cos(a), r * np.sin(a)], axis=1), dots, bright


def paint_centre(canvas: Canvas, scene: Scene, light: Light, pose: Pose) -> None:
    """The centre: a dome, with florets or with stamens round it where the species has them."""
    habit: FlowerSpecies = flower_species(scene.species)
    rng = stream(scene.seed, "centre look")
    base = part_shade(scene.seed, "centre", scene.attributes["centre"])
    radius = habit.disc * pose.radius * rng.uniform(0.88, 1.12)
    flat = max(float(np.cos(pose.tilt)), 0.45)
    soft = light.soft * canvas.size
    lift = pose.space(np.array([[0.0, 0.0, 0.22 * radius]]))[0]
    x0, y0 = pose.x + lift[0], pose.y + lift[1]
    squash = 0.5 + 0.5 * flat
    shade_shape = ellipse(
        x0 - light.x * 0.3 * radius,
        y0 - light.y * 0.3 * radius,
        radius * 1.15,
        radius * 1.15 * squash,
        pose.axis,
    )
    canvas.darken(fill(shade_shape, canvas.size, soft + 0.15 * radius), 0.4, "petals")
    patch = fill(ellipse(x0, y0, radius, radius * squash, pose.axis), canvas.size, soft)
    if patch is not None:
        gx, gy = patch.grid()
        dx, dy = (
            (gx - np.float32(x0)) / np.float32(radius),
            (gy - np.float32(y0)) / np.float32(radius * squash),
        )
        r2 = np.clip(dx * dx + dy * dy, 0.0, 1.0)
        lit = light.on(dx * 0.8, dy * 0.8, np.sqrt(1.0 - 0.64 * r2)) * (1.0 + 0.07 * weave(dx * 7, dy * 7))
        if habit.centre_style == "eye":
            lit = lit * (0.8 + 0.2 * step(0.9, 0.3, np.abs(r2 - 0.5)))
        else:
            lit = lit * 0.86
        canvas.over(patch, tone(base, lit.astype(np.float32)), "centre")
    if habit.centre_style != "eye":
        _paint_florets(canvas, habit.centre_style, base, rng, (x0, y0, radius, squash), pose, light)


def _paint_florets(
    canvas: Canvas,
    style: str,
    base: FloatArray,
    rng: np.random.Generator,
    disc: tuple[float, float, float, float],
    pose: Pose,
    light: Light,
) -> None:
    """The small parts of a centre, dark ones first, all of one brightness in one go."""
    x0, y0, radius, squash = disc
    places, dots, bright = _florets(rng, style)
    c, s = np.cos(pose.axis), np.sin(pose.axis)
    placed = places * (radius, radius * squash) @ np.array([[c, s], [-s, c]]) + (x0, y0)
    if style == "stamens":  # threads from the middle to each anther
        for place in placed:
            line = np.linspace((x0, y0), place, 3)
            patch = fill(ribbon(line, np.full(3, 0.07 * radius)), canvas.size, 0.3 * light.soft * canvas.size)
            canvas.over(patch, np.asarray(base * 0.8, np.float32), "centre")
    inside = np.hypot(places[:, 0], places[:, 1])
    rim = 1.0 - 0.25 * step(0.3, 1.0, inside.astype(np.float32)) * (style == "disc")
    facing = 1.0 + light.contrast * 0.6 * (places[:, 0] * light.x + places[:, 1] * light.y)
    for (px, py), dot, b in zip(placed, dots * radius, bright * rim * facing, strict=True):
        if dot < 0.35 or (style == "disc" and dot < 0.6):  # too small to be seen one by one
            continue
        patch = fill(ellipse(px, py, dot, dot, 0.0, 8), canvas.size, 0.0)
        canvas.over(patch, tone(base, np.full((1, 1), b, np.float32))[0, 0], "centre")


def paint_flower(canvas: Canvas, scene: Scene, light: Light) -> tuple[float, float, float]:
    """Paint petals and centre; gives the flower's middle and radius in pixels."""
    pose = pose_of(scene, canvas.size)
    paint_petals(canvas, scene, light, pose)
    paint_centre(canvas, scene, light, pose)
    return pose.x, pose.y, pose.radius
