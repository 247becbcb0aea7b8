"""From a body to a checked request: JSON with base64, or multipart."""

import base64
import binascii
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from mimnet.serve.body import read_body
from mimnet.serve.limits import Limits
from mimnet.serve.messages import EditForm, EditJSON, Wish, first_error
from mimnet.serve.problems import RequestError
from mimnet.text import tokenise

BESIDE = 64_000  # bytes of a body beside its picture: fields, boundaries, names


@dataclass(frozen=True)
class Asked:
    """A request as the service works on it."""

    image: bytes  # a picture file, not yet looked into
    wish: Wish
    received: int  # bytes of the body


async def read_asked(request: Request, limits: Limits) -> Asked:
    """The request's picture and wish. Raises `RequestError` for what is too large, too slow or not as documented."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in ("application/json", "multipart/form-data"):
        raise RequestError("media-type", "send multipart/form-data, or application/json with the picture in base64")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestError("media-type", "a compressed body is not read; send it as it is")
    most = limits.max_bytes + BESIDE if kind == "multipart/form-data" else limits.max_bytes * 4 // 3 + BESIDE
    body = await read_body(request, most=most, seconds=limits.upload_timeout)
    image, wish = _from_json(body) if kind == "application/json" else await _from_form(request.headers, body)
    if len(image) > limits.max_bytes:
        raise RequestError("too-large", f"the picture has {len(image):,} bytes; the limit is {limits.max_bytes:,}")
    words = len(tokenise(wish.text))
    if words > limits.max_words:
        raise RequestError("sentence", f"the sentence has {words} words; the limit is {limits.max_words}")
    return Asked(image, wish, len(body))


def _from_json(body: bytes) -> tuple[bytes, Wish]:
    try:
        asked = EditJSON.model_validate_json(body, strict=True)
        return base64.b64decode(asked.image, validate=True), asked
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        kind = "bad-request" if errors[0]["type"] == "json_invalid" else "invalid"
        raise RequestError(kind, first_error(errors)) from None
    except (binascii.Error, ValueError):
        raise RequestError("invalid", "image: it is not base64") from None


class _InMemory(MultiPartParser):
    """Parts stay in memory, where the body is already: no picture is ever written to a disk."""

    spool_max_size = 1 << 40


async def _from_form(headers: Headers, body: bytes) -> tuple[bytes, Wish]:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await _InMemory(headers, whole(), max_files=1, max_fields=20, max_part_size=BESIDE).parse()
    except MultiPartException as error:
        raise RequestError("bad-request", error.message.replace("\n", " ")[:300]) from None
    except ValueError:  # of an odd charset
        raise RequestError("bad-request", "the form's fields cannot be read as text") from None
    fields: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name in fields:
            raise RequestError("invalid", f"{name[:40]}: given twice")
        if isinstance(value, UploadFile) != (name == "image"):
            raise RequestError(
                "invalid", f"{name[:40]}: {'send it as a file' if name == 'image' else 'this is no file'}"
            )
        fields[name] = await value.read() if isinstance(value, UploadFile) else value
    await form.close()
    try:
        asked = EditForm.model_validate(fields)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestError("invalid", first_error(errors)) from None
    return asked.image, asked
