"""One still of one person's camera: asked for under a consent's id, taken once after the consent is given.

While the request is open, this one stream is decoded in a thread of its own and its large picture is wanted. The still
is the first decoded frame whose estimated capture (`media.capture`) is at or after the confirmation; where none comes
in time there is none. Until then decoded frames are held in memory only, a few at a time, and go with the request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from av.video.frame import VideoFrame

from media.call import Call, Member
from media.capture import RoundTrips
from media.picture import Png, png
from media.slots import LARGE
from media.watching import Watching

REPORT_SECONDS = 2.0
"""How long after the confirmation the sender's first report may come."""
FRAME_SECONDS = 3.0
"""How long after the confirmation the frame may come."""
PING_GAP = 0.25
"""Seconds between two measurements of the round trip."""
KEPT = 8
"""Decoded pictures that are held: the confirmation is a few frames old when it arrives. 1.4 MB each."""

TOO_LARGE = "the camera's picture is larger than a still may be"

Done = Callable[["Still", Png, float], None]
"""The still is taken: its picture, and when it was captured by our clock."""
Failed = Callable[["Still", str], None]
"""No still came; why, in words."""


class Still(Watching):
    """One open request. Made on the loop; `close` ends it at once and may be called again."""

    USE = "still"

    def __init__(
        self, consent: str, call: Call, member: Member, clock: Callable[[], float], done: Done, failed: Failed
    ) -> None:
        super().__init__(call, member, clock, LARGE)
        self.consent = consent
        self.confirmed: float | None = None
        """When the person agreed, by our clock; None until then."""
        self._done, self._failed = done, failed
        self._taken_at = 0.0
        self._chosen = False
        """The frame is found and being written."""
        self._trips = RoundTrips()
        self._pinged = -PING_GAP
        self._kept: deque[tuple[int, VideoFrame]] = deque(maxlen=KEPT)
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
        super().tick(now)
        if now - self._pinged >= PING_GAP:
            self._pinged = now
            self._spawn(self._ping())
        if self.confirmed is not None:
            self._look()
            self._give_up(now)

    def close(self) -> None:
        """End the decoder and forget every frame."""
        super().close()
        self._kept.clear()

    def seen(self, timestamp: int, picture: VideoFrame) -> None:
        """Hold a few: the confirmation is a few frames old when it arrives."""
        self._kept.append((timestamp, picture))
        self._look()

    def _begin_anew(self) -> None:
        """Frames of another source, or of before a new beginning, cannot be dated any more."""
        super()._begin_anew()
        self._kept.clear()

    async def _ping(self) -> None:
        peer = self._member.live
        seconds = await peer.round_trip() if peer is not None else None
        if seconds is not None:
            self._trips.add(seconds, self._clock())
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
