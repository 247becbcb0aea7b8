"""A study of drawn pictures, and raters who answer it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimnet.study.answers import Sheet
from mimnet.study.key import StudyKey
from mimnet.study.page import StudyItem

NAMES = ("zebra-full", "walrus-plain")


def drawn_items(count: int = 3, side: int = 48, names: Sequence[str] = NAMES) -> list[StudyItem]:
    """Discs on a ground; every model has a colour of its own."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[:side, :side]
    disc = (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < (side / 3) ** 2
    items = []
    for number in range(count):
        picture = np.full((side, side, 3), rng.integers(0, 256, 3), np.uint8)
        picture[rng.random((side, side)) < 0.2] = 40
        edits = {name: np.where(disc[..., None], rng.integers(0, 256, 3), picture).astype(np.uint8) for name in names}
        items.append(StudyItem(f"a disc of colour {number} & <b>more</b>", picture, edits))
    return items


def small_key(items: int = 30, names: Sequence[str] = NAMES) -> StudyKey:
    return StudyKey("feed", {f"id{n}": name for n, name in enumerate(names)}, tuple(f"text {n}" for n in range(items)))


def honest_sheets(
    raters: int, key: StudyKey, effects: dict[str, float], *, seed: int, noise: float = 0.9
) -> list[Sheet]:
    """Raters with a strictness of their own, items that are hard or easy for all, and models that differ by `effects`.

    A model's effect shifts all three questions.
    """
    rng = np.random.default_rng(seed)
    items, models = len(key.captions), len(key.models)
    worth = 3 + rng.normal(0, 0.8, (items, 1, 3)) + np.array([effects[m] for m in key.models.values()])[:, None]
    sheets = []
    for number in range(raters):
        felt = worth + rng.normal(0, 0.4) + rng.normal(0, noise, worth.shape)
        grades = np.clip(np.rint(felt), 1, 5).astype(np.int64)
        sheets.append(Sheet(f"honest{number}", "", grades, rng.gamma(4, 2.5, (items, models)) + 1))
    return sheets


def random_sheet(name: str, key: StudyKey, *, seed: int, seconds: float = 6.0) -> Sheet:
    rng = np.random.default_rng(seed)
    shape = (len(key.captions), len(key.models))
    return Sheet(name, "", rng.integers(1, 6, (*shape, 3)), np.full(shape, seconds))


def answers_of(sheet: Sheet, key: StudyKey) -> dict[str, Any]:
    """What the page would save."""
    names = ("relevance", "background", "quality")
    answers = [
        {"item": item, "model": model, **dict(zip(names, map(int, sheet.grades[item, place]), strict=True))}
        | {"seconds": float(sheet.seconds[item, place])}
        for item in range(len(key.captions))
        for place, model in enumerate(key.models)
    ]
    told = {"study": key.study, "format": "mimnet-study-1", "rater": sheet.rater, "name": sheet.name}
    return told | {"seconds": float(sheet.seconds.sum()), "answers": answers}


def write_answers(folder: Path, sheets: Sequence[Sheet], key: StudyKey) -> list[Path]:
    files = []
    for sheet in sheets:
        files.append(folder / f"answers-{sheet.rater}.json")
        files[-1].write_text(json.dumps(answers_of(sheet, key)))
    return files
