"""Houses under a sky: walls with windows or columns, roofs of several shapes, storeys upon each other."""

from __future__ import annotations

import numpy as np

from mimnet.data.drawn.colour import FloatArray
from mimnet.data.drawn.sheet import Box, Sheet, a_colour


def paint_sky(sheet: Sheet, down_to: float) -> None:
    """Clear, clouded, grey or towards evening."""
    rng = sheet.rng
    high = np.array([(0.30, 0.50, 0.80), (0.62, 0.70, 0.78), (0.85, 0.86, 0.88), (0.35, 0.35, 0.50)][rng.integers(4)])
    low = high + (np.array([(0.92, 0.94, 0.96), (0.96, 0.80, 0.62)][int(rng.random() < 0.2)]) - high) * rng.random()
    sheet.ramp((0, 0, 1, down_to), high.astype(np.float32), low.astype(np.float32))
    if rng.random() < 0.6:
        sheet.rough((0, 0, 1, down_to), rng.uniform(0.02, 0.14), (4, 9, 20))


def _windows(sheet: Sheet, box: Box, wall: FloatArray) -> None:
    """Rows of them, with frames and bars, a few lit."""
    rng = sheet.rng
    left, top, right, bottom = box
    rows, columns = int(rng.integers(1, 7)), int(rng.integers(1, 9))
    pane = np.array((0.10, 0.13, 0.17), np.float32) * rng.uniform(0.6, 3.5) + rng.uniform(0, 0.1)
    frame = np.clip(wall * rng.uniform(0.5, 1.5) + rng.uniform(-0.05, 0.15), 0, 1)
    w, h = (right - left) / columns, (bottom - top) / rows
    wide, tall = rng.uniform(0.3, 0.8) * w, rng.uniform(0.4, 0.85) * h
    bars = rng.integers(0, 3, 2)
    for i in range(rows):
        for j in range(columns):
            x, y = left + (j + 0.5) * w, top + (i + 0.5) * h
            sheet.box((x - wide * 0.58, y - tall * 0.56, x + wide * 0.58, y + tall * 0.58), frame)
            lit = pane * rng.uniform(0.8, 1.25) if rng.random() < 0.9 else np.array((0.95, 0.85, 0.55), np.float32)
            sheet.box((x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2), lit)
            for k in range(1, int(bars[0]) + 1):
                at = x - wide / 2 + wide * k / (bars[0] + 1)
                sheet.box((at - 0.03 * wide, y - tall / 2, at + 0.03 * wide, y + tall / 2), frame)
            for k in range(1, int(bars[1]) + 1):
                at = y - tall / 2 + tall * k / (bars[1] + 1)
                sheet.box((x - wide / 2, at - 0.03 * tall, x + wide / 2, at + 0.03 * tall), frame)


def _columns(sheet: Sheet, box: Box, colour: FloatArray) -> None:
    """A row of round columns before a dark hall."""
    rng = sheet.rng
    left, top, right, bottom = box
    sheet.box(box, colour * rng.uniform(0.15, 0.5))
    count = int(rng.integers(3, 10))
    thick = (right - left) / count * rng.uniform(0.15, 0.4)
    for k in range(count + 1):
        x = left + (right - left) * k / count
        for share, light in ((1.0, 0.7), (0.6, 0.95), (0.25, 1.15)):
            sheet.box((x - share * thick / 2, top, x + share * thick / 2, bottom), np.clip(colour * light, 0, 1))


def _roof(sheet: Sheet, box: Box, high: float, colour: FloatArray) -> None:
    """A gable, a slope, or one whose eaves curve up; its tiles in lines."""
    rng = sheet.rng
    left, top, right, _ = box
    out = rng.uniform(0.0, 0.25) * (right - left)
    ridge = rng.uniform(0.0, 0.45) * (right - left)
    middle = (left + right) / 2
    t = np.linspace(-1, 1, 25)
    curve = rng.uniform(0.0, 1.0) ** 2 * high
    half = (right - left) / 2 + out
    eaves = [(middle + half * x, top + 0.1 * high - curve * 0.6 * abs(x) ** 3) for x in t]
    up = [
        (middle + ridge + (half - ridge) * s, top - high + high * (1 - (1 - s) ** (1 + curve / high)))
        for s in np.linspace(0, 1, 12)
    ]
    outline = [(2 * middle - x, y) for x, y in up[::-1]] + up + eaves[::-1]
    sheet.area([(x, y) for x, y in outline], colour)
    for k in np.linspace(-1, 1, int(rng.integers(2, 60))):
        foot, head = (middle + half * k, top), (middle + ridge * k, top - high)
        sheet.line(foot, head, colour * 0.7, width=2)
    sheet.area(eaves + [(x, y + 0.05 * high) for x, y in eaves[::-1]], colour * rng.uniform(0.3, 1.2))


def paint_house(sheet: Sheet) -> None:
    """One to four of them, of one to three storeys."""
    rng = sheet.rng
    ground = rng.uniform(0.6, 1.05)
    paint_sky(sheet, ground)
    for _ in range(int(rng.integers(1, 5))):
        wall = a_colour(rng, (0.0, 0.65), (0.3, 0.98))
        roof = a_colour(rng, (0.0, 0.8), (0.15, 0.75))
        wide, x = rng.uniform(0.2, 1.1), rng.uniform(-0.1, 1.1)
        foot, stories = ground + rng.uniform(0, 0.03), int(rng.integers(1, 4))
        for level in range(stories):
            tall = rng.uniform(0.12, 0.6 if stories == 1 else 0.28)
            box = (x - wide / 2, foot - tall, x + wide / 2, foot)
            sheet.box(box, wall)
            side = rng.uniform(0, 0.5) * wide
            if rng.random() < 0.4:
                sheet.box((box[2] - side, box[1], box[2], box[3]), wall * rng.uniform(0.55, 0.9))
            sheet.rough(box, rng.uniform(0.01, 0.12))
            (_columns if rng.random() < 0.3 else _windows)(sheet, box, wall)
            if rng.random() < 0.75 or level + 1 < stories:
                high = rng.uniform(0.06, 0.3)
                _roof(sheet, box, high, roof)
                sheet.rough((box[0] - 0.2, box[1] - high, box[2] + 0.2, box[1]), rng.uniform(0.02, 0.15))
                foot -= tall + 0.6 * high
            else:
                foot -= tall
            wide *= rng.uniform(0.6, 0.95)
    earth = a_colour(rng, (0.0, 0.5), (0.2, 0.8))
    sheet.ramp((0, ground, 1, 1), earth, earth * rng.uniform(0.6, 1.1))
    sheet.rough((0, ground, 1, 1), rng.uniform(0.02, 0.25))
    for _ in range(int(rng.integers(0, 4))):  # shrubs, or whatever stands there
        x, w, h = rng.random(), rng.uniform(0.02, 0.14), rng.uniform(0.03, 0.12)
        sheet.disc(x, ground, w, h, a_colour(rng, (0, 0.8), (0.1, 0.9)))
