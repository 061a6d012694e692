"""Calendars (ICS, RFC 5545): an appointment for each single event. Pure.

The patient is the first attendee with a name who is not the organiser, else the event's title is the name; the
attendees after the first are guests. What is broken in one event costs that event alone, as far as the rest can be told
apart from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import unquote

from icalendar import Calendar, Component, Event

from ecm_tui.client.imports.line import (
    MOST_LINES,
    USUAL_MINUTES,
    ImportedLine,
    NoLineError,
    further,
    guest,
    kind_of,
    line,
    minutes_between,
    moment,
    no_line,
    patient,
    source_of,
)
from ecm_tui.core.commands import Guest, Import
from ecm_tui.core.events import Kind
from ecm_tui.core.text import clean
from ecm_tui.errors import NotAListError

BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)
"""What the library raises for one or another kind of broken calendar."""

MOST_CONTENT = 100 * MOST_LINES
"""Lines of the file: a hundred for each event. The library takes some seconds for them, and minutes for a file full."""

_BEGIN = re.compile(r"(?im)^BEGIN:VEVENT[ \t]*\r?$")
_END = re.compile(r"(?im)^END:(VEVENT|VCALENDAR)[ \t]*\r?$")


def lines(text: str, zone: tzinfo) -> list[ImportedLine]:
    """A line for each event; floating times are those of `zone`. Raises `NotAListError`."""
    if text.count("\n") > MOST_CONTENT:
        raise NotAListError(f"The calendar has more than {MOST_CONTENT} lines: divide it.")
    if len(_BEGIN.findall(text)) > MOST_LINES:
        raise NotAListError(f"The calendar has more than {MOST_LINES} events: divide it.")
    found = []
    for number, (event, cancelled) in enumerate(_events(text), start=1):
        try:
            if event is None:
                raise NoLineError("The event is damaged and cannot be read.")
            found.append(line(number, _import(event, cancelled, zone)))
        except NoLineError as error:
            found.append(no_line(number, error))
    if not found:
        raise NotAListError("The calendar has no events.")
    return found


def _events(text: str) -> list[tuple[Component | None, bool]]:
    """Each event, None for one that cannot be read; and whether its whole calendar is a cancellation."""
    found: list[tuple[Component | None, bool]] = []
    try:
        for calendar in Calendar.from_ical(text, multiple=True):
            cancelled = _word(calendar, "METHOD") == "CANCEL"
            found += [(event, cancelled) for event in calendar.walk("VEVENT")]
    except BROKEN:
        found = []
    return found if len(found) == len(_BEGIN.findall(text)) else list(_one_by_one(text))


def _one_by_one(text: str) -> Iterator[tuple[Component | None, bool]]:
    """The events of a calendar that is broken as a whole. Zones that it defines itself are not known then."""
    cancelled = bool(re.search(r"(?im)^METHOD:CANCEL[ \t]*\r?$", text))
    for part in _BEGIN.split(text)[1:]:
        end = _END.search(part)
        try:
            if end is None or end[1].upper() != "VEVENT":
                raise ValueError("it breaks off")
            yield Event.from_ical(f"BEGIN:VEVENT\r\n{part[: end.start()].strip()}\r\nEND:VEVENT\r\n"), cancelled
        except BROKEN:
            yield None, cancelled


def _import(event: Component, cancelled: bool, zone: tzinfo) -> Import:
    if cancelled or _word(event, "STATUS") == "CANCELLED":
        raise NoLineError("The list calls it cancelled. If it was imported before, cancel it here too.", skipped=True)
    if event.get("RRULE") is not None or event.get("RDATE") is not None:
        raise NoLineError("RRULE: it repeats, and only single appointments are taken. Add its days one by one.")
    uid, instance = _text(event, "UID"), event.get("RECURRENCE-ID")
    if not uid:
        raise NoLineError("UID: it is missing, and the event would not be found again when the list comes again.")
    start = _time(event, "DTSTART", zone)
    if start is None:
        raise NoLineError("DTSTART: it is missing.")
    (who, *others), whole = _people(event)
    return Import(
        source=source_of("ics", uid, *([_ical(instance)] if instance is not None else [])),
        at=start,
        minutes=_minutes(event, start, zone),
        kind=_kind(event),
        patient=who,
        guests=further(who, others),
        whole=whole,
    )


def _time(event: Component, name: str, zone: tzinfo) -> datetime | None:
    """The property in UTC; None when it is not there. Raises `NoLineError`."""
    value = event.get(name)
    if value is None:
        return None
    try:
        read, params = value.dt, value.params
    except BROKEN as error:
        raise NoLineError(f"{name}: it is no date and time, or stands there twice.") from error
    if not isinstance(read, datetime):
        raise NoLineError(f"{name}: it is a whole day without a time.")
    tzid = str(params.get("TZID") or "")
    if tzid and read.tzinfo is None:
        raise NoLineError(f'{name}: the time zone "{clean(tzid, 60)}" is not known.')
    return moment(read, zone, name)


def _minutes(event: Component, start: datetime, zone: tzinfo) -> int:
    end = _time(event, "DTEND", zone)
    if end is not None:
        return minutes_between(start, end, "DTEND")
    duration = event.get("DURATION")
    if duration is None:
        return USUAL_MINUTES
    try:
        length = duration.dt
        if not isinstance(length, timedelta):
            raise TypeError("no length of time")
        return minutes_between(start, start + length, "DURATION")
    except BROKEN as error:
        if isinstance(error, NoLineError):
            raise
        raise NoLineError("DURATION: it is no length of time.") from error


def _people(event: Component) -> tuple[list[Guest], bool]:
    """The patient, and who else is to come and can be reached; and whether those are all who are to come."""
    organiser = _text(event, "ORGANIZER").casefold()
    title = _text(event, "SUMMARY")
    found: list[Guest] = []
    whole = True
    for attendee in _all(event, "ATTENDEE"):
        address = str(attendee)
        params = getattr(attendee, "params", {})
        if address.casefold() == organiser or any(str(params.get(name) or "").upper() in _NOBODY for name in _SAYS):
            continue
        scheme, _, contact = unquote(address).partition(":")
        name = str(params.get("CN") or "")
        email = contact if scheme.casefold() == "mailto" else ""
        mobile = contact if scheme.casefold() in ("tel", "sms") else ""
        if not found:
            found.append(patient(name if name and "@" not in name else title, email, mobile))
        elif email or mobile:
            found.append(guest(name or contact, email, mobile))
        else:
            whole = False
    return found or [patient(title)], whole


_SAYS = ("CUTYPE", "ROLE", "PARTSTAT")
_NOBODY = frozenset({"ROOM", "RESOURCE", "GROUP", "CHAIR", "NON-PARTICIPANT", "DECLINED"})
"""Rooms, devices and lists of people; who leads the event, is only told of it, or does not come."""


def _kind(event: Component) -> Kind:
    words = [str(word) for each in _all(event, "CATEGORIES") for word in getattr(each, "cats", [each])]
    return next(filter(None, map(kind_of, words)), "video")


def _all(event: Component, name: str) -> list[Any]:
    value = event.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(event: Component, name: str) -> str:
    """The property's first value as text, empty when it is not there."""
    values = _all(event, name)
    return str(values[0]).strip() if values else ""


def _word(component: Component, name: str) -> str:
    return _text(component, name).upper()


def _ical(value: Any) -> str:
    try:
        return str(value.to_ical().decode())
    except BROKEN:
        return str(value)
