"""One line of a list, whatever its format: what it asks for, or why nothing comes of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from ecm_tui.core.commands import Guest, Import
from ecm_tui.core.events import Kind
from ecm_tui.core.foreign import gated
from ecm_tui.core.text import clean
from ecm_tui.core.zones import from_wall

MOST_LINES = 2_000
"""Appointments in one file: the list of a year of one clinician, not the archive of a hospital."""

MOST_BYTES = 4 * 1024 * 1024
"""Bytes of a file: two thousand appointments as the wordiest format has them."""

USUAL_MINUTES = 15

LONGEST_KEY = 150
"""Characters of a list's own key that are taken as they are; a longer one is taken by its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLine:
    """What one line of a list comes to."""

    number: int
    """Where it stands: the line of a table, counted from 1 with its heading; else the n-th appointment of the file."""
    what: Import | str
    """What to ask of the service; or a sentence that says why nothing comes of this line."""
    day: str = ""
    """Whose day it is, where the list has no key for it: it is found again by patient and time (`keyless`)."""
    skipped: bool = False
    """Whether nothing is to come of it, and nothing is wrong: the list itself calls it cancelled or over."""


class NoLineError(ValueError):
    """Why a line gives no appointment, in a sentence for whoever imports."""

    def __init__(self, message: str, skipped: bool = False) -> None:
        super().__init__(message)
        self.skipped = skipped


def line(number: int, command: Import, day: str = "") -> ImportedLine:
    """The line that asks for this; its texts pass the gate."""
    return ImportedLine(number=number, what=gated(command), day=day)


def no_line(number: int, error: NoLineError) -> ImportedLine:
    """The line that gives nothing."""
    return ImportedLine(number=number, what=clean(str(error), 400), skipped=error.skipped)


def each_once(lines: Iterable[ImportedLine]) -> list[ImportedLine]:
    """The lines, where a second one of the same appointment gives nothing: one of them would undo the other."""
    seen: dict[str, int] = {}
    found = []
    for each in lines:
        if isinstance(each.what, Import):
            first = seen.setdefault(each.what.source, each.number)
            if first != each.number:
                each = replace(each, what=f"It is the same appointment as number {first}, which is taken.")
        found.append(each)
    return found


def source_of(format_: str, *parts: str) -> str:
    """The key under which the service knows the appointment again; any key fits, however long or odd it is."""
    key = "/".join(parts)
    if len(key) > LONGEST_KEY or clean(key) != key:
        key = f"sha256:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"
    return f"{format_}:{key}"


def on_the_wall(shown: datetime, zone: tzinfo, field: str) -> datetime:
    """When the clocks of that zone show this, in UTC. Raises `NoLineError`."""
    try:
        at = from_wall(shown, zone)
    except OverflowError as error:
        raise NoLineError(f"{field}: {shown:%Y-%m-%d} is out of every calendar.") from error
    if at is None:
        raise NoLineError(f"{field}: there is no {shown:%H:%M} on {shown:%Y-%m-%d}, the clocks are put forward.")
    return at


def moment(read: datetime, zone: tzinfo, field: str) -> datetime:
    """A time with its offset or zone, or as the clinic's clocks show it, in UTC. Raises `NoLineError`."""
    if read.tzinfo is None:
        return on_the_wall(read, zone, field)
    return on_the_wall(read.replace(tzinfo=None), read.tzinfo, field) if read.fold == 0 else read.astimezone(UTC)


def iso(text: str, zone: tzinfo, field: str) -> datetime:
    """An ISO 8601 time, in UTC. Raises `NoLineError`."""
    try:
        if not re.search(r"\d[T ]\d", text):
            raise ValueError("a day alone")
        return moment(datetime.fromisoformat(text), zone, field)
    except ValueError as error:
        if isinstance(error, NoLineError):
            raise
        raise NoLineError(f'{field}: "{clean(text, 40)}" is no date and time.') from error


def minutes_between(start: datetime, end: datetime, field: str) -> int:
    """Whole minutes, rounded up. Raises `NoLineError` for an end that is not after the start."""
    length = end - start
    if length <= timedelta():
        raise NoLineError(f"{field}: it ends before it begins.")
    return -(-int(length.total_seconds()) // 60)


_KINDS: dict[Kind, frozenset[str]] = {
    "video": frozenset({"video", "video call", "video consultation", "online", "virtual", "telehealth"}),
    "phone": frozenset({"phone", "phone call", "telephone", "telephone call", "call"}),
    "face_to_face": frozenset({"face to face", "in person", "f2f", "on site", "practice", "clinic", "visit"}),
}


def kind_of(text: str) -> Kind | None:
    """How one meets, by its usual names; None for any other word."""
    word = " ".join(re.split(r"[\s_-]+", text.casefold().strip()))
    return next((kind for kind, words in _KINDS.items() if word in words), None)


def patient(name: str, email: str = "", mobile: str = "") -> Guest:
    """Who the appointment is for. Raises `NoLineError` without a name."""
    name = " ".join(name.split())
    if not name:
        raise NoLineError("The patient's name is missing.")
    return Guest(name=name, email=email.strip(), mobile=mobile.strip())


def guest(name: str, email: str = "", mobile: str = "", description: str = "") -> Guest:
    """Somebody further who takes part."""
    return Guest(
        name=" ".join(name.split()), description=description.strip(), email=email.strip(), mobile=mobile.strip()
    )


def further(patient: Guest, guests: Iterable[Guest]) -> tuple[Guest, ...]:
    """The guests of whom each can be told from the patient and from the others: a list may name somebody twice."""
    seen = [patient]
    for each in guests:
        if not any(_same(each, other) for other in seen):
            seen.append(each)
    return tuple(seen[1:])


def _same(one: Guest, other: Guest) -> bool:
    """By name and contact: families share an address, and many have the same name."""
    ways = [(one.email.casefold(), other.email.casefold()), (one.mobile, other.mobile)]
    reach = any(mine and mine == theirs for mine, theirs in ways) or not any(map(any, ways))
    return reach and one.name.casefold() == other.name.casefold()
