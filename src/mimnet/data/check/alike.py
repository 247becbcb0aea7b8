"""Whether two pictures show the same: one is laid on the other, shifted and stretched until they fit, and compared.

A copy may be encoded anew, resized, mirrored or cropped a little. Small pictures decide first; then both files are read
again, cut to the part that they share, and must agree in detail and colour. Two pictures of like things differ in
detail, and one thing in two colours is two pictures to a network that learns colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.data.check.pictures import LUMINANCE
from mimnet.images import open_picture, to_array

SMALL_FIT = 0.97  # least correlation of the small pictures, one laid on the other
DETAIL_FIT = 0.92  # least correlation of the detail at FINE pixels
COLOUR_OFF = 0.45  # largest difference of the colours, relative to how colourful the pictures are
FAINT = 3.0  # colours so weak, in levels, do not count
FINE = 64  # side in pixels at which the detail is compared
SHIFT, STRETCH = 0.15, 0.25  # farther than that nothing is moved, in shares of a side

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """How n pictures a must be moved to lie on n pictures b, and how well they then agree."""

    shift: Floats  # n,2 across and down, in shares of a side
    stretch: Floats  # n,2 across and down: 0 as it is, -0.1: a tenth of a is cut off in b
    correlation: Floats  # n


def fit(a: Floats, b: Floats) -> Fit:
    """Lay a (n,side,side) on b by Gauss-Newton steps, at half the size first."""
    n = len(a)
    moved = np.zeros((n, 4), np.float32)
    for _ in range(3):
        moved = _step(_halved(a), _halved(b), moved)[0]
    for _ in range(3):
        moved = _step(a, b, moved)[0]
    return Fit(moved[:, :2], moved[:, 2:], _step(a, b, moved)[1])


def _step(a: Floats, b: Floats, moved: Floats) -> tuple[Floats, Floats]:
    """`moved` (n,4) after one step, and the correlation before it."""
    n, side, _ = a.shape
    across, down = (_sampling(side, moved[:, k], moved[:, 2 + k]) for k in (0, 1))
    laid: Floats = np.matmul(np.matmul(down, a), across.transpose(0, 2, 1))
    inside = (down.sum(2) > 0.99)[:, :, None] & (across.sum(2) > 0.99)[:, None, :]
    mask = inside.astype(np.float32)
    one, other = _centred(laid, mask), _centred(b, mask)
    power, common = (one * one).sum((1, 2)), (one * other).sum((1, 2))
    correlation = common / np.sqrt(power * (other * other).sum((1, 2)) + 1e-6)
    gain = np.clip(common / (power + 1e-6), 0.5, 2.0)[:, None, None]  # a copy may be a little brighter

    slope_down, slope_across = np.gradient(laid, axis=(1, 2))
    place = ((np.arange(side) + 0.5) / side - 0.5).astype(np.float32)
    slopes = [slope_across, slope_down, slope_across * place[None, None, :], slope_down * place[None, :, None]]
    jacobian = np.stack([side * gain * mask * slope for slope in slopes], 1).reshape(n, 4, -1)
    jacobian -= jacobian.mean(2, keepdims=True)
    normal = jacobian @ jacobian.transpose(0, 2, 1)
    damping = 1e-3 * normal.trace(axis1=1, axis2=2)[:, None, None] / 4 + 1e-3
    right = jacobian @ (other - gain * one).reshape(n, -1, 1)
    change = np.linalg.solve(normal + damping * np.eye(4, dtype=np.float32), right)[:, :, 0]
    limits = np.array([SHIFT, SHIFT, STRETCH, STRETCH], np.float32)
    return np.clip(moved + change, -limits, limits), correlation


def _sampling(side: int, shift: Floats, stretch: Floats) -> Floats:
    """Matrices n,side,side that read a line of pixels at moved places, linearly; outside they have zeros."""
    centre = (np.arange(side) + 0.5) / side - 0.5
    place = (0.5 + shift[:, None] + (1 + stretch[:, None]) * centre) * side - 0.5
    weights: Floats = np.maximum(1 - np.abs(place[:, :, None] - np.arange(side)), 0).astype(np.float32)
    return weights


def _centred(x: Floats, mask: Floats) -> Floats:
    mean = (x * mask).sum((1, 2)) / np.maximum(mask.sum((1, 2)), 1)
    centred: Floats = (x - mean[:, None, None]) * mask
    return centred


def _halved(x: Floats) -> Floats:
    n, side, _ = x.shape
    half: Floats = x.reshape(n, side // 2, 2, side // 2, 2).mean((2, 4))
    return half


def same_picture(a: Path, b: Path, shift: Sequence[float], stretch: Sequence[float], *, mirrored: bool) -> bool:
    """Whether the files a and b (mirrored or not) agree in detail and colour where a, moved, lies on b."""
    box_a, box_b = zip(*(_shared(t, e) for t, e in zip(shift, stretch, strict=True)), strict=True)
    one, other = _cut(_square(a), box_a), _cut(_square(b, mirrored=mirrored), box_b)
    alike = correlation(_detail(one @ LUMINANCE), _detail(other @ LUMINANCE)) >= DETAIL_FIT
    return alike and _colours_apart(one, other) <= COLOUR_OFF


def _shared(shift: float, stretch: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The span along one side that a and b share: in a, in b; shares of the side."""
    scale = 1 + stretch

    def in_a(place: float) -> float:
        return 0.5 + shift + scale * (place - 0.5)

    def in_b(place: float) -> float:
        return 0.5 + (place - 0.5 - shift) / scale

    first, last = max(0.0, in_b(0)), min(1.0, in_b(1))
    return (max(0.0, in_a(first)), min(1.0, in_a(last))), (first, last)


