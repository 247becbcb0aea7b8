"""The service's messages as types: what is asked, what is answered. OpenAPI is made from them."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from mimnet.recipe import STRENGTH, THRESHOLD

SENTENCE = "this flower has bright red petals"
LETTERS = 600  # of a sentence; the limit on words stands in `Limits`
# A red pixel, so that the example in the documentation can be sent as it is.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Wish(BaseModel):
    """How a picture shall be edited, and the answer made."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    text: str = Field(min_length=1, max_length=LETTERS, description="what it shall look like", examples=[SENTENCE])
    model: Name | None = Field(
        None, description="name of a model in /api/models; none: the first", examples=["flowers"]
    )
    strength: float = Field(STRENGTH, ge=0, le=2, description="0: unchanged, 1: the edit, up to 2: exaggerated")
    threshold: float = Field(THRESHOLD, ge=0, lt=1, description="the map is nothing at or below this")
    format: Literal["png", "jpeg", "webp"] | None = Field(
        None, description="of the picture in the answer; none: as `Accept` says, else png"
    )
    answer: Literal["picture", "json"] | None = Field(
        None, description="the picture alone, or JSON with everything; none: as `Accept` says, else picture"
    )
    quality: int = Field(95, ge=1, le=100, description="of JPEG and WebP")
    metadata: bool = Field(True, description="write the recipe (sentence, model, settings) into the picture")


def _without_null(schema: dict[str, Any]) -> None:
    """A form has no null: a field is there or not."""
    for name, field in schema["properties"].items():
        if "anyOf" in field:
            kept = next(choice for choice in field.pop("anyOf") if choice.get("type") != "null")
            schema["properties"][name] = kept | {key: x for key, x in field.items() if key != "default"}


class EditForm(Wish):
    """A request as multipart/form-data."""

    model_config = ConfigDict(json_schema_extra=_without_null)

    image: bytes = Field(
        description="a PNG, JPEG, WebP, GIF or BMP file", json_schema_extra={"format": "binary", "type": "string"}
    )

    @field_validator("metadata", mode="before")
    @classmethod
    def _true_or_false(cls, value: object) -> object:
        """By these words alone, as the document says."""
        if value not in ("true", "false"):
            raise ValueError("true or false")
        return value


class EditJSON(Wish):
    """A request as JSON."""

    image: str = Field(
        min_length=1,
        description="a PNG, JPEG, WebP, GIF or BMP file in base64",
        examples=[PIXEL],
        json_schema_extra={"contentEncoding": "base64"},
    )


class Weight(BaseModel):
    """A memory and how strongly a word chose it."""

    memory: int = Field(ge=0)
    weight: float = Field(ge=0, le=1)


class Word(BaseModel):
    """A word that was read, and which memories answered it (Eq. 2), strongest first."""

    word: str
    known: bool
    through: dict[str, float] = Field(description="of a word given after training: the known words it is read through")
    entropy: float = Field(description="of the weights over all memories, in nats; 0: one memory alone")
    memories: list[Weight]


class EditAnswer(BaseModel):
    """An edit with everything that explains it."""

    picture: str = Field(description="the edited picture in base64, of the input's size")
    media_type: str = Field(description="of the picture", examples=["image/png"])
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    changed: bool = Field(description="false: the model saw nothing to change, and the picture is the input's")
    map: str = Field(description="8-bit grey PNG in base64 of the picture's size: where 0, pixels are the input's own")
    remarks: list[str] = Field(description="what the sender should know, a line each")
    unknown: list[str] = Field(description="words that the model does not know", examples=[["stripy"]])
    cut: int = Field(ge=0, description="words beyond the model's limit, not read")
    attention: list[Word] | None = Field(description="a word each; null for a model without memories")
    model: str
    fingerprint: str
    strength: float
    threshold: float


class ModelAnswer(BaseModel):
    """A model that is loaded."""

    name: str = Field(examples=["flowers"])
    default: bool = Field(description="used where a request names none")
    fingerprint: str = Field(description="of weights, configuration and vocabulary")
    size: int = Field(description="side of the network's own square, in pixels")
    max_words: int = Field(description="words of a sentence that are read; more are cut")
    words: int = Field(description="words that it knows")
    memories: bool = Field(description="whether its answers tell of attention")


class LimitsAnswer(BaseModel):
    """What a request must keep to."""

    max_bytes: int
    max_pixels: int
    max_words: int
    timeout: float


class ModelsAnswer(BaseModel):
    """The models and the limits."""

    models: list[ModelAnswer]
    limits: LimitsAnswer


class HealthAnswer(BaseModel):
    """Whether the service lives and takes on work."""

    live: bool
    ready: bool
    waiting: int = Field(description="requests taken on and not yet answered")


class ProblemAnswer(BaseModel):
    """What was wrong (RFC 9457)."""

    type: str = Field(description="where the documentation explains it", examples=["/docs#too-large"])
    title: str
    status: int
    detail: str = Field(description="one line: what, and how to mend it")
    request: str = Field(description="the request's id")


def first_error(errors: list[Any]) -> str:
    """One line of pydantic's list of errors: the field and what is wrong with it."""
    error = errors[0]
    place = ".".join(str(part)[:40] for part in error["loc"]) or "the body"
    more = f" (and {len(errors) - 1} more)" if errors[1:] else ""
    return re.sub(r"\s+", " ", f"{place}: {error['msg']}{more}")[:300]
