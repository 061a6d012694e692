"""Keeps one page's media up: offers when the service is ready, takes the answer, offers anew when a path has died."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiortc import RTCIceServer

from media.window.peer import Peer
from media.window.tracks import Quality

ANSWER = 10.0
"""Seconds until an offer without an answer is made again."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Seconds before a failed try is repeated: the first, and what doubling leads to."""
CONNECTING = 15.0
"""Seconds that ICE and DTLS may take."""

Send = Callable[[Mapping[str, Any]], Awaitable[object]]
Make = Callable[[Callable[[], None], list[RTCIceServer]], Peer]
"""Builds a peer. What it gets: whom to tell that its state changed, and the relays that the service named."""


class MediaLine:
    """One task makes peers, one at a time; messages of the service come in by `handle`."""

    def __init__(self, send: Send, make: Make) -> None:
        self._send = send
        self._make = make
        self._ready = asyncio.Event()
        self._again = asyncio.Event()
        self._moved = asyncio.Event()
        self._answer: asyncio.Future[Mapping[str, Any]] | None = None
        self._request = 0
        self._relays: list[RTCIceServer] = []
        self._quality: Quality = "large"
        self._task: asyncio.Task[None] | None = None
        self.peer: Peer | None = None
        """The newest peer; None before the first offer and after `close`."""
        self._old: Peer | None = None
        """The peer before it, until it is closed."""

    def handle(self, message: Mapping[str, Any]) -> None:
        """A message of the service: media, answer, refused or sending; others are left alone."""
        match message:
            case {"type": "media", "state": "ready"}:
                self._relays = relays(message.get("ice"))
                self._start()
                self._ready.set()
                self._again.set()
                self._moved.set()
                self._settle({"type": "refused", "code": "asked_again"})
            case {"type": "media"}:
                self._ready.clear()
            case {"type": "answer" | "refused", "request": self._request}:
                self._settle(message)
            case {"type": "sending", "quality": "off" | "small" | "large" as quality}:
                self._quality = quality
                if self.peer:
                    self.peer.send(quality)

    async def close(self) -> None:
        """End all media; a later `ready` starts anew. A second time does nothing."""
        self._ready.clear()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for peer in (self._old, self.peer):
            if peer:
                await peer.close()
        self._old = self.peer = None

    def _settle(self, answer: Mapping[str, Any]) -> None:
        """End the wait for an answer, where there is one."""
        if self._answer and not self._answer.done():
            self._answer.set_result(answer)

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        wait = FIRST_WAIT
        while True:
            await self._ready.wait()
            self._again.clear()
            worked = await self._offer() and await self._stand()
            wait = FIRST_WAIT if worked else min(LONGEST_WAIT, wait * 2)
            if not self._again.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._again.wait(), FIRST_WAIT if worked else wait)

    async def _offer(self) -> bool:
        """Make a peer, offer, take the answer; the peer before it goes. False when there was no good answer."""
        self._old, self.peer = self.peer, self._make(self._changed, self._relays)
        if self._old:
            await self._old.close()
        self._request += 1
        self._answer = asyncio.get_running_loop().create_future()
        await self._send({"type": "offer", "request": self._request, "sdp": await self.peer.offer()})
        try:
            answer = await asyncio.wait_for(self._answer, ANSWER)
            if answer["type"] == "refused":
                return False
            await self.peer.accept(str(answer.get("sdp", "")))
        except (TimeoutError, ValueError):
            return False
        finally:
            self._answer = None
        self.peer.send(self._quality)
        return True

    async def _stand(self) -> bool:
        """Wait while the peer lives. True when it was connected at some time."""
        assert self.peer is not None
        connected = False
        end = asyncio.get_running_loop().time() + CONNECTING
        while not self._again.is_set() and self.peer.state not in ("failed", "closed"):
            connected = connected or self.peer.state == "connected"
            left = None if connected else end - asyncio.get_running_loop().time()
            if left is not None and left <= 0:
                return False
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), left)
        return connected

    def _changed(self) -> None:
        """A peer's state changed."""
        self._moved.set()


def relays(named: object) -> list[RTCIceServer]:
    """The ICE servers of a `ready`; what is not well formed is left out."""
    found = []
    for each in named if isinstance(named, list) else []:
        match each:
            case {"urls": [*urls], "username": str(name), "credential": str(secret)} if all(map(_is_relay, urls)):
                found.append(RTCIceServer(urls=urls, username=name, credential=secret))
    return found


def _is_relay(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("turn:", "turns:"))
