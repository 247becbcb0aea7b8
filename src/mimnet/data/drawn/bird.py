"""Birds: seen from the side, perched, standing or flying, built of smooth outlines with feathered shading."""

from __future__ import annotations

import numpy as np

from mimnet.data.drawn.background import paint_twig
from mimnet.data.drawn.bird_pose import BirdPose, pose_of
from mimnet.data.drawn.colour import FloatArray, part_shade, stream
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import Canvas, Points, ellipse, fill, ribbon, spline, step, tone, turn, weave
from mimnet.data.drawn.scene import Scene
from mimnet.data.drawn.species import BirdSpecies, bird_species
from mimnet.data.drawn.wing import feathered, folded_wing, raised_wing

_BODY = np.array(
    [
        (0.20, -0.175),
        (0.02, -0.165),
        (-0.18, -0.115),
        (-0.33, -0.035),
        (-0.34, 0.035),
        (-0.22, 0.115),
        (-0.02, 0.178),
        (0.17, 0.165),
        (0.30, 0.07),
        (0.345, -0.06),
        (0.345, -0.16),
    ]
)


def _head_at(pose: BirdPose) -> Points:
    """The middle of the head, in the bird's frame before its lean."""
    return np.asarray(turn(np.array([[0.285, -0.185]]), -pose.lean)[0])


def _feet(pose: BirdPose, habit: BirdSpecies) -> Points:
    """Where the two feet stand, in pixels."""
    hips = pose.place(np.array([[-0.03, 0.12 * habit.plump], [0.05, 0.12 * habit.plump]]))
    return hips + np.array([[0.02 * pose.way, 0.20], [0.05 * pose.way, 0.195]]) * pose.scale


def paint_scenery(canvas: Canvas, scene: Scene, light: Light) -> None:
    """What belongs to the place and not to the bird: the twig under its feet and its soft shadow."""
    pose, habit = pose_of(scene, canvas.size), bird_species(scene.species)
    if pose.stance == "flying":
        return
    rng = stream(scene.seed, "scenery")
    feet = _feet(pose, habit).mean(axis=0)
    shade = ellipse(
        feet[0] - light.x * 0.1 * pose.scale, feet[1] + 0.01 * pose.scale, 0.3 * pose.scale, 0.05 * pose.scale
    )
    canvas.darken(fill(shade, canvas.size, 0.04 * pose.scale), 0.25 if pose.stance == "perched" else 0.5)
    if pose.stance == "standing":
        return
    thick = rng.uniform(0.035, 0.075) * pose.scale
    t = np.linspace(-1.3, 1.3, 11)
    line = np.stack([t, 0.03 * np.cumsum(rng.normal(0, 0.6, 11))], axis=1)
    line[:, 1] -= line[5, 1]
    slope = rng.normal(0, 0.2)
    line = turn(line, slope) * canvas.size + (feet[0], feet[1] + 0.45 * thick)
    paint_twig(canvas, light, scene.seed, line, thick)
    for _ in range(int(rng.integers(0, 3))):
        at = line[int(rng.integers(2, 9))]
        angle = rng.uniform(0, 2 * np.pi)
        end = at + np.array([np.cos(angle), np.sin(angle)]) * canvas.size * rng.uniform(0.2, 0.5)
        branch = np.linspace(at, end, 5) + rng.normal(0, 0.008 * canvas.size, (5, 2))
        branch[0] = at
        paint_twig(canvas, light, scene.seed, branch, 0.5 * thick)


def _plumage(pose: BirdPose, light: Light, x: FloatArray, y: FloatArray, habit: BirdSpecies) -> FloatArray:
    """Brightness over the round of the body, with the grain of small feathers."""
    nx, ny = np.clip(x / 0.37, -1, 1), np.clip(y / (0.20 * habit.plump), -1, 1)
    nz = np.sqrt(np.maximum(1.05 - 0.75 * (nx * nx + ny * ny), 0.05))
    sx, sy = pose.tilt(nx * 0.75, ny * 0.85)
    scale = 1.0 / np.sqrt(sx * sx + sy * sy + nz * nz)
    lit = light.on(sx * scale, sy * scale, nz * scale)
    down = 0.06 * weave(x * 9, y * 26) + 0.04 * weave(x * 22 + 7, y * 22)
    return np.asarray(lit * (1.0 + down) * (1.02 - 0.14 * step(0.3, 1.0, ny)), np.float32)


