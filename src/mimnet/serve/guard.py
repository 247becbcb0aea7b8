"""Who may ask: pages of the service's own origin or of a named one, and holders of a key where there are keys."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mimnet.serve.keys import Keys
from mimnet.serve.problems import RequestError, refusal


class Guard:
    """ASGI middleware before everything that works or tells: /api/ and /metrics."""

    def __init__(self, app: ASGIApp, *, keys: Keys, origins: Sequence[str]) -> None:
        self.app, self.keys, self.origins = app, keys, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        app = self.app
        if scope["type"] == "http" and (scope["path"].startswith("/api/") or scope["path"] == "/metrics"):
            problem = self._against(Headers(scope=scope))
            app = refusal(problem, scope) if problem else self.app
        await app(scope, receive, send)

    def _against(self, headers: Headers) -> RequestError | None:
        origin, host = headers.get("origin"), headers.get("host", "")
        # Programs send no Origin. Browsers do, and without this any page could have its visitors' machine work for it.
        if origin and origin not in self.origins and origin.partition("://")[2].lower() != host.lower():
            return RequestError(
                "origin", "pages of this origin may not ask; start the service with --origin to let them"
            )
        if not self.keys.admit(headers.get("authorization", "")):
            return RequestError(
                "no-key", "send the service's key: Authorization: Bearer KEY", headers={"WWW-Authenticate": "Bearer"}
            )
        return None
