"""The application: its routes, and how errors become answers."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.staticfiles import StaticFiles

from mimnet.serve.answers import JSON, manner
from mimnet.serve.asked import read_asked
from mimnet.serve.counters import MEDIA_TYPE, Counters
from mimnet.serve.desk import Desk
from mimnet.serve.document import document, edit_operation, problems
from mimnet.serve.gate import Gate
from mimnet.serve.guard import Guard
from mimnet.serve.keys import Keys
from mimnet.serve.limits import Limits
from mimnet.serve.loaded import Loaded, described
from mimnet.serve.messages import HealthAnswer, LimitsAnswer, ModelsAnswer
from mimnet.serve.pages import docs_page, front_page, style
from mimnet.serve.problems import RequestError, refusal
from mimnet.version import __version__

EXPOSED = ["X-Request-ID", "Mimnet-Changed", "Mimnet-Unknown-Words", "Mimnet-Words-Cut", "Retry-After"]
KINDS = {404: "not-found", 405: "method"}
GONE = 499  # the sender went away; nobody reads it


@dataclass(frozen=True)
class Setting:
    """What a service is made of."""

    models: Mapping[str, Loaded]
    limits: Limits = field(default_factory=Limits)
    keys: Keys = field(default_factory=lambda: Keys([]))
    origins: Sequence[str] = ()  # pages of these origins may ask from a browser
    site: Path | None = None  # a folder with index.html


class Service:
    """The application and its desk. `app` is what an ASGI server runs; the desk is there while it does."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.counters = setting, Counters()
        self.desk: Desk | None = None
        self.stopping = False
        self.app = self._application()

    @asynccontextmanager
    async def _life(self, _: FastAPI) -> AsyncIterator[None]:
        self.desk = Desk(self.setting.models, self.setting.limits, self.counters)
        yield
        await self.desk.close()

    def _application(self) -> FastAPI:
        setting = self.setting
        cors = Middleware(
            CORSMiddleware,
            allow_origins=list(setting.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-Request-ID"],
            expose_headers=EXPOSED,
        )
        middleware = [
            Middleware(Gate, counters=self.counters, stopping=lambda: self.stopping),
            *([cors] if setting.origins else []),
            Middleware(Guard, keys=setting.keys, origins=setting.origins),
        ]
        app = FastAPI(
            title="mimnet",
            version=__version__,
            docs_url=None,  # FastAPI's page loads scripts from elsewhere; ours stands in `pages`
            redoc_url=None,
            openapi_url=None,
            redirect_slashes=False,  # a redirect would repeat the Host header that the sender chose
            lifespan=self._life,
            middleware=middleware,
            exception_handlers={RequestError: _problem, HTTPException: _http_error, ClientDisconnect: _gone},
        )
        self._add_routes(app)
        self._add_site(app)
        return app

    def _add_routes(self, app: FastAPI) -> None:
        @app.post("/api/edit", openapi_extra=edit_operation(), response_class=Response, operation_id="edit")
        async def edit(request: Request) -> Response:
            """Edit a picture by a sentence, sent as multipart/form-data or as JSON with the picture in base64."""
            return await self._edit(request)

        @app.get("/api/models", operation_id="models", responses=problems("no-key", "origin"))
        async def models() -> ModelsAnswer:
            """The models that are loaded, and the limits that requests must keep to."""
            bounds = self.setting.limits
            limits = LimitsAnswer(
                max_bytes=bounds.max_bytes,
                max_pixels=bounds.max_pixels,
                max_words=bounds.max_words,
                timeout=bounds.timeout,
            )
            return ModelsAnswer(models=described(self.setting.models), limits=limits)

        @app.get(
            "/healthz",
            operation_id="health",
            response_model=HealthAnswer,
            responses={503: {"model": HealthAnswer, "description": "alive, but taking on no work"}},
        )
        async def health() -> Response:
            """Whether the service takes on work: 200 or 503."""
            ready = self.desk is not None and self.desk.ready and not self.stopping
            told = HealthAnswer(live=True, ready=ready, waiting=self.desk.waiting if self.desk else 0)
            return JSONResponse(told.model_dump(), 200 if ready else 503)

        @app.get("/healthz/live", operation_id="live")
        async def live() -> dict[str, bool]:
            """Whether the service answers at all."""
            return {"live": True}

        @app.get(
            "/metrics",
            operation_id="metrics",
            response_class=Response,
            responses={
                200: {"description": "figures for Prometheus", "content": {"text/plain": {}}},
                **problems("no-key", "origin"),
            },
        )
        async def metrics() -> Response:
            """Counters and times for Prometheus."""
            return Response(self.counters.text(), media_type=MEDIA_TYPE)

        def openapi() -> dict[str, Any]:
            return document(app, self.setting.keys)

        app.openapi = openapi  # type: ignore[method-assign]

        @app.get("/openapi.json", include_in_schema=False)
        async def schema() -> JSONResponse:
            return JSONResponse(openapi())

        @app.get("/docs", include_in_schema=False)
        async def docs() -> HTMLResponse:
            return HTMLResponse(docs_page(openapi()))

        @app.get("/docs/style.css", include_in_schema=False)
        async def stylesheet() -> Response:
            return Response(style(), media_type="text/css")

    def _add_site(self, app: FastAPI) -> None:
        if self.setting.site is None:

            @app.get("/", include_in_schema=False)
            async def front() -> HTMLResponse:
                return HTMLResponse(front_page())

            return
        for end, kind in ((".mjs", "text/javascript"), (".js", "text/javascript"), (".wasm", "application/wasm")):
            mimetypes.add_type(kind, end)  # whatever the machine's own list says: browsers insist
        app.mount("/", StaticFiles(directory=self.setting.site, html=True))

    async def _edit(self, request: Request) -> Response:
        assert self.desk is not None
        place = self.desk.enter()
        try:
            asked = await read_asked(request, self.setting.limits)
            request.state.told["received"] = asked.received
            how = manner(asked.wish, request.headers.get("accept", ""))
            model = self.desk.model(asked.wish.model)
        except BaseException:
            place.free()
            raise
        request.state.told["model"] = model.name
        gone = asyncio.ensure_future(request.receive())  # the body is read: what can still come is the sender's end
        try:
            answer = await self.desk.edit(place, asked, model, how, gone)
        finally:
            gone.cancel()
        if answer is None:
            return Response(status_code=GONE)
        headers = {} if answer.media_type == JSON else answer.headers()
        return Response(answer.body, media_type=answer.media_type, headers=headers)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return refusal(error, request.scope)


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=GONE)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = KINDS.get(error.status_code, "not-found" if error.status_code < 500 else "error")
    detail = "nothing is served at this path" if kind == "not-found" else "this path does not take this method"
    return refusal(RequestError(kind, detail, headers=dict(error.headers or {})), request.scope)
