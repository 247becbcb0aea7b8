"""What raters are asked, as in the paper's Table 2: three questions, grades from 1 (worst) to 5 (best)."""

from dataclasses import dataclass

GRADES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Question:
    """Name in the files, heading in tables, wording on the page, and what the lowest and highest grade mean."""

    name: str
    heading: str
    wording: str
    low: str
    high: str


QUESTIONS = (
    Question(
        "relevance",
        "semantic relevance",
        "How well does the edited picture fit the sentence?",
        "not at all",
        "entirely",
    ),
    Question(
        "background",
        "background quality",
        "How well is everything else kept, all that the sentence does not mention?",
        "lost",
        "untouched",
    ),
    Question("quality", "image quality", "How good is the edited picture as a picture?", "very poor", "excellent"),
)
