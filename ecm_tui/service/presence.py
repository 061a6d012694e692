"""Who is heard from, and how long a lost connection keeps its place. Grace runs on the monotonic clock of the loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Literal

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Command
from ecm_tui.core.log import SERVICE, Actor, Recorded
from ecm_tui.errors import EcmError, RefusedError
from ecm_tui.service.streams import Streams

WINDOW_SECONDS = 5.0
"""How long an organiser's window that went away keeps its part: a reload takes a second or two."""

INSIST_SECONDS = 1.0
"""Pause between tries while the disk takes nothing."""

LOOK_BACK = timedelta(days=400)
LOOK_AHEAD = timedelta(days=3660)
MOST_ROWS = 200_000

_log = logging.getLogger(__name__)


class Presence:
    """The connections of all people and windows, as the log should know them."""

    def __init__(self, streams: Streams, grace: float, window_grace: float = WINDOW_SECONDS) -> None:
        self.now: dict[str, Appointment] = {}
        """Appointments with somebody in them, or whose call runs, as they are now; by id."""
        self._streams = streams
        self._grace = grace
        self._window_grace = window_grace
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        """People in waiting rooms, over all appointments."""
        return sum(p.state == "waiting" for a in self.now.values() for p in a.people.values())

    @property
    def calls(self) -> int:
        """Calls that run."""
        return sum(a.running for a in self.now.values())

    @property
    def talking(self) -> bool:
        """Whether anybody is in a call, so that the bridge has media to keep."""
        return any(p.state == "admitted" for a in self.now.values() if a.running for p in a.people.values()) or any(
            o.windows for a in self.now.values() if a.running for o in a.organisers.values()
        )

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed."""
        if after.running or any(p.present for p in after.people.values()):
            self.now[after.id] = after
        else:
            self.now.pop(after.id, None)

    async def recover(self) -> None:
        """After a start nobody is connected yet: mark everyone lost; their grace runs from now.

        Called before anyone is let in.
        """
        now = self._streams.sources.clock()
        for row in await self._streams.summaries(now - LOOK_BACK, now + LOOK_AHEAD, MOST_ROWS):
            if not (row.running or row.waiting or row.admitted):
                continue
            appointment = await self._streams.appointment(row.id)
            if appointment:
                self.changed(appointment, appointment, ())
        for appointment in list(self.now.values()):
            await self._recover(appointment)

    async def _recover(self, appointment: Appointment) -> None:
        for person in appointment.people.values():
            if person.present:
                self._start(appointment.id, person.id, person.visit)
                await self._say(appointment.id, person.id, person.visit, "lost")
        for organiser in appointment.organisers.values():
            actor = Actor(role="organiser", id=organiser.id, name=organiser.name)
            for visit in organiser.windows:
                self.window_lost(appointment.id, visit, actor)

    # People

    def lost(self, appointment: str, person: str, visit: str) -> None:
        """The person's page is not heard from. It is said by a task of ours: the page's own has ended."""
        if self._closed:
            return
        self._start(appointment, person, visit)
        self._later(self._say(appointment, person, visit, "lost"))

    async def back(self, appointment: str, person: str, visit: str) -> None:
        """The person's page is heard from again. Always said: a loss may still be on its way to the log."""
        self.keep(appointment, person)
        await self._say(appointment, person, visit, "back")

    def keep(self, appointment: str, person: str) -> None:
        """Stop the person's grace: they are here, or gone by another way."""
        timer = self._timers.pop((appointment, person), None)
        if timer:
            timer.cancel()

    def _start(self, appointment: str, person: str, visit: str) -> None:
        self.keep(appointment, person)

        def over() -> None:
            self._timers.pop((appointment, person), None)
            self._later(self._say(appointment, person, visit, "over"))

        self._timers[appointment, person] = asyncio.get_running_loop().call_later(self._grace, over)

    async def _say(self, appointment: str, person: str, visit: str, sign: Literal["lost", "back", "over"]) -> None:
        def stale() -> bool:
            """Who came back before their loss was said is not lost: said in the wrong order it would stay so."""
            return sign == "lost" and (appointment, person) not in self._timers

        await self._insist(appointment, c.Presence(person_id=person, visit=visit, sign=sign), SERVICE, stale)

    # Windows

    def window_lost(self, appointment: str, visit: str, actor: Actor) -> None:
        """An organiser's window went away; it is closed unless it is back soon."""
        if self._closed:
            return

        def over() -> None:
            self._timers.pop((appointment, visit), None)
            self._later(self._insist(appointment, c.CloseWindow(visit=visit), actor))

        self.keep(appointment, visit)
        self._timers[appointment, visit] = asyncio.get_running_loop().call_later(self._window_grace, over)

    # Saying it

    async def _insist(
        self, stream: str, command: Command, actor: Actor, stale: Callable[[], bool] = lambda: False
    ) -> None:
        """Say it until it is saved or `stale`: a full disk must not make somebody present for ever."""
        while not self._closed and not stale():
            try:
                await self._streams.execute(stream, command, actor)
                return
            except RefusedError as refused:
                _log.warning("%s: %s", stream, refused)
                return
            except EcmError as error:
                _log.error("%s", error)
                await asyncio.sleep(INSIST_SECONDS)

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Nothing more is said: the next service finds out for itself who is there."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
