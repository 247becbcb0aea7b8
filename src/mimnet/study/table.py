"""The study's table: with every rater, without those in doubt, and the paper's figures beside it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mimnet.errors import MimnetError
from mimnet.study.answers import Sheet
from mimnet.study.attention import Flag, flags
from mimnet.study.figures import Cell, Figures, figures
from mimnet.study.key import StudyKey
from mimnet.study.paper import CAVEAT, PAPER
from mimnet.study.questions import QUESTIONS

CONVENTION = (
    "Mean ± standard deviation (divisor n) over all grades; in brackets the 95% interval of the mean over raters "
    "(bootstrap). Differences of models: sign-flip permutation test on raters' means, Holm-corrected over the pairs of "
    "a question. Intervals and p speak of other raters of these pictures, not of other pictures. Agreement: "
    "Krippendorff's alpha for ordered grades."
)


@dataclass(frozen=True)
class StudyTable:
    """A study's outcome."""

    study: str
    items: int
    models: tuple[str, ...]
    all: Figures
    kept: Figures | None  # without the flagged; none where nobody or everybody is flagged
    flagged: tuple[Flag, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything, for json.dumps."""
        return {
            "format": "mimnet-study-table-1",
            "study": self.study,
            "items": self.items,
            "models": list(self.models),
            "convention": CONVENTION,
            "all": asdict(self.all),
            "without_flagged": asdict(self.kept) if self.kept else None,
            "flagged": [asdict(flag) for flag in self.flagged],
            "paper": {
                name: {
                    question.name: {"mean": mean, "std": std}
                    for question, (mean, std) in zip(QUESTIONS, row, strict=True)
                }
                for name, row in PAPER.items()
            },
            "paper_caveat": CAVEAT,
        }

    def to_text(self) -> str:
        """For a terminal."""
        return "\n\n".join(f"{title}\n{body}" if title else body for title, body in self._parts(_columns))

    def to_markdown(self) -> str:
        """For a document."""
        return "\n\n".join(f"**{title}**\n\n{body}" if title else body for title, body in self._parts(_pipes)) + "\n"

    def _parts(self, grid: "Callable[[Sequence[Row]], str]") -> Iterable[tuple[str, str]]:
        """Titles and bodies, in order."""
        asked = [question.heading for question in QUESTIONS]
        for figures_, title in ((self.all, "All raters"), (self.kept, "Without the raters in doubt")):
            if figures_ is None:
                continue
            title = f"{title} ({figures_.raters})"
            rows = [[m, *(_cell(figures_.cell(m, q.name)) for q in QUESTIONS)] for m in self.models]
            rows.append(["agreement (alpha)", *(_alpha(figures_.alpha[q.name]) for q in QUESTIONS)])
            yield (
                f"{title}: {self.items} pairs, {figures_.cells[0].n} grades per model and question",
                grid([["", *asked], *rows]),
            )
            if figures_.pairs:
                rows = [
                    [f"{p.first} − {p.second}", p.question, f"{p.difference:+.2f}", _p(p.p), _p(p.p_holm)]
                    for p in figures_.pairs
                ]
                yield f"{title}: differences", grid([["models", "question", "difference", "p", "p, corrected"], *rows])
        if self.flagged:
            rows = [[flag.rater, flag.name, "; ".join(flag.reasons)] for flag in self.flagged]
            yield f"Raters in doubt ({len(self.flagged)})", grid([["rater", "name", "why"], *rows])
            if self.kept is None:
                yield "", "All raters are in doubt, so there is no table without them."
        rows = [[name, *(f"{mean:.2f} ± {std:.2f}" for mean, std in row)] for name, row in PAPER.items()]
        yield "The paper's Table 2", grid([["", *asked], *rows])
        yield "", CAVEAT
        yield "", CONVENTION


def study_table(sheets: Sequence[Sheet], key: StudyKey, *, seed: int = 0) -> StudyTable:
    """The outcome of a study; `seed` draws resamples and sign flips, so the same answers give the same table."""
    if not sheets:
        raise MimnetError("no rater's answers")
    flagged = tuple(flags(sheets))
    doubtful = {flag.rater for flag in flagged}
    trusted = [sheet for sheet in sheets if sheet.rater not in doubtful]
    kept = figures(trusted, key, seed=seed) if doubtful and trusted else None
    models = tuple(sorted(key.models.values()))
    return StudyTable(key.study, len(key.captions), models, figures(sheets, key, seed=seed), kept, flagged)


def _cell(cell: Cell) -> str:
    spread = f"{cell.mean:.2f} ± {cell.std:.2f}"
    return spread if cell.low is None else f"{spread} [{cell.low:.2f}, {cell.high:.2f}]"


def _alpha(alpha: float | None) -> str:
    return "–" if alpha is None else f"{alpha:.2f}"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


Row = Sequence[str]


def _columns(rows: Sequence[Row]) -> str:
    """Columns of equal width; the first row is the head.

    >>> print(_columns([["", "x"], ["a", "12"]]))
       x
    a  12
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _pipes(rows: Sequence[Row]) -> str:
    """A Markdown table; the first row is the head.

    >>> print(_pipes([["", "x|y"], ["a", "12"]]))
    |  | x\\|y |
    | --- | --- |
    | a | 12 |
    """
    safe = [[text.replace("\\", "\\\\").replace("|", "\\|") for text in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in safe]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
