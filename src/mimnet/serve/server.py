"""The running service: one process that listens, works, and ends without losing what it has taken on."""

import asyncio
import logging
import math
import os
import signal
import socket
from pathlib import Path
from types import FrameType

import uvicorn

from mimnet.errors import MimnetError
from mimnet.serve.app import Service
from mimnet.serve.connection import Connection
from mimnet.serve.gate import HEAD_BYTES
from mimnet.serve.logs import tell

LINGER = 0.5  # seconds after the signal in which requests that are on their way are still let in


class Server(uvicorn.Server):
    """uvicorn's server, which says where it listens, and which ends more gently."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        for place in sockets or []:
            host, port = place.getsockname()[:2]
            print(f"http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
            tell("listening", host=host, port=port, models=list(self.service.setting.models))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal to end."""
        self.service.stopping = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """No new connections; what was sent over the old ones is answered, and then they are closed."""
        tell("stopping", waiting=self.service.desk.waiting if self.service.desk else 0)
        for server in self.servers:
            server.close()
        await asyncio.sleep(LINGER)
        await super().shutdown(sockets)
        tell("stopped")


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound; port 0 takes a free one. Raises `MimnetError` if it cannot be had."""
    if not 0 <= port < 65536:  # getaddrinfo would take it modulo that
        raise MimnetError(f"cannot listen on port {port}; ports go from 0 (any free one) to 65535")
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(place[:2], family=family, backlog=512)
    except socket.gaierror as error:
        raise MimnetError(f"--host {host} is no address of this machine: {error.strerror}") from error
    except OSError as error:
        raise MimnetError(
            f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}; choose another with --host or --port"
        ) from error


def run(service: Service, place: socket.socket) -> None:
    """Serve until a signal: SIGTERM returns, Ctrl-C raises `KeyboardInterrupt`, both after all work has ended."""
    limits = service.setting.limits
    config = uvicorn.Config(
        service.app,
        http=type("Connection", (Connection,), {"head_seconds": limits.upload_timeout}),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # no address is used or logged, so none need be believed
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=math.ceil(limits.timeout + limits.upload_timeout),
    )
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again at the end; the exit code shall be 0
    Server(config, service).run(sockets=[place])


def site_folder(folder: Path) -> Path:
    """A folder that can be served. Raises `MimnetError` if it holds no page."""
    if not (folder / "index.html").is_file():
        raise MimnetError(
            f"--site {folder} holds no index.html; make a site with: mimnet export flowers --web {folder}"
        )
    return folder


def warn_of_strangers(host: str, *, keyed: bool) -> None:
    """Log a warning where others can reach the service without a key."""
    if not keyed and host not in ("127.0.0.1", "::1", "localhost"):
        tell("everybody who reaches this host may use the service; set MIMNET_KEY", level=logging.WARNING, host=host)
