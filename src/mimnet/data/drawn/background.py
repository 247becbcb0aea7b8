"""Backgrounds: places out of focus, in three depths, cluttered with leaves, twigs and coloured blobs."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from mimnet.data.drawn.colour import COLOURS, FloatArray, as_ink, shade, stream
from mimnet.data.drawn.light import Light
from mimnet.data.drawn.paint import (
    Canvas,
    Points,
    cloud,
    ellipse,
    fill,
    leaf,
    ribbon,
    step,
    tone,
    turn,
    weave,
)

# place -> three colours (RGB 0..1) that its ground is mixed of
_PLACES: Final[dict[str, tuple[tuple[float, float, float], ...]]] = {
    "foliage": ((0.16, 0.27, 0.10), (0.36, 0.48, 0.20), (0.07, 0.12, 0.07)),
    "meadow": ((0.42, 0.52, 0.22), (0.60, 0.63, 0.36), (0.24, 0.36, 0.15)),
    "sky": ((0.62, 0.75, 0.88), (0.86, 0.89, 0.92), (0.45, 0.62, 0.82)),
    "ground": ((0.42, 0.34, 0.25), (0.58, 0.50, 0.40), (0.25, 0.20, 0.15)),
    "shade": ((0.07, 0.09, 0.08), (0.16, 0.20, 0.15), (0.03, 0.04, 0.04)),
    "water": ((0.28, 0.38, 0.42), (0.52, 0.60, 0.62), (0.17, 0.26, 0.27)),
    "dusk": ((0.55, 0.42, 0.38), (0.78, 0.60, 0.46), (0.30, 0.26, 0.32)),
    "wall": ((0.62, 0.57, 0.52), (0.74, 0.70, 0.66), (0.46, 0.41, 0.38)),
}


def _ground(rng: np.random.Generator, size: int, place: str) -> FloatArray:
    """Noise of several scales that mixes the place's colours; some places lie below a horizon and a sky."""
    colours = np.array(_PLACES[place], np.float32) + rng.uniform(-0.05, 0.05, (3, 3)).astype(np.float32)
    a, b, c = colours * np.float32(rng.uniform(0.8, 1.2))
    first = step(-0.8, 0.9, cloud(rng, size, (3, 7, 15, 40)))[..., None]
    second = step(0.0, 1.0, cloud(rng, size, (4, 9, 30)))[..., None]
    picture = a + (b - a) * first
    picture += (c - picture) * second * np.float32(0.8)
    y = np.linspace(0.0, 1.0, size, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, size, dtype=np.float32)[None, :]
    if place in ("meadow", "ground", "water", "dusk") and rng.random() < 0.6:
        line = y - np.float32(rng.uniform(0.2, 0.65)) + x * np.float32(rng.uniform(-0.2, 0.2))
        above = step(-0.04, 0.04, -line + 0.04 * cloud(rng, size, (9, 20)))[..., None]
        sky = np.array(_PLACES["sky"][int(rng.integers(3))], np.float32) * np.float32(rng.uniform(0.6, 1.0))
        picture += (sky - picture) * above * np.float32(0.85)
    slope = rng.uniform(-0.25, 0.25, 2)
    return np.asarray(np.clip(picture * (1.0 + x * slope[0] + (y - 0.5) * slope[1])[..., None], 0.0, 1.0), np.float32)


def _leaf_colour(rng: np.random.Generator, place: str) -> FloatArray:
    if place in ("ground", "dusk", "wall") and rng.random() < 0.6:
        base = np.array([0.45, 0.32, 0.18])
    else:
        base = np.array([0.28, 0.42, 0.16]) if place != "shade" else np.array([0.13, 0.22, 0.10])
    return np.asarray(base * rng.uniform(0.45, 1.5) + rng.uniform(-0.06, 0.06, 3), np.float32)


def _draw(draw: ImageDraw.ImageDraw, points: Points, colour: FloatArray) -> None:
    draw.polygon(points.ravel().tolist(), fill=as_ink(colour))


def _leaves(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: int, place: str, near: float) -> None:
    """Leaves, or blades of grass in a meadow, of a length that grows with nearness (0..1)."""
    count = int(rng.integers(6, 26))
    main = rng.uniform(0, 2 * np.pi)
    for _ in range(count):
        colour = _leaf_colour(rng, place)
        x, y = rng.uniform(-0.1, 1.1, 2) * size
        length = rng.uniform(0.1, 0.22 + 0.2 * near) * size
        if place == "meadow":
            angle, width, y = -np.pi / 2 + rng.normal(0, 0.35), length * 0.05, y + 0.3 * size
            length *= 1.8
        else:
            angle, width = main + rng.normal(0, 0.9), length * rng.uniform(0.12, 0.3)
        halves = leaf(x, y, length, width, angle, rng.uniform(-0.4, 0.4))
        _draw(draw, halves[0], colour * np.float32(1.12))
        _draw(draw, halves[1], colour * np.float32(0.86))


