"""Fig. 7: where the model looks, with the picture's own caption and with another."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mimnet.checkpoint import Model
from mimnet.evaluation.edited import inputs
from mimnet.evaluation.pairs import Pairs
from mimnet.figures.canvas import Line, Note, cell_side, draw_grid, enlarged
from mimnet.figures.look import Look, look

SHARE = 0.5  # the box holds every weight of at least this share of the largest
YELLOW = (255, 221, 0)
TITLES = ("input", "map, own caption", "reconstruction", "map, other caption", "manipulation")


def box(weight_map: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in cells of the map, the last two one beyond the box.

    >>> box(np.array([[0.1, 0.2, 0.1], [0.1, 0.8, 0.4]], np.float32))
    (1, 1, 3, 2)
    """
    rows, columns = np.nonzero(weight_map >= SHARE * weight_map.max())
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def boxed(picture: Image.Image, weight_map: NDArray[np.float32], side: int) -> Image.Image:
    """The picture at `side` with the map's box in yellow between dark lines."""
    large = enlarged(picture, side)
    height, width = weight_map.shape
    left, top, right, bottom = box(weight_map)
    x0, y0 = round(left * large.width / width), round(top * large.height / height)
    x1, y1 = round(right * large.width / width) - 1, round(bottom * large.height / height) - 1
    draw, thick = ImageDraw.Draw(large), max(2, side // 64)
    draw.rectangle((x0, y0, x1, y1), outline="black", width=thick + 2)
    draw.rectangle((x0 + 1, y0 + 1, x1 - 1, y1 - 1), outline=YELLOW, width=thick)
    return large


def localization(model: Model, pairs: Pairs, places: Sequence[int]) -> Image.Image:
    """Columns as `TITLES`; captions stand above what they made, the range of the weights below each map."""
    size = model.config.size
    side, lines = cell_side(size), []
    for place in places:
        pair = pairs.pairs[place]
        picture = inputs(pairs, [pair], size)[0]
        own, other = look(model, picture, [pair.own, pair.caption])
        cells = [Image.fromarray(picture), *_columns(own, side), *_columns(other, side)]
        above = [Note(pair.own, 1, 2), Note(pair.caption, 3, 2)]
        below = [Note(_range(x.weight_map), column, 1, soft=True) for x, column in ((own, 1), (other, 3))]
        lines.append(Line(cells, above, below))
    return draw_grid(lines, side=side, titles=TITLES)


def _columns(seen: Look, side: int) -> list[Image.Image]:
    return [boxed(x, seen.weight_map, side) for x in (seen.grey_map(), Image.fromarray(seen.result))]


def _range(weight_map: NDArray[np.float32]) -> str:
    return f"weights {weight_map.min():.2f} to {weight_map.max():.2f}"
