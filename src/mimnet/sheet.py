"""Contact sheets: rows of pictures with a line of text above each row."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont


@dataclass(frozen=True)
class Row:
    """Pictures of one height, and the text that stands above them; a row may be text alone."""

    pictures: Sequence[Image.Image]
    text: str = ""


def contact_sheet(rows: Sequence[Row], *, side: int = 128, titles: Sequence[str] = (), gap: int = 4) -> Image.Image:
    """All rows on one white picture; every picture is brought to `side` pixels on its longer side.

    >>> contact_sheet([Row([Image.new("RGB", (8, 4))])], side=32).size
    (40, 24)
    """
    font = ImageFont.load_default(max(10, side // 10))
    line = int(font.getbbox("Ag")[3]) + 3
    columns = max(len(row.pictures) for row in rows)
    width = gap + columns * (side + gap)
    texts = [_wrapped(row.text, font, width - 2 * gap) for row in rows]
    cells = [[_fitted(picture, side) for picture in row.pictures] for row in rows]
    heights = [max((cell.height for cell in row), default=0) for row in cells]
    head = line if titles else 0
    height = gap + head + sum(h + gap + line * len(text) for h, text in zip(heights, texts, strict=True))
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(titles):
        draw.text((gap + column * (side + gap), gap // 2), title, "black", font=font)
    top = gap + head
    for row, high, text in zip(cells, heights, texts, strict=True):
        for words in text:
            draw.text((gap, top), words, "black", font=font)
            top += line
        for column, cell in enumerate(row):
            sheet.paste(cell, (gap + column * (side + gap), top))
        top += high + gap
    return sheet


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    method = Image.Resampling.NEAREST if scale >= 2 else Image.Resampling.LANCZOS
    return picture.convert("RGB").resize(size, method)


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    if not text:
        return []
    letters = max(8, int(width / font.getlength("abcdefghij ") * 11))
    return [line for part in text.splitlines() for line in textwrap.wrap(part, letters)]
