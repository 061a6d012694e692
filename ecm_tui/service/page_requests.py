"""What pages ask for, done as far as the page's state allows: a page that speaks for nobody now acts for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Command
from ecm_tui.errors import EcmError, RefusedError
from ecm_tui.service import page_messages as m
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.doors import Doors
from ecm_tui.service.limits import Paces
from ecm_tui.service.line import NOT_VALID, RefusedLineError
from ecm_tui.service.page import Page
from ecm_tui.service.presence import Presence
from ecm_tui.service.streams import Streams

CALM_SECONDS = 1.0
"""Between two reports of one kind by one page: each is a write to the disk, and news for everyone in the call."""

MOST_STRAYS = 10
"""Answers to no open screenshot request that one line of a page can leave in the log."""

LINES_AT_ONCE = 8
LINES_PER_SECOND = 1.0
"""Lines that one person may write to the chat in a burst, and on and on: each is a write, and news for everyone."""

Errand = Coroutine[Any, Any, None]


class PageRequests:
    """From a page's message to the command that it stands for."""

    def __init__(
        self, streams: Streams, doors: Doors, presence: Presence, bridge: Bridge, later: Callable[[Errand], None]
    ) -> None:
        """`later` does what nobody waits for, until the service ends."""
        self._streams = streams
        self._doors = doors
        self._presence = presence
        self._bridge = bridge
        self._later = later
        self._paces = Paces(LINES_AT_ONCE, LINES_PER_SECOND)
        """By person, so that a page that comes anew brings no new allowance."""

    async def now(self, page: Page) -> Appointment:
        """The page's appointment as it is now."""
        appointment = await self._streams.appointment(page.visitor.appointment)
        if appointment is None:
            raise RefusedLineError(NOT_VALID, "link_not_valid")
        return appointment

    async def heard(self, page: Page, message: m.PageMessage) -> None:
        """Do what the page asks, as far as its state allows; a page that speaks for nobody now acts for nobody."""
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
                await self._calmly(page, c.ReportDevices(devices=message.core()))
            case m.Health():
                self._felt(page, message)
            case m.Hand():
                await self._calmly(page, c.RaiseHand(up=message.up))
            case m.Say():
                await self._said(page, message)
            case m.Earlier():
                page.talk.show_earlier(await self.now(page), message.before)
            case m.ConsentAnswer():
                if page.state == "admitted" and await self._noted(page, message):
                    await self._do(page, _in_call(message))
            case m.Unmute():
                if page.state == "admitted":
                    await self._do(page, _in_call(message))

    async def _enter(self, page: Page, message: m.Enter | m.AskAgain) -> None:
        if page.state not in ("arriving", "left", "ended", "disconnected"):
            return
        try:
            self._doors.admits(await self.now(page), page.visitor)
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

    def _felt(self, page: Page, health: m.Health) -> None:
        """A passing fact for whoever follows the call; nothing of it enters the log."""
        now = asyncio.get_running_loop().time()
        if page.state == "admitted" and now - page.felt >= CALM_SECONDS:
            page.felt = now
            fact = {"person": page.visitor.holder, "kind": "page", "hidden": health.hidden, "freezes": health.freezes}
            self._streams.hub.tell(page.visitor.appointment, fact)

    async def _noted(self, page: Page, message: m.ConsentAnswer) -> bool:
        """Answers to no open request take nothing; the log tells of the first few of a page's line (S25)."""
        consent = (await self.now(page)).people[page.visitor.holder].consent
        if consent and consent.id == message.consent:
            return True
        page.strays += 1
        return page.strays <= MOST_STRAYS

    async def _calmly(self, page: Page, command: c.ReportDevices | c.RaiseHand) -> None:
        """At once when the last of its kind is a while ago; else the newest of what comes meanwhile, a little later."""
        kind, loop = type(command), asyncio.get_running_loop()
        if kind in page.held_back:
            page.held_back[kind] = command
            return
        pause = page.said.get(kind, -CALM_SECONDS) + CALM_SECONDS - loop.time()
        if pause <= 0:
            await self._say(page, command)
        else:
            page.held_back[kind] = command
            self._later(self._say_after(pause, page, kind))

    async def _say_after(self, pause: float, page: Page, kind: type[Command]) -> None:
        await asyncio.sleep(pause)
        await self._say(page, page.held_back.pop(kind))

    async def _say(self, page: Page, command: Command) -> None:
        if page.state == "admitted" or (page.state == "waiting" and isinstance(command, c.ReportDevices)):
            page.said[type(command)] = asyncio.get_running_loop().time()
            await self._do(page, command)

    async def _said(self, page: Page, message: m.Say) -> None:
        """Answered by `said` or `refused` with the message's id; a repeat gets the first answer."""
        command = c.Say(text=message.text)
        try:
            if page.state != "admitted":
                raise RefusedError("You are not in the call: nothing was sent.", "not_admitted")
            if not self._paces.allows(page.visitor.holder):
                raise RefusedError("You write very fast. Wait a moment, then send it again.", "too_fast")
            await self._streams.execute(page.visitor.appointment, command, page.actor, message.id)
        except EcmError as error:
            page.line.send({"type": "refused", "id": message.id, "code": error.code, "message": error.message})
        else:
            page.line.send({"type": "said", "id": message.id})

    async def _from_window(self, page: Page, message: m.PageMessage) -> None:
        if isinstance(message, m.Devices):
            page.devices = message.core()
            await self.report(page)
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
                page.show(await self.now(page))

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

    async def open_window(self, page: Page) -> None:
        """The window joins a running call."""
        visitor = page.visitor
        if not (await self.now(page)).running:
            return
        await self._do(page, c.OpenWindow(visit=visitor.visit))

    async def report(self, page: Page) -> None:
        """What the newest window does counts; the others are only looked at."""
        me = (await self.now(page)).organisers.get(page.visitor.holder)
        if page.devices and me and me.windows and me.windows[-1] == page.visitor.visit:
            await self._do(page, c.ReportWindow(devices=page.devices))


def _in_call(message: m.Unmute | m.ConsentAnswer) -> Command:
    match message:
        case m.Unmute():
            return c.AnswerUnmute(accept=message.accept)
        case m.ConsentAnswer():
            return c.AnswerScreenshot(consent_id=message.consent, allow=message.allow)
