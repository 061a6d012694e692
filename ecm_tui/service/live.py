"""The pages' sockets. Nothing of a session reaches a page outside an admitted stay; a page's faults are its own."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Command
from ecm_tui.core.log import Actor, Recorded
from ecm_tui.errors import EcmError, RefusedError
from ecm_tui.service import page_messages as m
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.doors import Doors, dead
from ecm_tui.service.grants import Grant
from ecm_tui.service.line import ELSEWHERE, NOT_VALID, Line, RefusedLineError
from ecm_tui.service.page import Page, Surroundings
from ecm_tui.service.presence import Presence
from ecm_tui.service.streams import Streams

HELLO_SECONDS = 5.0

BEAT_SECONDS = 4.0
"""How often a page hears that its line is alive; a page that hears nothing for fifteen seconds takes a new line."""

_log = logging.getLogger(__name__)


class Live:
    """Every open page of every appointment."""

    def __init__(self, streams: Streams, doors: Doors, presence: Presence, around: Surroundings) -> None:
        self._streams = streams
        self._doors = doors
        self._presence = presence
        self._around = around
        self._pages: defaultdict[str, dict[str, Page]] = defaultdict(dict)
        """Appointment -> visit -> page."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def _bridge(self) -> Bridge:
        return self._around.bridge

    @property
    def open(self) -> int:
        """How many pages are open."""
        return sum(len(pages) for pages in self._pages.values())

    # One page, from hello to its end

    async def talk(self, line: Line) -> None:
        """Serve one page. Raises what `Line.run` understands."""
        page = await self._hello(line)
        try:
            await self._arrive(page)
            beat = asyncio.create_task(_beat(line), name="page: beat")
            try:
                while True:
                    await self._heard(page, m.decode(await line.receive()))
            finally:
                beat.cancel()
        finally:
            self._gone(page)

    async def _hello(self, line: Line) -> Page:
        hello = await line.hello(HELLO_SECONDS)
        try:
            visitor = await self._doors.visitor(str(hello.get("credential")))
            if visitor.viewer:
                account = await self._doors.organiser(visitor.holder)
                actor = Actor(role="organiser", id=account.id, name=account.name)
            else:
                actor = Actor(role="participant", id=visitor.holder)
        except RefusedError as refused:
            code = ELSEWHERE if refused.code == "open_elsewhere" else NOT_VALID
            raise RefusedLineError(code, refused.code) from refused
        return Page(visitor, line, actor, self._around)

    async def _arrive(self, page: Page) -> None:
        """From here on the page hears every change; an older line of the same page is let go."""
        visitor = page.visitor
        older = self._pages[visitor.appointment].get(visitor.visit)
        if older:
            older.over("elsewhere")
        self._pages[visitor.appointment][visitor.visit] = page
        if visitor.viewer:
            self._presence.keep(visitor.appointment, visitor.visit)
            await self._open_window(page)
        else:
            appointment = await self._now(page)
            if appointment.people[visitor.holder].visit == visitor.visit:
                await self._presence.back(visitor.appointment, visitor.holder, visitor.visit)
        page.show(await self._now(page))

    def _gone(self, page: Page) -> None:
        visitor = page.visitor
        pages = self._pages[visitor.appointment]
        if pages.get(visitor.visit) is not page:
            return  # another line speaks for this page now
        del pages[visitor.visit]
        if not pages:
            del self._pages[visitor.appointment]
        if self._closed:
            return
        if visitor.viewer:
            self._presence.window_lost(visitor.appointment, visitor.visit, page.actor)
        elif page.state in ("waiting", "admitted"):
            self._presence.lost(visitor.appointment, visitor.holder, visitor.visit)

    async def _now(self, page: Page) -> Appointment:
        appointment = await self._streams.appointment(page.visitor.appointment)
        if appointment is None:
            raise RefusedLineError(NOT_VALID, "link_not_valid")
        return appointment

    # What a page says

    async def _heard(self, page: Page, message: m.PageMessage) -> None:
        match message:
            case m.Offer():
                self._offered(page, message)
            case m.Candidate():
                if page.peer:
                    self._bridge.candidate(page.peer, message.candidate, message.mid)
            case m.View():
                page.look(self._seen(page, message.pinned), message.pictures)
            case _ if page.visitor.viewer:
                await self._from_window(page, message)
            case m.Enter() | m.AskAgain():
                await self._enter(page, message)
            case m.Leave():
                await self._leave(page)
            case m.Devices():
                if page.state in ("waiting", "admitted"):
                    await self._do(page, c.ReportDevices(devices=message.core()))
            case m.Unmute() | m.Hand() | m.ConsentAnswer():
                if page.state == "admitted":
                    await self._do(page, _in_call(message))

    async def _enter(self, page: Page, message: m.Enter | m.AskAgain) -> None:
        if page.state not in ("arriving", "left", "ended", "disconnected"):
            return
        try:
            self._doors.admits(await self._now(page), page.visitor)
        except RefusedError as refused:
            page.over("elsewhere" if refused.code == "open_elsewhere" else "link_not_valid")
            return
        again = isinstance(message, m.AskAgain)
        await self._do(page, c.Enter(visit=page.visitor.visit, again=again, devices=message.devices.core()))

    async def _leave(self, page: Page) -> None:
        if page.state in ("waiting", "admitted"):
            await self._do(page, c.Leave())
        else:
            await self._streams.store.drop_credential(page.visitor.visit)
            page.over("left")

    async def _from_window(self, page: Page, message: m.PageMessage) -> None:
        if isinstance(message, m.Devices):
            page.devices = message.core()
            await self._report(page)
        elif isinstance(message, m.Leave):
            page.over("left")

    async def _do(self, page: Page, command: Command) -> None:
        try:
            done = await self._streams.execute(page.visitor.appointment, command, page.actor)
        except EcmError as error:
            if error.code == "open_elsewhere":
                page.over("elsewhere")
            elif error.code in ("link_not_valid", "cancelled"):
                page.over("link_not_valid")
            else:
                page.line.send({"type": "refused", "code": error.code, "message": error.message})
            return
        if isinstance(command, c.Enter):
            self._presence.keep(page.visitor.appointment, page.visitor.holder)
            if not done.events:
                page.show(await self._now(page))

    # Media

    def _offered(self, page: Page, offer: m.Offer) -> None:
        peer = page.peer

        def reply(message: Mapping[str, Any]) -> None:
            if page.peer != peer or not peer:
                return
            named = ("code", "message") if message["type"] == "refused" else ("sdp", "audio", "video")
            body = {name: message.get(name) for name in named}
            page.line.send({"type": message["type"], "request": offer.request, **body})

        if not peer:
            message = "You are not in the call."
            page.line.send({"type": "refused", "request": offer.request, "code": "no_grant", "message": message})
            return
        self._bridge.offer(peer, offer.sdp, reply)

    def _seen(self, page: Page, pinned: str | None) -> str | None:
        """The one whom the page pinned, if that one is in the call."""
        return pinned if pinned and self._bridge.has(page.visitor.appointment, pinned) else None

    # The organiser's windows

    async def _open_window(self, page: Page) -> None:
        visitor = page.visitor
        if not (await self._now(page)).running:
            return
        await self._do(page, c.OpenWindow(visit=visitor.visit))

    async def _report(self, page: Page) -> None:
        """What the newest window does counts; the others are only looked at."""
        me = (await self._now(page)).organisers.get(page.visitor.holder)
        if page.devices and me and me.windows and me.windows[-1] == page.visitor.visit:
            await self._do(page, c.ReportWindow(devices=page.devices))

    def _follow_windows(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        pages = [page for page in self._pages.get(after.id, {}).values() if page.visitor.viewer]
        if after.running and not before.running:
            for page in pages:
                self._later(self._open_window(page))
        if any(isinstance(record.event, (e.WindowOpened, e.WindowClosed)) for record in records):
            for page in pages:
                self._later(self._report(page))

    # What is committed

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed, in the same turn of the loop."""
        for visit, page in list(self._pages.get(after.id, {}).items()):
            if self._pages[after.id].get(visit) is page:
                self._show(page, after)
        self._follow_windows(before, after, records)
        for record in records:
            self._forget(after, record.event)

    def _show(self, page: Page, after: Appointment) -> None:
        """A page that stands before a closed door is told so."""
        page.show(after)
        if page.visitor.viewer or page.state in ("waiting", "admitted"):
            return
        try:
            self._doors.admits(after, page.visitor)
        except RefusedError as refused:
            if refused.code == "link_not_valid":
                page.over("link_not_valid")

    def _forget(self, appointment: Appointment, event: object) -> None:
        """Credentials that opened something before and must open nothing now go from the database too."""
        if isinstance(event, (e.PersonRemoved, e.PersonLeft)):
            person = appointment.people[event.person_id]
            if dead(person, person.visit):
                self._later(self._streams.store.drop_credential(person.visit))
        elif isinstance(event, e.LinkReplaced):
            if not appointment.people[event.person_id].present:
                self._later(self._streams.store.drop_credentials(appointment.id, event.person_id))
            for page in list(self._pages.get(appointment.id, {}).values()):
                if page.visitor.holder == event.person_id and page.state not in ("waiting", "admitted"):
                    page.over("link_not_valid")

    def _later(self, work: Any) -> None:
        async def careful() -> None:
            try:
                await work
            except Exception:  # of the sockets' net: whoever asked is not waiting for this
                _log.exception("a page's errand failed")

        task = asyncio.create_task(careful())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What the bridge says

    def bridge_up(self) -> None:
        self._everyone(lambda page: page.ready())

    def bridge_down(self) -> None:
        self._everyone(lambda page: page.lost())

    def from_bridge(self, grant: Grant, message: Mapping[str, Any]) -> None:
        """Pass on what concerns one page."""
        page = next((page for page in self._pages.get(grant.call, {}).values() if page.peer == grant.peer), None)
        if page is None:
            return
        match message["type"]:
            case "slots":
                page.line.send({"type": "slots", "slots": message.get("slots")})
            case "sending":
                page.line.send({"type": "sending", "quality": message.get("quality")})
            case "lost":
                page.lost()
                page.ready()

    def speaking(self, call: str, people: list[str]) -> None:
        for page in list(self._pages.get(call, {}).values()):
            if page.peer:
                page.line.send({"type": "speaking", "people": people})

    def _everyone(self, act: Callable[[Page], None]) -> None:
        for pages in list(self._pages.values()):
            for page in list(pages.values()):
                act(page)

    def shut(self) -> None:
        """The service is about to end: lines that close now are not the people's doing and are not recorded."""
        self._closed = True

    async def close(self) -> None:
        """Give up what is still under way."""
        self.shut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _in_call(message: m.Unmute | m.Hand | m.ConsentAnswer) -> Command:
    match message:
        case m.Unmute():
            return c.AnswerUnmute(accept=message.accept)
        case m.Hand():
            return c.RaiseHand(up=message.up)
        case m.ConsentAnswer():
            return c.AnswerScreenshot(consent_id=message.consent, allow=message.allow)


async def _beat(line: Line) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        line.send({"type": "beat"})
