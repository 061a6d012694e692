"""What is done with appointments on the Schedule: each act asks the service and says its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on, work

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import shown_items
from ecm_tui.console.board import longest
from ecm_tui.console.bookings import appointment_options
from ecm_tui.console.cells import short
from ecm_tui.console.dialogs.appointment import AppointmentForm
from ecm_tui.console.dialogs.dossier import Dossier
from ecm_tui.console.dialogs.menu import Menu
from ecm_tui.console.messages import LinkRequested, OpenRequested
from ecm_tui.console.screens.album import Album
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core import commands as c
from ecm_tui.core.schedule import Summary, status


class Bookings(Album):
    """The acts of the Schedule screen."""

    PLACE: ClassVar[keys.Place] = "schedule"
    ABOUT: ClassVar[str] = (
        "The Schedule shows a day of the clinic, with whatever goes on now above it. Enter opens the selected "
        "appointment, . shows what else can be done with it, and a admits who waits longest in its session."
    )

    drawn: Mapping[str, Summary] = {}
    """The rows as they were painted last: keys mean what they show."""

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
        if row := self._chosen():
            self.post_message(OpenRequested(row.id))

    def action_admit(self) -> None:
        row = self._chosen()
        if row and not self.list.settled(row.id):
            self.say(words.CHANGED, bad=True)
        elif row:
            self.admit(row.id)

    def action_link(self) -> None:
        if row := self._chosen():
            self.post_message(LinkRequested(row.id))

    def action_details(self) -> None:
        if row := self._chosen():
            self.details(row.id)

    @work(group="dialog", exit_on_error=False)
    async def details(self, appointment: str) -> None:
        """All that belongs to an appointment."""
        if await self.app.push_screen_wait(Dossier(appointment, self.show_still)) == "open":
            self.post_message(OpenRequested(appointment))
        else:
            self.ecm.desk.look_away()
            await self.ecm.line.follow()

    @work(group="dialog", exit_on_error=False)
    async def action_options(self) -> None:
        row = self._chosen()
        if row is None:
            return
        state = words.STATUS[status(row, self.ecm.now())][1]
        title = f"{short(row.patient, 30)} · {words.clock(row.at, self.ecm.desk.clinic.zone)} · {state}"
        items = shown_items(appointment_options(row), self.ecm.desk.role)
        chosen = await self.app.push_screen_wait(Menu(title, items))
        if chosen:
            self.do(chosen, row.id)

    def do(self, chosen: str, appointment: str) -> None:
        """What an item of the options menu does, to the appointment for which the menu was opened."""
        match chosen:
            case "open":
                self.post_message(OpenRequested(appointment))
            case "admit":
                self.admit(appointment)
            case "link":
                self.post_message(LinkRequested(appointment))
            case "details":
                self.details(appointment)

    @work(group="form", exit_on_error=False)
    async def action_new(self) -> None:
        desk = self.ecm.desk
        form = AppointmentForm(lambda command: self.ecm.line.send("", command), self.ecm.now(), desk.clinic.zone)
        made = await self.app.push_screen_wait(form)
        if made:
            self.list.select(made)
            self.post_message(LinkRequested(made, notice=form.notice))

    def admit(self, appointment: str) -> None:
        """Let in whom the row names: who waits longest."""
        row = self.drawn.get(appointment)
        person = longest(row) if row else None
        if row is None or person is None:
            self.say(f"Nobody waits in the session of {short(row.patient)}." if row else words.CHANGED, bad=True)
        elif not row.running:
            self.say(words.waits_for_start(person.name), bad=True)
        else:
            where = "the call" if person.patient else f"the call of {short(row.patient)}"
            said = f"{short(person.name)} is in {where}."
            self.ecm.act(appointment, c.Admit(person_id=person.id), person.id, "admitting…", said)

    def _chosen(self) -> Summary | None:
        row = self.selected
        if row is None:
            self.say(words.NO_APPOINTMENT_CHOSEN)
        return row
