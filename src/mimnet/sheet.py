"""Contact sheets: rows of pictures with a line of text above each row."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont


@dataclass(frozen=True)
class Row:
    """Pictures of one height, and the text that stands above them."""

    pictures: Sequence[Image.Image]
    text: str = ""


def contact_sheet(rows: Sequence[Row], *, side: int = 128, titles: Sequence[str] = (), gap: int = 4) -> Image.Image:
    """All rows on one white picture; every cell is `side` pixels square, pictures keep their shape.

    >>> contact_sheet([Row([Image.new("RGB", (8, 4))], "one")], side=32).size[0]
    40
    """
    font = ImageFont.load_default(max(10, side // 10))
    line = int(font.getbbox("Ag")[3]) + 3
    columns = max(len(row.pictures) for row in rows)
    width = gap + columns * (side + gap)
    texts = [_wrapped(row.text, font, width - 2 * gap) for row in rows]
    head = line if titles else 0
    height = gap + head + sum(side + gap + line * len(text) for text in texts)
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(titles):
        draw.text((gap + column * (side + gap), gap // 2), title, "black", font=font)
    top = gap + head
    for row, text in zip(rows, texts, strict=True):
        for words in text:
            draw.text((gap, top), words, "black", font=font)
            top += line
        for column, picture in enumerate(row.pictures):
            fitted = picture.convert("RGB")
            scale = side / max(fitted.size)
            size = (max(1, round(fitted.width * scale)), max(1, round(fitted.height * scale)))
            method = Image.Resampling.NEAREST if scale >= 2 else Image.Resampling.LANCZOS
            left = gap + column * (side + gap)
            sheet.paste(fitted.resize(size, method), (left, top))
        top += side + gap
    return sheet


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    if not text:
        return []
    letters = max(8, int(width / font.getlength("abcdefghij ") * 11))
    return [line for part in text.splitlines() for line in textwrap.wrap(part, letters)]
