"""Colour-following on photographs: one-colour sentences, and what becomes of the colour that they name."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from mimnet.data.folder import Captioned
from mimnet.evaluation.edited import CHUNK
from mimnet.evaluation.painter import Painter
from mimnet.evaluation.store import keep_arrays, kept_arrays
from mimnet.images import open_picture, to_array
from mimnet.metrics.bootstrap import interval
from mimnet.metrics.colour import PETALS, colour_shares, leads
from mimnet.text import tokenise

SENTENCES = {"flower": "this flower has {} petals", "bird": "this bird is {}", "top": "a {} t-shirt"}
# What captions of a kind call it, one word of a t-shirt or a tank top.
NOUNS = {"flower": ("flower",), "bird": ("bird",), "top": ("shirt", "top", "knitwear", "sweater", "sweatshirt")}
ANYTHING = "it is {}"


@dataclass(frozen=True)
class ColourRow:
    """Colour-following of one model and one colour; shares in [0, 1], `interval`s of 95%."""

    name: str
    colour: str
    n: int
    leads: float  # share of edits in which the named colour leads
    leads_interval: tuple[float, float]
    leads_unedited: float  # the same in the same pictures before
    leads_real: float | None  # the same in real pictures whose captions name that colour alone
    led_inside: float  # share of pictures in which it leads inside the map, before the edit
    leads_inside: float  # and after it
    leads_inside_interval: tuple[float, float]
    leads_inside_real: float | None  # and in real pictures so captioned
    inside_before: float  # share of the colour inside the map, before the edit
    inside_after: float  # and after it
    rise: float  # after - before
    rise_interval: tuple[float, float]
    inside_real: float | None  # share inside the map in real pictures so captioned: what it should rise to
    real: int  # how many there are

    def to_json(self) -> dict[str, Any]:
        """As it stands in a table's JSON."""
        return asdict(self)


def named_colour(captions: Sequence[str]) -> str | None:
    """The one petal colour that captions name, if they name one alone.

    >>> named_colour(["a flower with red petals", "the red flower has a center"])
    'red'
    """
    named = {word for caption in captions for word in tokenise(caption)} & set(PETALS)
    return named.pop() if len(named) == 1 else None


def sentence_for(rows: Sequence[Captioned]) -> str:
    """The one-colour sentence that suits the captions: of flowers, of birds, of tops, or of anything."""
    words = [word for row in rows for word in tokenise(row.captions[0])]
    named = {kind: sum(map(words.count, nouns)) for kind, nouns in NOUNS.items()}
    kind = max(named, key=named.__getitem__)
    return SENTENCES[kind] if named[kind] * 2 >= len(rows) else ANYTHING


def colour_edits(models: int, rows: Sequence[Captioned], *, limit: int) -> int:
    """How many edits `colour_rows` makes."""
    real = sum(min(limit, len(_so_captioned(rows, colour))) for colour in PETALS)
    return models * (len(PETALS) * min(limit, len(rows)) + real)


def colour_rows(
    models: dict[str, Painter],
    rows: Sequence[Captioned],
    *,
    out: Path,
    limit: int = 100,
    sentence: str = "",
    quiet: bool = False,
) -> list[ColourRow]:
    """Pictures evenly through `rows`, each edited to every colour by every model; what was measured is kept in `out`.

    Real pictures whose captions name the colour alone, at most `limit` of them, get the same sentence: for its map.
    """
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(int)]
    said = sentence or sentence_for(rows)
    found = []
    with tqdm(total=len(models) * len(PETALS), desc="colours", unit="", disable=quiet or None) as bar:
        for name, painter in models.items():
            for colour in PETALS:
                told, text = _so_captioned(rows, colour)[:limit], said.replace("{}", colour)
                edited = _measured(painter, chosen, text, colour, out)
                real = _measured(painter, told, text, colour, out) if told else None
                found.append(_row(name, colour, edited, real))
                bar.update()
    return found


def _so_captioned(rows: Sequence[Captioned], colour: str) -> list[Captioned]:
    return [row for row in rows if named_colour(row.captions) == colour]


def _measured(
    painter: Painter, rows: Sequence[Captioned], text: str, colour: str, out: Path
) -> dict[str, NDArray[np.float64]]:
    """Of every picture, before and after the edit: whether the colour leads, and its share inside the map."""
    digest = hashlib.sha256(text.encode())
    for row in rows:
        digest.update(hashlib.sha256(row.file.read_bytes()).digest())
    file = out / "colours" / f"{painter.fingerprint}-{digest.hexdigest()[:16]}-2.npz"
    kept = kept_arrays(file)
    if kept is not None:
        return kept
    values: dict[str, list[float]] = {
        name: [] for name in ("led", "leads", "led_inside", "leads_inside", "before", "after")
    }
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        pictures = np.stack([to_array(open_picture(row.file), painter.size) for row in some])
        painted = painter.paint(pictures, [text] * len(some))
        for before, after, weights in zip(pictures, painted.last, _maps(painted.weight_map, pictures), strict=True):
            values["led"].append(leads(before, colour))
            values["leads"].append(leads(after, colour))
            values["led_inside"].append(leads(before, colour, weights))
            values["leads_inside"].append(leads(after, colour, weights))
            values["before"].append(colour_shares(before, weights)[colour])
            values["after"].append(colour_shares(after, weights)[colour])
    arrays = {key: np.array(value, np.float64) for key, value in values.items()}
    keep_arrays(file, arrays)
    return arrays


def _row(
    name: str, colour: str, edited: dict[str, NDArray[np.float64]], real: dict[str, NDArray[np.float64]] | None
) -> ColourRow:
    rise, low, high = interval(edited["after"] - edited["before"])
    return ColourRow(
        name=name,
        colour=colour,
        n=len(edited["leads"]),
        leads=float(edited["leads"].mean()),
        leads_interval=interval(edited["leads"])[1:],
        leads_unedited=float(edited["led"].mean()),
        leads_real=None if real is None else float(real["led"].mean()),
        led_inside=float(edited["led_inside"].mean()),
        leads_inside=float(edited["leads_inside"].mean()),
        leads_inside_interval=interval(edited["leads_inside"])[1:],
        leads_inside_real=None if real is None else float(real["led_inside"].mean()),
        inside_before=float(edited["before"].mean()),
        inside_after=float(edited["after"].mean()),
        rise=rise,
        rise_interval=(low, high),
        inside_real=None if real is None else float(real["before"].mean()),
        real=0 if real is None else len(real["led"]),
    )


def _maps(weight_map: NDArray[np.uint8] | None, pictures: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    side = pictures.shape[1]
    if weight_map is None:
        return [np.ones((side, side))] * len(pictures)
    return [
        np.asarray(Image.fromarray(w).resize((side, side), Image.Resampling.BILINEAR), dtype=np.float64) / 255
        for w in weight_map
    ]
