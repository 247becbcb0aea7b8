"""A picture to draw on with flat shapes, ramps and noise, as places are made of."""

from __future__ import annotations

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from mimnet.data.drawn.colour import FloatArray, as_ink
from mimnet.data.drawn.paint import cloud

FINE = 3  # everything is drawn that many times larger
Box = tuple[float, float, float, float]  # left, top, right, bottom


class Sheet:
    """A picture to draw on, in units of its side."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self.rng, self.size = rng, size * FINE
        self.image = Image.new("RGB", (self.size, self.size))
        self.draw = ImageDraw.Draw(self.image)

    def area(self, corners: list[tuple[float, float]], colour: FloatArray) -> None:
        """A polygon."""
        self.draw.polygon([(x * self.size, y * self.size) for x, y in corners], fill=as_ink(colour))

    def box(self, box: Box, colour: FloatArray, *, round_by: float = 0.0) -> None:
        """A rectangle, its corners rounded by a radius; none where it has no inside."""
        left, top, right, bottom = (v * self.size for v in box)
        if right > left and bottom > top:
            self.draw.rounded_rectangle((left, top, right, bottom), round_by * self.size, fill=as_ink(colour))

    def disc(self, x: float, y: float, a: float, b: float, colour: FloatArray) -> None:
        """An ellipse about (x, y) with half axes a and b."""
        s = self.size
        self.draw.ellipse(((x - a) * s, (y - b) * s, (x + a) * s, (y + b) * s), fill=as_ink(colour))

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: FloatArray, *, width: int) -> None:
        """A straight line, that many pixels of the larger picture wide."""
        self.draw.line([(x * self.size, y * self.size) for x, y in (start, end)], as_ink(colour), width=width)

    def ramp(self, box: Box, top: FloatArray, bottom: FloatArray) -> None:
        """From one colour above to another below."""
        left, high, right, low = (round(v * self.size) for v in box)
        if right <= left or low <= high:
            return
        t = np.linspace(0, 1, low - high, dtype=np.float32)[:, None, None]
        ramp = np.broadcast_to(top + (bottom - top) * t, (low - high, right - left, 3))
        self.image.paste(Image.fromarray((ramp.clip(0, 1) * 255).astype(np.uint8)), (left, high))

    def rough(self, box: Box, strength: float, cells: tuple[int, ...] = (20, 60, 160)) -> None:
        """Noise on what is there."""
        noise = 1 + strength * cloud(self.rng, self.size, cells)
        left, top, right, bottom = (round(v.clip(0, 1) * self.size) for v in np.array(box))
        if right <= left or bottom <= top:
            return
        there = np.asarray(self.image.crop((left, top, right, bottom)), np.float32)
        there = there * noise[top:bottom, left:right, None]
        self.image.paste(Image.fromarray(there.clip(0, 255).astype(np.uint8)), (left, top))

    def soft(self, radius: float) -> None:
        """All of it out of focus, by a share of the side."""
        self.image = self.image.filter(ImageFilter.GaussianBlur(radius * self.size))
        self.draw = ImageDraw.Draw(self.image)


def a_colour(rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]) -> FloatArray:
    """Any hue, with saturation and value from these ranges in 0..1: float32 (3,), RGB in 0..1."""
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value)), np.float32)
