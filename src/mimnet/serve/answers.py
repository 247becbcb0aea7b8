"""From an edit to an answer: the picture's bytes, or JSON with everything; and which of them `Accept` asks for."""

import base64
from dataclasses import dataclass

from PIL import Image

from mimnet.editor import Edited
from mimnet.explain import explanation
from mimnet.images import to_rgb
from mimnet.recipe import encode
from mimnet.serve.messages import EditAnswer, Wish, Word
from mimnet.serve.problems import RequestError

FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}
TYPES = {name: kind for kind, name in FORMATS.items()}
JSON = "application/json"
WHITE = "JPEG holds no transparency: the picture is laid on white"


@dataclass(frozen=True)
class Manner:
    """How an answer is made."""

    format: str  # png, jpeg or webp
    json: bool  # everything as JSON, and not the picture alone


@dataclass(frozen=True)
class Answer:
    """An answer's bytes and what its head says of the edit."""

    body: bytes
    media_type: str
    changed: bool
    unknown: int  # words
    cut: int  # words

    def headers(self) -> dict[str, str]:
        """What a picture cannot say itself."""
        return {
            "Mimnet-Changed": "true" if self.changed else "false",
            "Mimnet-Unknown-Words": str(self.unknown),
            "Mimnet-Words-Cut": str(self.cut),
        }


def manner(wish: Wish, accept: str) -> Manner:
    """Fields go before `Accept`; without either it is a PNG. Raises `RequestError` if `Accept` leaves nothing.

    >>> manner(Wish(text="red"), "application/json, image/webp;q=0.9")
    Manner(format='webp', json=True)
    """
    if wish.format and wish.answer:
        return Manner(wish.format, wish.answer == "json")
    accepted = _accepted(accept)
    formats = [FORMATS[kind] for kind in accepted if kind in FORMATS]
    json = wish.answer == "json" if wish.answer else bool(accepted) and accepted[0] == JSON
    if not accepted or not (json or formats or wish.format):
        raise RequestError("not-acceptable", f"Accept leaves none of {JSON}, {', '.join(FORMATS)}")
    return Manner(wish.format or (formats[0] if formats else "png"), json)


def _accepted(accept: str) -> list[str]:
    """The types that can be made and are accepted, the most wanted first; ties in the order of `FORMATS`, JSON last."""
    ranges = []
    for part in (accept or "*/*")[:1000].split(","):
        kind, *parameters = (x.strip().lower() for x in part.split(";"))
        quality = next((x[2:] for x in parameters if x.startswith("q=")), "1")
        try:
            ranges.append((kind, float(quality)))
        except ValueError:
            ranges.append((kind, 0.0))
    wanted = {}
    for kind in (*FORMATS, JSON):
        fits = [(len(x.replace("*", "")), q) for x, q in ranges if x in (kind, f"{kind.split('/')[0]}/*", "*/*")]
        wanted[kind] = max(fits)[1] if fits else 0.0  # the most exact range counts
    return sorted((kind for kind, quality in wanted.items() if quality > 0), key=lambda kind: -wanted[kind])


def made(edited: Edited, wish: Wish, how: Manner, *, model: str) -> Answer:
    """The answer to `wish`, by the model called `model`. Raises `MimnetError` if the format cannot hold the picture."""
    picture, remarks = edited.picture, edited.remarks()
    if how.format == "jpeg" and picture.mode == "RGBA":
        info = picture.info
        picture = to_rgb(picture)
        picture.info = info
        remarks = [*remarks, WHITE]
    recipe = edited.recipe if wish.metadata else None
    data = encode(picture, format=how.format.upper(), recipe=recipe, quality=wish.quality)
    unknown = list(dict.fromkeys(edited.unknown))
    body, media_type = data, TYPES[how.format]
    if how.json:
        body, media_type = _json(edited, data, media_type, remarks, unknown, model), JSON
    return Answer(body, media_type, edited.changed, len(unknown), edited.cut)


def _json(edited: Edited, data: bytes, media_type: str, remarks: list[str], unknown: list[str], model: str) -> bytes:
    words = None if edited.attention is None else [Word.model_validate(word) for word in explanation(edited)["words"]]
    return (
        EditAnswer(
            picture=base64.b64encode(data).decode(),
            media_type=media_type,
            width=edited.picture.width,
            height=edited.picture.height,
            changed=edited.changed,
            map=base64.b64encode(encode(Image.fromarray(edited.mask))).decode(),
            remarks=remarks,
            unknown=unknown,
            cut=edited.cut,
            attention=words,
            model=model,
            fingerprint=edited.recipe.model,
            strength=edited.recipe.strength,
            threshold=edited.recipe.threshold,
        )
        .model_dump_json()
        .encode()
    )
