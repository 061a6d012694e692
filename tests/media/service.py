"""A clinic service as the bridge sees it: the other end of its socket, and nothing behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed

from media.config import VERSION
from tests.until import until

ROOT = Path(__file__).parents[2]
TOKEN = "bridge-token"

Message = dict[str, Any]


def grant(peer: str, person: str | None = None, call: str = "a1", **changes: Any) -> Message:
    """A grant as the service writes it; by default peer `x1` is person `x`."""
    fields = {
        "peer": peer,
        "call": call,
        "person": person or peer.rstrip("0123456789"),
        "role": "participant",
        "muted": False,
        "camera": True,
        "microphone": True,
    }
    return fields | changes


class Service:
    """Keeps what the bridge said in `heard`, in order. `async with`; the socket lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "service.sock"
        self.heard: list[Message] = []
        self.grants: list[Message] = []
        self.connection: ServerConnection | None = None
        self.hellos = 0
        self.other_process = True
        """The bridge is a process of its own."""
        self.close_code: int | None = None
        self.close_first: int | None = None
        """Close every new connection with this code."""
        self._server: Any = None
        self._requests = 0
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                await self._process.wait()
        await self.stop()

    async def start(self) -> None:
        """Listen (again)."""
        self._server = await unix_serve(self._serve, str(self.socket), max_size=1 << 20)

    async def stop(self) -> None:
        """Go away; the bridge stays."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def bridge(self, **settings: Any) -> asyncio.subprocess.Process:
        """Start the real bridge process and wait until it has said hello."""
        process = await self.launch(**settings)
        await until(lambda: self.hellos, timeout=15, what="the bridge's hello")
        return process

    async def launch(self, **settings: Any) -> asyncio.subprocess.Process:
        """Start the real bridge process."""
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media", cwd=ROOT, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        line = {
            "socket": str(self.socket),
            "token": TOKEN,
            "address": None,
            "ports": None,
            "turn": None,
            "version": VERSION,
        }
        assert process.stdin is not None
        process.stdin.write((json.dumps(line | settings) + "\n").encode())
        process.stdin.close()
        return process

    async def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None and request.headers["Authorization"] == f"Bearer {TOKEN}"
        if self.close_first is not None:
            await connection.close(self.close_first)
            return
        hello = json.loads(await connection.recv())
        assert hello["type"] == "hello" and hello["version"] == VERSION and hello["bridge"]
        assert (hello["pid"] != os.getpid()) is self.other_process
        self.connection = connection
        await connection.send(json.dumps({"type": "grants", "grants": self.grants}))
        self.hellos += 1
        with contextlib.suppress(ConnectionClosed):
            async for text in connection:
                self.heard.append(json.loads(text))

    async def send(self, **message: Any) -> None:
        """Say something to the bridge."""
        assert self.connection is not None
        await self.connection.send(json.dumps(message))

    async def offer(self, peer: str, sdp: str) -> Message:
        """Hand on an offer; the answer or the refusal."""
        self._requests += 1
        request = self._requests
        await self.send(type="offer", request=request, peer=peer, sdp=sdp)
        return await until(
            lambda: self.last(lambda m: m["type"] in ("answer", "refused") and m["request"] == request),
            timeout=15,
            what=f"an answer to {peer}",
        )

    def last(self, matches: Callable[[Message], bool]) -> Message:
        """The newest message that matches, or an empty one."""
        return next((message for message in reversed(self.heard) if matches(message)), {})

    def said(self, kind: str, peer: str) -> Message:
        """The newest message of this type on this peer, or an empty one."""
        return self.last(lambda message: message["type"] == kind and message.get("peer") == peer)

    def slots(self, peer: str) -> list[str]:
        """Who is on the slots of this peer now, without empty ones."""
        return [person for person in self.said("slots", peer).get("slots", {}).values() if person]