@lru_cache(maxsize=512)
def _square(file: Path, *, mirrored: bool = False) -> NDArray[np.uint8]:
    square = to_array(open_picture(file), 2 * FINE)
    return square[:, ::-1] if mirrored else square


def forget_pictures() -> None:
    """Let go of the files that were read again."""
    _square.cache_clear()


def _cut(square: NDArray[np.uint8], spans: Sequence[tuple[float, float]]) -> Floats:
    """The part of a square between two spans, across and down: FINE,FINE,3"""
    (left, right), (top, bottom) = ((first * len(square), last * len(square)) for first, last in spans)
    part = Image.fromarray(square).resize((FINE, FINE), Image.Resampling.LANCZOS, box=(left, top, right, bottom))
    return np.asarray(part, np.float32)


def _detail(x: Floats) -> Floats:
    """What is finer than five pixels: x less its mean over 5 x 5."""
    place = np.arange(len(x))
    box = (np.abs(place[:, None] - place) <= 2).astype(np.float32)
    box /= box.sum(1, keepdims=True)
    detail: Floats = x - box @ x @ box.T
    return detail


def _colours_apart(x: Floats, y: Floats) -> float:
    """Difference of two pictures' coarse colours without their lightness; 0: none, about 1: all."""
    one, other = (_coarse(z) - (_coarse(z) @ LUMINANCE)[:, :, None] for z in (x, y))
    strength = max(float(np.sqrt((z * z).mean())) for z in (one, other))
    return float(np.sqrt(((one - other) ** 2).mean())) / (strength + FAINT)


def _coarse(x: Floats) -> Floats:
    side = len(x) // 4
    coarse: Floats = x.reshape(side, 4, side, 4, 3).mean((1, 3))
    return coarse


def correlation(x: Floats, y: Floats) -> float:
    """Of two arrays of one shape, -1 to 1; 0 where one is even throughout.

    >>> correlation(np.eye(2, dtype=np.float32), 3 * np.eye(2, dtype=np.float32))
    1.0
    """
    x, y = x - x.mean(), y - y.mean()
    length = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / length if length > 0 else 0.0