def _paint_tail(canvas: Canvas, pose: BirdPose, habit: BirdSpecies, light: Light, colour: FloatArray) -> None:
    length = habit.tail
    spread = 0.035 + 0.05 * length
    points = np.array(
        [
            (-0.24, -0.06),
            (-0.34 - 0.5 * length, -0.01 - 0.4 * spread),
            (-0.34 - length, 0.03 - spread),
            (-0.36 - length, 0.04),
            (-0.34 - length, 0.05 + spread),
            (-0.34 - 0.5 * length, 0.05),
            (-0.24, 0.06),
        ]
    )
    patch = fill(pose.place(points), canvas.size, light.soft * canvas.size)
    if patch is None:
        return
    x, y = pose.local(patch)
    lines = (y - 0.03) / (spread * (0.6 + np.clip(-x - 0.3, 0.0, 1.0) / length)) * 2.5
    gap = np.abs(lines - np.floor(lines) - 0.5) * 2
    sx, sy = pose.tilt(np.zeros_like(x), np.clip((y - 0.03) * 6, -0.5, 0.5))
    lit = light.on(sx, sy, 0.85) * (1.0 - 0.32 * step(0.3, 1.0, gap)) * (0.94 + 0.05 * weave(x * 8, y * 30))
    canvas.over(patch, tone(colour, lit.astype(np.float32)), "wing")


def _paint_legs(canvas: Canvas, pose: BirdPose, habit: BirdSpecies, light: Light, seed: int) -> None:
    rng = stream(seed, "legs")
    colour = np.array([[0.2, 0.18, 0.17], [0.55, 0.36, 0.22], [0.45, 0.43, 0.42]][int(rng.integers(3))], np.float32)
    hips = pose.place(np.array([[-0.04, 0.10 * habit.plump], [0.05, 0.10 * habit.plump]]))
    for hip, foot in zip(hips, _feet(pose, habit), strict=True):
        knee = 0.5 * (hip + foot) + np.array([-0.02 * pose.way, 0.0]) * pose.scale
        shank = ribbon(np.stack([hip, knee, foot]), np.full(3, 0.018 * pose.scale))
        canvas.over(fill(shank, canvas.size, light.soft * canvas.size), colour, "object")
        for toe in (-0.035, 0.03, 0.055):
            end = foot + np.array([toe * pose.way, 0.022]) * pose.scale
            claw = ribbon(np.linspace(foot, end, 3), np.array([0.016, 0.015, 0.009]) * pose.scale)
            canvas.over(fill(claw, canvas.size, 0.5 * light.soft * canvas.size), colour * 0.9, "object")


def _paint_body(canvas: Canvas, scene: Scene, pose: BirdPose, habit: BirdSpecies, light: Light) -> None:
    """The belly's colour over the body, then the wing's over its back, the border between them feathered."""
    rng = stream(scene.seed, "body")
    outline = feathered(spline(_BODY * (1.0, habit.plump)), rng, 0.0022)
    patch = fill(pose.place(outline), canvas.size, light.soft * canvas.size)
    if patch is None:
        return
    x, y = pose.local(patch)
    lit = _plumage(pose, light, x, y, habit)
    belly = part_shade(scene.seed, "belly", scene.attributes["belly"])
    wing = part_shade(scene.seed, "wing", scene.attributes["wing"])
    back = y / habit.plump + 0.075 - 0.22 * x * (x > 0) + 0.012 * weave(x * 25, y * 25)
    share = step(0.02, -0.02, np.asarray(back, np.float32))
    # One stroke in the mixed colour: two would leave a fringe of the belly's along the edge of the back.
    mixed = belly * (1.0 - share)[..., None] + wing * share[..., None]
    canvas.over(patch, tone(np.asarray(mixed, np.float32), lit), "belly")
    moved = canvas.masks["belly"][patch.at] * share
    canvas.masks["belly"][patch.at] -= moved
    canvas.masks["wing"][patch.at] += moved


def _on_head(points: Points, pose: BirdPose, habit: BirdSpecies) -> Points:
    """Points about the head's middle, in units of its radius, in pixels."""
    return pose.place(turn(points * habit.head, pose.nod) + _head_at(pose), 0.0)