def _twigs(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: int) -> None:
    for _ in range(int(rng.integers(0, 4))):
        colour = np.array([0.30, 0.24, 0.19], np.float32) * np.float32(rng.uniform(0.4, 1.6))
        t = np.linspace(-0.1, 1.1, 9)
        line = np.stack([t * 1.3 - 0.65, 0.05 * np.cumsum(rng.normal(0, 0.6, 9))], axis=1)
        line = turn(line, rng.uniform(0, np.pi)) * size + rng.uniform(0.1, 0.9, 2) * size
        width = np.linspace(1.0, 0.4, 9) * rng.uniform(0.008, 0.035) * size
        _draw(draw, ribbon(line, width), colour)


def _blobs(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: int, count: int) -> None:
    """Things in the colours of petals and plumage: clusters, discs and stars that are no object."""
    for _ in range(count):
        colour = shade(COLOURS[int(rng.integers(len(COLOURS)))], rng)
        colour *= np.float32(rng.uniform(0.6, 1.0))
        x, y = rng.uniform(0.0, 1.0, 2) * size
        radius = rng.uniform(0.02, 0.11) * size
        petals = int(rng.integers(0, 7))
        if petals < 3:
            _draw(draw, ellipse(x, y, radius, radius * rng.uniform(0.4, 1.0), rng.uniform(0, 3), 16), colour)
            continue
        for k in range(petals):
            angle = 2 * np.pi * k / petals + rng.normal(0, 0.2)
            px, py = x + radius * np.cos(angle), y + radius * np.sin(angle)
            part = ellipse(px, py, radius * 0.7, radius * 0.45, angle, 12)
            _draw(draw, part, colour * np.float32(rng.uniform(0.75, 1.1)))


def _bokeh(image: Image.Image, rng: np.random.Generator, size: int) -> Image.Image:
    """Bright discs, as points of light far behind the focus make."""
    veil = Image.new("RGB", image.size)
    draw = ImageDraw.Draw(veil)
    for _ in range(int(rng.integers(5, 22))):
        x, y = rng.uniform(0, 1, 2) * size
        r = rng.uniform(0.015, 0.06) * size
        light = rng.uniform(0.05, 0.35) * rng.uniform(0.6, 1.0, 3)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=as_ink(light.astype(np.float32)))
    soft = veil.filter(ImageFilter.GaussianBlur(0.006 * size))
    lit = np.asarray(image, np.int16) + np.asarray(soft, np.int16)
    return Image.fromarray(np.minimum(lit, 255).astype(np.uint8))


def paint_background(seed: int, size: int, grounded: bool = False) -> FloatArray:
    """The place behind the object: float32 (size, size, 3) in 0..1; it follows from the seed alone.

    grounded asks for a place where a bird can stand.
    """
    rng = stream(seed, "background")
    places = ("meadow", "ground", "dusk", "wall") if grounded else tuple(_PLACES)
    place = places[int(rng.integers(len(places)))]
    image = Image.fromarray((_ground(rng, size, place) * 255).astype(np.uint8))
    far, mid, near = rng.uniform((0.02, 0.007, 0.002), (0.045, 0.018, 0.007)) * size
    crowd = place not in ("sky", "wall", "water") or rng.random() < 0.4
    if crowd:
        _leaves(ImageDraw.Draw(image), rng, size, place, 0.6)
    _blobs(ImageDraw.Draw(image), rng, size, int(rng.integers(1, 7)))
    image = image.filter(ImageFilter.GaussianBlur(float(far)))
    if rng.random() < 0.45:
        image = _bokeh(image, rng, size)
    draw = ImageDraw.Draw(image)
    _twigs(draw, rng, size)
    if crowd:
        _leaves(draw, rng, size, place, 0.3)
    _blobs(draw, rng, size, int(rng.integers(0, 5)))
    image = image.filter(ImageFilter.GaussianBlur(float(mid)))
    if rng.random() < 0.5:  # something nearly in focus, drawn larger first so that its edges are smooth
        big = image.resize((2 * size, 2 * size))
        draw = ImageDraw.Draw(big)
        (_leaves if crowd and rng.random() < 0.7 else _twigs_of)(draw, rng, 2 * size, place, 0.0)
        if rng.random() < 0.5:
            _blobs(draw, rng, 2 * size, int(rng.integers(1, 4)))
        image = big.reduce(2).filter(ImageFilter.GaussianBlur(float(near)))
    picture = np.asarray(image, np.float32) * np.float32(1 / 255)
    texture = cloud(rng, size, (24, 60, 130)) * np.float32(rng.uniform(0.01, 0.03 if place == "sky" else 0.07))
    return np.asarray(np.clip(picture * (1.0 + texture[..., None]), 0.0, 1.0), np.float32)


