"""The keys of the Schedule: which appointment they mean, and what can be done with it."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work

from ecm_tui.console import bookings, keys, words
from ecm_tui.console.allowed import shown_items
from ecm_tui.console.cells import short
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.dialogs.menu import Menu
from ecm_tui.console.messages import OpenRequested
from ecm_tui.console.screens.planning import Planning
from ecm_tui.console.text import say
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core.schedule import Summary, status


class Bookings(Planning):
    """What the Schedule screen does with the selected appointment."""

    PLACE: ClassVar[keys.Place] = "schedule"
    ABOUT: ClassVar[str] = (
        "The Schedule shows a day of the clinic, with whatever goes on now above it. Enter opens the selected "
        "appointment, . shows what else can be done with it, and a admits who waits longest in its session."
    )

    @property
    def list(self) -> RowList:
        """The appointments."""
        raise NotImplementedError

    @property
    def selected(self) -> Summary | None:
        """The appointment that keys mean: selected, and drawn."""
        return self.drawn.get(self.list.drawn_id)

    # Keys and mouse --------------------------------------------------------------------------------------------------

    @on(RowList.Acted, "#appointments")
    def row_acted(self, event: RowList.Acted) -> None:
        event.stop()
        if event.act == "open":
            self.post_message(OpenRequested(event.row_id))
        elif event.settled:
            self.admit(event.row_id)
        else:
            self.say(words.CHANGED, bad=True)

    @on(RowList.Chosen, "#appointments")
    def row_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        self.paint_keys()

    def action_open(self) -> None:
        self._do("open")

    def action_admit(self) -> None:
        row = self._chosen()
        if row and not self.list.settled(row.id):
            self.say(words.CHANGED, bad=True)
        elif row:
            self.admit(row.id)

    def action_link(self) -> None:
        self._do("link")

    def action_details(self) -> None:
        self._do("details")

    def action_edit(self) -> None:
        self._do("edit")

    def action_send(self) -> None:
        row = self._chosen()
        if row and not row.imported:
            self.say(f"{short(row.patient)} was invited already. Details show how the invitation does.", bad=True)
        elif row:
            self._do("send")

    def action_cancel(self) -> None:
        self._do("cancel")

    @work(group="dialog", exit_on_error=False)
    async def action_outcome(self) -> None:
        row = self._chosen()
        if row:
            title = f"What it came to: {short(row.patient, 30)}"
            chosen = await self.app.push_screen_wait(Menu(title, bookings.outcomes(row)))
            if chosen:
                self.do(chosen, row.id)

    @work(group="dialog", exit_on_error=False)
    async def action_options(self) -> None:
        row = self._chosen()
        if row is None:
            return
        state = words.STATUS[status(row, self.ecm.now())][1]
        zone = self.ecm.desk.clinic.zone
        title = f"{short(row.patient, 30)} · {words.clock(row.at, zone)} · {state}"
        elsewhere = row.at.astimezone(zone).date() != self.day
        items = shown_items(bookings.appointment_options(row, elsewhere), self.ecm.desk.role)
        chosen = await self.app.push_screen_wait(Menu(title, items))
        if chosen:
            self.do(chosen, row.id)

    @work(group="dialog", exit_on_error=False)
    async def action_send_all(self) -> None:
        rows = [row for row in self.drawn.values() if row.imported and not row.cancelled]
        if not rows:
            self.say("No imported appointment here waits for its invitation.")
            return
        who = words.named([row.patient for row in rows])
        question = say("$told", told=f"Everybody of these appointments is invited: {who}.")
        label = f"SEND {len(rows)} INVITES" if len(rows) > 1 else "SEND INVITE"
        answers = (("send", label, "success"), ("cancel", "Not now", "default"))
        if await self.app.push_screen_wait(Ask("Send all", question, answers)) == "send":
            await self.send_each(rows)

    def _chosen(self) -> Summary | None:
        row = self.selected
        if row is None:
            self.say(words.NO_APPOINTMENT_CHOSEN)
        return row

    def _do(self, act: str) -> None:
        """An act on the selected appointment, or why it cannot be done."""
        row = self._chosen()
        offered = bookings.appointment_options(row) if row else ()
        item = next((item for item in offered if item.id == act), None)
        if item and item.why_not:
            self.say(item.why_not, bad=True)
        elif row and item:
            self.do(act, row.id)
