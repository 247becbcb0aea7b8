"""The editor's strength, from nothing to more than the edit."""

from collections.abc import Sequence

from PIL import Image

from mimnet.checkpoint import Model
from mimnet.editor import Editor
from mimnet.engines.torch import TorchEngine
from mimnet.errors import MimnetError
from mimnet.evaluation.pairs import Pairs
from mimnet.figures.canvas import Line, Note, cell_side, draw_grid
from mimnet.images import open_picture

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)


def strength(model: Model, pairs: Pairs, places: Sequence[int]) -> Image.Image:
    """One line a pair, one column a strength, of the pictures as they are in their files.

    Pairs whose caption has no word that the model knows are left out; `MimnetError` if none is left.
    """
    editor, lines = Editor(TorchEngine(model)), []
    for place in places:
        pair = pairs.pairs[place]
        try:
            editor.encode(pair.caption)
        except MimnetError:
            continue
        opened = editor.open(open_picture(pairs.split / pair.file))
        edits = [editor.edit(opened, pair.caption, strength=value) for value in STRENGTHS]
        remark = "" if edits[-1].changed else " (the model sees nothing to change)"
        lines.append(Line([edit.picture for edit in edits], [Note(pair.caption + remark)]))
    if not lines:
        raise MimnetError("the model knows no word of the captions shown")
    titles = [f"strength {value:g}" for value in STRENGTHS]
    longest = max(max(cell.size) for line in lines for cell in line.cells if isinstance(cell, Image.Image))
    return draw_grid(lines, side=min(256, cell_side(longest)), titles=titles)
