"""What raters send back: files of the study's page, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimnet.errors import MimnetError
from mimnet.study.key import StudyKey, read_object
from mimnet.study.questions import GRADES, QUESTIONS

FORMAT = "mimnet-study-1"


@dataclass(frozen=True)
class Sheet:
    """All answers of one rater; models are in the order of the key."""

    rater: str
    name: str  # a nickname, or nothing
    grades: NDArray[np.int64]  # items, models, questions: 1 to 5
    seconds: NDArray[np.float64]  # items, models: how long each screen was in view


def read_answers(files: Sequence[Path], key: StudyKey) -> list[Sheet]:
    """The sheets in `files`, in their order.

    Raises `MimnetError` for a file that is no answer to this study, is incomplete or damaged, or comes from a rater
    whom another file has already.
    """
    if not files:
        raise MimnetError("no file with answers")
    sheets: list[Sheet] = []
    seen: dict[str, Path] = {}
    for file in files:
        sheet = _sheet(file, key)
        if sheet.rater in seen:
            raise MimnetError(f"{file} is from the same rater as {seen[sheet.rater]} ({sheet.rater}); give one of them")
        seen[sheet.rater] = file
        sheets.append(sheet)
    return sheets


def _sheet(file: Path, key: StudyKey) -> Sheet:
    """The answers in one file."""
    told = read_object(file)
    if told.get("format") != FORMAT:
        raise MimnetError(f"{file} holds no answers (format {told.get('format')!r}, not {FORMAT!r})")
    if told.get("study") != key.study:
        raise MimnetError(f"{file} answers study {told.get('study')!r}; the key is of {key.study!r}")
    rater, name, answers = told.get("rater"), told.get("name", ""), told.get("answers")
    if not isinstance(rater, str) or not rater.isalnum() or len(rater) > 64:
        raise MimnetError(f"{file}: the rater's id is {rater!r}; the file is damaged")
    if not isinstance(name, str) or not isinstance(answers, list):
        raise MimnetError(f"{file}: name or answers are missing; the file is damaged")
    places = {model: place for place, model in enumerate(key.models)}
    grades = np.zeros((len(key.captions), len(places), len(QUESTIONS)), np.int64)
    seconds = np.zeros(grades.shape[:2])
    for number, answer in enumerate(answers, 1):
        where = f"{file}: answer {number}"
        item, model = _screen(answer, len(key.captions), places, where)
        if grades[item, model].any():
            raise MimnetError(f"{where} is the second to item {item} and model {answer['model']}")
        grades[item, model] = [_grade(answer.get(question.name), question.name, where) for question in QUESTIONS]
        seconds[item, model] = _seconds(answer.get("seconds"), where)
    if len(answers) < key.screens:
        raise MimnetError(f"{file} is incomplete: {len(answers)} of {key.screens} edits are graded")
    printable = "".join(letter for letter in name if letter.isprintable())  # it ends up on a terminal
    return Sheet(rater, printable.strip()[:80], grades, seconds)


def _screen(answer: Any, items: int, places: dict[str, int], where: str) -> tuple[int, int]:
    """Item and place of the model that an answer is about."""
    if not isinstance(answer, dict):
        raise MimnetError(f"{where} is no object; the file is damaged")
    item, model = answer.get("item"), answer.get("model")
    if type(item) is not int or not 0 <= item < items:
        raise MimnetError(f"{where} is about item {item!r}; the study has 0 to {items - 1}")
    if not isinstance(model, str) or model not in places:
        raise MimnetError(f"{where} is about model {model!r}, which is not in the key")
    return item, places[model]


def _grade(value: Any, question: str, where: str) -> int:
    if type(value) is not int or value not in GRADES:  # True is an int, but no grade
        raise MimnetError(f"{where}: {question} is {value!r}; grades go from {GRADES[0]} to {GRADES[-1]}")
    return value


def _seconds(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not 0 <= value < 1e7:
        raise MimnetError(f"{where}: seconds is {value!r}; the file is damaged")
    return float(value)
