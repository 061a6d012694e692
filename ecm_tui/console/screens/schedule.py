"""The Clinic Schedule: what goes on now, a day of appointments, and the way into each (E1-E3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import shown_rows
from ecm_tui.console.board import (
    FIRST_DAY,
    LAST_DAY,
    LIVE_AHEAD,
    LIVE_BACK,
    Board,
    board,
    first_useful,
    listed,
    longest,
)
from ecm_tui.console.dialogs.day import DayDialog
from ecm_tui.console.screens.bookings import Bookings
from ecm_tui.console.text import say
from ecm_tui.console.widgets import appointments
from ecm_tui.console.widgets.day import DayBar
from ecm_tui.console.widgets.field import Field, SearchField
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.errors import EcmError

PAUSE = 0.2
"""Seconds without a letter after which a search asks the service for what does not come by itself."""


class ScheduleScreen(Bookings):
    """The main screen."""

    CSS_PATH = "schedule.tcss"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("schedule")

    def __init__(self) -> None:
        super().__init__()
        self._day: date | None = None
        """The day that is shown; None for today, whichever that is."""
        self._asked: tuple[date, int] | None = None
        """Which day was asked for last, after which reading of the Schedule."""
        self._reading = False
        """Whether an answer about the day or the search is awaited."""
        self._choosing = True
        """Whether the selection is still to be put where it is useful."""
        self._chosen_before = ""
        """What was selected before the search."""

    def body(self) -> Iterable[Widget]:
        yield DayBar(dom_id="headline")
        with Horizontal(id="finder"):
            yield SearchField(placeholder="Search patient or ID, all days", dom_id="search")
        yield RowList(self.ecm.timer, dom_id="appointments")
        yield Static(Content("\n").join(Content(line) for line in words.INTRODUCTION), id="introduction")

    def on_mount(self) -> None:
        self.query_one("#finder").display = False
        self.query_one("#introduction").display = self.ecm.newcomer
        self.list.focus()

    @property
    def list(self) -> RowList:
        return self.query_one("#appointments", RowList)

    @property
    def today(self) -> date:
        """The clinic's day, by the service's clock."""
        return self.ecm.now().astimezone(self.ecm.desk.clinic.zone).date()

    @property
    def day(self) -> date:
        """The day that is shown."""
        return self._day or self.today

    def title_content(self) -> Content:
        return say("[b]$clinic[/]  [$quiet]Schedule[/]", clinic=self.ecm.desk.clinic.name or "eClinic Manager")

    # Painting --------------------------------------------------------------------------------------------------------

    def paint(self) -> None:
        desk, now = self.ecm.desk, self.ecm.now()
        query = self.query_one("#search", Field).value
        shown = board(desk.summaries(), self.day, query, now, desk.clinic.zone)
        self._ask_for_the_day()
        self._paint_rows(shown)
        self._paint_headline(shown)
        self.paint_bars()

    def _paint_rows(self, shown: Board) -> None:
        desk = self.ecm.desk
        admit = keys.key_of("schedule.admit", self.ecm.keymap)
        around = appointments.Around(
            now=self.ecm.now(), zone=desk.clinic.zone, width=self.list.size.width, asked=desk.asked, admit=admit
        )
        made = appointments.rows(shown, around, self._reading) if desk.ready else []
        self.drawn = {row.id: row for row in (*shown.now, *shown.rest)}
        self.list.show(shown_rows(made, desk.role))
        if self._choosing and desk.ready and (shown.rest or not self._reading):
            self._choosing = False
            useful = first_useful([*shown.now, *shown.rest], around.now) if self.day == around.today else ""
            self.list.select(useful or next((row.id for row in shown.rest), "") or self.list.selected_id)

    def _paint_headline(self, shown: Board) -> None:
        desk, line = self.ecm.desk, self.query_one("#headline", DayBar)
        if not desk.ready:
            line.show_words(say("[$quiet]Reading the schedule…[/]"))
        elif shown.query:
            found = f"{shown.count} found{' so far' if self._reading else ''} for"
            line.show_words(say("[$quiet]$found[/] $query", found=found, query=shown.query))
        elif not desk.rows:
            line.show_words(say("No appointments yet. Press [$accent b]i[/] to make the first one."))
        else:
            waiting = sum(len(row.waiting) for row in shown.now)
            running = sum(row.running for row in shown.now)
            before, after = (keys.key_of(f"schedule.{name}", self.ecm.keymap) for name in ("previous", "next"))
            count = "1 appointment" if shown.count == 1 else f"{shown.count} appointments"
            now = [f"{waiting} waiting"] * bool(waiting) + [f"{running} running"] * bool(running)
            line.show_day(words.day(shown.day, self.today), before, after, count, now)

    def useful(self) -> Sequence[str]:
        row = self.selected
        chosen = ["schedule.open", "schedule.options"] if row else []
        details = ["schedule.details"] if row else []
        admit = ["schedule.admit"] if row and row.running and longest(row) else []
        back = ["go.schedule"] if self.ecm.desk.session else []
        today = [] if self._day is None else ["schedule.today"]
        wants = self.ecm.desk.notice()
        notice = ["notice.admit"] if wants and wants.running else []
        days = [*today, "schedule.search", "schedule.day", "menu", *details, "schedule.previous", "schedule.next"]
        return [*notice, *chosen, *admit, "schedule.new", *back, *days, "quit", "help"]

    # Days ------------------------------------------------------------------------------------------------------------

    def action_other_day(self, by: int) -> None:
        self.show_day(self.day + timedelta(days=by))

    def action_today(self) -> None:
        self.show_day(self.today)

    @work(group="day", exclusive=True, exit_on_error=False)
    async def action_day(self) -> None:
        day: date | None = await self.app.push_screen_wait(DayDialog(self.today))
        if day is not None:
            self.show_day(day)

    def show_day(self, day: date, select: str = "") -> None:
        if FIRST_DAY <= day <= LAST_DAY:
            self._close_search()
            self._day = None if day == self.today else day
            self._choosing = not select
            self.paint()
            if select:
                self.list.select(select)

    @on(DayBar.Clicked)
    async def day_clicked(self, event: DayBar.Clicked) -> None:
        event.stop()
        await self.run_action(keys.BY_ID[event.action_id].run)

    def _ask_for_the_day(self) -> None:
        """Days that do not come by themselves are asked for, once after each reading of the Schedule."""
        desk = self.ecm.desk
        comes = desk.whole and -LIVE_BACK <= self.day - self.today <= LIVE_AHEAD
        if desk.ready and not comes and self._asked != (self.day, desk.readings):
            self._asked, self._reading = (self.day, desk.readings), True
            self._ask(date=self.day.isoformat())

    @work(group="asking", exclusive=True, exit_on_error=False)
    async def _ask(self, pause: float = 0, **wanted: Any) -> None:
        """Hear the service's rows of a day or a search; a newer question replaces the one before."""
        try:
            await asyncio.sleep(pause)
            found = await self.ecm.line.query("appointments", **wanted)
            self.ecm.desk.hear_answer(row for each in found.get("appointments", ()) if (row := listed(each)))
        except EcmError as error:
            self.say(error.message, bad=True)
        self._reading = False
        self.ecm.paint()

    # Search ----------------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        if not self.query_one("#finder").display:
            self._chosen_before = self.list.selected_id
            self.query_one("#finder").display = True
        self.query_one("#search").focus()

    @on(Input.Changed, "#search")
    def searched(self, event: Input.Changed) -> None:
        """What is known is found at once; the service is asked for the rest when the typing rests."""
        event.stop()
        if event.value.strip():
            self._reading = True
            self._ask(PAUSE, search=event.value)
        self.paint()

    @on(Input.Submitted, "#search")
    def search_done(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.list.drawn_id:
            self.list.action_first()
        self.list.focus()

    def action_back(self) -> None:
        """Esc gives up what is being saved, or restores the day; and closes the introduction for good."""
        if self.cancel_file():
            return
        if self.query_one("#finder").display:
            self._close_search()
            self.list.select(self._chosen_before)
            self.paint()
        elif self.ecm.newcomer:
            self.ecm.not_new_any_more()

    def _close_search(self) -> None:
        self.query_one("#search", Field).value = ""
        self.query_one("#finder").display = False
        self.list.focus()

    def hide_introduction(self) -> None:
        """The introduction goes."""
        self.query_one("#introduction").display = False
