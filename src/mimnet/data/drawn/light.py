"""Light on a scene: its direction, its colour, its dapples, and the noise of the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimnet.data.drawn.colour import FloatArray, stream
from mimnet.data.drawn.paint import cloud


@dataclass(frozen=True)
class Light:
    """A direction towards the light (x right, y down, z to the viewer; length 1) and its character."""

    x: float
    y: float
    z: float
    contrast: float
    soft: float  # blur of the object's edges, as a share of the picture's width

    def on(self, nx: FloatArray | float, ny: FloatArray | float, nz: FloatArray | float) -> FloatArray:
        """Brightness on a surface with that normal; 1 where it faces the viewer."""
        facing = self.x * nx + self.y * ny + self.z * nz
        return np.asarray(np.clip(1.0 + self.contrast * (facing - self.z), 0.3, 1.4), np.float32)


def light_of(seed: int) -> Light:
    """The light of a scene: mostly from above."""
    rng = stream(seed, "light")
    angle = rng.uniform(-np.pi, 0.0) if rng.random() < 0.85 else rng.uniform(0.0, np.pi)
    height = rng.uniform(0.45, 0.85)
    flat = np.sqrt(1.0 - height**2)
    return Light(
        x=float(flat * np.cos(angle)),
        y=float(flat * np.sin(angle)),
        z=float(height),
        contrast=float(rng.uniform(0.28, 0.6)),
        soft=float(rng.uniform(0.0012, 0.0045)),
    )


def develop(picture: FloatArray, seed: int) -> FloatArray:
    """Light, tint, vignette and sensor noise over a painted picture (size, size, 3).

    Each pixel depends on itself alone, so a pixel that an edit left alone stays exactly as it was.
    """
    size = picture.shape[0]
    rng = stream(seed, "develop")
    dapple = 1.0 + rng.uniform(0.03, 0.14) * np.clip(cloud(rng, size, (3, 6)), -1.5, 1.5)
    axis = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    vignette = 1.0 - rng.uniform(0.0, 0.16) * (axis[None, :] ** 2 + axis[:, None] ** 2)
    warmth = rng.uniform(-0.05, 0.06)
    gain = rng.uniform(0.9, 1.06) * np.array([1.0 + warmth, 1.0, 1.0 - warmth])
    haze = rng.uniform(0.0, 0.05)
    field = (dapple * vignette).astype(np.float32)
    out = picture * (field[..., None] * gain.astype(np.float32) * np.float32(1.0 - haze)) + np.float32(haze)
    sigma = rng.uniform(0.004, 0.022)
    grain = stream(seed, "grain", size).standard_normal((size, size, 4), np.float32)
    out += (grain[..., :3] + grain[..., 3:]) * np.float32(sigma * 0.7)
    return np.asarray(np.clip(out, 0.0, 1.0), np.float32)


def develop_studio(picture: FloatArray, seed: int) -> FloatArray:
    """The even light of a studio over a painted picture (size, size, 3): the white ground stays white.

    Each pixel depends on itself alone, as in `develop`.
    """
    size = picture.shape[0]
    rng = stream(seed, "develop")
    warmth = rng.uniform(-0.012, 0.012)
    gain = rng.uniform(1.02, 1.06) * np.array([1.0 + warmth, 1.0, 1.0 - warmth], np.float32)
    haze = np.float32(rng.uniform(0.0, 0.03))
    out = picture * (gain * (1.0 - haze)).astype(np.float32) + haze
    sigma = np.float32(rng.uniform(0.001, 0.006))
    grain = stream(seed, "grain", size).standard_normal((size, size, 3), np.float32)
    out += grain * sigma * (picture.min(axis=2, keepdims=True) < 1.0)  # the ground is beyond what the film can hold
    return np.asarray(np.clip(out, 0.0, 1.0), np.float32)
