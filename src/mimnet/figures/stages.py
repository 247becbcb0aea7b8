"""Fig. 8: every picture on the way from the input to the result."""

from collections.abc import Sequence

from PIL import Image

from mimnet.checkpoint import Model
from mimnet.evaluation.edited import inputs
from mimnet.evaluation.pairs import Pairs
from mimnet.figures.canvas import Line, Note, cell_side, draw_grid
from mimnet.figures.look import look, mimnet


def stages(model: Model, pairs: Pairs, places: Sequence[int]) -> Image.Image:
    """Input | boundary | weight map | coarse | fine, and the pasted result where the model is used so."""
    _, config = mimnet(model)
    size, names = config.size, ("coarse", "fine")[: config.stages]
    sizes = [size // 2, size]
    titles = ["input", "boundary", "weight map"]
    titles += [f"{name}\n{pixels} px" for name, pixels in zip(names, sizes, strict=False)]
    if config.paste:
        titles.append("result, pasted")
    lines = []
    for place in places:
        pair = pairs.pairs[place]
        picture = inputs(pairs, [pair], size)[0]
        seen = look(model, picture, [pair.caption])[0]
        cells = [Image.fromarray(picture), Image.fromarray(seen.boundary), seen.grey_map()]
        cells += [Image.fromarray(stage) for stage in seen.stages]
        if config.paste:
            cells.append(Image.fromarray(seen.result))
        lines.append(Line(cells, [Note(pair.caption)]))
    return draw_grid(lines, side=cell_side(size), titles=titles)
