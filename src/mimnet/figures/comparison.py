"""Fig. 5 and 6: input, caption and the edits of every model side by side."""

from collections.abc import Mapping, Sequence

from PIL import Image

from mimnet.evaluation.painter import Painter
from mimnet.figures.canvas import Line, cell_side, draw_grid
from mimnet.figures.shown import Shown

ORDER = ("no memory", "no L_pgt, no L_mem", "no L_pgt", "no L_mem", "full")  # columns of the paper's Fig. 6


def comparison(rows: Sequence[Shown], titles: Mapping[str, str]) -> Image.Image:
    """Input | caption | every model of `titles` (name of the row -> title of its column), in that order."""
    lines = []
    for shown in rows:
        made = [Image.fromarray(shown.results[name].picture) for name in titles]
        lines.append(Line([Image.fromarray(shown.picture), shown.pair.caption, *made]))
    side = cell_side(max(shown.picture.shape[0] for shown in rows))
    return draw_grid(lines, side=side, titles=["input", "caption", *titles.values()])


def ablations(painters: Mapping[str, Painter]) -> dict[str, str]:
    """Rows that stand for one of the paper's, in its order, with titles that say which."""
    parts = {name: painter.part for name, painter in painters.items()}
    known = [name for name, part in parts.items() if part in ORDER]
    titles = {}
    for name in sorted(known, key=lambda name: ORDER.index(str(parts[name]))):
        same = _plain(name) == _plain(str(parts[name]))
        titles[name] = name if same else f"{name}\n{parts[name]}"
    return titles


def _plain(text: str) -> str:
    """
    >>> _plain("no L_pgt, no L_mem") == _plain("no-pgt-no-lmem"), _plain("no-lmem") == _plain("no L_mem")
    (True, True)
    """
    letters = "".join(c for c in text.lower() if c.isalnum())
    return letters.replace("lmem", "mem").replace("lpgt", "pgt")
