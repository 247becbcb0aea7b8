"""What can be wrong with a request: each kind with its status, and the error that carries it (RFC 9457)."""

import json
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Scope

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem; `type` in an answer is its place on the page of documentation."""

    status: int
    title: str
    meaning: str


KINDS = {
    "bad-request": Kind(400, "Bad request", "The request is not valid HTTP, or its body is not what its type says."),
    "no-key": Kind(401, "Key needed", "The service asks for a key: `Authorization: Bearer KEY`."),
    "origin": Kind(403, "Foreign page", "A page of another origin asked; the service names those that may."),
    "not-found": Kind(404, "Not found", "Nothing is served at this path."),
    "method": Kind(405, "Method not allowed", "The path is there, but not for this method."),
    "not-acceptable": Kind(406, "Not acceptable", "None of the types in `Accept` can be made."),
    "slow-upload": Kind(408, "Upload too slow", "The request did not arrive within the time for it."),
    "too-large": Kind(413, "Too large", "The picture has too many bytes or pixels."),
    "media-type": Kind(415, "Unsupported type", "The body or the picture is of a type that is not read."),
    "invalid": Kind(422, "Invalid field", "A field is missing, of the wrong type or out of its range."),
    "picture": Kind(422, "Unusable picture", "The picture is damaged or cannot be used."),
    "sentence": Kind(422, "Unusable sentence", "The sentence is too long, or the model knows no word of it."),
    "model": Kind(422, "No such model", "The named model is not loaded; /api/models lists those that are."),
    "busy": Kind(429, "Busy", "The queue is full; `Retry-After` says when to come again."),
    "head": Kind(431, "Head too large", "The request's line and headers have too many bytes."),
    "error": Kind(500, "Error of the service", "A mistake of the service; its log has it under the request's id."),
    "waited": Kind(503, "Waited too long", "The work did not begin within the time limit; nothing was done."),
    "not-ready": Kind(503, "Not ready", "The service is stopping."),
    "timeout": Kind(504, "Took too long", "The work began and did not end within the time limit."),
}


class RequestError(Exception):
    """A refused request. `detail` is one line for its sender and names nothing of the server's own."""

    def __init__(self, kind: str, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers = kind, detail, headers or {}

    @property
    def status(self) -> int:
        """The status of the answer."""
        return KINDS[self.kind].status


def refusal(problem: RequestError, scope: Scope) -> Response:
    """The answer to a refused request; the log line of the request will name the kind."""
    kind = KINDS[problem.kind]
    scope["state"]["told"]["problem"] = problem.kind
    body = {
        "type": f"/docs#{problem.kind}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "request": scope["state"]["request"],
    }
    return Response(json.dumps(body), kind.status, headers=problem.headers, media_type=MEDIA_TYPE)
