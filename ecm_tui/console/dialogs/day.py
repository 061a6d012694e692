"""Which day to show, typed as people write days; it says what is meant while it is typed."""

from __future__ import annotations

from datetime import date

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from ecm_tui.console import words
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.form import Labelled
from ecm_tui.console.forms import Wrong, day_of
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field


class DayDialog(Dialog[date]):
    """Gives the day."""

    ABOUT = (
        "The day to show: 2026-12-01, 1.12. or 1 Dec, +3 for three days from today, fri for the next Friday, tomorrow. "
        "Enter shows it, Esc closes."
    )

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content("Go to day"), classes="title")
            yield Labelled("Day", Field(dom_id="day", placeholder="2026-12-01, 1.12., 1 Dec, +3, fri, tomorrow"))
            yield WordsLine()
            yield Static(Content("Enter shows the day · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query_one(Field).focus()

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """What is meant so far; while it means nothing yet, nothing is said."""
        event.stop()
        found = day_of(event.value, self._today)
        self.say("" if isinstance(found, Wrong) else words.day(found, self._today))

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        event.stop()
        found = day_of(event.value, self._today)
        if isinstance(found, Wrong):
            self.say(found.sentence, bad=True)
        else:
            self.dismiss(found)
