"""Colour-following on photographs: one-colour sentences, and what becomes of the colour that they name."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from mimnet.data.folder import Captioned
from mimnet.evaluation.painter import Painter
from mimnet.images import open_picture, to_array
from mimnet.metrics.bootstrap import interval
from mimnet.metrics.colour import PETALS, colour_shares, leads
from mimnet.text import tokenise

SENTENCES = {"flower": "this flower has {} petals", "bird": "this bird is {}"}
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
    inside_before: float  # share of the colour inside the map, before the edit
    inside_after: float  # and after it
    rise_interval: tuple[float, float]  # of after - before
    share_real: float | None  # share of the colour in real pictures so captioned
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
    """The one-colour sentence that suits the captions: of flowers, of birds, or of anything."""
    words = [word for row in rows for word in tokenise(row.captions[0])]
    noun = max(SENTENCES, key=words.count)
    return SENTENCES[noun] if words.count(noun) * 2 >= len(rows) else ANYTHING


def colour_rows(
    models: dict[str, Painter], rows: Sequence[Captioned], *, limit: int = 100, sentence: str = "", quiet: bool = False
) -> list[ColourRow]:
    """Pictures evenly through `rows`, each edited to every colour by every model (the first seed of a row)."""
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(int)]
    said = sentence or sentence_for(rows)
    bar = tqdm(total=len(models) * len(PETALS) * len(chosen), desc="colours", unit="", disable=quiet or None)
    found = []
    for name, painter in models.items():
        pictures = np.stack([to_array(open_picture(row.file), painter.size) for row in chosen])
        for colour in PETALS:
            told = [row for row in rows if named_colour(row.captions) == colour][:limit]
            real = [to_array(open_picture(row.file), painter.size) for row in told]
            painted = painter.paint(pictures, [said.format(colour)] * len(pictures))
            bar.update(len(pictures))
            maps = _maps(painted.weight_map, pictures)
            followed = np.array([leads(edit, colour) for edit in painted.last], float)
            before, after = (
                np.array([colour_shares(p, w)[colour] for p, w in zip(some, maps, strict=True)])
                for some in (pictures, painted.last)
            )
            found.append(
                ColourRow(
                    name=name,
                    colour=colour,
                    n=len(pictures),
                    leads=float(followed.mean()),
                    leads_interval=interval(followed)[1:],
                    leads_unedited=float(np.mean([leads(p, colour) for p in pictures])),
                    leads_real=float(np.mean([leads(p, colour) for p in real])) if real else None,
                    inside_before=float(before.mean()),
                    inside_after=float(after.mean()),
                    rise_interval=interval(after - before)[1:],
                    share_real=float(np.mean([colour_shares(p)[colour] for p in real])) if real else None,
                    real=len(real),
                )
            )
    bar.close()
    return found


def _maps(weight_map: NDArray[np.uint8] | None, pictures: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    side = pictures.shape[1]
    if weight_map is None:
        return [np.ones((side, side))] * len(pictures)
    return [
        np.asarray(Image.fromarray(w).resize((side, side), Image.Resampling.BILINEAR), dtype=np.float64) / 255
        for w in weight_map
    ]
