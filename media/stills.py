"""All stills that are asked for now: messages of the service in, pictures or reasons out.

At most one request is open for each peer. Whatever ends a grant, or the line to the service, ends its request without
a word: the service has ended it on its side.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from media.call import Call
from media.grants import Message, MessageError, identifier
from media.picture import Png
from media.still import Still

log = logging.getLogger("media.stills")

MAX_OPEN = 8
"""Requests at one time; each costs a decoder, some 5 to 10 % of a core."""
MAX_LATE = 2.0
"""Seconds that a confirmation may have been under way; one that seems older was dated by a clock that jumped."""


class Stills:
    """The open requests of one bridge. `calls` tells the call of each granted peer."""

    def __init__(
        self,
        calls: Mapping[str, Call],
        tell: Callable[[Message], None],
        clock: Callable[[], float],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._calls = calls
        self._tell = tell
        self._clock = clock
        self._wall = wall
        self._open: dict[str, Still] = {}
        self._confirmed: dict[str, datetime] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> Mapping[str, Still]:
        """The open requests by consent."""
        return self._open

    def handle(self, message: Message) -> None:
        """Act on still_open, still_take or still_close; raises MessageError on one that makes no sense."""
        consent = identifier(message, "consent")
        match message["type"]:
            case "still_open":
                self._ask(consent, identifier(message, "peer"))
            case "still_take":
                self._take(consent, message.get("confirmed_at"))
            case "still_close":
                self._end(consent)

    def tick(self, now: float) -> None:
        """Called every 100 ms."""
        for still in list(self._open.values()):
            still.tick(now)

    def revoked(self, peer: str) -> None:
        """The grant of this peer has ended."""
        for still in [still for still in self._open.values() if still.peer == peer]:
            self._end(still.consent)

    def end_all(self) -> None:
        """Forget every request."""
        for consent in list(self._open):
            self._end(consent)

    async def close(self) -> None:
        """Forget every request, and wait until nothing of them runs any more."""
        self.end_all()
        await asyncio.gather(*self._ending)

    def _ask(self, consent: str, peer: str) -> None:
        if consent in self._open:
            return
        call = self._calls.get(peer)
        if call is None:
            self._fail(consent, peer, "the person is not in the call")
        elif any(still.peer == peer for still in self._open.values()):
            self._fail(consent, peer, "another picture of this person is asked for")
        elif len(self._open) >= MAX_OPEN:
            self._fail(consent, peer, f"{MAX_OPEN} pictures are asked for already")
        else:
            member = call.members[peer]
            self._open[consent] = Still(consent, call, member, self._clock, self._taken, self._failed)

    def _take(self, consent: str, confirmed_at: object) -> None:
        still = self._open.get(consent)
        if still is None or consent in self._confirmed:
            return
        try:
            confirmed = datetime.fromisoformat(str(confirmed_at))
            age = self._wall() - confirmed.timestamp()
            self._confirmed[consent] = confirmed.astimezone(UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise MessageError("confirmed_at: a time is needed") from error
        # The service's clock is this computer's. In doubt the moment is now, which is later than any confirmation.
        still.take(self._clock() - (age if 0 <= age <= MAX_LATE else 0.0))

    def _taken(self, still: Still, png: Png, captured: float) -> None:
        confirmed, at = self._confirmed[still.consent], still.confirmed or 0.0
        self._tell(
            {
                "type": "still",
                "consent": still.consent,
                "peer": still.peer,
                "outcome": "taken",
                "captured_at": (confirmed + timedelta(seconds=max(0.0, captured - at))).isoformat(),
                "width": png.width,
                "height": png.height,
                "sha256": png.sha256,
                "png": base64.b64encode(png.data).decode(),
            }
        )
        self._end(still.consent)

    def _failed(self, still: Still, why: str) -> None:
        self._fail(still.consent, still.peer, why)
        self._end(still.consent)

    def _fail(self, consent: str, peer: str, why: str) -> None:
        log.info("no still of %s: %s", peer, why)
        self._tell({"type": "still", "consent": consent, "peer": peer, "outcome": "failed", "why": why})

    def _end(self, consent: str) -> None:
        still = self._open.pop(consent, None)
        self._confirmed.pop(consent, None)
        if still is not None:
            still.close()
            task = asyncio.get_running_loop().create_task(still.ended())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
