"""What every request passes first and last: its id, the security headers, the log and the counters."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mimnet.serve.counters import Counters
from mimnet.serve.logs import LOG, tell
from mimnet.serve.problems import RequestError, refusal

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
ROUTES = ("/api/edit", "/api/models", "/healthz", "/healthz/live", "/metrics", "/docs", "/openapi.json")
QUIET = ("/healthz", "/healthz/live", "/metrics")  # asked every few seconds: logged at the level debug
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",  # with the one before: the site's page may use threads
    "Cross-Origin-Resource-Policy": "same-origin",
}
HEAD_BYTES = 16_384  # of a request's line and headers
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
OWN = (  # for pages: what they load comes from here alone
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; img-src 'self' blob: data:; "
    "connect-src 'self' blob: data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class Gate:
    """The outermost ASGI application. Once `stopping` says so, a connection is given up after its answer."""

    def __init__(self, app: ASGIApp, *, counters: Counters, stopping: Callable[[], bool]) -> None:
        self.app, self.counters, self.stopping = app, counters, stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, route = time.perf_counter(), scope["path"] if scope["path"] in ROUTES else "site"
        asked = Headers(scope=scope).get("x-request-id", "")
        request = asked if SANE_ID.fullmatch(asked) else uuid.uuid4().hex
        told: dict[str, Any] = {"status": 499, "sent": 0}  # 499: the sender went before there was an answer
        scope.setdefault("state", {}).update(request=request, told=told)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                self._add_headers(MutableHeaders(scope=message), request, route)
            else:
                told["sent"] += len(message.get("body", b""))
            await send(message)

        try:
            app = self.app
            if sum(len(name) + len(value) for name, value in scope["headers"]) + len(scope["raw_path"]) > HEAD_BYTES:
                problem = RequestError("head", f"the request's line and headers have more than {HEAD_BYTES:,} bytes")
                app = refusal(problem, scope)
            await app(scope, receive, answer)
        except Exception:
            LOG.exception("error", extra={"told": {"request": request}})
            if told["status"] == 499:
                problem = RequestError("error", "the service made a mistake; its log has it under this request's id")
                await refusal(problem, scope)(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - begun
            self.counters.requests.labels(route, str(told["status"])).inc()
            self.counters.seconds.labels(route).observe(seconds)
            if "problem" in told:
                self.counters.problems.labels(told["problem"]).inc()
            level = logging.DEBUG if route in QUIET else logging.INFO
            tell("request", level=level, request=request, route=route, seconds=round(seconds, 4), **told)

    def _add_headers(self, headers: MutableHeaders, request: str, route: str) -> None:
        headers["X-Request-ID"] = request
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        page = route == "site" or headers.get("content-type", "").startswith("text/html")
        headers.setdefault("Content-Security-Policy", OWN if page else NOTHING)
        if route != "site":
            headers.setdefault("Cache-Control", "no-store")
        if self.stopping():
            headers["Connection"] = "close"
