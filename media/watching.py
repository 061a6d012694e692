"""One person's picture, decoded while somebody has a use for it: a thread of its own, and nothing kept here.

Follows the person's newest connection, asks for keyframes where packets are missing, and gives each decoded picture to
`seen`. Whatever is decoded is in memory only and goes with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from av.video.frame import VideoFrame

from media.call import Call, Member
from media.forward import Source
from media.frames import Assembler, Frame, fits
from media.picture import Decoder
from media.slot import Kept
from media.slots import OFF

MAX_BEHIND = 30
"""Frames that may wait for the decoder: a second; beyond that it goes on with the next keyframe."""
STUCK = 0.4
"""Seconds that a missing packet is waited for."""


class Watching:
    """A decoder on one person's picture. Made on the loop; `close` ends it at once and may be called again."""

    USE = ""
    """What for: each use has its own say on the quality that the person sends."""

    def __init__(self, call: Call, member: Member, clock: Callable[[], float], quality: str) -> None:
        self.peer = member.grant.peer
        self.opened = clock()
        self.closed = False
        self.frames = 0
        """Frames decoded."""
        self._call, self._member, self._clock = call, member, clock
        self._source: Source | None = None
        self._assembler = Assembler()
        self._moved = self.opened
        self._too_large = False
        """The camera sends pictures that are not decoded for their size."""
        self._waiting: deque[Frame] = deque()
        self._ready = asyncio.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=self.USE)
        self._ring: list[Kept | None] = []
        """Of the source; another one means that its numbers began anew."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._spawn(self._decode())
        call.need(member, self.USE, quality, self.opened)

    def seen(self, timestamp: int, picture: VideoFrame) -> None:
        """A picture was decoded, in the order of the stream; `timestamp` is its packets'."""
        raise NotImplementedError

    def tick(self, now: float) -> None:
        """Called every 100 ms: follow the person's newest connection, and ask for what is missing."""
        self._follow(self._member.source("video"), now)
        if self._source is not None:
            if not self._assembler.waiting and now - self._moved > STUCK:
                self._assembler.reset()
            if self._assembler.waiting:
                self._source.want_keyframe(now)

    def close(self) -> None:
        """End the decoder and forget every frame."""
        if self.closed:
            return
        self.closed = True
        self._follow(None, 0.0)
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._call.need(self._member, self.USE, OFF, self._clock())

    async def ended(self) -> None:
        """Wait until nothing of it runs any more."""
        self.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._pool.shutdown)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _follow(self, source: Source | None, now: float) -> None:
        """Hear another source, or none."""
        if source is self._source:
            return
        if self._source is not None:
            self._source.taps = tuple(tap for tap in self._source.taps if tap != self._packet)
        self._source = source
        self._begin_anew()
        if source is not None:
            source.taps += (self._packet,)
            self._moved = now
            source.want_keyframe(now, urgent=True)

    def _begin_anew(self) -> None:
        self._assembler.reset()
        self._waiting.clear()
        self._ring = self._source.ring if self._source is not None else []

    def _packet(self, number: int) -> None:
        source = self._source
        if source is None:
            return
        if source.ring is not self._ring:
            self._begin_anew()  # The sender began anew with another SSRC.
        before = self._assembler.next
        for frame in self._assembler.feed(source.ring, number):
            if self._too_large or (frame.key and not fits(frame.data)):
                self._too_large = True
                self._waiting.clear()
                break
            if len(self._waiting) >= MAX_BEHIND:
                self._waiting.clear()
                self._assembler.reset()
                break
            self._waiting.append(frame)
            self._ready.set()
        if self._assembler.next != before:
            self._moved = self._clock()

    async def _decode(self) -> None:
        loop = asyncio.get_running_loop()
        decoder = await loop.run_in_executor(self._pool, Decoder)
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._waiting:
                frame, ring = self._waiting.popleft(), self._ring
                pictures = await loop.run_in_executor(self._pool, decoder.decode, frame.data)
                self.frames += 1
                if pictures is None:
                    self._assembler.reset()
                elif ring is self._ring:
                    for picture in pictures:
                        self.seen(frame.timestamp, picture)
