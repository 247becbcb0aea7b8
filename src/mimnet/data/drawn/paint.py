"""Brushes: a canvas that keeps each part's visible alpha, antialiased shapes, noise and soft shading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mimnet.data.drawn.colour import FloatArray, stream

Points = NDArray[np.float64]
_SUPERSAMPLE = 4


@dataclass(frozen=True)
class Patch:
    """A rectangle of the canvas and the alpha of a shape in it: float32 (rows, columns), 0..1."""

    rows: slice
    columns: slice
    alpha: FloatArray

    @property
    def at(self) -> tuple[slice, slice]:
        """The index of the rectangle in a picture."""
        return self.rows, self.columns

    def grid(self) -> tuple[FloatArray, FloatArray]:
        """x (1, columns) and y (rows, 1) of the pixel centres, in pixels of the canvas."""
        x = np.arange(self.columns.start, self.columns.stop, dtype=np.float32) + np.float32(0.5)
        y = np.arange(self.rows.start, self.rows.stop, dtype=np.float32) + np.float32(0.5)
        return x[None, :], y[:, None]

    def times(self, weight: FloatArray) -> Patch:
        """The same shape, its alpha weighted (rows, columns) in 0..1."""
        return Patch(self.rows, self.columns, self.alpha * weight)


class Canvas:
    """A picture, float32 (size, size, 3) in 0..1, and the visible alpha of each part painted on it.

    Painting changes a pixel only where the shape's alpha is above zero: that is what makes a true edit
    leave everything else exactly as it was.
    """

    def __init__(self, picture: FloatArray, parts: tuple[str, ...]) -> None:
        self.picture = picture
        self.size = picture.shape[0]
        self.masks = {part: np.zeros(picture.shape[:2], np.float32) for part in parts}

    def over(self, patch: Patch | None, colour: FloatArray, part: str | None = None) -> None:
        """Paint colour, (3,) or (rows, columns, 3), through the shape; it hides what lies below."""
        if patch is None:
            return
        alpha = patch.alpha
        area = self.picture[patch.at]
        area *= (1.0 - alpha)[..., None]  # not area + (colour - area) * alpha: alpha 1 must hide exactly
        area += colour * alpha[..., None]
        for name, mask in self.masks.items():
            below = mask[patch.at]
            below *= 1.0 - alpha
            if name == part:
                below += alpha

    def darken(self, patch: Patch | None, strength: float, part: str | None = None) -> None:
        """Cast a shadow of that strength (0..1), if a part is named only on what is painted of it."""
        if patch is None:
            return
        weight = patch.alpha * np.float32(strength)
        if part is not None:
            weight = weight * self.masks[part][patch.at]
        self.picture[patch.at] *= (1.0 - weight)[..., None]


def fill(points: Points, size: int, soft: float = 0.0) -> Patch | None:
    """A filled outline, points (n, 2) as x, y in pixels, its edge blurred by `soft`; None if outside."""
    pad = int(3.0 * soft) + 2
    left, top = np.maximum(np.floor(points.min(axis=0)).astype(int) - pad, 0)
    right, bottom = np.minimum(np.ceil(points.max(axis=0)).astype(int) + pad, size)
    if right - left < 2 or bottom - top < 2:
        return None
    scale = _SUPERSAMPLE
    image = Image.new("L", (int(right - left) * scale, int(bottom - top) * scale))
    corners = (points - (left, top)) * scale - 0.5
    ImageDraw.Draw(image).polygon(corners.ravel().tolist(), fill=255)
    image = image.reduce(scale)
    if soft > 0.05:
        image = image.filter(ImageFilter.GaussianBlur(float(soft)))
    alpha = np.asarray(image, np.float32) / np.float32(255)
    return Patch(slice(int(top), int(bottom)), slice(int(left), int(right)), alpha)


def ellipse(x: float, y: float, a: float, b: float, angle: float = 0.0, count: int = 40) -> Points:
    """The outline of a turned ellipse."""
    t = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
    return turn(np.stack([a * np.cos(t), b * np.sin(t)], axis=1), angle) + (x, y)


def turn(points: Points, angle: float) -> Points:
    """Points turned about the origin, clockwise on the screen."""
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, s], [-s, c]]))


def spline(knots: Points, per_knot: int = 8) -> Points:
    """A smooth closed outline through the knots (Catmull-Rom): (n * per_knot, 2)."""
    t = np.linspace(0.0, 1.0, per_knot, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (np.roll(knots, k, axis=0)[:, None, :] for k in (1, 0, -1, -2))
    curve = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return np.asarray(curve.reshape(-1, 2), np.float64)


_LEAF_U = np.linspace(0.0, 1.0, 12)
_LEAF_HALF = np.sin(np.pi * _LEAF_U**0.8).clip(0.0) ** 0.9


def leaf(x: float, y: float, length: float, width: float, angle: float, bend: float) -> tuple[Points, Points]:
    """The two halves of a leaf that starts at (x, y)."""
    u, half = _LEAF_U, width * _LEAF_HALF
    rib = np.stack([length * u, bend * length * u * u], axis=1)
    halves = []
    for side in (-1.0, 1.0):
        edge = rib + np.stack([np.zeros_like(u), side * half], axis=1)
        halves.append(turn(np.concatenate([rib, edge[::-1]]), angle) + (x, y))
    return halves[0], halves[1]


def ribbon(points: Points, widths: NDArray[np.float64]) -> Points:
    """The outline of a line along points (n, 2) that is widths (n,) wide."""
    along = np.gradient(points, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-9)[:, None]
    offset = normal * widths[:, None] * 0.5
    return np.concatenate([points + offset, (points - offset)[::-1]])


def resize(grid: FloatArray, size: int) -> FloatArray:
    """A float grid (n, n) smoothly stretched to (size, size)."""
    return np.asarray(Image.fromarray(grid).resize((size, size), Image.Resampling.BICUBIC), np.float32)


def cloud(rng: np.random.Generator, size: int, cells: tuple[int, ...]) -> FloatArray:
    """Noise of several scales: float32 (size, size), about -1..1, half as strong at each next scale."""
    total = np.zeros((size, size), np.float32)
    weight = 1.0
    for count in cells:
        grid = rng.standard_normal((count, count), np.float32)
        if count < 2 * size:  # finer than the pixels it would only alias
            total += resize(grid, size) * np.float32(weight * 0.5)
        weight *= 0.5
    return total


@cache
def _weave() -> FloatArray:
    """A fixed smooth noise (256, 256) that repeats at its borders, mean 0 and deviation 1."""
    noise = stream(5, "weave").standard_normal((256, 256))
    f = np.fft.fftfreq(256)
    low = np.exp(-(f[:, None] ** 2 + f[None, :] ** 2) / (2 * 0.06**2))
    smooth = np.fft.ifft2(np.fft.fft2(noise) * low).real
    return np.asarray(smooth / smooth.std(), np.float32)


def weave(x: FloatArray, y: FloatArray) -> FloatArray:
    """The fixed noise at any coordinates (one unit is about one feature); mean 0, deviation 1."""
    column = (x * 6).astype(np.int32) & 255
    row = (y * 6).astype(np.int32) & 255
    return np.asarray(_weave()[row, column])


def step(low: float, high: float, x: FloatArray) -> FloatArray:
    """0 below low, 1 above high, a smooth ramp between them."""
    t = np.clip((x - np.float32(low)) * np.float32(1.0 / (high - low)), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)


_SKY = np.array([0.0, 0.02, 0.07], np.float32)


def tone(colour: FloatArray, factor: FloatArray) -> FloatArray:
    """A colour, (3,) or (rows, columns, 3), in light of that factor (rows, columns); 1 leaves it as it is.

    Shade turns a little blue as it does under a sky, and light above 1 bleaches.
    """
    low = np.minimum(factor, 1.0)[..., None]
    high = np.maximum(factor - 1.0, 0.0)[..., None]
    lit = colour * (low + (1.0 - low) * _SKY)
    return np.asarray(lit + (1.0 - lit) * high * np.float32(0.6), np.float32)
