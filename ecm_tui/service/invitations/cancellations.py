"""A cancelled appointment is taken back from the calendars of those whose invitation was sent by email.

So it is from that of a guest whom a list took out. Like the outbox it follows from the log: the appointment is
cancelled, or the guest taken out, and lies ahead; the invitation went out. The log has no word for what becomes of
these letters, so the row does not show it; a mark on the disk, kept until the appointment's time is past, says that one
was handed over, and none is handed over twice. One that was under way when the service was killed is not sent again.
Text messages are not taken back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import timedelta
from typing import Any

from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.invites import sent_by_email
from ecm_tui.core.log import Recorded
from ecm_tui.errors import EcmError
from ecm_tui.service.invitations.invitation import Desk, LaterError, NeverError, Transport, off
from ecm_tui.service.invitations.journal import Journal, Key
from ecm_tui.service.invitations.patience import Patience
from ecm_tui.service.streams import Streams

AT_ONCE = 2

ABOUT_THE_END = (e.AppointmentCancelled, e.InvitationMoved, e.LinkReplaced)
"""The events after which an invitation may have to be taken back."""

LOOK_AHEAD = timedelta(days=3660)
MOST_ROWS = 200_000

LAST_SECONDS = 1.0
"""What a service that ends gives to the letters which are being handed over just then."""

_log = logging.getLogger(__name__)


class Cancellations:
    """Writes to everyone whose appointment was cancelled, or who was taken out, after an invitation by email."""

    def __init__(
        self, streams: Streams, desk: Desk, transport: Transport, journal: Journal, patience: Patience
    ) -> None:
        self._streams = streams
        self._desk = desk
        self._transport = transport
        self._journal = journal
        self._patience = patience
        self._place = asyncio.Semaphore(AT_ONCE)
        self._told: set[Key] = set()
        """Those who were written to, or are just being."""
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes until the end of the block."""
        await self._read_marks()
        stop = self._streams.hub.subscribe(self.changed)
        self._later(self._look_up())
        try:
            yield
        finally:
            stop()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=LAST_SECONDS)

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed."""
        if any(isinstance(record.event, ABOUT_THE_END) for record in records):
            self._consider(after)

    def _consider(self, appointment: Appointment) -> None:
        if not self._ahead(appointment):
            return
        for person in appointment.people.values():
            number = sent_by_email(person)
            key = Key(appointment=appointment.id, person=person.id, channel="email", number=number)
            if number and off(appointment, person) and key not in self._told:
                self._told.add(key)
                self._later(self._careful(key))

    async def _careful(self, key: Key) -> None:
        try:
            await self._write(key)
        except Exception:
            # One letter's fault is its own: the others are written.
            _log.exception("the cancellation of %s", key.appointment)

    async def _write(self, key: Key) -> None:
        loop = asyncio.get_running_loop()
        first = loop.time()
        for pause in self._patience.pauses():
            appointment = await self._streams.appointment(key.appointment)
            if appointment is None or not self._ahead(appointment):
                return
            person = appointment.people[key.person]
            if not off(appointment, person):  # the list named them again meanwhile
                self._told.discard(key)
                return
            invitation = self._desk.invitation(appointment, person, "email")
            try:
                async with self._place:
                    await self._transport.send(invitation, lambda: self._begin(key))
                return
            except LaterError as error:
                _log.warning("the cancellation of %s: %s", key.appointment, error)
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(self._journal.end, key)
            except NeverError as error:
                _log.error("the cancellation of %s: %s", key.appointment, error)
                with contextlib.suppress(OSError, LaterError):
                    await self._begin(key)
                return
            if loop.time() + pause - first > self._patience.give_up:
                return
            await asyncio.sleep(pause)

    async def _begin(self, key: Key) -> None:
        try:
            await asyncio.to_thread(self._journal.begin, key)
        except (OSError, EcmError) as error:
            raise LaterError("the disk takes nothing") from error

    async def _read_marks(self) -> None:
        """Whom another service has written to; marks that are needed no more go."""
        try:
            for mark in await asyncio.to_thread(self._journal.marks):
                appointment = await self._streams.appointment(mark.key.appointment)
                if appointment and self._ahead(appointment):
                    self._told.add(mark.key)
                else:
                    await asyncio.to_thread(self._journal.end, mark.key)
        except (OSError, EcmError) as error:
            _log.error("cancellations: %s", error)

    async def _look_up(self) -> None:
        """What was cancelled before this service began."""
        try:
            now = self._streams.sources.clock()
            for row in await self._streams.summaries(now - timedelta(days=1), now + LOOK_AHEAD, MOST_ROWS):
                ended = row.cancelled or row.taken_out
                appointment = await self._streams.appointment(row.id) if ended else None
                if appointment:
                    self._consider(appointment)
        except EcmError as error:
            _log.error("cancellations: %s", error)

    def _ahead(self, appointment: Appointment) -> bool:
        """Whether anyone could still come to it in vain."""
        end = appointment.at and appointment.at + timedelta(minutes=appointment.minutes)
        return end is not None and self._streams.sources.clock() < end

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
