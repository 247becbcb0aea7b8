"""Figures as grids: pictures in columns with titles, text beside, above and below them, on white."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

INK, SOFT = "#111111", "#5a5a5a"
SIDE = 192  # least side of a cell in pixels, so that letters of a tenth of it can be read
SMALL = 64  # a picture below this is shown in its own pixels; a larger one is smoothed


@dataclass(frozen=True)
class Note:
    """Text over or under some columns of a line."""

    text: str
    column: int = 0
    span: int | None = None  # columns; None: all that are left
    soft: bool = False  # grey


@dataclass(frozen=True)
class Line:
    """One line of a grid: a picture, a text or nothing ("") for every column."""

    cells: Sequence[Image.Image | str]
    above: Sequence[Note] = ()
    below: Sequence[Note] = ()


@dataclass(frozen=True)
class Grid:
    """Sizes in pixels of a figure's parts, all from the side of a cell."""

    side: int
    widths: tuple[int, ...]  # of the columns

    @property
    def gap(self) -> int:
        """Between columns, and around the figure."""
        return max(4, self.side // 24)

    def left(self, column: int) -> int:
        """Where a column begins."""
        return self.gap + sum(self.widths[:column]) + column * self.gap

    def span(self, note: Note) -> int:
        """Pixels that a note may be wide."""
        last = len(self.widths) - 1 if note.span is None else note.column + note.span - 1
        return self.left(last) + self.widths[last] - self.left(note.column)

    @property
    def width(self) -> int:
        """Of the whole figure."""
        return self.left(len(self.widths))


def cell_side(size: int) -> int:
    """The least whole multiple of a picture's side that is at least `SIDE`.

    >>> cell_side(32), cell_side(48), cell_side(128), cell_side(256)
    (192, 192, 256, 256)
    """
    return -(-SIDE // size) * size


def draw_grid(
    lines: Sequence[Line], *, side: int, titles: Sequence[str] = (), wide: Mapping[int, float] | None = None
) -> Image.Image:
    """Titles (a second line of one is grey), then the lines. `wide` makes columns so many cells wide.

    >>> draw_grid([Line([Image.new("RGB", (8, 8)), "text"])], side=192).size
    (408, 208)
    """
    columns = max(len(line.cells) for line in lines)
    grid = Grid(side, tuple(round(side * (wide or {}).get(i, 1.0)) for i in range(columns)))
    titled, noted = ImageFont.load_default(max(11, side // 10)), ImageFont.load_default(max(10, round(side / 11.5)))
    heads = [_title(title, titled, noted, grid.widths[i]) for i, title in enumerate(titles)]
    head = max((sum(high(font) for _, font, _ in rows) for rows in heads), default=0)
    heights = [max(_shown(cell, side)[1] for cell in line.cells) for line in lines]
    aboves = [_notes(line.above, grid, noted) for line in lines]
    belows = [_notes(line.below, grid, noted) for line in lines]
    row_gap = grid.gap * 2 if any(aboves) or any(belows) else grid.gap
    total = grid.gap + (head + grid.gap // 2 if head else 0) - row_gap + grid.gap
    for height, above, below in zip(heights, aboves, belows, strict=True):
        total += _tall(above, noted) + height + _tall(below, noted) + row_gap
    sheet = Image.new("RGB", (grid.width, total), "white")
    draw = ImageDraw.Draw(sheet)
    top = grid.gap
    for column, rows in enumerate(heads):  # titles stand on the pictures, so short ones begin lower
        y = top + head - sum(high(font) for _, font, _ in rows)
        for text, font, colour in rows:
            x = grid.left(column) + (grid.widths[column] - font.getlength(text)) / 2
            draw.text((round(x), y), text, colour, font=font)
            y += high(font)
    top += head + grid.gap // 2 if head else 0
    for line, height, above, below in zip(lines, heights, aboves, belows, strict=True):
        _write(draw, above, line.above, grid, noted, top)
        top += _tall(above, noted)
        for column, cell in enumerate(line.cells):
            x = grid.left(column)
            if isinstance(cell, str):
                _text_cell(draw, cell, (x, top, grid.widths[column], height), noted)
            else:
                fitted = enlarged(cell, side)
                sheet.paste(
                    fitted, (x + (grid.widths[column] - fitted.width) // 2, top + (height - fitted.height) // 2)
                )
        _write(draw, below, line.below, grid, noted, top + height + grid.gap // 3)
        top += height + _tall(below, noted) + row_gap
    return sheet


def enlarged(picture: Image.Image, side: int) -> Image.Image:
    """The picture with its longer side `side`: in its own pixels where it is small and they stay squares."""
    size = _shown(picture, side)
    scale = side / max(picture.size)
    if max(picture.size) < SMALL and scale >= 2 and side % max(picture.size) == 0:
        method = Image.Resampling.NEAREST
    else:
        method = Image.Resampling.BICUBIC if scale >= 1 else Image.Resampling.LANCZOS
    return picture.convert("RGB").resize(size, method)


def wrapped(text: str, font: Font, width: float) -> list[str]:
    """Lines no wider than `width`; a longer word is broken.

    >>> wrapped("one two three", ImageFont.load_default(10), 45)
    ['one two', 'three']
    """
    lines: list[str] = []
    for part in text.splitlines():
        line = ""
        for word in part.split():
            grown = f"{line} {word}" if line else word
            if font.getlength(grown) <= width:
                line = grown
                continue
            if line:
                lines.append(line)
            while font.getlength(word) > width and len(word) > 1:
                fits = max(1, max((n for n in range(len(word)) if font.getlength(word[:n]) <= width), default=1))
                hyphen = word.rfind("-", 0, fits) + 1
                lines.append(word[: hyphen or fits])
                word = word[hyphen or fits :]
            line = word
        lines.append(line)
    return lines


def high(font: Font) -> int:
    """Of a line of text, in pixels."""
    return round(font.getbbox("Ag")[3] * 1.22)


def _shown(cell: Image.Image | str, side: int) -> tuple[int, int]:
    if isinstance(cell, str):
        return (side, 0)
    scale = side / max(cell.size)
    return max(1, round(cell.width * scale)), max(1, round(cell.height * scale))


def _title(title: str, titled: Font, noted: Font, width: int) -> list[tuple[str, Font, str]]:
    first, _, second = title.partition("\n")
    rows = [(text, titled, INK) for text in wrapped(first, titled, width)]
    return rows + [(text, noted, SOFT) for text in wrapped(second, noted, width)]


def _notes(notes: Sequence[Note], grid: Grid, font: Font) -> list[list[str]]:
    return [wrapped(note.text, font, grid.span(note)) for note in notes]


def _tall(texts: Sequence[Sequence[str]], font: Font) -> int:
    return max((len(text) for text in texts), default=0) * high(font)


def _write(
    draw: ImageDraw.ImageDraw, texts: list[list[str]], notes: Sequence[Note], grid: Grid, font: Font, top: int
) -> None:
    for note, text in zip(notes, texts, strict=True):
        for number, words in enumerate(text):
            at = (grid.left(note.column), top + number * high(font))
            draw.text(at, words, SOFT if note.soft else INK, font=font)


def _text_cell(draw: ImageDraw.ImageDraw, text: str, box: tuple[int, int, int, int], font: Font) -> None:
    """In the middle of the cell's height, smaller where it would not fit."""
    x, y, width, height = box
    size = getattr(font, "size", 10)
    lines = wrapped(text, font, width)
    while len(lines) * high(font) > height and size > 8:
        size -= 1
        font = ImageFont.load_default(size)
        lines = wrapped(text, font, width)
    top = y + max(0, (height - len(lines) * high(font)) // 2)
    for number, words in enumerate(lines):
        draw.text((x, top + number * high(font)), words, INK, font=font)
