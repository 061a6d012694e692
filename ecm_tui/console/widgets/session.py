"""The head of the Session screen: its two views, the patient's facts, and how the call stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from textual import events
from textual.content import Content
from textual.message import Message

from ecm_tui.console import words
from ecm_tui.console.model import Session, lasting
from ecm_tui.console.text import content, say, short
from ecm_tui.console.widgets.bars import Bar
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.people import in_call, waiting


class Views(Bar):
    """PEOPLE and CHAT; the current one stands in brackets as well as in colour (S1)."""

    @dataclass
    class Clicked(Message):
        """A view was clicked."""

        view: Literal["people", "chat"]

    def __init__(self, dom_id: str | None = None) -> None:
        super().__init__(dom_id)
        self._split = 0

    def show_views(self, view: Literal["people", "chat"], unread: int = 0) -> None:
        """Mark the current view; `unread` lines of the chat were not seen yet."""
        first = _view("PEOPLE", "F3", view == "people")
        self._split = 1 + first.cell_length + 1
        chat = f"CHAT ({words.count(unread)})" if unread else "CHAT"
        self.show(Content.assemble(first, "  ", _view(chat, "F4", view == "chat")))

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Clicked("people" if event.x < self._split else "chat"))


def _view(name: str, key: str, current: bool) -> Content:
    if current:
        return say("[$accent b]\\[$name][/] [$faint]$key[/]", name=name, key=key)
    return say("[$quiet] $name [/] [$faint]$key[/]", name=name, key=key)


class Found(Bar):
    """A control of one word and key that can be clicked."""

    @dataclass
    class Clicked(Message):
        """It was clicked."""

        found: Found

        @property
        def control(self) -> Found:
            """Where, for `@on` selectors."""
            return self.found

    def __init__(self, key: str, label: str, dom_id: str | None = None) -> None:
        super().__init__(dom_id)
        self._key = key
        self.show(Content(label))

    def on_click(self) -> None:
        self.post_message(self.Clicked(self))


def facts(appointment: Appointment, zone: tzinfo, now: datetime) -> Content:
    """The patient's data and the time, on one line."""
    patient = next((p for p in appointment.people.values() if p.patient), None)
    begin = words.clock(appointment.at, zone)
    rest = [f"ID {appointment.patient_id}"] if appointment.patient_id else []
    rest += [f"{begin}, {appointment.minutes} min", words.KINDS[appointment.kind]]
    if patient is not None:
        rest += [part for part in (patient.email, patient.mobile) if part]
    return say("[b]$name[/]  [$quiet]$rest[/]", name=short(appointment.patient, 32), rest=" · ".join(rest))


def headline(session: Session, now: datetime) -> Content:
    """How the call stands; `No one is here yet` while it runs and nobody is admitted (S3)."""
    appointment = session.appointment
    if not session.ready:
        return say("[$quiet]Reading the session…[/]")
    if appointment.cancelled:
        return say("[$warning]This appointment was cancelled.[/]")
    if appointment.running:
        began = lasting(appointment.started_at, now)
        if not appointment.admitted:
            return say("[$warning]▶[/] [b]$nobody[/]  [$quiet]running $began[/]", nobody=words.NOBODY_YET, began=began)
        count = "1 person" if appointment.admitted == 1 else f"{appointment.admitted} people"
        return say("[$success]▶[/] $count in the call  [$quiet]running $began[/]", count=count, began=began)
    if appointment.ended_at is not None:
        outcome = "Taken" if appointment.outcome == "taken" else "Did not attend"
        return say("[$quiet]■[/] $ended $outcome.", ended=words.ENDED, outcome=outcome)
    return say("[$quiet]$words[/]", words=words.NOT_STARTED)


def in_call_words(session: Session) -> Content:
    """Who is in the call and how many wait, in words."""
    people = session.appointment.people.values()
    here, outside = in_call(people), waiting(people)
    names = ", ".join(short(p.name, 24) for p in here[:8]) + (f" and {len(here) - 8} more" if len(here) > 8 else "")
    nobody = words.NOBODY_YET if session.appointment.running else "The call does not run."
    said = f"In the call: {names}" if here else nobody
    if outside:
        said += f" · Waiting: {len(outside)}"
    return content(said)
