"""What a form checks before it asks the service. Pure. The service has the last word; this only points at the field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from ecm_tui.console.board import FIRST_DAY, LAST_DAY
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Command, EditAppointment, EditPerson, Guest
from ecm_tui.core.events import Kind
from ecm_tui.core.people import Person
from ecm_tui.core.text import is_blank
from ecm_tui.core.zones import from_wall

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
MOBILE = re.compile(r"\+?[0-9 ()/.-]{5,}")
"""What looks like a telephone number; whether it is one is for the service."""

FIELD_OF_CODE = {
    "name_required": "name",
    "contact_required": "email",
    "bad_email": "email",
    "bad_mobile": "mobile",
    "bad_minutes": "minutes",
    "bad_time": "time",
}
"""Which field the service's refusal is about, by its code."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a form cannot be sent: the field to go to, and a sentence."""

    field: str
    sentence: str


def check_guest(guest: Guest, who: str, contact: bool = True) -> Wrong | None:
    """Whether a person can be invited (S28). `who` begins the sentences: `The patient`; `contact` is whether one is
    needed: who was not invited yet may have none."""
    if is_blank(guest.name):
        return Wrong("name", f"{who} needs a name.")
    email, mobile = guest.email.strip(), guest.mobile.strip()
    if email and not _EMAIL.fullmatch(email):
        return Wrong("email", "The email address is not complete: it needs an @ between two parts.")
    if mobile and not MOBILE.fullmatch(mobile):
        return Wrong("mobile", "The mobile number is not one: use digits, with + and the country first.")
    if contact and not email and not mobile:
        return Wrong("email", f"{who} needs an email address or a mobile number.")
    return None


_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_AWAY = re.compile(r"([+-])\s*(\d{1,5})")
_DAY_MONTH = re.compile(r"(\d{1,2})\s*[./ -]\s*(\d{1,2}|[a-z]{3,9})\.?(?:\s*[./ -]?\s*(\d{4}|\d{2}))?")
WRONG_DAY = "A day is written like 2026-12-01, 1.12., 1 Dec, +3, fri or tomorrow."


def day_of(text: str, today: date) -> date | Wrong:
    """The day that people write: `2026-12-01`, `1.12.`, `1/12/2026`, `1 dec`, `+3`, `fri`, `tomorrow`.

    A weekday is the next one after today; without a year the day nearest to today is meant.
    """
    typed = " ".join(text.casefold().split())
    try:
        found = _day(typed, today)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        return Wrong("date", WRONG_DAY)
    if not FIRST_DAY <= found <= LAST_DAY:
        return Wrong("date", f"Days from {FIRST_DAY.year} on can be shown.")
    return found


def _day(typed: str, today: date) -> date | None:
    if typed in _NEAR:
        return today + timedelta(days=_NEAR[typed])
    if away := _AWAY.fullmatch(typed):
        return today + timedelta(days=int(away[1] + away[2]))
    weekday = _named(typed, _WEEKDAYS)
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if written := _DAY_MONTH.fullmatch(typed):
        named = int(written[2]) - 1 if written[2].isdigit() else _named(written[2], _MONTHS)
        if named is None:
            return None
        month = named + 1
        if written[3]:
            return date(int(written[3]) + (2000 if len(written[3]) == 2 else 0), month, int(written[1]))
        return _nearest(int(written[1]), month, today)
    return date.fromisoformat(typed)


def _named(typed: str, names: Sequence[str]) -> int | None:
    """Which of `names` begins with what was typed, three letters at least."""
    return next((number for number, name in enumerate(names) if len(typed) > 2 and name.startswith(typed)), None)


def _nearest(day: int, month: int, today: date) -> date:
    """That day in the year in which it is nearest to today; a 29 February only where there is one."""
    found = []
    for year in range(today.year - 1, today.year + 2):
        with suppress(ValueError):
            found.append(date(year, month, day))
    if not found:
        raise ValueError("there is no such day")
    return min(found, key=lambda each: abs(each - today))


def moment(day: str, hour: str, zone: tzinfo, today: date) -> datetime | Wrong:
    """The time that two fields say in the clinic's zone, in UTC."""
    on = day_of(day, today)
    if isinstance(on, Wrong):
        return on
    try:
        at = time.fromisoformat(hour.strip().rjust(5, "0"))
    except ValueError:
        return Wrong("time", "The time is written as hours and minutes, like 14:30.")
    found = from_wall(datetime.combine(on, at.replace(tzinfo=None)), zone)
    return found or Wrong("time", f"There is no {at:%H:%M} on this day: the clocks are put forward.")


def minutes_of(text: str) -> int | Wrong:
    """How long the appointment takes."""
    try:
        minutes = int(text.strip())
    except ValueError:
        return Wrong("minutes", "The length is a number of minutes, like 15.")
    if not 1 <= minutes <= 24 * 60:
        return Wrong("minutes", "An appointment takes from 1 minute to 24 hours.")
    return minutes


def next_slot(now: datetime, zone: tzinfo) -> datetime:
    """The next full five minutes, in the clinic's zone: what a new appointment begins with."""
    local = now.astimezone(zone).replace(second=0, microsecond=0)
    return local + timedelta(minutes=-local.minute % 5)


def guest_of(person: Person) -> Guest:
    """What a form changes of a person."""
    return Guest(name=person.name, description=person.description, email=person.email, mobile=person.mobile)


def changes(
    was: Appointment, patient: Person, guest: Guest, at: datetime, minutes: int, kind: Kind, patient_id: str
) -> Sequence[Command] | Wrong:
    """What is asked of the service so that the appointment and its patient become so; empty when nothing is new.

    What was left as it is is not asked for: somebody else may have changed it meanwhile.
    """
    wrong = check_guest(guest, "The patient", contact=bool(patient.deliveries))
    if wrong:
        return wrong
    asked: list[Command] = []
    if guest != guest_of(patient):  # first: what then goes out goes to the new address
        asked.append(EditPerson(person_id=patient.id, guest=guest, known=guest_of(patient)))
    number = patient_id.strip()
    plan = EditAppointment(
        at=None if was.at and at == was.at.replace(second=0, microsecond=0) else at,  # fields show minutes
        minutes=None if minutes == was.minutes else minutes,
        kind=None if kind == was.kind else kind,
        patient_id=None if number == was.patient_id else number,
    )
    return asked if plan == EditAppointment() else [*asked, plan]
