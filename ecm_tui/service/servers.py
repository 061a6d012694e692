"""uvicorn, held to our rules: no signals of its own, the peer's user checked, dead lines cut and not awaited."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ecm_tui.errors import UnreachableError

PING_SECONDS = 3.0
PONG_SECONDS = 5.0
"""A page that vanished is noticed within eight seconds of its last sign."""

REQUEST_SECONDS = 15.0
"""How long a request may take to be there as a whole, body included; a later one on the same line up to twice that."""

MOST_CONNECTIONS = 800
"""Lines that one server holds at once: fewer than the files a process may open; who comes later is let go at once."""

OWN_PACE = "own_pace"
"""In the state of a request whose body may take longer than that, because somebody else watches over its pace."""

END_SECONDS = 1

START_SECONDS = 30.0


class Sockets(WebSocketsSansIOProtocol):
    """A WebSocket whose client does not answer is cut: a polite close would wait for a client that takes nothing."""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if scope := getattr(self, "scope", None):
            scope["state"]["abort"] = self.abort

    def keepalive_timeout(self) -> None:
        self.abort()

    def abort(self) -> None:
        """Cut the line now; what waits is lost."""
        self.transport.abort()


class Requests(H11Protocol):
    """HTTP from anywhere. Who connects and says nothing, or never comes to the end of a request, is let go."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        super().connection_made(transport)
        self.app_state = {**self.app_state, "abort": transport.abort}
        self._seen: object = None
        """The newest request when the next one was already waited for; ourselves when none was."""
        self._patience = self.loop.call_later(REQUEST_SECONDS, self._look)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if hasattr(self, "_patience"):
            self._patience.cancel()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._patience.cancel()
        super().handle_websocket_upgrade(event)

    def _look(self) -> None:
        """Let go of a client whose request is still not whole; between two requests uvicorn itself is the judge."""
        cycle = getattr(self, "cycle", None)
        idle = self.timeout_keep_alive_task is not None
        whole = cycle is not None and not (cycle.response_complete or cycle.more_body)
        waiting = not (idle or whole or (cycle is not None and OWN_PACE in cycle.scope["state"]))
        if waiting and cycle is self._seen:
            self.transport.abort()
            return
        self._seen = cycle if waiting else self
        self._patience = self.loop.call_later(REQUEST_SECONDS, self._look)


class OwnUserOnly(Requests):
    """HTTP on the unix socket: only processes of the service's own user."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        super().connection_made(transport)
        if peer_uid(transport.get_extra_info("socket")) != os.getuid():
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self.transport.is_closing():
            super().data_received(data)


def peer_uid(connection: Any) -> int:
    """The user at the other end of a unix socket; where the system does not tell, whoever may open the socket file."""
    if not hasattr(socket, "SO_PEERCRED"):
        return os.getuid()
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    uid: int = struct.unpack("3i", credentials)[1]
    return uid


class Server(uvicorn.Server):
    """One of our two servers; signals are for whoever runs them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def stop(self) -> None:
        """Ask for the end; `serve` returns soon."""
        self.should_exit = True


@contextlib.asynccontextmanager
async def running(
    one: Server, listener: socket.socket, ended: Callable[[asyncio.Task[None]], None]
) -> AsyncIterator[None]:
    """`one` serves on `listener` until the end of the block; `ended` hears when it stops before that."""
    task = asyncio.create_task(one.serve([listener]), name="server")
    try:
        end = asyncio.get_running_loop().time() + START_SECONDS
        while not (one.started or task.done()) and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  a flag
            await asyncio.sleep(0.005)
        if not one.started:
            raise UnreachableError("The service could not start to listen. Its log says why.")
        task.add_done_callback(ended)
        yield
    finally:
        task.remove_done_callback(ended)
        one.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


def server(
    app: ASGIApp,
    *,
    private: bool,
    most_bytes: int,
    tls: tuple[str, str] | None = None,
    proxies: tuple[str, ...] = (),
    ping: tuple[float, float] = (PING_SECONDS, PONG_SECONDS),
) -> Server:
    """A server for `app`; `private` for the unix socket. Forwarding headers are believed from `proxies` only."""
    cert, key = tls or (None, None)
    config = uvicorn.Config(
        app,
        http=OwnUserOnly if private else Requests,
        ws=Sockets,
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies) or None,
        server_header=False,
        ws_max_size=most_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=ping[0],
        ws_ping_timeout=ping[1],
        timeout_graceful_shutdown=END_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
        ssl_certfile=cert,
        ssl_keyfile=key,
    )
    return Server(config)
