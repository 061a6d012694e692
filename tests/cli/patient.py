"""A participant's page without a browser: trades the link, waits, and says what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from ecm_tui.core.wire import VERSION


class Heard(asyncio.Queue[dict[str, Any]]):
    """What the page was told, in order; `send` says something."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__()
        self._socket = socket

    async def send(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))


@asynccontextmanager
async def waiting(link: str) -> AsyncIterator[Heard]:
    """Someone who opened `link` and stands in the waiting room; the messages of their page."""
    origin, _, token = link.partition("/join/")
    async with httpx.AsyncClient(trust_env=False) as web:
        body = {"token": token, "version": VERSION}
        answer = await web.post(f"{origin}/api/v1/open", json=body, headers={"Origin": origin})
    assert answer.status_code == 200, answer.text
    live = origin.replace("http", "ws", 1) + "/api/v1/session"
    async with connect(live, origin=origin, proxy=None) as socket:  # type: ignore[arg-type]  # a plain str will do
        hello = {"type": "hello", "version": VERSION, "credential": answer.json()["credential"]}
        await socket.send(json.dumps(hello))
        await socket.send(json.dumps({"type": "enter", "devices": {"camera": "on", "microphone": "on"}}))
        heard = Heard(socket)

        async def read() -> None:
            async for text in socket:
                heard.put_nowait(json.loads(text))

        reading = asyncio.create_task(read())
        try:
            await state(heard, "waiting")
            yield heard
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def state(heard: asyncio.Queue[dict[str, Any]], wanted: str) -> None:
    """Wait until the page shows this state."""
    async with asyncio.timeout(10):
        while True:
            message = await heard.get()
            if message.get("view", {}).get("state") == wanted or message.get("reason") == wanted:
                return


async def asked(heard: asyncio.Queue[dict[str, Any]]) -> str:
    """Wait until the page shows a screenshot request: its consent's id."""
    async with asyncio.timeout(20):
        while True:
            message = await heard.get()
            if request := message.get("view", {}).get("screenshot"):
                return str(request["consent"])
