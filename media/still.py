"""One still of one person's camera: asked for under a consent's id, taken once after the consent is given.

While the request is open, this one stream is decoded in a thread of its own and its large picture is wanted. The still
is the first decoded frame whose estimated capture (`media.capture`) is at or after the confirmation; where none comes
in time there is none. Until then decoded frames are held in memory only, a few at a time, and go with the request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from av.video.frame import VideoFrame

from media.call import Call, Member
from media.capture import RoundTrips
from media.forward import Source
from media.frames import Assembler, Frame, fits
from media.picture import Decoder, Png, png
from media.slot import Kept
from media.slots import LARGE, OFF

REPORT_SECONDS = 2.0
"""How long after the confirmation the sender's first report may come."""
FRAME_SECONDS = 3.0
"""How long after the confirmation the frame may come."""
PING_GAP = 0.25
"""Seconds between two measurements of the round trip."""
KEPT = 8
"""Decoded pictures that are held: the confirmation is a few frames old when it arrives. 1.4 MB each."""
MAX_BEHIND = 30
"""Frames that may wait for the decoder: a second; beyond that it goes on with the next keyframe."""
STUCK = 0.4
"""Seconds that a missing packet is waited for."""

TOO_LARGE = "the camera's picture is larger than a still may be"

Done = Callable[["Still", Png, float], None]
"""The still is taken: its picture, and when it was captured by our clock."""
Failed = Callable[["Still", str], None]
"""No still came; why, in words."""


class Still:
    """One open request. Made on the loop; `close` ends it at once and may be called again."""

    def __init__(
        self, consent: str, call: Call, member: Member, clock: Callable[[], float], done: Done, failed: Failed
    ) -> None:
        self.consent = consent
        self.peer = member.grant.peer
        self.opened = clock()
        self.confirmed: float | None = None
        """When the person agreed, by our clock; None until then."""
        self.closed = False
        self.frames = 0
        """Frames decoded."""
        self._call, self._member, self._clock = call, member, clock
        self._done, self._failed = done, failed
        self._source: Source | None = None
        self._assembler = Assembler()
        self._moved = self.opened
        self._taken_at = 0.0
        self._too_large = False
        """The camera sends pictures that are not decoded for their size."""
        self._chosen = False
        """The frame is found and being written."""
        self._trips = RoundTrips()
        self._pinged = -PING_GAP
        self._kept: deque[tuple[int, VideoFrame]] = deque(maxlen=KEPT)
        self._waiting: deque[Frame] = deque()
        self._ready = asyncio.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="still")
        self._ring: list[Kept | None] = []
        """Of the source; another one means that its numbers began anew."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._spawn(self._decode())
        call.need(member, LARGE, self.opened)
        self.tick(self.opened)

    def take(self, confirmed: float) -> None:
        """The person agreed at that moment of our clock. Only the first time counts."""
        if self.closed or self.confirmed is not None:
            return
        self.confirmed = max(confirmed, self.opened)
        self._taken_at = self._clock()
        self._look()

    def tick(self, now: float) -> None:
        """Called every 100 ms: follow the person's newest connection, measure, ask for what is missing, give up."""
        if self.closed or self._chosen:
            return
        if self._too_large:
            self._failed(self, TOO_LARGE)
            return
        self._follow(self._member.source("video"), now)
        if now - self._pinged >= PING_GAP:
            self._pinged = now
            self._spawn(self._ping())
        if self._source is not None:
            if not self._assembler.waiting and now - self._moved > STUCK:
                self._assembler.reset()
            if self._assembler.waiting:
                self._source.want_keyframe(now)
        if self.confirmed is not None:
            self._look()
            self._give_up(now)

    def close(self) -> None:
        """End the decoder and forget every frame."""
        if self.closed:
            return
        self.closed = True
        self._follow(None, 0.0)
        self._kept.clear()
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._call.need(self._member, OFF, self._clock())

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
        """Hear another source, or none; frames of the one before cannot be dated any more."""
        if source is self._source:
            return
        if self._source is not None and self._source.tap == self._packet:
            self._source.tap = None
        self._source = source
        self._begin_anew()
        if source is not None:
            source.tap = self._packet
            self._moved = now
            source.want_keyframe(now, urgent=True)

    def _begin_anew(self) -> None:
        self._assembler.reset()
        self._waiting.clear()
        self._kept.clear()
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

    async def _ping(self) -> None:
        peer = self._member.live
        seconds = await peer.round_trip() if peer is not None else None
        if seconds is not None:
            self._trips.add(seconds, self._clock())
            self._look()

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
                    self._kept.extend((frame.timestamp, picture) for picture in pictures)
                    self._look()

    def _look(self) -> None:
        """Take the first frame that is fresh for certain, if there is one."""
        source, now = self._source, self._clock()
        round_trip = self._trips.largest(now)
        if self.closed or self._chosen or self.confirmed is None or source is None or round_trip is None:
            return
        for timestamp, picture in self._kept:
            captured = source.captures.estimate(timestamp, round_trip, now)
            if captured is not None and captured >= self.confirmed:
                self._chosen = True
                self._follow(None, now)
                self._spawn(self._write(picture, captured))
                return

    async def _write(self, picture: VideoFrame, captured: float) -> None:
        written = await asyncio.get_running_loop().run_in_executor(self._pool, png, picture)
        if not self.closed:
            self._done(self, written, captured)

    def _give_up(self, now: float) -> None:
        waited, source = now - self._taken_at, self._source
        if not self._member.grant.camera:
            why = "the camera was switched off"
        elif source is None:
            why = "the connection of the camera was lost"
        elif not source.captures.known(now):
            why = "the camera's picture cannot be dated"
        else:
            why = "no picture came from the camera in time"
        dated = source is not None and source.captures.known(now)
        if waited > FRAME_SECONDS or (waited > REPORT_SECONDS and not dated):
            self._failed(self, why)
