"""The bridge's socket to the service: WebSocket over the service's unix socket, role bridge.

When the service goes away media runs on, and the bridge tries to come back for 30 s; then it ends everything. After
every reconnection the service sends its whole set of grants, and the bridge says again what it knows.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
import uuid
from collections import deque

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

from media.bridge import Bridge
from media.config import VERSION, Config
from media.grants import Message, MessageError

log = logging.getLogger("media.signalling")

PATIENCE = 30.0
"""Seconds without a service after which all media ends."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds between two attempts to connect."""
MAX_MESSAGE = 1 << 20
"""Bytes of one message; an offer is at most 256 KiB."""
MAX_OUTBOX = 4096
"""Messages waiting for the service; a service that takes none for so long is reconnected and told everything anew."""
REFUSED = {4401: "its token is not valid", 4409: "there is another bridge", 4426: "its version differs"}


class Refused(Exception):
    """The service does not want this bridge; the message says why."""


class Outbox:
    """Messages on their way to the service."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._ready = asyncio.Event()
        self.full = False
        self.open = False

    def put(self, message: Message) -> None:
        """Keep a message until it is sent; without a connection it is dropped, as all is told anew after one."""
        if not self.open or self.full:
            return
        self.full = len(self._waiting) >= MAX_OUTBOX
        self._waiting.append(message)
        self._ready.set()

    def start(self) -> None:
        """Begin with nothing, for a new connection."""
        self._waiting.clear()
        self.full, self.open = False, True

    def stop(self) -> None:
        """The connection is gone."""
        self.open = False
        self._waiting.clear()

    async def send(self, socket: ClientConnection) -> None:
        """Send until the connection ends or falls too far behind."""
        while not self.full:
            while self._waiting:
                await socket.send(json.dumps(self._waiting.popleft(), separators=(",", ":")))
            self._ready.clear()
            await self._ready.wait()
        await socket.close(1013, "too far behind")


class Signalling:
    """Keeps the bridge connected to its service."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.outbox = Outbox()
        self.name = str(uuid.uuid4())
        self._seen = time.monotonic()

    async def run(self, bridge: Bridge) -> None:
        """Serve until the service has been away for 30 s; raises Refused when it does not want this bridge."""
        pause = FIRST_PAUSE
        while time.monotonic() - self._seen < PATIENCE:
            try:
                if await self._session(bridge):
                    pause = FIRST_PAUSE
            except InvalidStatus as error:
                if error.response.status_code in (401, 403):
                    raise Refused(REFUSED[4401]) from error
            except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as error:
                log.debug("no service: %s", error)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 1.5)
        log.warning("no service for %.0f s: all media ends", PATIENCE)

    async def _session(self, bridge: Bridge) -> bool:
        headers = {"Authorization": f"Bearer {self.config.token}"}
        connection = unix_connect(
            self.config.socket, "ws://service/bridge", additional_headers=headers, max_size=MAX_MESSAGE, open_timeout=5,
            compression=None,
        )  # fmt: skip
        async with connection as socket:
            self._seen = time.monotonic()
            try:
                await self._serve(socket, bridge)
            except ConnectionClosed as closed:
                log.info("the service closed the connection: %s", closed)
            self._seen = time.monotonic()
        if socket.close_code in REFUSED:
            raise Refused(REFUSED[socket.close_code])
        return True

    async def _serve(self, socket: ClientConnection, bridge: Bridge) -> None:
        hello = {"type": "hello", "version": VERSION, "bridge": self.name, "pid": os.getpid()}
        await socket.send(json.dumps(hello))
        self.outbox.start()
        sender = asyncio.create_task(self.outbox.send(socket))
        try:
            async for text in socket:
                self._take(text, bridge)
        except asyncio.CancelledError:
            await socket.close(1001, "the bridge ends")
            raise
        finally:
            self.outbox.stop()
            sender.cancel()
            await asyncio.wait([sender])
            if not sender.cancelled():
                sender.exception()  # It ended with the connection; why, the receiving side says.

    def _take(self, text: str | bytes, bridge: Bridge) -> None:
        try:
            message = json.loads(text)
            if not isinstance(message, dict):
                raise MessageError("not an object")
            if message.get("type") == "refused" and message.get("code") == "wrong_version":
                raise Refused(str(message.get("message") or REFUSED[4426]))
            bridge.handle(message)
        except ValueError as error:
            log.warning("passed over a message of the service: %s", error)
