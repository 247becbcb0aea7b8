"""A picture without a colour of its own, to see what a memory paints."""

import numpy as np
from numpy.typing import NDArray

from mimnet.data.drawn import Scene, render

SCENE = {
    "petals": "white", "centre": "yellow", "pattern": "plain", "pattern_colour": "pink", "number": "six",
    "shape": "round",
}  # fmt: skip


def grey_flower(size: int) -> NDArray[np.uint8]:
    """A pale grey flower of five broad petals with soft shading on a plain dark ground; size,size,3."""
    fine = 4 * size  # drawn larger and averaged, so that edges are smooth
    y, x = (np.mgrid[:fine, :fine] + 0.5) / fine * 2 - 1
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    wave = np.abs(np.cos(2.5 * (angle + np.pi / 2)))  # 1 in the middle of a petal, 0 at the seams
    light = 0.05 * (-x - y)  # from the upper left
    ground = 0.20 + 0.04 * (1 - radius)
    petals = 0.62 + 0.20 * wave**0.5 - 0.10 * (1 - radius) ** 2 + light  # seams and throat are darker
    heart = 0.34 + 0.20 * np.sqrt(np.clip(1 - (radius / 0.17) ** 2, 0, 1)) + light
    value = np.where(radius < 0.17, heart, np.where(radius < 0.44 + 0.28 * wave**0.6, petals, ground))
    small = value.reshape(size, 4, size, 4).mean((1, 3))
    return np.repeat((small * 255).round().astype(np.uint8)[..., None], 3, -1)


def white_scene(size: int) -> NDArray[np.uint8]:
    """A white flower of the drawn set; size,size,3."""
    return render(Scene("flower", 11, 5, SCENE), size).image