def _twigs_of(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: int, place: str, near: float) -> None:
    _twigs(draw, rng, size)


def paint_leaf(
    canvas: Canvas,
    light: Light,
    rng: np.random.Generator,
    start: tuple[float, float],
    length: float,
    angle: float,
) -> None:
    """A leaf in focus that starts at a point (pixels), with a rib, veins and two sides to the light."""
    base = np.array([0.24, 0.42, 0.15]) * rng.uniform(0.7, 1.25) + rng.uniform(-0.04, 0.04, 3)
    width = length * rng.uniform(0.16, 0.3)
    soft = light.soft * canvas.size
    halves = leaf(start[0], start[1], length, width, angle, rng.uniform(-0.25, 0.25))
    whole = np.concatenate([halves[0][12:][::-1], halves[1][12:]])
    patch = fill(whole, canvas.size, soft)
    if patch is None:
        return
    x, y = patch.grid()
    c, s = np.cos(angle), np.sin(angle)
    u = ((x - start[0]) * c + (y - start[1]) * s) / length
    v = ((y - start[1]) * c - (x - start[0]) * s) / width
    veins = 1.0 - 0.12 * step(0.75, 1.0, np.abs(np.sin(22 * (u - 0.25 * np.abs(v)))))
    lit = light.on(-s * np.sign(v) * 0.35, c * np.sign(v) * 0.35, 0.9) * veins
    lit = lit * (1.0 + 0.06 * weave(u * 9, v * 3)) * (0.8 + 0.3 * u)
    canvas.over(patch, tone(base.astype(np.float32), lit.astype(np.float32)))


def paint_twig(canvas: Canvas, light: Light, seed: int, line: Points, width: float) -> None:
    """A twig in focus along points (n, 2) in pixels, round and rough, the lower side in shade."""
    rng = stream(seed, "twig")
    widths = np.linspace(1.0, rng.uniform(0.6, 0.9), len(line)) * width
    base = np.array([0.36, 0.28, 0.21]) * rng.uniform(0.55, 1.4)
    for share, brightness in ((1.0, 0.62), (0.72, 0.85), (0.36, 1.08)):  # three strokes make it round
        offset = np.array([light.x, light.y]) * (1.0 - share) * 0.3 * width
        patch = fill(ribbon(line + offset, widths * share), canvas.size, light.soft * canvas.size + 0.1 * width)
        if patch is None:
            continue
        x, y = patch.grid()
        along = (line[-1] - line[0]) / max(float(np.hypot(*(line[-1] - line[0]))), 1e-6)
        u, v = (x * along[0] + y * along[1]) / width, (y * along[0] - x * along[1]) / width
        bark = brightness * (1.0 + 0.10 * weave(u * 0.8 + 40, v * 4 + 40))
        canvas.over(patch, tone(base.astype(np.float32), bark.astype(np.float32)))


def paint_occluder(canvas: Canvas, light: Light, seed: int, x: float, y: float, radius: float) -> None:
    """Sometimes a leaf or a twig in front of the object, which lies about (x, y) with that radius."""
    rng = stream(seed, "occluder")
    if rng.random() > 0.35:
        return
    side = rng.uniform(0, 2 * np.pi)
    near = np.array([x + radius * np.cos(side), y + radius * np.sin(side)])
    if rng.random() < 0.6:
        angle = side + np.pi + rng.normal(0, 0.7)
        length = rng.uniform(0.5, 1.0) * radius
        start = near - 0.55 * length * np.array([np.cos(angle), np.sin(angle)])
        paint_leaf(canvas, light, rng, (float(start[0]), float(start[1])), length, angle)
        return
    across = side + np.pi / 2 + rng.normal(0, 0.4)
    t = np.linspace(-2.5, 2.5, 9)[:, None] * radius
    middle = np.array([x, y]) + 0.65 * (near - (x, y))
    line = middle + t * (np.cos(across), np.sin(across)) + rng.normal(0, 0.03 * radius, (9, 2))
    paint_twig(canvas, light, seed, line, rng.uniform(0.04, 0.09) * radius)
