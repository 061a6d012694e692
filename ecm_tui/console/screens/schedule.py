"""The Clinic Schedule: the appointments, today first, and the way into each (E1-E3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ecm_tui.console import keys, words
from ecm_tui.console.dialogs.appointment import AppointmentForm
from ecm_tui.console.messages import LinkRequested, OpenRequested
from ecm_tui.console.model import first_useful, found_rows
from ecm_tui.console.screens.room import Room
from ecm_tui.console.text import say
from ecm_tui.console.widgets import appointments
from ecm_tui.console.widgets.bars import Bar
from ecm_tui.console.widgets.field import Field
from ecm_tui.console.widgets.rows import RowList


class ScheduleScreen(Room):
    """The main screen."""

    CSS_PATH = "schedule.tcss"
    PLACE = "schedule"
    ABOUT = (
        "The Schedule lists the clinic's appointments. Enter opens the selected one; i makes a new one and gives you "
        "the patient's join link. F2 admits whoever the notice in the corner names."
    )
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("schedule")

    def __init__(self) -> None:
        super().__init__()
        self._began = False
        """Whether the selection was put where the day is."""

    def body(self) -> Iterable[Widget]:
        yield Bar(dom_id="headline")
        with Horizontal(id="finder"):
            yield Field(placeholder="Search patient or ID", dom_id="search")
        yield RowList(self.ecm.timer, dom_id="appointments")
        yield Static(Content("\n").join(Content(line) for line in words.INTRODUCTION), id="introduction")

    def on_mount(self) -> None:
        self.query_one("#finder").display = False
        self.query_one("#introduction").display = self.ecm.newcomer
        self.list.focus()

    @property
    def list(self) -> RowList:
        """The appointments."""
        return self.query_one("#appointments", RowList)

    def title_content(self) -> Content:
        return say("[b]$clinic[/]  [$quiet]Schedule[/]", clinic=self.ecm.desk.clinic.name or "eClinic Manager")

    def paint(self) -> None:
        desk, now = self.ecm.desk, self.ecm.now()
        query = self.query_one("#search", Field).value
        found = found_rows(desk.summaries(), query)
        width = self.list.size.width
        if desk.ready and not self._began:
            self._began = True
            self.list.selected_id = first_useful(found, now)
        self.list.show(appointments.rows(found, query, now, desk.clinic.zone, width))
        self.query_one("#headline", Bar).show(self._headline(len(found), query))
        self.paint_bars()

    def _headline(self, count: int, query: str) -> Content:
        desk = self.ecm.desk
        if not desk.ready:
            return say("[$quiet]Reading the schedule…[/]")
        if query:
            return say("[$quiet]$count found for[/] $query", count=str(count), query=query)
        if not count:
            return say("No appointments yet. Press [$accent b]i[/] to make the first one.")
        waiting = sum(len(row.waiting) for row in desk.summaries())
        running = sum(row.running for row in desk.summaries())
        listed = "1 appointment" if count == 1 else f"{count} appointments"
        return say("[$quiet]$words[/]", words=f"{listed} · {waiting} waiting · {running} running")

    def useful(self) -> Sequence[str]:
        row = ["schedule.open"] if self.list.drawn_id else []
        link = ["schedule.link"] if row else []
        back = ["go.schedule"] if self.ecm.desk.session else []
        wants = self.ecm.desk.notice()
        notice = ["notice.admit"] if wants and wants.running else []
        return [*notice, *row, "schedule.new", *link, *back, "schedule.search", "menu", "quit", "help"]

    # Acts ------------------------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        if self.list.drawn_id:
            self.post_message(OpenRequested(self.list.drawn_id))

    @on(RowList.Acted, "#appointments")
    def row_acted(self, event: RowList.Acted) -> None:
        event.stop()
        self.post_message(OpenRequested(event.row_id))

    @on(RowList.Chosen, "#appointments")
    def row_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        self.paint_keys()

    def action_link(self) -> None:
        if self.list.drawn_id:
            self.post_message(LinkRequested(self.list.drawn_id))

    @work(group="form", exit_on_error=False)
    async def action_new(self) -> None:
        desk = self.ecm.desk
        form = AppointmentForm(lambda command: self.ecm.line.send("", command), self.ecm.now(), desk.clinic.zone)
        made = await self.app.push_screen_wait(form)
        if made:
            self.list.select(made)
            self.post_message(LinkRequested(made, notice=form.notice))

    def action_search(self) -> None:
        self.query_one("#finder").display = True
        self.query_one("#search").focus()

    @on(Input.Changed, "#search")
    def searched(self, event: Input.Changed) -> None:
        event.stop()
        self.paint()

    @on(Input.Submitted, "#search")
    def search_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.list.focus()

    def action_back(self) -> None:
        """Esc restores the list; and closes the introduction for good."""
        search = self.query_one("#search", Field)
        if search.has_focus or search.value:
            search.value = ""
            self.query_one("#finder").display = False
            self.list.focus()
            self.paint()
        elif self.ecm.newcomer:
            self.ecm.not_new_any_more()

    def hide_introduction(self) -> None:
        """The introduction goes."""
        self.query_one("#introduction").display = False
