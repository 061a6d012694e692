"""Carrying out what replies want: asking the service, and saying what it came to once the desk knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ecm_tui.console import words
from ecm_tui.console.cells import plain
from ecm_tui.console.line import Line
from ecm_tui.console.model import Desk
from ecm_tui.console.plain.lists import NAME, counted
from ecm_tui.console.plain.news import News, answer
from ecm_tui.console.plain.replies import Act, Link, Reply, said
from ecm_tui.console.plain.talk import Talk
from ecm_tui.console.window import VideoWindow, WindowState
from ecm_tui.core import commands as c
from ecm_tui.core.log import Recorded
from ecm_tui.errors import EcmError

HEARD = 10.0
"""Seconds in which a session is read, or the event of an act that was done arrives."""

LEFT = "You left. The call goes on without you."


class Doing:
    """One console's."""

    def __init__(
        self,
        talk: Talk,
        line: Line,
        news: News,
        window: VideoWindow,
        confined: bool,
    ) -> None:
        """`confined`: no file of this account is in reach."""
        self._talk = talk
        self._line = line
        self._news = news
        self._window = window
        self._confined = confined
        self._viewer = ""
        self._changed = asyncio.Event()

    @property
    def _desk(self) -> Desk:
        return self._talk.desk

    def desk_changed(self) -> None:
        """Whoever waits for something of the desk looks again."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until the desk is so. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        """No window stays."""
        await self._window.close()

    # Acts ------------------------------------------------------------------------------------------------------------

    async def act(self, want: Act) -> Reply:
        """Ask the service. Raises EcmError with its reason, unless the want takes that itself."""
        before = self._heard(want.stream)
        try:
            sent = await self._line.send(want.stream, want.command)
        except EcmError as error:
            if want.refused is None:
                raise
            return want.refused(error)
        came = await self._came(want.stream, before, sent.seq)
        if want.after is not None:
            return want.after(sent.result)
        session = self._talk.session
        told = answer(session, came, self._desk.account[0]) if session else ""
        return said(want.said or told or "Done.")

    def _heard(self, stream: str) -> int:
        session = self._desk.session
        return session.appointment.seq if session is not None and session.id == stream else 0

    async def _came(self, stream: str, before: int, seq: int) -> list[Recorded]:
        """Our own events of an act, once the desk has heard them; the printed numbers mean how people stand by them."""
        session = self._desk.session
        if session is None or session.id != stream:
            return []
        with suppress(TimeoutError):
            await self.until(lambda: self._heard(stream) >= seq, HEARD)
        own = self._desk.account[0]
        came = [
            each
            for each in (self._desk.session.acts if self._desk.session else ())
            if before < each.seq <= seq and each.actor.id == own
        ]
        self._news.answered(came)
        self._talk.told(str(getattr(each.event, "person_id", "")) for each in came)
        return came

    # Sessions --------------------------------------------------------------------------------------------------------

    async def open(self, appointment: str) -> Reply:
        """The session of an appointment; the one that was open goes on without the console."""
        if self._desk.session is None or self._desk.session.id != appointment:
            await self._window.close()
            self._desk.open(appointment)
            await self._line.follow()
        try:
            await self.until(lambda: self._talk.session is not None, HEARD)
        except TimeoutError:
            return said("The session is still being read. Type people in a moment.")
        session = self._talk.session
        if session is None or session.appointment.cancelled:
            return said("This appointment was cancelled.")
        started = "" if session.appointment.running else f" {words.NOT_STARTED} Type start."
        return said(f"Session of {plain(session.appointment.patient, NAME)}. {counted(session)}{started}")

    async def leave(self, end: bool) -> Reply:
        """Leave the session; not when ending it was refused. Raises EcmError."""
        session = self._desk.session
        if session is None:
            return Reply()
        if end:
            await self.end_call()
        await self._window.close()
        running = session.appointment.running and not end
        self._desk.close()
        await self._line.follow()
        return said(words.ENDED if end else LEFT if running else "You left the session.")

    async def end_call(self) -> None:
        """End the call for everyone. Raises EcmError."""
        if self._desk.session is not None:
            await self._line.send(self._desk.session.id, c.EndCall())

    # Links, windows, stills ------------------------------------------------------------------------------------------

    async def link(self, want: Link) -> Reply:
        """Someone's join link, on one line. Raises EcmError."""
        asked = {"appointment": want.appointment} | ({"person": want.person} if want.person else {})
        found = await self._line.query("link" if want.person else "appointment", **asked)
        link = str(found.get("join_url") or "")
        if not link:
            return said("There is no link: it was taken back, or the appointment was cancelled.")
        local = f" It {words.LOCAL_ONLY}." if self._desk.clinic.local_only else ""
        before = self._talk.seen(f"{want.before} ") if want.before else ""
        return said(f"{before}{want.name} opens {plain(link, 2_000)} and waits until you admit them.{local}")

    async def upload_link(self, appointment: str) -> Reply:
        """How a file is sent: from a browser on any computer, or by command here. Raises EcmError."""
        found = await self._line.query("upload_link", appointment=appointment)
        local = f" It {words.LOCAL_ONLY}." if self._desk.clinic.local_only else ""
        here = f"In a shell here: ecm-tui call attach {appointment} FILE"
        browser = (
            f"This link sends one file to everyone in the call: {plain(str(found.get('url') or ''), 2_000)}{local}"
        )
        return said(browser, *(() if self._confined else (here,)))

    async def open_window(self, appointment: str) -> Reply:
        """The video window. Raises EcmError."""
        if self._window.open:
            return said("Your video window is open already.")
        self._viewer = str((await self._line.query("window_link", appointment=appointment)).get("url") or "")
        me = self._desk.me
        try:
            await self._window.start(self._viewer, me.microphone, me.camera)
        except OSError as error:
            return said(f"The video window could not be started: {error.strerror}.")
        return said("Opening your video window.")

    def told_by_window(self, state: WindowState) -> list[str]:
        """What a person should know of the window, and how they see without one."""
        if state.word != "no_display":
            return [state.sentence]
        return [state.sentence, f"Open this link in a browser instead; it works once: {plain(self._viewer, 2_000)}"]

    async def stills(self, person: str) -> Reply:
        """When each still of someone was taken, and its file where that is on this computer. Raises EcmError."""
        session, zone = self._talk.session, self._desk.clinic.zone
        taken = [still for still in session.appointment.stills if still.person_id == person] if session else []
        lines = []
        for still in taken:
            found = await self._line.query("still", appointment=session.id if session else "", still=still.id, offset=0)
            path = "" if self._confined else str(found.get("path") or "")
            where = path or f"kept with the appointment as {still.id}"
            lines.append(f"Taken at {still.captured_at.astimezone(zone):%H:%M:%S}: {plain(where, 1_000)}")
        return said(*lines)
