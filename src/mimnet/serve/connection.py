"""A connection: uvicorn's, which also gives up on heads that do not arrive, and whose refusals are JSON."""

import asyncio
import json
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from mimnet.serve.gate import HEAD_BYTES, HEADERS
from mimnet.serve.problems import KINDS, MEDIA_TYPE


class Connection(H11Protocol):
    """HTTP/1.1 with a time limit for a request's head."""

    head_seconds = 20.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A sender has come."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The sender has gone."""
        if self._head_timer:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        """The clock runs while a head is on its way, or the rest of a body that was answered before its end.

        Between two requests uvicorn's own clock runs.
        """
        head = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        rest = self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE
        waiting = head or rest
        if not waiting and self._head_timer:
            self._head_timer.cancel()
            self._head_timer = None
        elif waiting and self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self._refuse("slow-upload", f"no whole request head within {self.head_seconds:g} seconds")

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP request."""
        self._refuse("bad-request", f"this is no valid HTTP request, or its head has more than {HEAD_BYTES:,} bytes")

    def _refuse(self, name: str, detail: str) -> None:
        kind = KINDS[name]
        told = {"type": f"/docs#{name}", "title": kind.title, "status": kind.status, "detail": detail}
        body = json.dumps(told).encode()
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Connection": "close", **HEADERS}
        raw = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = h11.Response(status_code=kind.status, headers=raw, reason=STATUS_PHRASES[kind.status])
            for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:  # whoever still works for this connection finds nobody there
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
