"""Tables of a comparison as text, Markdown and CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from mimnet.evaluation.colour import ColourRow
from mimnet.evaluation.comparison import Comparison
from mimnet.evaluation.published import NOT_THE_SAME, TABLE_1
from mimnet.evaluation.rows import Figure, Row


@dataclass(frozen=True)
class Table:
    """A title, a head, lines of cells, and remarks below."""

    title: str
    head: list[str]
    lines: list[list[str]]
    remarks: list[str]

    def text(self) -> str:
        """Aligned columns."""
        widths = [max(len(line[i]) for line in [self.head, *self.lines]) for i in range(len(self.head))]
        rows = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
            for line in [self.head, *self.lines]
        ]
        return "\n".join([self.title, "", rows[0], "-" * len(rows[0]), *rows[1:], "", *self.remarks, ""])

    def markdown(self) -> str:
        """A Markdown table."""
        lines = [self.head, ["---"] * len(self.head), *self.lines]
        rows = ["| " + " | ".join(line) + " |" for line in lines]
        return "\n".join([f"**{self.title}**", "", *rows, "", *(f"{remark}  " for remark in self.remarks), ""])

    def csv(self) -> str:
        """Comma-separated values, without title and remarks."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.head, *self.lines])
        return out.getvalue()


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


def tables(comparison: Comparison) -> list[Table]:
    """Table 1 with the paper's figures, the further scores, known truth (drawn sets), colours (photographs)."""
    made = [table_1(comparison)]
    for title, columns in (("Further scores", MORE), ("Against known truth", TRUTH)):
        rows = [row for row in comparison.rows if any(name in row.figures for name in columns)]
        there = {name: head for name, head in columns.items() if any(name in row.figures for row in rows)}
        if there:
            lines = [[*_head(row), *(_cell(row.figures.get(name)) for name in there)] for row in rows]
            made.append(Table(title, [*HEAD, *there.values()], lines, []))
    if comparison.colours:
        made.append(_colours(comparison.colours))
    return made


HEAD = ["row", "px", "n", "seeds"]
NO_JUDGE = "No judges, so no IS and no Sim: name --classifier and --encoders, or let them be trained on DATA/train."


def table_1(comparison: Comparison) -> Table:
    """The paper's Table 1 made anew, its figures beside ours."""
    head = [*HEAD, *COLUMNS.values(), "paper's row", "paper IS", "paper Sim", "paper Diff", "paper MP"]
    lines = []
    for row in comparison.rows:
        stage = "coarse" if "(coarse" in row.name else "last"
        paper = TABLE_1.get((row.part or "", stage))
        theirs = ["", "", "", "", ""]
        if paper is not None:
            name, score, deviation, sim, diff, mp = paper
            spread = "" if deviation is None else f" ± {deviation:.2f}"
            theirs = [name, f"{score:.2f}{spread}", f"{sim:.3f}", f"{diff:.3f}", f"{mp:.3f}"]
        lines.append([*_head(row), *(_cell(row.figures.get(name)) for name in COLUMNS), *theirs])
    judges = [f"{columns}: {j['name']} [{j['fingerprint']}]" for columns, j in comparison.judges.named().items()]
    remarks = [NOT_THE_SAME, "Judges: " + "; ".join(judges) + "." if judges else NO_JUDGE]
    return Table("Table 1", head, lines, remarks)


def conventions(comparison: Comparison) -> str:
    """What every score means, a line each."""
    return "\n".join(f"{name}: {text}" for name, text in comparison.conventions().items()) + "\n"


def _head(row: Row) -> list[str]:
    return [row.name, str(row.size), str(row.n), str(len(row.seeds) or "")]


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value != figure.value:
        return "–"
    digits = 3 if abs(figure.value) < 10 else 1
    told = f"{figure.value:.{digits}f}"
    if figure.std is not None:
        told += f" ± {figure.std:.{digits}f}"
    if figure.interval is not None:
        told += f" [{figure.interval[0]:.{digits}f}, {figure.interval[1]:.{digits}f}]"
    return told


def _colours(rows: Sequence[ColourRow]) -> Table:
    head = ["row", "colour", "n", "leads in edits", "unedited", "real so captioned", "share in map", "share in real"]
    lines = []
    for r in rows:
        low, high = r.leads_interval
        real = "none" if r.leads_real is None else f"{r.leads_real:.2f} (of {r.real})"
        rise = f"{r.inside_before:.2f} -> {r.inside_after:.2f} (+[{r.rise_interval[0]:.2f}, {r.rise_interval[1]:.2f}])"
        share = "none" if r.share_real is None else f"{r.share_real:.2f}"
        followed = f"{r.leads:.2f} [{low:.2f}, {high:.2f}]"
        lines.append([r.name, r.colour, str(r.n), followed, f"{r.leads_unedited:.2f}", real, rise, share])
    return Table("Colour-following, one-colour sentences", head, lines, [])
