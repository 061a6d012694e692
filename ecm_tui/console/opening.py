"""What the console opens outside of its screens: a participant's join link, and the video window."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual import on, work

from ecm_tui.console.dialogs.link import LinkDialog
from ecm_tui.console.dialogs.viewer import ViewerDialog
from ecm_tui.console.leftovers import Leftovers
from ecm_tui.console.line import Connect
from ecm_tui.console.messages import LinkRequested, WindowRequested
from ecm_tui.console.seeing import tunnel
from ecm_tui.console.text import short
from ecm_tui.console.window import VideoWindow, WindowState
from ecm_tui.errors import EcmError


class Opening(Leftovers):
    """An app with one video window."""

    def __init__(self, connect: Connect, state: Path, window: Sequence[str], **more: Any) -> None:
        """`window` is the command of the video window; `more` is for `Shell`."""
        super().__init__(connect, state, **more)
        self.window = VideoWindow(state, self._window_says, window)
        self._viewer: tuple[str, str] = ("", "")
        """Appointment and link that the window was started with."""
        self._opening = False
        """Whether a window is on its way."""

    @property
    def _stream(self) -> str:
        return self.desk.session.id if self.desk.session else ""

    @on(LinkRequested)
    def link_wanted(self, event: LinkRequested) -> None:
        event.stop()
        self._show_link(event.appointment, event.person, event.notice)

    @work(group="link", exclusive=True, exit_on_error=False)
    async def _show_link(self, appointment: str, person: str, notice: str) -> None:
        asked = {"appointment": appointment} | ({"person": person} if person else {})
        try:
            found = await self.line.query("link" if person else "appointment", **asked)
        except EcmError as error:
            self.say(error.message, bad=True)
            return
        link = str(found.get("join_url") or "")
        if not link:
            self.say("There is no link: it was taken back, or the appointment was cancelled.", bad=True)
            return
        why = f"{short(self._called(appointment, person))} opens this link and waits until you admit them."
        await self.push_screen_wait(LinkDialog("Join link", why, link, self.desk.clinic.local_only, self.seen(notice)))

    def _called(self, appointment: str, person: str) -> str:
        session, row = self.desk.session, self.desk.rows.get(appointment)
        if person and session is not None and person in session.appointment.people:
            return session.appointment.people[person].name
        return row.patient if row else "The patient"

    @on(WindowRequested)
    def window_wanted(self, event: WindowRequested) -> None:
        event.stop()
        self._open_window(event.appointment)

    @work(group="window", exit_on_error=False)
    async def _open_window(self, appointment: str) -> None:
        if self._opening:  # pressed again meanwhile: the window that is on its way must not be given up for another
            return
        if self.window.open:
            self.say("Your video window is open already.")
            return
        self._opening = True
        try:
            link = str((await self.line.query("window_link", appointment=appointment)).get("url") or "")
            self._viewer = (appointment, link)
            self.say("Opening your video window…")
            await self.window.start(link, self.desk.me.microphone, self.desk.me.camera)
        except EcmError as error:
            self.say(error.message, bad=True)
        except OSError as error:
            self.say(f"The video window could not be started: {error.strerror}.", bad=True)
        finally:
            self._opening = False

    @work(group="glance", exit_on_error=False)
    async def look_away(self, appointment: str, person: str) -> None:
        """Nobody looks at this person here any more. Where it cannot be said, the service finds out by itself."""
        with suppress(EcmError):
            await self.line.query("glance", appointment=appointment, person=person, over=True)

    def _window_says(self, state: WindowState) -> None:
        if not self.is_running:
            return
        self.say(state.sentence, bad=state.word in ("failed", "no_display"))
        if state.word == "no_display" and self._viewer[0] == self._stream:
            self._offer_viewer(state.sentence, self._viewer[1])

    @work(group="viewer", exclusive=True, exit_on_error=False)
    async def _offer_viewer(self, why: str, link: str) -> None:
        said = f"{why} See, hear and be seen through this link instead: it works once."
        line = tunnel(link, self.environ)
        await self.push_screen_wait(ViewerDialog(said, link, self.desk.clinic.local_only, line))
