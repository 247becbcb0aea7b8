"""Places where no object is: houses, screens, rooms, open country and plain patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from mimnet.data.drawn.background import paint_background
from mimnet.data.drawn.colour import FloatArray, as_ink, stream
from mimnet.data.drawn.house import paint_house, paint_sky
from mimnet.data.drawn.light import develop
from mimnet.data.drawn.render import check_size
from mimnet.data.drawn.sheet import FINE, Box, Sheet, a_colour


def _words(sheet: Sheet, box: Box, ink: FloatArray, line: float) -> None:
    """Lines of blocks of uneven length, as a text from far."""
    rng = sheet.rng
    left, top, right, bottom = box
    tall = line * rng.uniform(0.3, 0.55)
    while top + tall < bottom:
        x, end = left, right if rng.random() < 0.8 else left + rng.uniform(0.2, 1.0) * (right - left)
        while x < end:
            word = min(rng.uniform(0.8, 5.0) * line, end - x)
            sheet.box((x, top, x + word, top + tall), ink, round_by=tall * 0.3)
            x += word + 0.5 * line
        top += line


def _inset(sheet: Sheet, box: Box) -> None:
    """A picture in the picture: a place, or leaves and twigs out of focus; none where there is no room for it."""
    rng = sheet.rng
    left, top, right, bottom = (round(v * sheet.size) for v in box)
    seed, place = int(rng.integers(2**31)), rng.random()
    wide, tall = right - left, bottom - top
    if min(wide, tall) < 8:
        return
    side = min(max(wide, tall), 192)
    if place < 0.5:
        small = Sheet(stream(seed, "inset"), max(side // FINE, 8))
        (paint_house, _room, _country)[seed % 3](small)
        inside = small.image
    else:
        inside = Image.fromarray((paint_background(seed, side) * 255).astype(np.uint8))
    sheet.image.paste(inside.resize((wide, tall)), (left, top))


def _screen(sheet: Sheet) -> None:
    """A page, a program or a form: bars, text, buttons, pictures."""
    rng = sheet.rng
    dark = rng.random() < 0.3
    paper = a_colour(rng, (0.0, 0.12), (0.05, 0.25) if dark else (0.9, 1.0))
    ink = np.clip(paper + (0.7 if dark else -rng.uniform(0.45, 0.9)), 0, 1).astype(np.float32)
    loud = a_colour(rng, (0.4, 1.0), (0.4, 0.95))
    sheet.box((0, 0, 1, 1), paper)
    line = rng.uniform(0.02, 0.06)
    top = 0.0
    if rng.random() < 0.7:
        top = rng.uniform(0.04, 0.14)
        sheet.box((0, 0, 1, top), loud if rng.random() < 0.5 else paper * 0.93)
        _words(sheet, (0.03, top * 0.35, rng.uniform(0.2, 0.9), top), ink, top * 0.8)
    left = 0.0
    if rng.random() < 0.4:
        left = rng.uniform(0.1, 0.3)
        sheet.box((0, top, left, 1), paper * rng.uniform(0.85, 1.05))
        _words(sheet, (0.02, top + 0.04, left - 0.02, rng.uniform(0.3, 1)), ink, line * 1.4)
    rows, columns = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    w, h = (1 - left) / columns, (1 - top) / rows
    pad = rng.uniform(0.01, 0.04)
    for i in range(rows):
        for j in range(columns):
            box = (left + j * w + pad, top + i * h + pad, left + (j + 1) * w - pad, top + (i + 1) * h - pad)
            what = rng.random()
            if what < 0.25:
                sheet.box(box, paper * rng.uniform(0.88, 1.08), round_by=0.015)
            if what < 0.6:
                _words(sheet, (box[0] + pad, box[1] + pad, box[2] - pad, box[3] - pad), ink, line)
            elif what < 0.8:
                _inset(sheet, box)
            else:
                middle = box[1] + 0.4 * (box[3] - box[1])
                sheet.box((box[0], middle, box[0] + 0.6 * w, middle + 1.6 * line), loud, round_by=rng.uniform(0, 0.02))
                _words(sheet, (box[0], middle + 3 * line, box[2], box[3]), ink, line)


def _room(sheet: Sheet) -> None:
    """A wall and a floor or a table, boxes, shelves, cups and bottles, a picture on the wall."""
    rng = sheet.rng
    edge = rng.uniform(0.35, 0.85)
    wall, floor = a_colour(rng, (0, 0.5), (0.3, 1.0)), a_colour(rng, (0, 0.6), (0.15, 0.85))
    sheet.ramp((0, 0, 1, edge), wall * rng.uniform(0.7, 1.1), wall * rng.uniform(0.7, 1.1))
    sheet.ramp((0, edge, 1, 1), floor * rng.uniform(0.6, 1), floor)
    if rng.random() < 0.6:  # boards, towards a point far away
        for k in np.linspace(-3, 4, int(rng.integers(8, 40))):
            sheet.line((0.5 + 0.25 * (k - 0.5), edge), (k, 1.0), floor * 0.7, width=3)
    sheet.rough((0, 0, 1, 1), rng.uniform(0.01, 0.08), (5, 30, 120))
    if rng.random() < 0.5:
        x, y = rng.uniform(0, 0.7, 2)
        w, h = rng.uniform(0.15, 0.5), rng.uniform(0.1, 0.5)
        sheet.box((x - 0.02, y - 0.02, x + w + 0.02, y + h + 0.02), a_colour(rng, (0, 0.5), (0.1, 0.9)))
        _inset(sheet, (x, y, x + w, y + h))
    if rng.random() < 0.4:  # a shelf of books
        x, y, shelf = rng.uniform(-0.2, 0.5), rng.uniform(0.0, 0.5), rng.uniform(0.12, 0.3)
        for level in range(int(rng.integers(1, 4))):
            foot, at = y + shelf * (level + 1), x
            while at < x + rng.uniform(0.5, 0.9):
                thick = rng.uniform(0.01, 0.05)
                sheet.box(
                    (at, foot - shelf * rng.uniform(0.5, 0.85), at + thick, foot), a_colour(rng, (0, 1), (0.1, 1))
                )
                at += thick
            sheet.box((x - 0.02, foot, x + 0.95, foot + 0.02), floor * 0.6)
    for _ in range(int(rng.integers(0, 6))):
        x, foot = rng.random(), rng.uniform(edge, 1.0)
        w, h = rng.uniform(0.03, 0.2), rng.uniform(0.05, 0.4)
        colour = a_colour(rng, (0, 0.9), (0.1, 1.0))
        what = rng.random()
        if what < 0.45:
            d = rng.uniform(0, 0.5) * w
            sheet.box((x - w, foot - h, x + w, foot), colour)
            lid = [(x - w, foot - h), (x - w + d, foot - h - d), (x + w + d, foot - h - d), (x + w, foot - h)]
            sheet.area(lid, np.clip(colour * 1.25, 0, 1))
            sheet.area(
                [(x + w, foot - h), (x + w + d, foot - h - d), (x + w + d, foot - d), (x + w, foot)], colour * 0.6
            )
        else:  # round and upright: a cup, a bottle, a lamp
            for share, light in ((1.0, 0.65), (0.75, 0.9), (0.4, 1.15)):
                sheet.box((x - w * share * 0.6, foot - h, x + w * share * 0.6, foot), np.clip(colour * light, 0, 1))
            sheet.disc(x, foot, w * 0.6, w * 0.15, colour * 0.7)
            sheet.disc(x, foot - h, w * 0.6, w * 0.15, np.clip(colour * (0.4 if what < 0.75 else 1.3), 0, 1))


def _country(sheet: Sheet) -> None:
    """Hills behind hills, fields, a road or water, trees that are crowns on stems."""
    rng = sheet.rng
    far = rng.uniform(0.2, 0.7)
    paint_sky(sheet, far + 0.1)
    x = np.linspace(0, 1, 60)
    haze = np.array((0.62, 0.70, 0.78), np.float32)
    earth = np.array([(0.30, 0.42, 0.18), (0.50, 0.45, 0.25), (0.40, 0.35, 0.30), (0.8, 0.82, 0.85)][rng.integers(4)])
    stem = np.array((0.20, 0.15, 0.10), np.float32)
    layers = int(rng.integers(2, 6))
    for k in range(layers):
        base = far + (1 - far) * (k / layers) ** 1.5
        rise = rng.uniform(0.01, 0.15) * np.sin(x * rng.uniform(2, 14) + rng.uniform(0, 6)) + rng.normal(0, 0.004, 60)
        colour = (haze + (earth * rng.uniform(0.6, 1.3) - haze) * min(1.0, (k + 1) / layers + 0.2)).astype(np.float32)
        sheet.area([*zip(x, base + rise, strict=True), (1, 1), (0, 1)], np.clip(colour, 0, 1))
        for _ in range(int(rng.integers(0, 9))):
            at, tall = rng.random(), rng.uniform(0.03, 0.3) * (0.3 + k / layers)
            foot = base + float(np.interp(at, x, rise)) + 0.01
            sheet.box((at - 0.03 * tall, foot - tall * 0.5, at + 0.03 * tall, foot), stem)
            crown = np.array((0.15, 0.28, 0.10), np.float32) * rng.uniform(0.5, 1.8)
            for _ in range(int(rng.integers(1, 9))):
                dx, dy = rng.normal(0, 0.15, 2) * tall
                sheet.disc(
                    at + dx,
                    foot - 0.7 * tall + dy,
                    tall * rng.uniform(0.1, 0.3),
                    tall * rng.uniform(0.1, 0.3),
                    crown * rng.uniform(0.8, 1.2),
                )
    if rng.random() < 0.5:
        foot, middle = rng.uniform(-0.2, 1.2), rng.random()
        grey = a_colour(rng, (0, 0.15), (0.3, 0.7))
        sheet.area([(middle - 0.01, far + 0.05), (middle + 0.01, far + 0.05), (foot + 0.3, 1), (foot - 0.3, 1)], grey)
    sheet.rough((0, far, 1, 1), rng.uniform(0.03, 0.2), (30, 80, 160))


def _pattern(sheet: Sheet) -> None:
    """Bricks, tiles, stripes, checks, a ramp, noise, or nothing but a colour."""
    rng = sheet.rng
    one, other = a_colour(rng, (0, 0.9), (0, 1)), a_colour(rng, (0, 0.9), (0, 1))
    what = rng.integers(5)
    sheet.ramp((0, 0, 1, 1), one, one if what else other)
    w, h = rng.uniform(0.03, 0.3, 2)
    gap = rng.uniform(0.05, 0.5)
    if what in (1, 2):
        for i in range(int(1 / h) + 2):
            for j in range(-1, int(1 / w) + 2):
                x = (j + (0.5 * (i % 2) if what == 1 else 0)) * w
                tint = np.clip(other * rng.uniform(0.85, 1.15), 0, 1)
                sheet.box((x, i * h, x + w * (1 - gap * 0.5), (i + 1) * h - h * gap * 0.5), tint)
    elif what == 3:
        for i in range(int(1 / h) + 2):
            sheet.box((0, i * h, 1, (i + gap) * h), other)
    if rng.random() < 0.5:
        sheet.rough((0, 0, 1, 1), rng.uniform(0.02, 0.4), (6, 25, 90))
    if rng.random() < 0.5:
        sheet.image = sheet.image.rotate(float(rng.uniform(-45, 45)), Image.Resampling.BILINEAR, fillcolor=as_ink(one))


_VIEWS: Final[dict[str, Callable[[Sheet], None]]] = {
    "house": paint_house,
    "screen": _screen,
    "room": _room,
    "country": _country,
    "pattern": _pattern,
}
VIEWS: Final = tuple(_VIEWS)
_OFTEN: Final = (0.4, 0.2, 0.16, 0.12, 0.12)


def view_of(seed: int) -> str:
    """What is seen of a place, one of VIEWS."""
    return str(stream(seed, "view").choice(VIEWS, p=_OFTEN))


def paint_place(seed: int, size: int) -> FloatArray:
    """The picture of a place, float32 (size, size, 3) in 0..1, size in 16..256; it follows from the seed."""
    check_size(size)
    rng, view = stream(seed, "place"), view_of(seed)
    sheet = Sheet(rng, size)
    _VIEWS[view](sheet)
    if view != "screen":
        sheet.soft(rng.uniform(0.0, 0.004))
    if rng.random() < 0.6:  # nearer
        side = int(rng.uniform(0.35, 1.0) * sheet.size)
        left, top = (int(v) for v in rng.random(2) * (sheet.size - side))
        sheet.image = sheet.image.crop((left, top, left + side, top + side))
    picture = np.asarray(sheet.image.resize((size, size), Image.Resampling.BOX), np.float32) / np.float32(255)
    return picture if view == "screen" and rng.random() < 0.7 else develop(picture, seed)
