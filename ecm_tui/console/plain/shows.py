"""The commands that only show: schedule, people, find, details, chat, notes, status. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ecm_tui.console import words
from ecm_tui.console.board import found_rows
from ecm_tui.console.cells import plain
from ecm_tui.console.details import details as known_details
from ecm_tui.console.forms import Wrong, day_of
from ecm_tui.console.model import found_people, lasting
from ecm_tui.console.plain.lists import NAME, chat_lines, counted
from ecm_tui.console.plain.numbers import appointment_row, person_row
from ecm_tui.console.plain.replies import Reply, said
from ecm_tui.console.plain.talk import NO_SESSION, Talk
from ecm_tui.core.people import listed
from ecm_tui.core.schedule import Summary

LATEST = 20
"""Lines of the chat that are read."""

MOST_FOUND = 40
"""Rows that a search prints: more is not read, but narrowed by one more word."""


def schedule(talk: Talk, typed: str) -> Reply:
    """The appointments of a day, or of all days."""
    rows, zone = talk.desk.summaries(), talk.desk.clinic.zone
    today = talk.now().astimezone(zone).date()
    if typed.lower() == "all":
        return _numbered(talk, rows, f"{_counted(len(rows))} on all days.")
    day = day_of(typed or "today", today)
    if isinstance(day, Wrong):
        return said(day.sentence)
    of_day = [row for row in rows if row.at.astimezone(zone).date() == day]
    waiting, running = sum(len(row.waiting) for row in of_day), sum(row.running for row in of_day)
    head = f"{words.day(day, today)}: {_counted(len(of_day))}, {waiting} waiting, {running} running."
    others = len(rows) - len(of_day)
    more = f" {_counted(others)} on other days: type schedule all." if others else ""
    return _numbered(talk, of_day, head + more)


def _numbered(talk: Talk, rows: Sequence[Summary], head: str) -> Reply:
    talk.numbers.begin(appointment_row(row) for row in rows)
    return said(head, *talk.row_lines(rows))


def _counted(appointments: int) -> str:
    return "1 appointment" if appointments == 1 else f"{appointments} appointments"


def people(talk: Talk, typed: str) -> Reply:
    """Everyone of the open session."""
    session = talk.session
    if session is None:
        return said(NO_SESSION)
    return said(counted(session), *talk.people_lines(listed(session.appointment.people.values())))


def find(talk: Talk, typed: str) -> Reply:
    """People of the open session, and appointments."""
    if not typed:
        return said("Find whom? Type words of a name.")
    session = talk.session
    persons = found_people(session.appointment, typed) if session else []
    rows = found_rows(talk.desk.summaries(), typed)
    kept_rows = rows[: max(0, MOST_FOUND - len(persons))]
    found = len(persons) + len(rows)
    lines = talk.people_lines(persons)
    talk.numbers.begin([*map(person_row, persons), *map(appointment_row, kept_rows)])
    lines += talk.row_lines(kept_rows, len(persons) + 1)
    more = f" The first {len(lines)}:" if len(lines) < found else ""
    return said(f"{found} found.{more}", *lines)


def details(talk: Talk, typed: str) -> Reply:
    """All that is known of someone."""
    person = talk.person(typed)
    if isinstance(person, Reply):
        return person
    session, desk = talk.session, talk.desk
    assert session is not None
    alike = desk.alike().get(person.id, ())
    known = known_details(session, person, desk.lines, alike, desk.clinic.zone, talk.now())
    return said(*(f"{each.label}: {plain(each.text, 600)}" if each.label else f"  {each.text}" for each in known))


def chat(talk: Talk, typed: str) -> Reply:
    """The newest lines of the chat."""
    session = talk.session
    if session is None:
        return said(NO_SESSION)
    lines = session.appointment.chat
    head = f"{len(lines)} lines." if len(lines) != 1 else "1 line."
    more = f" The last {LATEST}:" if len(lines) > LATEST else ""
    zone, own = talk.desk.clinic.zone, talk.desk.account[0]
    read = [
        f"{words.clock(line.at, zone)} {part}" if not number else part
        for line in lines[-LATEST:]
        for number, part in enumerate(chat_lines(line, session, own))
    ]
    return said(f"Chat, seen by everyone in the call: {head}{more}", *read)


def notes(talk: Talk, typed: str) -> Reply:
    """One's own notes of the appointment."""
    session = talk.session
    if session is None:
        return said(NO_SESSION)
    own = [note for note in session.appointment.notes if note.author == talk.desk.account[0]]
    lines = []
    for note in own:
        first, *rest = note.text.split("\n")
        lines += [f"{words.clock(note.at, talk.desk.clinic.zone)} {first}", *(f"  {each}" for each in rest)]
    return said(f"Private notes, read by you alone: {len(own)}.", *lines)


def names(talk: Talk, typed: str) -> Reply:
    """Initials for names, and names again."""
    talk.private = not talk.private
    return said(words.HIDDEN if talk.private else words.SHOWN)


def status(talk: Talk, typed: str) -> Reply:
    """How everything stands."""
    desk, session = talk.desk, talk.session
    word, why = desk.line
    service = "" if word == "connected" else f" {why or words.LINE.get(word, word)}"
    clock = words.clock(talk.now(), desk.clinic.zone)
    head = f"{plain(desk.clinic.name) or 'eClinic Manager'}, {clock}, as {plain(desk.account[1], NAME)}, {desk.role}."
    lines = [head + service]
    if session is not None:
        call = session.appointment
        began = f", running {lasting(call.started_at, talk.now())}" if call.running else ""
        lines.append(f"Session of {plain(call.patient, NAME)}{began}. {counted(session)}")
        if desk.role == "organiser":
            own = desk.me
            switch = {True: "on", False: "off"}
            lines.append(f"Your microphone is {switch[own.microphone]}, your camera {switch[own.camera]}.")
    waits = len(desk.wanting())
    lines.append(words.want_to_join(waits))
    return said(*lines)
