"""The outbox: whatever the log calls queued is sent, tried again with patience, and told to the log. It keeps no list.

Sent once, as far as a sender can know it. A message counts as sent when the transport said so, and never before. The
mark of `journal` is on disk before the other side can hold the message. A service killed after that does not try again
by itself: if the acceptance had been noted the log learns "sent", else "failed", and the reason says that it may have
arrived. What remains:

- A transport that takes the message and breaks off before it says so gets it again, as RFC 5321 asks for: it carries
  the same Message-ID (mail) or Idempotency-Key (text messages), by which the other side can tell.
- A database put back from a backup knows nothing of what was sent after it; the same names hold there too.
- A day of tries is counted by one process: a restarted service begins it anew. Links that have died end it for good.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import NoteDelivery
from ecm_tui.core.delivery import Channel, Delivery, DeliveryState
from ecm_tui.core.invites import link_opens
from ecm_tui.core.log import Recorded
from ecm_tui.core.people import Person
from ecm_tui.errors import EcmError
from ecm_tui.service.insist import insist
from ecm_tui.service.invitations.invitation import Desk, LaterError, NeverError, Transport
from ecm_tui.service.invitations.journal import Journal, Key, Mark
from ecm_tui.service.invitations.patience import Patience
from ecm_tui.service.streams import Streams

AT_ONCE = 4
"""Messages handed over at the same time by one channel: mail servers dislike more."""

LAST_SECONDS = 3.0
"""What a service that ends gives to the messages which are being handed over just then."""

LOOK_AGAIN_SECONDS = 5.0
"""Pause between tries to look up what is queued, while the database cannot be read."""

LOOK_BACK = timedelta(days=7)
LOOK_AHEAD = timedelta(days=3660)
MOST_ROWS = 200_000

ABOUT_INVITATIONS = (e.PersonInvited, e.InvitationMoved, e.LinkReplaced, e.AppointmentCancelled)
"""The events after which there may be something to send, or nothing any more."""

DOUBT = "the service stopped while it was handed over; it may have arrived. Ask, or send it again"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One sending that is being looked after."""

    task: asyncio.Task[None]
    look: asyncio.Event
    """Set when the appointment changed: perhaps there is nothing to send any more."""


