"""A new appointment (E3), and one that is changed: time, kind, the patient, and further people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, get_args

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from ecm_tui.console import words
from ecm_tui.console.dialogs.form import NOBODY, Form, Labelled, Submit, person_fields
from ecm_tui.console.forms import Wrong, changes, check_guest, guest_of, minutes_of, moment, next_slot
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Command, EditPerson, Guest, Schedule
from ecm_tui.core.events import Kind
from ecm_tui.core.people import Person

KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_GUESTS = 20
"""People that the form adds besides the patient; more can be invited one by one."""


class PlanForm(Form[str]):
    """What both forms have: when, how long, of what kind. Gives the appointment's id."""

    def __init__(self, submit: Submit, now: datetime, zone: tzinfo, kind: Kind = "video") -> None:
        super().__init__(submit)
        self._zone = zone
        self._today = now.astimezone(zone).date()
        self._kind: Kind = kind
        self.at: datetime | None = None
        """When the appointment is, as it was sent last."""

    def plan_fields(self, begin: datetime, minutes: int) -> Iterable[Widget]:
        """Date, time, minutes and kind."""
        with Horizontal(classes="line"):
            yield Labelled("Date", Field(f"{begin:%Y-%m-%d}", dom_id="date"))
            yield Labelled("Time", Field(f"{begin:%H:%M}", dom_id="time"), narrow=True)
        with Horizontal(classes="line"):
            yield Labelled("Minutes", Field(str(minutes), dom_id="minutes"))
            kind = Button(Content(words.KINDS[self._kind]), id="kind", compact=True)
            yield Labelled("Kind", kind, narrow=True)

    @on(Button.Pressed, "#kind")
    def other_kind(self, event: Button.Pressed) -> None:
        """Video, phone, face to face, and video again."""
        event.stop()
        self._kind = KINDS[(KINDS.index(self._kind) + 1) % len(KINDS)]
        event.button.label = Content(words.KINDS[self._kind])

    def plan(self) -> tuple[datetime, int] | Wrong:
        """When, in UTC, and how many minutes."""
        at = moment(self.value("date"), self.value("time"), self._zone, self._today)
        if isinstance(at, Wrong):
            return at
        minutes = minutes_of(self.value("minutes"))
        return minutes if isinstance(minutes, Wrong) else (at, minutes)

    def _typed(self) -> dict[str, str]:
        return {**super()._typed(), "kind": self._kind}


class AppointmentForm(PlanForm):
    """A new appointment."""

    ABOUT = (
        "A new appointment: when, how long, who. Tab and arrows move, Enter sends the invitation, Esc closes "
        "and asks first if something was typed."
    )

    def __init__(self, submit: Submit, now: datetime, zone: tzinfo, day: date) -> None:
        """`day` is the day that is shown: what the form begins with unless it is past."""
        super().__init__(submit, now, zone)
        begin = next_slot(now, zone)
        self._begin = datetime.combine(max(day, begin.date()), begin.timetz())
        self._guests = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form"):
            yield Static(Content("New appointment"), classes="title")
            with VerticalScroll(can_focus=False, id="fields"):
                yield from self.plan_fields(self._begin, 15)
                yield from person_fields(name="Patient")
                yield Labelled("Patient ID", Field(dom_id="patient_id", placeholder="optional"))
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("SEND"), id="send", classes="success", compact=True)
                yield Button(Content("Add a person"), id="more", compact=True)
            yield Static(Content("Enter sends · Tab next field · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#name").focus()

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
        plan = self.plan()
        if isinstance(plan, Wrong):
            return plan
        self.at = plan[0]
        patient = self.guest()
        wrong = check_guest(patient, "The patient")
        guests: list[Guest] = []
        for number in range(1, self._guests + 1):
            guest = self.guest(str(number))
            if guest == NOBODY:
                continue
            guests.append(guest)
            found = check_guest(guest, guest.name.strip() or f"Person {number + 1}")
            wrong = wrong or (Wrong(f"{found.field}{number}", found.sentence) if found else None)
        return wrong or Schedule(
            at=plan[0],
            minutes=plan[1],
            kind=self._kind,
            patient=patient,
            patient_id=self.value("patient_id"),
            guests=tuple(guests),
        )

    def answer(self, result: Mapping[str, Any]) -> str:
        return str(result.get("appointment_id", ""))


class EditForm(PlanForm):
    """An appointment and its patient as they are, to be changed. Only what was changed is asked for."""

    ABOUT = (
        "The appointment and its patient as they are. Change what is wrong; Enter saves it, and whoever was invited "
        "gets the invitation again. Esc closes and asks first if something was typed."
    )

    def __init__(self, submit: Submit, now: datetime, zone: tzinfo, appointment: Appointment) -> None:
        super().__init__(submit, now, zone, appointment.kind)
        self.patient = appointment.patient
        self._appointment = appointment
        self._patient = next(person for person in appointment.people.values() if person.patient)

    def compose(self) -> ComposeResult:
        appointment = self._appointment
        assert appointment.at is not None
        invited = any(person.deliveries for person in appointment.people.values())
        with Vertical(classes="box form"):
            yield Static(Content("Edit appointment"), classes="title")
            with VerticalScroll(can_focus=False, id="fields"):
                yield from self.plan_fields(appointment.at.astimezone(self._zone), appointment.minutes)
                yield from person_fields(name="Patient", known=guest_of(self._patient))
                yield Labelled("Patient ID", Field(appointment.patient_id, "optional", dom_id="patient_id"))
            told = "Whoever was invited gets the invitation again when it changes." if invited else ""
            yield Static(Content(told), classes="hint")
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("SAVE"), id="send", classes="success", compact=True)
            yield Static(Content("Enter saves · Tab next field · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#date").focus()

    def commands(self) -> Sequence[Command] | Wrong:
        plan = self.plan()
        if isinstance(plan, Wrong):
            return plan
        guest = self.guest()
        self.at, self.patient = plan[0], guest.name
        return changes(self._appointment, self._patient, guest, *plan, self._kind, self.value("patient_id"))

    def answer(self, result: Mapping[str, Any]) -> str:
        return self._appointment.id


class PersonForm(Form[str]):
    """Who a person of an appointment is and how they are reached, to be changed. Gives the person's id."""

    ABOUT = (
        "Name, contacts and description of one person. Enter saves; a contact that changes gets the invitation again. "
        "Esc closes and asks first if something was typed."
    )

    def __init__(self, submit: Submit, person: Person) -> None:
        super().__init__(submit)
        self._person = person

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form"):
            yield Static(Content("Edit person"), classes="title")
            yield from person_fields(known=guest_of(self._person))
            told = "The invitation is sent again to a contact that changes." if self._person.deliveries else ""
            yield Static(Content(told), classes="hint")
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("SAVE"), id="send", classes="success", compact=True)
            yield Static(Content("Enter saves · Tab next field · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#name").focus()

    def commands(self) -> Sequence[Command] | Wrong:
        guest = self.guest()
        wrong = check_guest(guest, "The person", contact=bool(self._person.deliveries))
        if wrong or guest == guest_of(self._person):
            return wrong or []
        return [EditPerson(person_id=self._person.id, guest=guest, known=guest_of(self._person))]

    def answer(self, result: Mapping[str, Any]) -> str:
        return self._person.id
