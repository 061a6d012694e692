"""People and appointments as lines to be read aloud: what matters first, apart by commas. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, tzinfo

from ecm_tui.console import words
from ecm_tui.console.cells import plain
from ecm_tui.console.model import Session, lasting
from ecm_tui.console.moment import Lines
from ecm_tui.core.chat import ChatLine, author
from ecm_tui.core.people import Person, in_call, invited, others, waiting
from ecm_tui.core.schedule import Summary, status

NAME = 60
"""Characters of a name that are read."""


def person_line(person: Person, now: datetime, lines: Lines, alike: Collection[str], pending: str = "") -> str:
    """`Ann Lee, Patient, waiting 3 min`."""
    parts = [plain(person.name, NAME), plain(words.role(person), NAME), *_state(person, now, lines)]
    if person.id in alike:
        parts.append("looks like somebody else's name, see details")
    if pending:
        parts.append(pending)
    return ", ".join(part for part in parts if part)


def _state(person: Person, now: datetime, lines: Lines) -> list[str]:
    if person.word == "Reconnecting":
        return ["reconnecting", "in the waiting room" if person.state == "waiting" else "in the call"]
    if person.state == "waiting":
        again = ["asked again"] if person.asked_again else []
        return [*again, f"waiting {lasting(person.waiting_since, now)}"]
    if person.state == "admitted":
        hand = ["hand raised"] if person.hand else []
        speaks = ["speaking"] if person.id in lines.speaking else []
        return ["in call", *hand, *speaks, words.devices(person, lines.of(person.id).weak)]
    return [person.word.lower(), words.deliveries(person) if person.state == "invited" else ""]


def counted(session: Session) -> str:
    """How many stand where, in the order of the list."""
    people = session.appointment.people.values()
    if not session.appointment.running:
        call = "The call does not run."
    elif session.appointment.admitted:
        call = f"In call: {len(in_call(people))}."
    else:
        call = f"{words.NOBODY_YET}."
    away = others(people)
    rest = f" Not here: {len(away)}." if away else ""
    return f"{call} Waiting: {len(waiting(people))}. Invited: {len(invited(people))}.{rest}"


def appointment_line(row: Summary, now: datetime, zone: tzinfo) -> str:
    """`09:30, Ann Lee, ID 4718, Session running, 1 in call, 15 min`."""
    identity = f"ID {plain(row.patient_id, NAME)}" if row.patient_id else ""
    kind = words.KINDS[row.kind] if row.kind != "video" else ""
    word = words.STATUS[status(row, now)][1]
    parts = [
        words.clock(row.at, zone),
        plain(row.patient, NAME),
        identity,
        word,
        words.waits(row, now),
        kind,
        f"{row.minutes} min",
    ]
    return ", ".join(part for part in parts if part)


def chat_lines(line: ChatLine, session: Session, own: str) -> list[str]:
    """`Ann Lee: hello`, a line for each line of the message; `own` is the id of our account."""
    names = {one.id: one.name for one in session.appointment.organisers.values()}
    who = "You" if line.by.id == own else plain(author(line, session.appointment, names), NAME) or "Someone"
    if line.file is not None:
        return [f"{who} shared the file {plain(line.file.name)}"]
    first, *rest = line.text.split("\n")
    return [f"{who}: {first}", *(f"  {each}" for each in rest)]
