"""A new appointment (E3): time, kind, the patient, and further people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, get_args

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from ecm_tui.console import words
from ecm_tui.console.dialogs.form import Form, Labelled, Submit, person_fields
from ecm_tui.console.forms import Wrong, check_guest, minutes_of, moment, next_slot
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field
from ecm_tui.core.commands import Command, Guest, Schedule
from ecm_tui.core.events import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_GUESTS = 20
"""People that the form adds besides the patient; more can be invited one by one."""


class AppointmentForm(Form[str]):
    """Gives the new appointment's id."""

    ABOUT = (
        "A new appointment: when, how long, who. Tab and arrows move, Enter sends the invitation, Esc closes "
        "and asks first if something was typed."
    )

    def __init__(self, submit: Submit, now: datetime, zone: tzinfo) -> None:
        super().__init__(submit)
        self._begin = next_slot(now, zone)
        self._zone = zone
        self._today = now.astimezone(zone).date()
        self._kind: Kind = "video"
        self._guests = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form"):
            yield Static(Content("New appointment"), classes="title")
            with VerticalScroll(can_focus=False, id="fields"):
                with Horizontal(classes="line"):
                    yield Labelled("Date", Field(f"{self._begin:%Y-%m-%d}", dom_id="date"))
                    yield Labelled("Time", Field(f"{self._begin:%H:%M}", dom_id="time"), narrow=True)
                with Horizontal(classes="line"):
                    yield Labelled("Minutes", Field("15", dom_id="minutes"))
                    yield Labelled("Kind", Button(Content(words.KINDS["video"]), id="kind", compact=True), narrow=True)
                yield from person_fields(name="Patient")
                yield Labelled("Patient ID", Field(dom_id="patient_id", placeholder="optional"))
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("SEND"), id="send", classes="success", compact=True)
                yield Button(Content("Add a person"), id="more", compact=True)
            yield Static(Content("Enter sends · Tab next field · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#name").focus()

    @on(Button.Pressed, "#kind")
    def other_kind(self, event: Button.Pressed) -> None:
        """Video, phone, face to face, and video again."""
        event.stop()
        self._kind = KINDS[(KINDS.index(self._kind) + 1) % len(KINDS)]
        event.button.label = Content(words.KINDS[self._kind])

    @on(Button.Pressed, "#more")
    async def one_more(self, event: Button.Pressed) -> None:
        """Fields for one more person."""
        event.stop()
        if self._guests == MOST_GUESTS:
            self.say("More people can be invited in the session, with i.", bad=True)
            return
        self._guests += 1
        heading = Static(Content(f"Person {self._guests + 1}"), classes="heading")
        await self.query_one("#fields").mount_all([heading, *person_fields(str(self._guests))])
        self.query_one(f"#name{self._guests}").focus()

    def command(self) -> Command | Wrong:
        at = moment(self.value("date"), self.value("time"), self._zone, self._today)
        if isinstance(at, Wrong):
            return at
        minutes = minutes_of(self.value("minutes"))
        if isinstance(minutes, Wrong):
            return minutes
        patient = self.guest()
        wrong = check_guest(patient, "The patient")
        guests: list[Guest] = []
        for number in range(1, self._guests + 1):
            guest = self.guest(str(number))
            if guest == Guest(name=""):
                continue
            guests.append(guest)
            found = check_guest(guest, guest.name.strip() or f"Person {number + 1}")
            wrong = wrong or (Wrong(f"{found.field}{number}", found.sentence) if found else None)
        return wrong or Schedule(
            at=at,
            minutes=minutes,
            kind=self._kind,
            patient=patient,
            patient_id=self.value("patient_id"),
            guests=tuple(guests),
        )

    def answer(self, result: Mapping[str, Any]) -> str:
        return str(result.get("appointment_id", ""))
