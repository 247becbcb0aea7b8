"""Tables of a comparison as text, Markdown and CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mimnet.evaluation.colour import ColourRow
from mimnet.evaluation.comparison import Comparison
from mimnet.evaluation.published import NOT_THE_SAME
from mimnet.evaluation.rows import Figure, Row
from mimnet.metrics import frechet

Cell = str | int | float | Figure | None  # a figure is one cell to read, and several columns of numbers in CSV


@dataclass(frozen=True)
class Table:
    """A title, a head, lines of cells, and remarks below."""

    title: str
    head: list[str]
    lines: list[list[Cell]]
    remarks: list[str]
    plain: dict[str, list[Cell]] = field(default_factory=dict)  # columns of the CSV alone: head -> a cell a line

    def text(self) -> str:
        """Aligned columns."""
        lines = [self.head, *self._cells()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        rows = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        return "\n".join([self.title, "", rows[0], "-" * len(rows[0]), *rows[1:], "", *self.remarks, ""])

    def markdown(self) -> str:
        """A Markdown table."""
        lines = [self.head, ["---"] * len(self.head), *self._cells()]
        rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
        return "\n".join([f"**{self.title}**", "", *rows, "", *(f"{remark}  " for remark in self.remarks), ""])

    def csv(self) -> str:
        """Comma-separated numbers: a figure has columns for value, deviation (where one has it) and interval."""
        head, columns = [], []
        for i, name in enumerate(self.head):
            cells = [line[i] for line in self.lines]
            for more, value in _spread(cells).items():
                head.append(f"{name} {more}".strip())
                columns.append(value)
        head += list(self.plain)
        columns += list(self.plain.values())
        out = io.StringIO()
        rows = [["" if cell is None else cell for cell in line] for line in zip(*columns, strict=True)]
        csv.writer(out, lineterminator="\n").writerows([head, *rows])
        return out.getvalue()

    def _cells(self) -> list[list[str]]:
        return [[_told(cell) for cell in line] for line in self.lines]


COLUMNS = {  # of Table 1, by the name of the figure
    "is": "IS",
    "sim": "Sim",
    "diff": "Diff",
    "mp": "MP",
    "mp_of_means": "MP of means",
}
MORE = {
    "r_precision": "R-precision",
    "fid": "FID",
    "kid": "KID",
    "lpips": "LPIPS",
    "ssim_outside": "SSIM outside",
    "psnr_outside": "PSNR outside",
    "edge_ssim": "SSIM of edges inside",
    "fine_energy": "fine energy inside / before",
}
TRUTH = {
    "inside_relative": "error inside / unchanged",
    "inside": "error inside",
    "outside": "change outside",
    "iou": "IoU",
    "pointing": "pointing",
    "named": "named attributes",
    "kept": "kept attributes",
}


HEAD = ["row", "px", "n", "seeds"]
NOTHING = Figure(float("nan"), None)  # a figure that a row cannot have
NO_JUDGE = "No judges, so no IS and no Sim: name --classifier and --encoders, or let them be trained on DATA/train."
NO_TORCHMETRICS = "FID, KID and SSIM outside the map need torchmetrics: pip install 'mimnet[metrics]'."
FIRST_SEED = (
    "Leads: share of edits in which the named colour leads, in the same pictures unedited, and in real pictures whose "
    "captions name it alone; leads in map: the same with every pixel weighed by the map. Share in map: of the named "
    "colour before and after the edit, by how much it rises, and in real pictures so captioned. Of a row with several "
    "seeds the first."
)


def tables(comparison: Comparison) -> list[Table]:
    """Table 1 with the paper's figures, the further scores, known truth (drawn sets), colours (photographs)."""
    made = [table_1(comparison)]
    further = [] if frechet.available() else [NO_TORCHMETRICS]
    for title, columns, remarks in (("Further scores", MORE, further), ("Against known truth", TRUTH, [])):
        rows = [row for row in comparison.rows if any(name in row.figures for name in columns)]
        there = {name: head for name, head in columns.items() if any(name in row.figures for row in rows)}
        if there:
            lines = [[*_head(row), *(row.figures.get(name, NOTHING) for name in there)] for row in rows]
            plain = _judges(comparison, there, len(lines))
            made.append(Table(title, [*HEAD, *there.values()], lines, remarks, plain))
    if comparison.colours:
        made.append(_colours(comparison.colours))
    return made


