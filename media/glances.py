"""Small live pictures for an organiser without a display: one a second, of whom the service says, while it says so.

This is a view of the call, as a window is one, and no capture: a picture is made, told to the service and forgotten.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping

from av.video.frame import VideoFrame

from media.call import Call, Member
from media.grants import Message, identifier
from media.picture import Jpeg, jpeg
from media.slots import SMALL
from media.watching import Watching

log = logging.getLogger("media.glances")

MAX_OPEN = 8
"""People looked at at one time; each costs a decoder."""
GAP = 1.0
"""Seconds between two pictures of one person."""

TOO_LARGE = "the camera's picture is too large"


class Glance(Watching):
    """One person who is looked at."""

    USE = "glance"

    def __init__(
        self, call: Call, member: Member, clock: Callable[[], float], shown: Callable[[str, Jpeg], None]
    ) -> None:
        super().__init__(call, member, clock, SMALL)
        self._shown = shown
        self._next = self.opened
        """When the next picture may be told."""
        self.tick(self.opened)

    @property
    def too_large(self) -> bool:
        """Whether the camera sends what is not decoded for its size."""
        return self._too_large

    def seen(self, timestamp: int, picture: VideoFrame) -> None:
        """Tell one a second; the others are forgotten."""
        now = self._clock()
        if now >= self._next and not self.closed:
            self._next = now + GAP
            self._spawn(self._tell(picture))

    async def _tell(self, picture: VideoFrame) -> None:
        written = await asyncio.get_running_loop().run_in_executor(self._pool, jpeg, picture)
        if not self.closed:
            self._shown(self.peer, written)


class Glances:
    """Everybody who is looked at in one bridge. `calls` tells the call of each granted peer."""

    def __init__(self, calls: Mapping[str, Call], tell: Callable[[Message], None], clock: Callable[[], float]) -> None:
        self._calls, self._tell, self._clock = calls, tell, clock
        self._open: dict[str, Glance] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> Mapping[str, Glance]:
        """Who is looked at, by peer."""
        return self._open

    def handle(self, message: Message) -> None:
        """Act on glance_open or glance_close; raises MessageError on one that makes no sense."""
        peer = identifier(message, "peer")
        if message["type"] == "glance_close":
            self.end(peer)
        elif peer not in self._open:
            self._begin(peer)

    def tick(self, now: float) -> None:
        """Called every 100 ms."""
        for glance in list(self._open.values()):
            if glance.too_large:
                self._fail(glance.peer, TOO_LARGE)
                self.end(glance.peer)
            else:
                glance.tick(now)

    def end(self, peer: str) -> None:
        """Look at this one no more; its grant may have ended."""
        glance = self._open.pop(peer, None)
        if glance is not None:
            glance.close()
            task = asyncio.get_running_loop().create_task(glance.ended())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def end_all(self) -> None:
        """Look at nobody."""
        for peer in list(self._open):
            self.end(peer)

    async def close(self) -> None:
        """Look at nobody, and wait until nothing runs any more."""
        self.end_all()
        await asyncio.gather(*self._ending)

    def _begin(self, peer: str) -> None:
        call = self._calls.get(peer)
        if call is None:
            self._fail(peer, "the person is not in the call")
        elif len(self._open) >= MAX_OPEN:
            self._fail(peer, f"{MAX_OPEN} people are looked at already")
        else:
            self._open[peer] = Glance(call, call.members[peer], self._clock, self._show)

    def _show(self, peer: str, picture: Jpeg) -> None:
        data = base64.b64encode(picture.data).decode()
        size = {"width": picture.width, "height": picture.height}
        self._tell({"type": "glance", "peer": peer, **size, "jpeg": data})

    def _fail(self, peer: str, why: str) -> None:
        log.info("no pictures of %s: %s", peer, why)
        self._tell({"type": "glance", "peer": peer, "why": why})
