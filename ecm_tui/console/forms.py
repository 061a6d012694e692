"""What a form checks before it asks the service. Pure. The service has the last word; this only points at the field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ecm_tui.core.commands import Guest

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


def check_guest(guest: Guest, who: str) -> Wrong | None:
    """Whether a person can be invited (S28). `who` begins the sentences: `The patient`."""
    if not guest.name.strip():
        return Wrong("name", f"{who} needs a name.")
    email, mobile = guest.email.strip(), guest.mobile.strip()
    if email and not _EMAIL.fullmatch(email):
        return Wrong("email", "The email address is not complete: it needs an @ between two parts.")
    if mobile and not MOBILE.fullmatch(mobile):
        return Wrong("mobile", "The mobile number is not one: use digits, with + and the country first.")
    if not email and not mobile:
        return Wrong("email", f"{who} needs an email address or a mobile number.")
    return None


def moment(day: str, hour: str, zone: tzinfo) -> datetime | Wrong:
    """The time that two fields say in the clinic's zone, in UTC."""
    try:
        on = date.fromisoformat(day.strip())
    except ValueError:
        return Wrong("date", "The date is written as year-month-day, like 2026-11-23.")
    try:
        at = time.fromisoformat(hour.strip().rjust(5, "0"))
    except ValueError:
        return Wrong("time", "The time is written as hours and minutes, like 14:30.")
    return datetime.combine(on, at.replace(tzinfo=None), zone).astimezone(UTC)


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