def table_1(comparison: Comparison) -> Table:
    """The paper's Table 1 made anew, its figures beside ours."""
    lines: list[list[Cell]] = []
    notes: list[Cell] = []
    for row in comparison.rows:
        paper = row.paper()
        theirs: list[Cell] = [None] * 5
        if paper is not None:
            theirs = [paper["name"], Figure(paper["is"], None, paper["is_std"], digits=2)]
            theirs += [Figure(paper[name], None) for name in ("sim", "diff", "mp")]
        lines.append([*_head(row), *(row.figures.get(name, NOTHING) for name in COLUMNS), *theirs])
        notes.append(None if paper is None else NOT_THE_SAME)
    head = [*HEAD, *COLUMNS.values(), "paper's row", "paper IS", "paper Sim", "paper Diff", "paper MP"]
    judges = [_judge(columns, told) for columns, told in comparison.judges.named().items()]
    remarks = [NOT_THE_SAME, "Judges: " + "; ".join(judges) + "." if judges else NO_JUDGE]
    plain = _judges(comparison, COLUMNS, len(lines)) | {"remark on the paper's figures": notes}
    return Table("Table 1", head, lines, remarks, plain)


def conventions(comparison: Comparison) -> str:
    """What every score means, a line each."""
    return "\n".join(f"{name}: {text}" for name, text in comparison.conventions().items()) + "\n"


def _judge(columns: str, told: Mapping[str, Any]) -> str:
    """Who gave some columns, and how far it can be trusted where that was measured."""
    measured = told.get("kept_aside", {})
    how = ", ".join(
        f"{name.removeprefix('accuracy_').replace('_', ' ')} {value:.2f}" for name, value in measured.items()
    )
    aside = f", on pictures kept aside: {how}" if how else ""
    return f"{columns}: {told['name']} [{told['fingerprint']}]{aside}"


def _judges(comparison: Comparison, columns: Mapping[str, str], lines: int) -> dict[str, list[Cell]]:
    """For the CSV, that files put together keep the figures of different judges apart."""
    return {
        f"judge of {', '.join(columns[n] for n in given.split(', ') if n in columns)}": [
            f"{told['name']} [{told['fingerprint']}]"
        ]
        * lines
        for given, told in comparison.judges.named().items()
        if any(name in columns for name in given.split(", "))
    }


def _head(row: Row) -> list[Cell]:
    return [row.name, row.size, row.n, len(row.seeds) or None]


def _told(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, Figure):
        return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
    if cell.value != cell.value:
        return "–"
    digits = cell.digits if abs(cell.value) < 10 else 1
    told = f"{cell.value:.{digits}f}"
    if cell.std is not None:
        told += f" ± {cell.std:.{digits}f}"
    if cell.interval is not None:
        told += f" [{cell.interval[0]:.{digits}f}, {cell.interval[1]:.{digits}f}]"
    return told


def _spread(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """A column as columns of the CSV: itself, or a figure's value, deviation and interval."""
    figures = [cell if isinstance(cell, Figure) else None for cell in cells]
    if not any(figures):
        return {"": list(cells)}
    spread: dict[str, list[Cell]] = {"": [None if f is None or f.value != f.value else f.value for f in figures]}
    if any(f is not None and f.std is not None for f in figures):
        spread["std"] = [None if f is None else f.std for f in figures]
    if any(f is not None and f.interval is not None for f in figures):
        for end, name in enumerate(("low", "high")):
            spread[name] = [None if f is None or f.interval is None else f.interval[end] for f in figures]
    return spread


def _colours(rows: Sequence[ColourRow]) -> Table:
    head = [
        "row",
        "colour",
        "n",
        "leads",
        "unedited",
        "real",
        "leads in map",
        "unedited",
        "real",
        "share in map before",
        "after",
        "rise",
        "real",
        "real n",
    ]
    lines: list[list[Cell]] = []
    for name in dict.fromkeys(row.name for row in rows):
        own = [row for row in rows if row.name == name]
        for r in own:
            followed, rise = Figure(r.leads, r.leads_interval, digits=2), Figure(r.rise, r.rise_interval, digits=2)
            inside = Figure(r.leads_inside, r.leads_inside_interval, digits=2)
            line: list[Cell] = [r.name, r.colour, r.n, followed, r.leads_unedited, r.leads_real]
            line += [inside, r.led_inside, r.leads_inside_real]
            lines.append([*line, r.inside_before, r.inside_after, rise, r.inside_real, r.real])
        means = [
            sum(getattr(r, f) for r in own) / len(own)
            for f in ("leads", "leads_unedited", "leads_inside", "led_inside", "inside_before", "inside_after", "rise")
        ]
        leads, unedited, leads_in, led_in, before, after, rise = means
        line = [name, "mean", sum(r.n for r in own), Figure(leads, None, digits=2), unedited, None]
        line += [Figure(leads_in, None, digits=2), led_in, None]
        lines.append([*line, before, after, Figure(rise, None, digits=2), None, None])
    return Table("Colour-following, one-colour sentences", head, lines, [FIRST_SEED])
