"""Drawn tops, whose true edits are known, and a captioned set of them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimnet.data.batches import Captions
from mimnet.data.drawn import Scene, render, sample_scene, species_of, true_edit
from mimnet.data.folder import Captioned
from mimnet.text import Vocabulary

SIDE = 96
NECKS = ("round", "v")


def plain_tops(count: int) -> list[Scene]:
    """Tops without a pattern, all with round necks and short sleeves."""
    ids = species_of("top")
    scenes = [sample_scene(i, "top", ids[7 * i % len(ids)]) for i in range(count)]
    return [true_edit(scene, {"pattern": "plain", "neck": "round", "sleeve": "short sleeve"}) for scene in scenes]


def drawn(scene: Scene, **changes: str) -> NDArray[np.uint8]:
    """A scene with some of its attributes otherwise."""
    return render(true_edit(scene, changes), SIDE).image


def another_colour(scene: Scene) -> str:
    """A colour that the scene's top does not have."""
    return "blue" if scene.attributes["colour"] == "red" else "red"


def error_left(before: NDArray[np.uint8], after: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """Of the difference to the truth where an edit should change something."""
    where = np.abs(truth.astype(int) - before).max(-1) > 24
    left, start = (np.abs(truth.astype(int) - one)[where].mean() for one in (after, before))
    return float(left / start)


def captioned_tops(
    count: int, sleeves: tuple[str, str], misnamed: Mapping[int, str] | None = None
) -> tuple[NDArray[np.uint8], Captions, Vocabulary]:
    """Tops with two necks and two sleeves each, red or blue; captions of `misnamed` ones name another neck."""
    pictures, captions = [], []
    for number, scene in enumerate(plain_tops(count)):
        neck, sleeve, colour = NECKS[number % 2], sleeves[number // 2 % 2], ("red", "blue")[number // 4 % 2]
        pictures.append(drawn(scene, neck=neck, sleeve=sleeve, colour=colour))
        captions.append(f"a {(misnamed or {}).get(number, neck)} neck {sleeve} {colour} shirt")
    vocabulary = Vocabulary.from_captions(captions, least=1)
    given = [Captioned(Path(f"{i}.png"), (text,), None) for i, text in enumerate(captions)]
    return np.stack(pictures), Captions(given, vocabulary, 12), vocabulary
