"""The page of a study: one HTML file with everything in it, which asks nothing of the network."""

import base64
import hashlib
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mimnet.errors import MimnetError
from mimnet.study.answers import FORMAT
from mimnet.study.key import StudyKey
from mimnet.study.questions import QUESTIONS

SIDE = 4096  # a longer picture is a mistake: all of them stand in one file


@dataclass(frozen=True)
class StudyItem:
    """A caption, the uint8 H,W,3 picture it is asked of, and every model's edit of the same size by model name."""

    caption: str
    picture: NDArray[np.uint8]
    edits: Mapping[str, NDArray[np.uint8]]


def study_page(items: Sequence[StudyItem], *, title: str, seed: int) -> tuple[str, StudyKey]:
    """The page's text, and the key that the organiser keeps back.

    Models appear in the page under opaque ids alone, the same id throughout, and in the order of the ids. An id is a
    salted hash of the model's name; the salt, drawn from `seed` and all content, does not stand in the page. The same
    arguments give the same study. Raises `MimnetError` if items are missing or do not go together.
    """
    names = _checked(items)
    captions = tuple(item.caption for item in items)
    salt = hashlib.sha256(json.dumps([title, seed, names, captions]).encode())
    for item in items:
        for pixels in (item.picture, *(item.edits[name] for name in names)):
            salt.update(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes())
    opaque = {_hash(salt.digest(), b"model", name.encode()): name for name in names}
    key = StudyKey(_hash(salt.digest(), b"study"), dict(sorted(opaque.items())), captions)
    told = {
        "study": key.study,
        "format": FORMAT,
        "questions": [asdict(question) for question in QUESTIONS],
        "models": list(key.models),
        "items": [
            {
                "caption": item.caption,
                "size": [item.picture.shape[1], item.picture.shape[0]],
                "picture": _embedded(item.picture),
                "edits": {id_: _embedded(item.edits[name]) for id_, name in key.models.items()},
            }
            for item in items
        ],
    }
    return _filled(title, told), key


def _checked(items: Sequence[StudyItem]) -> list[str]:
    """Names of the models, sorted."""
    if not items:
        raise MimnetError("a study needs at least one pair of picture and caption")
    names = sorted(items[0].edits)
    if not names:
        raise MimnetError("a study needs at least one model")
    for number, item in enumerate(items):
        if sorted(item.edits) != names:
            raise MimnetError(f"item {number} has edits of {sorted(item.edits)}; item 0 has them of {names}")
        for pixels in (item.picture, *item.edits.values()):
            if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
                raise MimnetError(f"item {number} has a picture of {pixels.dtype} {pixels.shape}, not uint8 H,W,3")
            if pixels.shape != item.picture.shape:
                raise MimnetError(f"item {number} has pictures of {pixels.shape} and {item.picture.shape}")
            if max(pixels.shape) > SIDE:
                raise MimnetError(f"item {number} has a picture of {pixels.shape}; the limit is {SIDE} pixels a side")
    return names


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"/".join(parts)).hexdigest()[:12]


def _embedded(pixels: NDArray[np.uint8]) -> str:
    """Data URI of lossless WebP, about a quarter smaller than PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="WEBP", lossless=True, quality=70)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _filled(title: str, told: dict[str, Any]) -> str:
    """The template with style, script and study in it.

    The content-security policy admits this very style, this very script and pictures inside the page, nothing else.
    """
    style, script = _part("page.css"), _part("page.js")
    parts = {
        "title": html.escape(title),
        "policy": f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        # "<" would let a caption end the element
        "study": json.dumps(told, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
    }
    # in one pass, so that no part is searched for marks of another
    return re.sub(r"@@(\w+)@@", lambda mark: parts[mark[1]], _part("page.html"))


def _part(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """A content-security source that admits an element with this very text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
