"""The rows of the Schedule: what goes on now, then the day, or what a search finds. Pure: state in, rows out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby

from ecm_tui.console import keys, words
from ecm_tui.console.board import Board, longest
from ecm_tui.console.cells import fit
from ecm_tui.console.model import Asked, lasting
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.core.schedule import Status, Summary, status

_LOOKS: Mapping[Status, str] = {
    "imported": "quiet",
    "scheduled": "blue",
    "online": "good",
    "running": "warn",
    "missed": "bad",
    "taken": "pale",
    "cancelled": "faint",
}

STATE, CLOCK, CONTROL = 18, 7, 10
"""Cells of the columns for the state, for the waiting time, and for the row's control."""

NARROW, WIDE = 44, 80
"""Below and from how many cells, after time and state, columns go or come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What rows are drawn by besides themselves."""

    now: datetime
    """The service's time."""
    zone: tzinfo
    width: int
    """Cells of the list."""
    asked: Mapping[tuple[str, str], Asked]
    admit: str = keys.key_of("schedule.admit")
    """The key that admits, as people read it."""

    @property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, at: datetime) -> date:
        """The clinic's day of a moment."""
        return at.astimezone(self.zone).date()


def rows(board: Board, around: Around, reading: bool = False) -> list[Row]:
    """All rows; `reading` is whether the service was asked for more of them and has not answered yet."""
    made: list[Row] = []
    for title, section in _sections(board, around):
        if made:
            made.append(Row("", ()))
        if title:
            made.append(Row("", (Part(f"{title} ({len(section)})", "heading"),)))
        made += [_row(row, board, around) for row in section]
    if board.query and board.count > len(board.rest):
        more = f"And {board.count - len(board.rest)} more. One more letter leaves fewer."
        made += [Row("", ()), Row("", (Part(more, "quiet"),))]
    if not board.rest:
        made += [Row("", ())] if made else []
        made.append(Row("", (Part(_nothing(board, reading), "quiet"),)))
    return made


def _nothing(board: Board, reading: bool) -> str:
    if reading:
        return words.LOOKING if board.query else words.READING
    if board.query:
        return words.NOTHING_FOUND
    return words.NO_MORE if board.count else words.NO_APPOINTMENTS


def _sections(board: Board, around: Around) -> Iterator[tuple[str, Sequence[Summary]]]:
    if board.query:
        found = groupby(board.rest, key=lambda row: around.day(row.at) >= around.today)
        yield from (("Today and later" if later else "Earlier", list(section)) for later, section in found)
        return
    if board.now:
        yield "Now", board.now
    if board.rest:
        yield words.day_name(board.day, around.today) if board.now else "", board.rest


def _row(row: Summary, board: Board, around: Around) -> Row:
    state = status(row, around.now)
    glyph, word = words.STATUS[state]
    busy = not row.cancelled and bool(row.running or row.waiting)
    when = _when(row, board, around, busy)
    rest = around.width - 1 - len(when) - STATE
    parts = (
        Part(when, "strong" if state in ("online", "running") else "text"),
        Part(fit(f"{glyph} {word}", STATE), _LOOKS[state]),
        *(_attended(row, rest, around) if busy else _plain(row, rest)),
    )
    first = longest(row)
    return Row(row.id, parts, (row.running, row.cancelled, first and (first.id, first.entry)))


def _when(row: Summary, board: Board, around: Around, busy: bool) -> str:
    """`09:30  15 min`, or with the day where it is not the one that is shown; narrow lists leave things out."""
    clock, on = words.clock(row.at, around.zone), around.day(row.at)
    narrow = around.width - 1 - 16 - STATE < NARROW
    if on == board.day and not board.query:
        return f"{clock}  " if narrow else f"{clock}  " + fit(f"{row.minutes} min", 9)
    day = words.short_day(on, around.today)
    if narrow:
        return fit(day, 7) if busy else fit(f"{day} {clock}" if len(day) < 7 else day, 13)
    return fit(f"{day} {clock}", 16)


def _plain(row: Summary, rest: int) -> Iterator[Part]:
    """Patient, ID and, where it is not video, the kind; in narrow lists it stands in place of the ID."""
    kind = "" if row.kind == "video" else words.KINDS[row.kind]
    number = 14 if rest >= WIDE else 10
    last = rest - number - _patient(rest) if rest >= WIDE else 12
    if rest < NARROW:
        number, last = 0, 12
        kind = kind or row.patient_id
    yield Part(fit(row.patient, rest - number - last - 1) + " ", "faint" if row.cancelled else "strong")
    yield Part(fit(row.patient_id, number), "quiet")
    yield Part(fit(kind, last), "quiet")


def _patient(rest: int) -> int:
    """Cells of the patient's name in wide lists, the same for all rows."""
    return min(40, rest - 14 - 24 - CLOCK - CONTROL)


def _attended(row: Summary, rest: int, around: Around) -> Iterator[Part]:
    """Patient, who waits longest and for how long, and the control that admits them."""
    first = longest(row)
    number = 14 if rest >= WIDE else 0
    room = rest - number - CLOCK - CONTROL
    look = "warn" if row.waiting else "quiet"
    since = lasting((first or row.waiting[0]).since, around.now) if row.waiting else ""
    if rest >= NARROW:
        who = room - _patient(rest) if rest >= WIDE else 13
    else:
        who = 0 if first is None or first.patient else room // 2
    yield Part(fit(row.patient, room - who - 1) + " ", "strong")
    yield Part(fit(row.patient_id, number), "quiet")
    if not who and not row.running:  # narrow, and without a control: its place is free for words
        yield Part(fit(f"{words.who_waits(row)} {since}", CLOCK + CONTROL), look)
        return
    yield Part(fit(words.who_waits(row, who - 1), who), look)
    yield Part(fit(f"{since:>{CLOCK - 1}}", CLOCK), look)
    yield _control(row, around)


def _control(row: Summary, around: Around) -> Part:
    first = longest(row)
    pending = around.asked.get((row.id, first.id)) if first else None
    if pending is not None:
        return Part(fit(pending.word, CONTROL), "warn")
    if not row.running or first is None:
        return Part(" " * CONTROL)
    label = f"[{around.admit}] admit"
    return Part(fit(label if len(label) <= CONTROL else "[admit]", CONTROL), "good", "admit")
