"""The pose of a bird: where it is, how it is turned, and its own coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimnet.data.drawn.colour import FloatArray, stream
from mimnet.data.drawn.paint import Patch, Points, turn
from mimnet.data.drawn.scene import Scene, stance_of


@dataclass(frozen=True)
class BirdPose:
    """Where a bird is, how large (pixels a unit), which way it looks (1 right, -1 left) and its angles."""

    x: float
    y: float
    scale: float
    way: float
    lean: float
    nod: float
    stance: str

    def place(self, points: Points, angle: float | None = None) -> Points:
        """Points of the bird's own frame in pixels; turned by the body's lean unless told otherwise."""
        turned = turn(points, -self.lean if angle is None else angle)
        return np.asarray(turned * self.scale * (self.way, 1.0) + (self.x, self.y))

    def local(self, patch: Patch) -> tuple[FloatArray, FloatArray]:
        """The body's own coordinates at each pixel of a patch."""
        x, y = patch.grid()
        dx, dy = (
            (x - np.float32(self.x)) * np.float32(self.way / self.scale),
            (y - np.float32(self.y)) / self.scale,
        )
        c, s = np.float32(np.cos(self.lean)), np.float32(np.sin(self.lean))
        return np.asarray(dx * c - dy * s, np.float32), np.asarray(dx * s + dy * c, np.float32)

    def tilt(self, nx: FloatArray, ny: FloatArray) -> tuple[FloatArray, FloatArray]:
        """A direction of the body's frame as seen on the screen."""
        c, s = np.float32(np.cos(self.lean)), np.float32(np.sin(self.lean))
        return np.asarray((nx * c + ny * s) * np.float32(self.way)), np.asarray(-nx * s + ny * c)


def pose_of(scene: Scene, size: int) -> BirdPose:
    """The pose that a bird scene has at this size."""
    rng = stream(scene.seed, "pose")
    stance = stance_of(scene.seed)
    scale = rng.uniform(0.5, 0.9)
    reach = 0.03 + 0.28 * (0.9 - scale)
    x, y = rng.uniform(-reach, reach, 2) + (0.5, 0.52)
    lean = rng.uniform(0.1, 0.85)
    if stance == "flying":
        scale, y, lean = 0.85 * scale, y + 0.12, 0.5 * lean - 0.1
    return BirdPose(
        x * size,
        y * size,
        scale * size,
        float(rng.choice([-1.0, 1.0])),
        lean,
        rng.uniform(-0.35, 0.3),
        stance,
    )
