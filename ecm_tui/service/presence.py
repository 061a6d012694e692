"""Who is heard from, and how long a lost connection keeps its place. Grace runs on the monotonic clock of the loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Command
from ecm_tui.core.log import SERVICE, Actor, Recorded
from ecm_tui.core.people import Person
from ecm_tui.service.insist import insist
from ecm_tui.service.streams import Streams

WINDOW_SECONDS = 5.0
"""How long an organiser's window that went away keeps its part: a reload takes a second or two."""

RECOVER_SECONDS = 2.0
"""How long a start waits for the log to know that nobody is connected."""

LOOK_BACK = timedelta(days=400)
LOOK_AHEAD = timedelta(days=3660)
MOST_ROWS = 200_000


class Presence:
    """The connections of all people and windows, as the log should know them."""

    def __init__(self, streams: Streams, grace: float, window_grace: float = WINDOW_SECONDS) -> None:
        self.now: dict[str, Appointment] = {}
        """Appointments with somebody in them, or whose call runs, as they are now; by id."""
        self._streams = streams
        self._grace = grace
        self._window_grace = window_grace
        self._away: dict[tuple[str, str], asyncio.TimerHandle] = {}
        """Appointment, and person or window -> the absence that is not in the log as a whole yet."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        """People in waiting rooms, over all appointments."""
        return sum(p.state == "waiting" for a in self.now.values() for p in a.people.values())

    @property
    def first(self) -> Person | None:
        """Who waits longest, over all appointments."""
        everyone = (p for a in self.now.values() for p in a.people.values() if p.state == "waiting")
        return min(everyone, key=lambda p: p.waiting_since.timestamp() if p.waiting_since else 0.0, default=None)

    @property
    def in_call(self) -> int:
        """People who are in a call, organisers not counted."""
        return sum(a.admitted for a in self.now.values())

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

    def holding(self, visit: str) -> Appointment | None:
        """The appointment in which the participant's page `visit` speaks for somebody who is there."""
        for appointment in self.now.values():
            if any(person.present and person.visit == visit for person in appointment.people.values()):
                return appointment
        return None

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed."""
        if after.running or any(p.present for p in after.people.values()):
            self.now[after.id] = after
        else:
            self.now.pop(after.id, None)

    async def recover(self) -> None:
        """After a start nobody is connected yet: everyone is lost, and their grace runs from now.

        Called before anyone is let in. A disk that takes nothing holds the start up for `RECOVER_SECONDS` only.
        """
        now = self._streams.sources.clock()
        for row in await self._streams.summaries(now - LOOK_BACK, now + LOOK_AHEAD, MOST_ROWS):
            if not (row.running or row.waiting or row.admitted):
                continue
            appointment = await self._streams.appointment(row.id)
            if appointment:
                self.changed(appointment, appointment, ())
        told = [task for appointment in list(self.now.values()) for task in self._recover(appointment)]
        if told:
            await asyncio.wait(told, timeout=RECOVER_SECONDS)

    def _recover(self, appointment: Appointment) -> list[asyncio.Task[None]]:
        for organiser in appointment.organisers.values():
            actor = Actor(role="organiser", id=organiser.id, name=organiser.name)
            for visit in organiser.windows:
                self.window_lost(appointment.id, visit, actor)
        present = [person for person in appointment.people.values() if person.present]
        return [self._lost(appointment.id, person.id, person.visit) for person in present]

    # People

    def lost(self, appointment: str, person: str, visit: str) -> None:
        """The person's page is not heard from. It is said by a task of ours: the page's own has ended."""
        if not self._closed:
            self._lost(appointment, person, visit)

    async def back(self, appointment: str, person: str, visit: str) -> None:
        """The person's page is heard from again. Always said: a loss may still be on its way to the log."""
        self.keep(appointment, person)
        command = c.Presence(person_id=person, visit=visit, sign="back")
        await insist(self._streams, appointment, command, lambda: self._closed or (appointment, person) in self._away)

    def keep(self, appointment: str, person: str) -> None:
        """Stop the grace of a person or a window: they are here, or gone by another way."""
        timer = self._away.pop((appointment, person), None)
        if timer:
            timer.cancel()

    def _lost(self, appointment: str, person: str, visit: str) -> asyncio.Task[None]:
        # With a full disk the loss may not be in the log yet when the grace is over: then both are said.
        lost = c.Presence(person_id=person, visit=visit, sign="lost")
        over = c.Presence(person_id=person, visit=visit, sign="over")
        timer = self._start(appointment, person, self._grace, (lost, over), SERVICE)
        return self._later(self._say((appointment, person), timer, (lost,), SERVICE))

    # Windows

    def window_lost(self, appointment: str, visit: str, actor: Actor) -> None:
        """An organiser's window went away; it is closed unless it is back soon."""
        if not self._closed:
            self._start(appointment, visit, self._window_grace, (c.CloseWindow(visit=visit),), actor)

    # Saying it

    def _start(
        self, appointment: str, one: str, seconds: float, words: Sequence[Command], actor: Actor
    ) -> asyncio.TimerHandle:
        """Someone is away: after `seconds` without them `words` are said. The timer stands for this absence."""
        key = (appointment, one)
        self.keep(*key)

        async def end() -> None:
            await self._say(key, timer, words, actor)
            if self._away.get(key) is timer:
                del self._away[key]

        timer = asyncio.get_running_loop().call_later(seconds, lambda: self._later(end()))
        self._away[key] = timer
        return timer

    async def _say(
        self, key: tuple[str, str], timer: asyncio.TimerHandle, words: Sequence[Command], actor: Actor
    ) -> None:
        """Say it until it is saved or they are back: said after that, it would make them lost for ever."""

        def stale() -> bool:
            return self._closed or self._away.get(key) is not timer

        for word in words:
            if not stale():
                await insist(self._streams, key[0], word, stale, actor=actor)

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Nothing more is said: the next service finds out for itself who is there."""
        self._closed = True
        for timer in self._away.values():
            timer.cancel()
        self._away.clear()
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
