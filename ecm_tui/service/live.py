"""The pages' sockets. Nothing of a session reaches a page outside an admitted stay; a page's faults are its own."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import Clinic, TokenRevoked
from ecm_tui.core.log import Actor, Recorded
from ecm_tui.core.page import Scene
from ecm_tui.errors import RefusedError
from ecm_tui.service import page_messages as m
from ecm_tui.service.doors import Doors, dead
from ecm_tui.service.grants import Grant
from ecm_tui.service.line import ELSEWHERE, FAILED, NOT_VALID, Line, RefusedLineError
from ecm_tui.service.page import Page, Surroundings
from ecm_tui.service.page_requests import PageRequests
from ecm_tui.service.presence import Presence
from ecm_tui.service.streams import Streams

HELLO_SECONDS = 5.0

BEAT_SECONDS = 4.0
"""How often a page hears that its line is alive; a page that hears nothing for fifteen seconds takes a new line."""

CALM_SECONDS = 0.25
"""At least so long between two tellings of what only others do: each names everyone in the call to everyone in it, and
of fifty people somebody always does something."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _News:
    """What one commit changed in one appointment."""

    before: Appointment
    after: Appointment
    records: Sequence[Recorded]


class Live:
    """Every open page of every appointment."""

    def __init__(self, streams: Streams, doors: Doors, presence: Presence, around: Surroundings) -> None:
        self._streams = streams
        self._doors = doors
        self._presence = presence
        self._around = around
        self._asked = PageRequests(streams, doors, presence, around.bridge, self._later)
        self._pages: defaultdict[str, dict[str, Page]] = defaultdict(dict)
        """Appointment -> visit -> page."""
        self._news: dict[str, _News] = {}
        """What of the commit that is being published was heard so far, by appointment."""
        self._calm: dict[str, Appointment | None] = {}
        """Appointments whose pages were told of others just now -> what came since, to be told of next."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

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
                    await self._asked.heard(page, m.decode(await line.receive()))
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
            if refused.code == "removed":
                raise RefusedLineError(NOT_VALID, "link_not_valid", over="removed") from refused
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
            await self._asked.open_window(page)
        else:
            appointment = await self._asked.now(page)
            if appointment.people[visitor.holder].visit == visitor.visit:
                await self._presence.back(visitor.appointment, visitor.holder, visitor.visit)
        page.show(await self._asked.now(page))

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

    # The organiser's windows

    def _follow_windows(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        pages = [page for page in self._pages.get(after.id, {}).values() if page.visitor.viewer]
        if after.running and any(isinstance(record.event, e.CallStarted) for record in records):
            for page in pages:
                self._later(self._asked.open_window(page))
        if any(isinstance(record.event, (e.WindowOpened, e.WindowClosed)) for record in records):
            for page in pages:
                self._later(self._asked.report(page))

    # What is committed

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed; the pages are told when everything of that commit was heard."""
        news = self._news.get(after.id)
        if news:
            before, records = news.before, [*news.records, *records]
        self._news[after.id] = _News(before, after, records)

    def settled(self) -> None:
        """Tell the pages, still in the same turn of the loop: nothing else happens in between."""
        every, self._news = self._news.values(), {}
        for news in every:
            self._tell(news.before, news.after, news.records)

    def _tell(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        pages = self._pages.get(after.id, {})
        scene = self._around.scene(after)
        for visit, page in list(pages.items()):
            if pages.get(visit) is page:
                self._careful(partial(self._show, after=after, scene=scene), page)
        self._tell_of_others(after, scene)
        self._follow_windows(before, after, records)
        for record in records:
            self._forget(after, record.event)

    def _tell_of_others(self, appointment: Appointment, scene: Scene) -> None:
        """At once when the last time is a while ago; else the newest of what comes meanwhile, a little later."""
        if appointment.id in self._calm:
            self._calm[appointment.id] = appointment
            return
        self._calm[appointment.id] = None
        asyncio.get_running_loop().call_later(CALM_SECONDS, self._calm_over, appointment.id)
        for page in list(self._pages.get(appointment.id, {}).values()):
            self._careful(lambda page: page.show_others(appointment, scene), page)

    def _calm_over(self, appointment_id: str) -> None:
        appointment = self._calm.pop(appointment_id)
        if appointment:
            self._tell_of_others(appointment, self._around.scene(appointment))

    def clinic_changed(self, before: Clinic, after: Clinic, records: Sequence[Recorded]) -> None:
        """Windows of an account that nobody can come as any more close, and their media with them."""
        for account in {record.event.account_id for record in records if isinstance(record.event, TokenRevoked)}:
            if not self._doors.lets_in(account):
                self._everyone(partial(self._shut_out, account))

    def _shut_out(self, account: str, page: Page) -> None:
        visitor = page.visitor
        if visitor.viewer and visitor.holder == account:
            page.over("link_not_valid")
            close = c.CloseWindow(visit=visitor.visit)
            self._later(self._streams.execute(visitor.appointment, close, page.actor))

    def _show(self, page: Page, after: Appointment, scene: Scene) -> None:
        """A page that stands before a closed door is told so."""
        page.show(after, scene)
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
            # A page that was away when its person was removed has yet to be told so; its credential says no more.
            told = not isinstance(event, e.PersonRemoved) or person.visit in self._pages.get(appointment.id, {})
            if told and dead(person, person.visit):
                self._later(self._streams.store.drop_credential(person.visit))
        elif isinstance(event, e.LinkReplaced):
            person = appointment.people[event.person_id]
            stays = person.visit if person.present else ""
            self._later(self._streams.store.drop_credentials(appointment.id, person.id, but=stays))
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
            case "slots" | "sending":
                page.told(message)
            case "lost":
                page.lost()
                page.ready(anew=True)

    def speaking(self, call: str, people: list[str]) -> None:
        for page in list(self._pages.get(call, {}).values()):
            if page.peer:
                page.line.send({"type": "speaking", "people": people})

    def _everyone(self, act: Callable[[Page], None]) -> None:
        for pages in list(self._pages.values()):
            for page in list(pages.values()):
                self._careful(act, page)

    def _careful(self, act: Callable[[Page], object], page: Page) -> None:
        """One page's fault ends that page alone: the next ones hear of what was committed."""
        try:
            act(page)
        except Exception:  # of the sockets' net
            _log.exception("a page could not be told")
            page.line.end(FAILED, "failed")

    def shut(self) -> None:
        """The service is about to end: lines that close now are not the people's doing and are not recorded."""
        self._closed = True

    async def close(self) -> None:
        """Give up what is still under way."""
        self.shut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _beat(line: Line) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        line.send({"type": "beat"})
