"""Screenshots with consent on the Session screen: asking, taking back, what became of it, looking (S17-S25)."""

from __future__ import annotations

from ecm_tui.console import words
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.dialogs.menu import Menu
from ecm_tui.console.item import Item
from ecm_tui.console.messages import WindowRequested
from ecm_tui.console.screens.album import Album
from ecm_tui.console.text import say, short
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment


class StillActs(Album):
    """What the Session screen does about stills."""

    _told_to: int | None = None
    """Number of the last event whose outcome was told; what came before the session was opened is not."""

    async def still(self, chosen: str, person_id: str) -> None:
        """What the items of the options menu do: `screenshot`, `cancel_screenshot`, `stills`."""
        session = self.ecm.desk.session
        person = session.appointment.people.get(person_id) if session else None
        if session is None or person is None:
            return
        if chosen == "cancel_screenshot":
            self.ecm.act(session.id, c.CancelScreenshot(person_id=person_id), person_id, "cancelling…")
        elif chosen == "screenshot":
            await self._ask_still(session.id, person_id, person.name)
        else:
            await self._choose_still(session.appointment, person_id, person.name)

    async def _ask_still(self, stream: str, person_id: str, name: str) -> None:
        """The live view opens first: the picture is taken without any further key (S21)."""
        if not self.ecm.window.open:
            self.post_message(WindowRequested(stream))
        question = say(words.ASK_STILL.replace("$name", "[b]$name[/]"), name=short(name, 30))
        answers = (("ask", "Ask for a screenshot", "success"), ("cancel", "Cancel", "default"))
        if await self.app.push_screen_wait(Ask("Take screenshot", question, answers)) == "ask":
            self.ecm.act(stream, c.AskScreenshot(person_id=person_id), person_id, "asking…")

    async def _choose_still(self, appointment: Appointment, person_id: str, name: str) -> None:
        taken = [still for still in reversed(appointment.stills) if still.person_id == person_id]
        if len(taken) > 1:
            items = [Item(still.id, f"Taken at {self.time_of(still)}") for still in taken]
            chosen = await self.app.push_screen_wait(Menu(f"Stills of {short(name, 30)}", items))
            taken = [still for still in taken if still.id == chosen]
        if taken:
            self.show_still(appointment.id, taken[0], name)

    def tell_stills(self) -> None:
        """Say what became of each request that ended since the last painting; the asker also sees the picture."""
        session = self.ecm.desk.session
        if session is None or not session.ready or session.appointment.seq == self._told_to:
            return
        told, self._told_to = self._told_to, session.appointment.seq
        if told is None:
            return
        for record in [record for record in session.acts if record.seq > told]:
            if isinstance(record.event, e.ScreenshotEnded):
                self._over(session.appointment, record.event)

    def _over(self, appointment: Appointment, event: e.ScreenshotEnded) -> None:
        person = appointment.people.get(event.person_id)
        name = person.name if person else ""
        self.ecm.say(words.still_over(event.outcome, short(name), event.why), bad=event.outcome != "taken")
        still = next((still for still in appointment.stills if still.id == event.still_id), None)
        if still is not None and still.requested_by == self.ecm.desk.account[0] and self.app.screen is self:
            self.show_still(appointment.id, still, name, unasked=True)
