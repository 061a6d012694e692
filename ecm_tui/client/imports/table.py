"""Tables (CSV): the first line names the columns, each other one is an appointment. Pure.

Cells are text and nothing else: what a spreadsheet would compute stands there as it was written.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from typing import Literal

from msgspec import structs

from ecm_tui.client.imports.line import (
    MOST_LINES,
    USUAL_MINUTES,
    ImportedLine,
    NoLineError,
    further,
    guest,
    iso,
    kind_of,
    line,
    minutes_between,
    no_line,
    on_the_wall,
    patient,
    source_of,
)
from ecm_tui.client.imports.words import NOTHING_OF_THESE
from ecm_tui.core.commands import Guest, Import
from ecm_tui.core.events import Kind
from ecm_tui.core.text import clean
from ecm_tui.errors import NotAListError

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "key": ("key", "uid", "appointment id", "appointment"),
    "start": ("start", "at", "datetime", "date time", "date/time", "starts"),
    "date": ("date", "day"),
    "time": ("time", "start time", "from"),
    "end": ("end", "ends", "end time", "until", "to"),
    "minutes": ("minutes", "duration", "length", "min"),
    "name": ("patient", "name", "patient name", "full name"),
    "first": ("first name", "forename", "given name"),
    "last": ("last name", "surname", "family name"),
    "id": ("patient id", "patientid", "mrn", "patient number"),
    "email": ("email", "e mail", "mail", "email address"),
    "mobile": ("mobile", "phone", "telephone", "tel", "mobile number", "phone number", "mobile phone"),
    "kind": ("kind", "type", "appointment type"),
}
"""What a column holds -> the names that it may have; case, hyphens and underscores do not count."""

SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

LONGEST_HEADING = 10_000
"""Characters of the first line that are looked at."""

GUEST = re.compile(r"guest ?([1-9])?(?: ([^\d]+?))?(?: ([1-9]))?")
"""A column of a guest, in words: `guest`, `guest email`, `guest 2 mobile`."""

OF_A_GUEST: Mapping[str, tuple[str, ...]] = {
    "name": ("", "name", "full name"),
    "email": COLUMNS["email"],
    "mobile": COLUMNS["mobile"],
    "description": ("description", "role", "relation", "relationship"),
}

Order = Literal["day", "month", ""]
"""What comes first in dates with slashes; empty when the file does not tell."""

Row = Mapping[str, str]


def lines(text: str, zone: tzinfo) -> list[ImportedLine]:
    """A line for each row that is not empty; times are those of `zone`. Raises `NotAListError`."""
    columns, rows = _rows(text)
    order = _order(row.get(name, "") for _, row in rows for name in ("date", "start"))
    guests = any(column.startswith("guest ") for column in columns)
    found = []
    for number, row in rows:
        try:
            if "broken" in row:
                raise NoLineError(row["broken"])
            command, day = _import(row, order, zone)
            found.append(line(number, structs.replace(command, whole=guests), day))
        except NoLineError as error:
            found.append(no_line(number, error))
    if not found:
        raise NotAListError("The table has a heading and no appointments below it.")
    return found


def _rows(text: str) -> tuple[Sequence[str], list[tuple[int, Row]]]:
    """The columns; and each row that is not empty, with its line's number and its cells by what they are.

    Raises `NotAListError`.
    """
    table = io.StringIO(text, newline="").readlines()
    top = next((at for at, each in enumerate(table) if each.strip("\ufeff \t\r\n")), 0)
    if re.match(r"(?i)\ufeff?sep=.\s*$", table[top]):  # a spreadsheet's own hint, above the heading
        top += 1
    delimiter, columns = _heading(table[top].lstrip("\ufeff") if top < len(table) else "")
    rows: list[tuple[int, Row]] = []
    for at, cells in _read_on(table, top + 1, delimiter):
        row = {"broken": cells} if isinstance(cells, str) else _cells(columns, cells)
        if row:
            if len(rows) == MOST_LINES:
                raise NotAListError(f"The table has more than {MOST_LINES} appointments: divide it.")
            rows.append((at + 1, row))
    return columns, rows


def _read_on(table: Sequence[str], at: int, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """The cells of each row with the index of its first line, or why it has none; what follows is read all the same."""
    while at < len(table):
        begins, reader = at, csv.reader((table[i] for i in range(at, len(table))), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                yield begins, cells
                begins = at + reader.line_num
            return
        except csv.Error as error:  # such as a quotation mark that is never closed, and would swallow the rest
            yield begins, f"The line cannot be read: {error}."
            at = begins + 1


def _heading(text: str) -> tuple[str, list[str]]:
    """What parts the cells, and what each column holds, empty for what is not used. Raises `NotAListError`."""
    best: tuple[str, list[str]] = (",", [])
    for delimiter in ",;\t|":
        try:
            names = next(csv.reader([text[:LONGEST_HEADING]], delimiter=delimiter), [])
        except csv.Error:
            continue
        columns = _columns(names)
        if sum(map(bool, columns)) > sum(map(bool, best[1])):
            best = delimiter, columns
    known = {*best[1]} - {""}
    if not known & {"start", "date", "time", "name", "first", "last"}:
        raise NotAListError(NOTHING_OF_THESE)
    lacking = [] if "start" in known or {"date", "time"} <= known else ["date and time (or start)"]
    lacking += [] if known & {"name", "first", "last"} else ["patient"]
    if lacking:
        raise NotAListError(f"The table's first line names no column for: {', '.join(lacking)}.")
    return best


def _columns(names: Sequence[str]) -> list[str]:
    words = [" ".join(re.split(r"[\s_-]+", name.strip().casefold())) for name in names]
    found = [
        next((column for column, known in COLUMNS.items() if word in known), "") or _of_a_guest(word) for word in words
    ]
    # An id beside a patient's is the appointment's own.
    own = "key" if "id" in found else "id"
    return [own if word == "id" else column for word, column in zip(words, found, strict=True)]


def _of_a_guest(word: str) -> str:
    """`guest 1 email` for any way to write it; empty for what is no such column."""
    found = GUEST.fullmatch(word)
    what = next((part for part, known in OF_A_GUEST.items() if found and (found[2] or "") in known), "")
    return f"guest {found[1] or found[3] or 1} {what}" if found and what else ""


def _cells(columns: Sequence[str], cells: Sequence[str]) -> Row:
    """The cells that are used; where two columns hold the same, the first that is filled counts."""
    row: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column and cell.strip():
            row.setdefault(column, cell.strip())
    return row


def _import(row: Row, order: Order, zone: tzinfo) -> tuple[Import, str]:
    """What the row asks for, and whose day it is where it has no key."""
    start = _start(row, order, zone)
    for_whom = _patient(row)
    number, key = row.get("id", ""), row.get("key", "")
    day = "" if key else f"{start.astimezone(zone).date().isoformat()}/{(number or for_whom.name).casefold()}"
    # Nobody comes twice at one time. Without a number two may have the same name.
    namesakes = () if number else (for_whom.email, for_whom.mobile)
    command = Import(
        source=source_of("csv", key) if key else source_of("csv", day, start.isoformat(), *namesakes),
        at=start,
        minutes=_minutes(row, start, order, zone),
        kind=_kind(row),
        patient=for_whom,
        patient_id=number,
        guests=further(for_whom, _guests(row)),
    )
    return command, day


def _patient(row: Row) -> Guest:
    name = row.get("name") or f"{row.get('first', '')} {row.get('last', '')}"
    # A spreadsheet's way to keep the + or 0 of a number.
    return patient(name, row.get("email", ""), row.get("mobile", "").removeprefix("'"))


def _guests(row: Row) -> Iterator[Guest]:
    """Whoever the row names beside the patient, with or without a contact as the patient is."""
    for number in range(1, 10):
        cells = {what: row.get(f"guest {number} {what}", "") for what in OF_A_GUEST}
        if any(cells.values()):
            if not cells["name"]:
                raise NoLineError(f"guest {number}: the name is missing.")
            yield guest(**cells | {"mobile": cells["mobile"].removeprefix("'")})


def _start(row: Row, order: Order, zone: tzinfo) -> datetime:
    if row.get("start"):
        return _moment(row["start"], "start", order, zone)
    missing = [name for name in ("date", "time") if not row.get(name)]
    if missing:
        raise NoLineError(f"{' and '.join(missing)}: missing.")
    return on_the_wall(datetime.combine(_date(row["date"], "date", order), _time(row["time"], "time")), zone, "time")


def _moment(text: str, field: str, order: Order, zone: tzinfo) -> datetime:
    day, _, hour = text.partition(" ")
    if hour and not day[:4].isdigit():
        return on_the_wall(datetime.combine(_date(day, field, order), _time(hour, field)), zone, field)
    return iso(text, zone, field)


def _minutes(row: Row, start: datetime, order: Order, zone: tzinfo) -> int:
    text = row.get("minutes", "")
    if text:
        found = re.fullmatch(r"(\d{1,5})\s*(?:min|minutes|')?\.?", text, re.IGNORECASE)
        if found is None:
            raise NoLineError(f'minutes: "{clean(text, 40)}" is no number.')
        return int(found[1])
    end = row.get("end", "")
    if not end:
        return USUAL_MINUTES
    if re.search(r"\d[T ]\d", end):
        return minutes_between(start, _moment(end, "end", order, zone), "end")
    shown = datetime.combine(start.astimezone(zone).date(), _time(end, "end"))
    return minutes_between(start, on_the_wall(shown, zone, "end"), "end")


def _kind(row: Row) -> Kind:
    text = row.get("kind", "")
    kind = kind_of(text) if text else "video"
    if kind is None:
        raise NoLineError(f'kind: "{clean(text, 40)}" is none of video, phone and face to face.')
    return kind


def _order(texts: Iterable[str]) -> Order:
    """What comes first in the dates with slashes, told by those that can be read in one way only."""
    told: set[Order] = set()
    for text in texts:
        found = SLASHED.match(text)
        if found and int(found[1]) > 12:
            told.add("day")
        if found and int(found[2]) > 12:
            told.add("month")
    return told.pop() if len(told) == 1 else ""


def _date(text: str, field: str, order: Order) -> date:
    """An ISO date, one with dots (day first), or one with slashes as the file has them. Raises `NoLineError`."""
    try:
        dotted = re.fullmatch(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})", text)
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        slashed = SLASHED.fullmatch(text)
        if slashed:
            return _slashed([int(slashed[1]), int(slashed[2])], int(slashed[3]), field, order)
        return date.fromisoformat(text)
    except ValueError as error:
        if isinstance(error, NoLineError):
            raise
        raise NoLineError(f'{field}: "{clean(text, 40)}" is no date. Write it as 2026-11-24.') from error


def _slashed(parts: Sequence[int], year: int, field: str, order: Order) -> date:
    first, second = parts
    if order == "" and max(parts) <= 12 and first != second:
        ways = f"{year}-{first:02}-{second:02} or {year}-{second:02}-{first:02}"
        raise NoLineError(f"{field}: {first}/{second}/{year} can be read in two ways. Write {ways}.")
    day_first = order == "day" or (order == "" and first > 12)
    return date(year, second, first) if day_first else date(year, first, second)


def _time(text: str, field: str) -> time:
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?\s*([ap])?\.?m?\.?", text.strip(), re.IGNORECASE)
    try:
        if found is None:
            raise ValueError("no time")
        hour = int(found[1])
        if found[3]:
            if not 1 <= hour <= 12:
                raise ValueError("no hour of twelve")
            hour = hour % 12 + 12 * (found[3].lower() == "p")
        return time(hour, int(found[2]))
    except ValueError as error:
        raise NoLineError(f'{field}: "{clean(text, 40)}" is no time. Write it as 14:30.') from error
