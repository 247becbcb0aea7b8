"""A page to look through all edits: one HTML file with everything in it, which asks nothing of the network."""

import base64
import hashlib
import html
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.evaluation.edited import resized
from mimnet.evaluation.painter import Painter
from mimnet.figures.scored import SCORES, Scores
from mimnet.figures.shown import Shown
from mimnet.metrics.difference import difference

SIDE = 128  # longest side of a picture in the page
LOSSLESS = 64  # up to this side a lossless picture is small
QUALITY = 90


class Report:
    """The page as it grows, pair by pair."""

    def __init__(self, painters: Mapping[str, Painter], scores: Scores, *, title: str, remarks: list[str]) -> None:
        self.painters, self.scores, self.title, self.remarks = painters, scores, title, remarks
        self.cards: list[dict[str, Any]] = []

    def add(self, shown: Shown) -> None:
        """One pair with all its edits."""
        edits = []
        for name, result in shown.results.items():
            values = dict(self.scores.of(name, shown.pair))
            if "diff" not in values:
                edit = resized(result.picture[None], shown.picture.shape[0])
                values["diff"] = float(difference(shown.picture[None], edit)[0])
            mapped = None if result.weight_map is None else embedded(result.weight_map)
            rounded = {score: float(f"{value:.5g}") for score, value in values.items()}
            edits.append({"picture": embedded(result.picture), "map": mapped, "scores": rounded})
        pair = shown.pair
        self.cards.append(
            {
                "place": shown.place,
                "file": pair.file,
                "caption": pair.caption,
                "own": pair.own,
                "kind": pair.kind,
                "source": pair.source,
                "picture": embedded(shown.picture),
                "edits": edits,
            }
        )

    def data(self) -> dict[str, Any]:
        """What the page's script gets."""
        there = [s for s in SCORES if any(s in edit["scores"] for card in self.cards for edit in card["edits"])]
        return {
            "models": [
                {"name": name, "part": painter.part, "size": painter.size, "fingerprint": painter.fingerprint}
                for name, painter in self.painters.items()
            ],
            "scores": [{"key": s, "label": SCORES[s][0], "high": SCORES[s][1]} for s in there],
            "cards": self.cards,
        }

    def page(self) -> str:
        """The whole file.

        Its content-security policy admits this very style, this very script and pictures inside the page, nothing else.
        """
        style, script = _part("report.css"), _part("report.js")
        parts = {
            "title": html.escape(self.title),
            "remarks": "\n".join(f"<p>{html.escape(remark)}</p>" for remark in self.remarks),
            "policy": f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; img-src data:; "
            "base-uri 'none'; form-action 'none'",
            "style": style,
            "script": script,
            # "<" would let a caption end the element
            "data": json.dumps(self.data(), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
        }
        # in one pass, so that no part is searched for marks of another
        return re.sub(r"@@(\w+)@@", lambda mark: parts[mark[1]], _part("report.html"))


def embedded(pixels: NDArray[np.uint8]) -> str:
    """Data URI of WebP, at most `SIDE` pixels: lossless where that is small, for every pixel of it can be seen."""
    picture = Image.fromarray(pixels).convert("RGB")
    if max(picture.size) > SIDE:
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if max(picture.size) <= LOSSLESS:
        picture.save(buffer, format="WEBP", lossless=True, quality=70)
    else:
        picture.save(buffer, format="WEBP", quality=QUALITY)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _part(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
