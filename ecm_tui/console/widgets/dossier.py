"""All that belongs to an appointment: people and when they were in, stills, notes, files, what happened. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from textwrap import wrap

from ecm_tui.console import words
from ecm_tui.console.cells import fit, plain, short
from ecm_tui.console.details import organiser
from ecm_tui.console.model import Session
from ecm_tui.console.stays import Stay
from ecm_tui.console.timeline import sentence
from ecm_tui.console.widgets.people import LOOKS
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.core.files import in_words
from ecm_tui.core.people import Person, listed

NAME, ROLE, STATE = 20, 13, 14
"""Cells of the columns of people."""

NARROW = 66
"""Cells below which nobody's role stands beside their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, and where."""

    zone: tzinfo
    width: int
    """Cells of the list."""
    stills: bool
    """Whether pictures are theirs to see."""


def belongings(session: Session, reader: Reader) -> list[Row]:
    """People, stills, notes and files. Ids are `person:ID`, `still:ID`, `note:ID`, `file:ID`."""
    appointment = session.appointment
    made = [*_section("People", [_person(session, each, reader) for each in listed(appointment.people.values())])]
    if reader.stills:
        made += _section("Stills", [_stills(session, reader)])
    made += _section("Private notes", [_notes(session, reader)], "yours alone")
    made += _section("Files", [_files(session, reader)])
    return made


def happened(session: Session, reader: Reader) -> list[Row]:
    """What happened, oldest first, with its day where it changes. Ids are numbers of events."""
    made: list[Row] = []
    day: date | None = None
    for record in session.acts:
        told = sentence(record, session.appointment.people)
        on = record.at.astimezone(reader.zone).date()
        for number, line in enumerate(wrap(plain(told), max(reader.width - 9, 10)) if told else ()):
            if on != day:
                made.append(Row("", (Part(f"{on:%A} {on.day} {on:%B} {on.year}", "quiet"),)))
                day = on
            clock = words.clock(record.at, reader.zone) if number == 0 else ""
            parts = (Part(f"{clock:<7}", "quiet"), Part(short(line, reader.width - 9), "text"))
            made.append(Row(f"{record.seq}" if number == 0 else f"{record.seq}.{number}", parts))
    return [Row("", (Part("What happened", "heading"),)), *made] if made else []


def _section(title: str, groups: Iterable[Iterable[Row]], about: str = "") -> list[Row]:
    rows = [list(group) for group in groups]
    lines = [row for group in rows for row in group]
    if not lines:
        return []
    count = sum("." not in row.id for row in lines)
    heading = (Part(f"{title} ({count})", "heading"), Part(f"  {about}" if about else "", "quiet"))
    return [Row("", heading), *lines, Row("", ())]


def _person(session: Session, person: Person, reader: Reader) -> Iterator[Row]:
    """Name, role and state, then their stays in the call, or how the invitation does."""
    word = person.word
    role = ROLE if reader.width >= NARROW else 0
    room = max(10, reader.width - 3 - NAME - role - STATE)
    said = _stays(session.stays.get(person.id, ()), reader.zone) or words.deliveries(person, why=False)
    for number, line in enumerate(wrap(plain(said), room) or [""]):
        first = (
            Part(f"{words.PERSON[word]} ", LOOKS[word]),
            Part(fit(person.name, NAME - 1) + " ", "strong"),
            Part(fit(words.role(person), role - 1) + " " if role else "", "quiet"),
            Part(fit(word, STATE), LOOKS[word]),
        )
        blank = (Part(" " * (2 + NAME + role + STATE)),)
        row_id = f"person:{person.id}" + (f".{number}" if number else "")
        yield Row(row_id, (*(blank if number else first), Part(fit(line, room), "text")))


def _stays(stays: Sequence[Stay], zone: tzinfo) -> str:
    """`in 09:31–09:44, 09:46–now`, with the day where it is not the first one's."""
    said: list[str] = []
    day: date | None = stays[0].came.astimezone(zone).date() if stays else None
    for stay in stays:
        on = stay.came.astimezone(zone).date()
        on_day = "" if on == day else f"{on.day} {on:%b} "
        day = on
        said.append(f"{on_day}{words.clock(stay.came, zone)}–{words.clock(stay.left, zone) if stay.left else 'now'}")
    return f"in {', '.join(said)}" if said else ""


def _stills(session: Session, reader: Reader) -> Iterator[Row]:
    people = session.appointment.people
    for still in session.appointment.stills:
        person = people.get(still.person_id)
        asker = f"asked by {organiser(session, still.requested_by)}"
        yield _line(f"still:{still.id}", still.captured_at, person.name if person else "", asker, reader)


def _notes(session: Session, reader: Reader) -> Iterator[Row]:
    for note in session.appointment.notes:
        first = next((line for line in note.text.splitlines() if line.strip()), "")
        yield _line(f"note:{note.id}", note.at, first, "", reader)


def _files(session: Session, reader: Reader) -> Iterator[Row]:
    people = session.appointment.people
    for file in session.appointment.files:
        by = people.get(file.by.id)
        sender = by.name if by else file.by.name or organiser(session, file.by.id)
        yield _line(f"file:{file.id}", file.at, file.name, f"{in_words(file.size)}, from {sender}", reader)


def _line(row_id: str, at: datetime, text: str, about: str, reader: Reader) -> Row:
    room = reader.width - 1 - 14
    right = min(len(about) + 1, room // 2) if about else 0
    when = at.astimezone(reader.zone)
    return Row(
        row_id,
        (
            Part(f"{when.day:>2} {when:%b %H:%M}  ", "quiet"),
            Part(fit(text, room - right - 1) + " ", "strong"),
            Part(fit(about, right), "quiet"),
        ),
    )
