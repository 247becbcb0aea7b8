"""The body of a request, read within a limit of bytes and of seconds."""

import asyncio

from starlette.requests import Request

from mimnet.serve.problems import RequestError


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """All of the body. Raises `RequestError` if it has more than `most` bytes, or takes longer than `seconds`.

    A length that is told in the head is refused before anything is read.
    """
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or len(told) > 18:
        raise RequestError("bad-request", "Content-Length is no number")
    if int(told) > most:
        raise _too_large(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
    except TimeoutError:
        raise RequestError("slow-upload", f"the body did not arrive within {seconds:g} seconds") from None
    return b"".join(parts)


def _too_large(most: int) -> RequestError:
    return RequestError(
        "too-large", f"the body has more than {most:,} bytes, which is the limit; send a smaller picture"
    )