class Outbox:
    """Looks after all queued sendings of one service."""

    def __init__(
        self,
        streams: Streams,
        desk: Desk,
        transports: Mapping[Channel, Transport],
        missing: Mapping[Channel, str],
        journal: Journal,
        patience: Patience,
    ) -> None:
        self._streams = streams
        self._desk = desk
        self._transports = transports
        self._missing = missing
        self._journal = journal
        self._patience = patience
        self._places = {channel: asyncio.Semaphore(AT_ONCE) for channel in transports}
        self._waiting: dict[Key, Waiting] = {}
        self._handing: set[Key] = set()
        self._others: set[asyncio.Task[None]] = set()
        self._closing = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sends until the end of the block. What a killed service left behind is told first, then all is looked up."""
        await self._clear_up()
        stop = self._streams.hub.subscribe(self.changed)
        self._later(self._look_up())
        try:
            yield
        finally:
            stop()
            await self._close()

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed."""
        if not self._closing and any(isinstance(record.event, ABOUT_INVITATIONS) for record in records):
            self._consider(after)

    def _consider(self, appointment: Appointment) -> None:
        for person in appointment.people.values():
            for delivery in person.deliveries:
                key = Key(
                    appointment=appointment.id,
                    person=person.id,
                    channel=delivery.channel,
                    number=delivery.number,
                )
                if key in self._waiting:
                    self._waiting[key].look.set()
                elif delivery.state == "queued" and not self._is_left(appointment, person, delivery):
                    self._take(key)

    def _is_left(self, appointment: Appointment, person: Person, delivery: Delivery) -> bool:
        """Whether all is said about one that has no way out. Else each note about one would wake all the others."""
        return delivery.why == self._missing.get(delivery.channel) and link_opens(
            appointment, person.id, person.link, self._streams.sources.clock()
        )

    def _take(self, key: Key) -> None:
        look = asyncio.Event()
        work = self._look_after if key.channel in self._transports else self._leave
        task = asyncio.create_task(self._careful(key, work(key, look)), name="invitation")
        self._waiting[key] = Waiting(task, look)

    async def _careful(self, key: Key, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except EcmError as error:
            _log.error("the invitation of %s in %s: %s", key.person, key.appointment, error)
        finally:
            # In the same step as the last look, so that no change falls between the two.
            del self._waiting[key]

    async def _leave(self, key: Key, look: asyncio.Event) -> None:
        """There is no way out for it until somebody changes the settings, which takes a restart."""
        look.set()
        while look.is_set():
            look.clear()
            why_not = await self._why_not(key)
            if why_not:
                await self._note(key, "failed", why_not)
            elif why_not is None and not await self._said(key):
                await self._note(key, "queued", self._missing[key.channel])

    async def _said(self, key: Key) -> bool:
        """Whether the row says already what is missing."""
        _, person = await self._whose(key)
        delivery = _delivery(person, key) if person else None
        return delivery is not None and delivery.why == self._missing[key.channel]

    async def _look_after(self, key: Key, look: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        pauses = self._patience.pauses()
        due, first = loop.time(), 0.0
        while True:
            look.clear()
            why_not = await self._why_not(key)
            if why_not is not None:
                if why_not:
                    await self._note(key, "failed", why_not)
                return
            if loop.time() < due:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(look.wait(), due - loop.time())
                continue
            async with self._places[key.channel]:
                if await self._why_not(key) is not None:  # no longer, after waiting for a place
                    continue
                first = first or loop.time()
                why = await self._try(key)
            if not why:
                return
            due = loop.time() + next(pauses)
            if due - first > self._patience.give_up:
                await self._note(key, "failed", f"{why}; given up after a day of tries")
                return
            await self._note(key, "queued", why)

    async def _why_not(self, key: Key) -> str | None:
        """None when this is still to be sent; else why it cannot be, or "" when nobody waits for it any more."""
        appointment, person = await self._whose(key)
        if appointment is None or person is None or not _is_queued(person, key):
            return ""
        if link_opens(appointment, person.id, person.link, self._streams.sources.clock()):
            return None
        if appointment.cancelled:
            return "the appointment was cancelled"
        if person.taken_out:
            return "they were taken out of the appointment"
        return "the link was revoked" if person.link_revoked else "the appointment is over"

    async def _try(self, key: Key) -> str:
        """One try. Empty when the log knows how it ended; else why it must be tried again."""
        appointment, person = await self._whose(key)
        if appointment is None or person is None:
            return ""
        invitation = self._desk.invitation(appointment, person, key.channel)
        try:
            await self._transports[key.channel].send(invitation, lambda: self._begin(key))
        except NeverError as error:
            await self._note(key, "failed", str(error))
        except LaterError as error:
            await self._end(key)
            return str(error)
        except Exception:
            # One invitation's fault is its own: the others are sent, and this one is not tried to death.
            _log.exception("an invitation in %s", key.appointment)
            await self._note(key, "failed", "it could not be written; the service's log says why")
        else:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._journal.accept, key)
            await self._note(key, "sent")
        return ""

    async def _begin(self, key: Key) -> None:
        self._handing.add(key)
        try:
            await asyncio.to_thread(self._journal.begin, key)
        except (OSError, EcmError) as error:
            # Without the mark a crash could send it twice.
            _log.error("the outbox cannot be written: %s", error)
            raise LaterError("the disk takes nothing") from error

    async def _end(self, key: Key) -> None:
        self._handing.discard(key)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._journal.end, key)

    async def _note(self, key: Key, state: DeliveryState, why: str = "") -> None:
        """Tell the log, until it is saved: an acknowledgement that is lost would send a second copy."""
        note = NoteDelivery(person_id=key.person, channel=key.channel, number=key.number, state=state, why=why)
        # When it is given up the mark stays, and the next service tells.
        if await insist(self._streams, key.appointment, note, lambda: self._closing):
            await self._end(key)

    async def _whose(self, key: Key) -> tuple[Appointment | None, Person | None]:
        appointment = await self._streams.appointment(key.appointment)
        return appointment, appointment.people.get(key.person) if appointment else None

    # Beginning and end

    async def _clear_up(self) -> None:
        try:
            marks = await asyncio.to_thread(self._journal.marks)
        except OSError as error:
            _log.error("the outbox cannot be read: %s", error)
            return
        for mark in marks:
            await self._settle(mark)

    async def _settle(self, mark: Mark) -> None:
        """Tell the log about a message that a killed service had begun, unless it knows."""
        _, person = await self._whose(mark.key)
        if person and _is_queued(person, mark.key):
            await self._note(mark.key, *(("sent", "") if mark.accepted else ("failed", DOUBT)))
        else:
            await self._end(mark.key)

    async def _look_up(self) -> None:
        """Everything that is queued since before, in the background: nobody waits for it."""
        while True:
            now = self._streams.sources.clock()
            try:
                rows = await self._streams.summaries(now - LOOK_BACK, now + LOOK_AHEAD, MOST_ROWS)
                break
            except EcmError as error:
                _log.error("the queued invitations cannot be looked up: %s", error)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        for row in rows:
            try:
                appointment = await self._streams.appointment(row.id)
            except EcmError as error:
                _log.error("%s", error)
                continue
            if appointment:
                self._consider(appointment)
            await asyncio.sleep(0)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def _close(self) -> None:
        """Who only waits is sent home at once; who is handing over gets a moment to hear the answer."""
        self._closing = True
        tasks = {key: one.task for key, one in self._waiting.items()}
        for key, task in tasks.items():
            if key not in self._handing:
                task.cancel()
        for task in self._others:
            task.cancel()
        left = [*tasks.values(), *self._others]
        if left:
            _, late = await asyncio.wait(left, timeout=LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


def _delivery(person: Person, key: Key) -> Delivery | None:
    return next((each for each in person.deliveries if (each.channel, each.number) == (key.channel, key.number)), None)


def _is_queued(person: Person, key: Key) -> bool:
    delivery = _delivery(person, key)
    return delivery is not None and delivery.state == "queued"
