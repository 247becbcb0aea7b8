"""The OpenAPI document: what FastAPI finds by itself, and the two kinds of body that /api/edit reads."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from mimnet.serve.keys import Keys
from mimnet.serve.messages import PIXEL, SENTENCE, EditAnswer, EditForm, EditJSON, ProblemAnswer
from mimnet.serve.problems import KINDS, MEDIA_TYPE
from mimnet.version import __version__

ABOUT = (
    "Edits a photograph by a sentence. Pictures are not kept, and neither pictures nor sentences are logged. Every "
    "answer has an X-Request-ID; send your own to find a request again in the log."
)
PLACE = "#/components/schemas/{model}"
CHANGED = {
    "Mimnet-Changed": ("false: the model saw nothing to change, and the picture is the input's", "boolean"),
    "Mimnet-Unknown-Words": ("how many words the model does not know", "integer"),
    "Mimnet-Words-Cut": ("how many words were too many and not read", "integer"),
}


def edit_operation() -> dict[str, Any]:
    """Body and answers of POST /api/edit, for `openapi_extra`."""
    example = {"image": PIXEL, "text": SENTENCE, "strength": 1.0}
    binary = {"schema": {"type": "string", "format": "binary"}}
    headers = {name: {"description": told, "schema": {"type": kind}} for name, (told, kind) in CHANGED.items()}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": {"$ref": PLACE.format(model="EditForm")}},
                "application/json": {"schema": {"$ref": PLACE.format(model="EditJSON")}, "example": example},
            },
        },
        "responses": {
            "200": {
                "description": "the edited picture, or everything as JSON, as `Accept` or the fields ask",
                "headers": headers,
                "content": {
                    **{f"image/{kind}": binary for kind in ("png", "jpeg", "webp")},
                    "application/json": {"schema": {"$ref": PLACE.format(model="EditAnswer")}},
                },
            },
            **problems(*(kind for kind in KINDS if kind not in ("not-found", "method"))),
        },
    }


def problems(*names: str) -> dict[int | str, Any]:
    """Answers of the named kinds of problem, those of one status together."""
    told: dict[int | str, Any] = {}
    for name in names:
        status, meaning = str(KINDS[name].status), f"`{name}`: {KINDS[name].meaning}"
        if status in told:
            told[status]["description"] += f" {meaning}"
        else:
            schema = {"$ref": PLACE.format(model="ProblemAnswer")}
            told[status] = {"description": meaning, "content": {MEDIA_TYPE: {"schema": schema}}}
    return told


def document(app: FastAPI, keys: Keys) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        told = get_openapi(title="mimnet", version=__version__, description=ABOUT, routes=app.routes)
        models = [(model, "validation") for model in (EditForm, EditJSON, EditAnswer, ProblemAnswer)]
        _, made = models_json_schema(models, ref_template=PLACE)  # type: ignore[arg-type]
        schemas = told.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(made["$defs"])
        if keys:
            told["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            for path, methods in told["paths"].items():
                if path.startswith("/api/") or path == "/metrics":
                    for operation in methods.values():
                        operation["security"] = [{"key": []}]
        app.openapi_schema = told
    return app.openapi_schema
