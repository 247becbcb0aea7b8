"""Rendering: a scene to its picture and masks, and the true mask of an edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimnet.data.drawn import bird, flower, top
from mimnet.data.drawn.background import paint_background, paint_occluder
from mimnet.data.drawn.colour import FloatArray
from mimnet.data.drawn.light import develop, develop_studio, light_of
from mimnet.data.drawn.paint import Canvas
from mimnet.data.drawn.scene import PARTS, Scene, named_parts, stance_of, true_edit

SMALLEST, LARGEST = 16, 256


@dataclass(frozen=True)
class Rendering:
    """A picture, uint8 (size, size, 3), and the visible alpha of each part, uint8 (size, size), 0..255.

    The masks are those of the kind's parts (PARTS) and "object", which also holds
    a bird's legs and eye and a top's print.
    """

    image: NDArray[np.uint8]
    masks: dict[str, NDArray[np.uint8]]


def check_size(size: int) -> None:
    """Raise ValueError unless a picture can be that large."""
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size {size} is out of range; use {SMALLEST}..{LARGEST}")


def render_float(scene: Scene, size: int) -> tuple[FloatArray, dict[str, FloatArray]]:
    """The picture, float32 (size, size, 3) in 0..1, and the masks, float32 (size, size), before rounding.

    Where no part that differs is visible, two scenes that differ in attributes alone agree exactly.
    """
    check_size(size)
    light = light_of(scene.seed)
    shop = scene.kind == "top"
    grounded = scene.kind == "bird" and stance_of(scene.seed) == "standing"
    ground = top.paint_ground(size) if shop else paint_background(scene.seed, size, grounded)
    canvas = Canvas(ground, (*PARTS[scene.kind], "object"))
    if shop:
        top.paint_top(canvas, scene, light)
    elif scene.kind == "flower":
        flower.paint_scenery(canvas, scene, light)
        paint_occluder(canvas, light, scene.seed, *flower.paint_flower(canvas, scene, light))
    else:
        bird.paint_scenery(canvas, scene, light)
        paint_occluder(canvas, light, scene.seed, *bird.paint_bird(canvas, scene, light))
    masks = {part: np.clip(mask, 0.0, 1.0) for part, mask in canvas.masks.items()}
    masks["object"] = np.clip(sum(canvas.masks.values(), np.float32(0.0)), 0.0, 1.0).astype(np.float32)
    return (develop_studio if shop else develop)(canvas.picture, scene.seed), masks


def _bytes(values: FloatArray) -> NDArray[np.uint8]:
    return np.asarray(np.rint(values * 255.0), np.uint8)


def render(scene: Scene, size: int) -> Rendering:
    """Draw a scene as a picture of size x size pixels (16..256), always the same for the same scene."""
    picture, masks = render_float(scene, size)
    return Rendering(_bytes(picture), {part: _bytes(mask) for part, mask in masks.items()})


def true_mask(scene: Scene, attributes: Mapping[str, str], size: int) -> NDArray[np.uint8]:
    """Where an edit to these attributes may change the picture: uint8 (size, size), alpha 0..255.

    It is the visible alpha of the parts that the attributes name, before or after the edit, whichever is
    greater; all 0 if they name none. It is rounded up: where it is 0 the edit changes nothing.
    ValueError for attributes of another kind of object.
    """
    parts = named_parts(scene.kind, attributes)
    edited = true_edit(scene, attributes)
    alpha = np.zeros((size, size), np.float32)
    for one in (scene,) if edited == scene else (scene, edited):
        _, masks = render_float(one, size)
        alpha = np.maximum(alpha, sum((masks[part] for part in parts), np.zeros_like(alpha)))
    return np.asarray(np.ceil(np.clip(alpha, 0.0, 1.0) * np.float32(255)), np.uint8)