def _skull(habit: BirdSpecies) -> Points:
    """The outline of the head, with a brow before the beak and the species' crest."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ball = np.stack([1.06 * np.cos(t), 0.97 * np.sin(t)], axis=1)
    ball[:, 0] += 0.10 * np.maximum(np.cos(t), 0) ** 6
    if habit.crest:
        lift = np.exp(-(((t - 4.25) / 0.33) ** 2))
        ball += lift[:, None] * habit.crest * np.array([-0.8, -0.75])
    return ball


def _paint_head(canvas: Canvas, scene: Scene, pose: BirdPose, habit: BirdSpecies, light: Light) -> None:
    """Beak, then the head with its nape, then the eye."""
    rng = stream(scene.seed, "head look")
    soft = light.soft * canvas.size
    _paint_beak(canvas, scene, pose, habit, light)
    neck_knots = np.array([(0.35, 0.0), (0.35, -0.19), (0.22, -0.26), (0.09, -0.18), (0.15, -0.08), (0.25, -0.01)])
    neck = fill(pose.place(spline(neck_knots)), canvas.size, soft + 0.016 * pose.scale)
    if neck is not None:  # its soft border must stay on the body
        neck = neck.times(canvas.masks["belly"][neck.at] + canvas.masks["wing"][neck.at])
    skull = fill(feathered(_on_head(_skull(habit), pose, habit), rng, 0.002 * pose.scale), canvas.size, soft)
    middle = _on_head(np.zeros((1, 2)), pose, habit)[0]
    unit = np.float32(1.0 / (habit.head * pose.scale))
    colour = part_shade(scene.seed, "head", scene.attributes["head"])
    for patch in (neck, skull):
        if patch is None:
            continue
        x, y = patch.grid()
        dx, dy = (x - np.float32(middle[0])) * unit, (y - np.float32(middle[1])) * unit
        nx, ny = np.clip(dx, -1.3, 1.3) * 0.7, np.clip(dy, -1.3, 1.3) * 0.7
        nz = np.sqrt(np.maximum(1.05 - nx * nx - ny * ny, 0.15))
        scale = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz)
        down = 1.0 + 0.06 * weave(dx * 4 + 30, dy * 6 + 30)
        lit = light.on(nx * scale, ny * scale, nz * scale) * down
        canvas.over(patch, tone(colour, lit.astype(np.float32)), "head")
    _paint_eye(canvas, scene, pose, habit, light)


def _paint_beak(canvas: Canvas, scene: Scene, pose: BirdPose, habit: BirdSpecies, light: Light) -> None:
    """Two mandibles from inside the head to the tip, the lower one in shade, and the line between them."""
    colour = part_shade(scene.seed, "beak", scene.attributes["beak"])
    length = 0.85 if scene.attributes["beak_length"] == "short" else 1.75
    depth = habit.beak_depth / habit.head * (1.0 if length < 1 else 0.85)
    t = np.linspace(0.0, 1.0, 9)
    ridge = np.stack([0.8 + (length + 0.15) * t, 0.08 + habit.hook * 0.35 * t**3], axis=1)
    taper = depth * (1.0 - t**1.6)
    soft = light.soft * canvas.size
    upper = np.concatenate([ridge - np.stack([0 * t, taper], 1), (ridge + [0.0, 0.02])[::-1]])
    lower = np.concatenate([ridge * (0.97, 1.0), (ridge * (0.97, 1.0) + np.stack([0 * t, 0.75 * taper], 1))[::-1]])
    for shape, brightness in ((lower, 0.74), (upper, 1.02)):
        patch = fill(_on_head(shape, pose, habit), canvas.size, soft * 0.8)
        if patch is None:
            continue
        _, y = patch.grid()
        top = _on_head(np.array([[0.8, 0.08 - depth]]), pose, habit)[0, 1]
        fall = (y - np.float32(top)) / np.float32(2 * depth * habit.head * pose.scale)
        lit = np.broadcast_to(np.clip(brightness * (1.15 - 0.3 * fall), 0.4, 1.25), patch.alpha.shape)
        canvas.over(patch, tone(colour, lit.astype(np.float32)), "beak")


def _paint_eye(canvas: Canvas, scene: Scene, pose: BirdPose, habit: BirdSpecies, light: Light) -> None:
    """A dark eye with a glint, a pale ring where the species has one, and a rim that shows on black."""
    at = _on_head(np.array([[0.40, -0.16]]), pose, habit)[0]
    r = 0.022 * pose.scale
    ring = np.array([0.86, 0.84, 0.78] if habit.ring else [0.30, 0.27, 0.24], np.float32)
    glint = at + np.array([light.x, light.y]) * 0.4 * r
    rounds = (
        (at, 1.45 if habit.ring else 1.22, ring),
        (at, 1.0, np.array([0.05, 0.04, 0.04], np.float32)),
        (glint, 0.36, np.array([0.95, 0.95, 0.92], np.float32)),
    )
    for (x, y), share, colour in rounds:
        canvas.over(fill(ellipse(x, y, r * share, r * share, 0.0, 20), canvas.size, 0.0), colour, "object")


def paint_bird(canvas: Canvas, scene: Scene, light: Light) -> tuple[float, float, float]:
    """Paint the bird from tail to eye; gives its middle and half its length in pixels."""
    pose, habit = pose_of(scene, canvas.size), bird_species(scene.species)
    wing = part_shade(scene.seed, "wing", scene.attributes["wing"])
    flying = pose.stance == "flying"
    if flying:
        raised_wing(canvas, scene, pose, light, far=True)
    else:
        _paint_legs(canvas, pose, habit, light, scene.seed)
    _paint_tail(canvas, pose, habit, light, wing)
    _paint_body(canvas, scene, pose, habit, light)
    if not flying:
        folded_wing(canvas, scene, pose, habit, light)
    _paint_head(canvas, scene, pose, habit, light)
    if flying:
        raised_wing(canvas, scene, pose, light, far=False)
    return pose.x, pose.y, 0.5 * pose.scale
