"""The desk as somebody who looks over a shoulder may see it: initials for names, no contacts, chat or notes. Pure.

Whatever the console draws is read from the desk, so that nothing needs to be hidden a second time where it is drawn.
Ids stay, and so does everything that decides what a key does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import structs

from ecm_tui.console.model import Desk, Notice, Session
from ecm_tui.console.transcript import Entry, Transcript
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import ChatLine
from ecm_tui.core.log import Recorded
from ecm_tui.core.people import Person
from ecm_tui.core.schedule import Summary
from ecm_tui.core.text import initials

HIDDEN = "(hidden)"


class VeiledTranscript(Transcript):
    """What the chat view tells, veiled entry by entry as it grows."""

    def __init__(self, of: Transcript) -> None:
        super().__init__()
        self.of = of

    def grown(self) -> VeiledTranscript:
        """The same, with what came since."""
        if self.cut != self.of.cut:
            self.cut, self.entries = self.of.cut, []
        self.entries += [_entry(entry) for entry in self.of.entries[len(self.entries) :]]
        return self


class Veil:
    """Reads as the desk that it is given, which goes on to be the one that is written to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sessions: dict[str, tuple[Session, Session]] = {}
        self._transcripts: dict[str, VeiledTranscript] = {}
        self._rows_of: dict[str, tuple[Summary, Summary]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def _row(self, row: Summary) -> Summary:
        known = self._rows_of.get(row.id)
        if known is None or known[0] is not row:
            known = self._rows_of[row.id] = (row, veiled_row(row))
        return known[1]

    def _session(self, session: Session | None) -> Session | None:
        if session is None:
            return None
        known = self._sessions.get(session.id)
        if known is None or known[0] is not session:
            self._sessions = {name: pair for name, pair in self._sessions.items() if name in self._desk.streams}
            self._transcripts = {n: kept for n, kept in self._transcripts.items() if n in self._desk.streams}
            known = self._sessions[session.id] = (session, self._veiled(session))
        return known[1]

    @property
    def session(self) -> Session | None:
        """The open session."""
        return self._session(self._desk.session)

    @property
    def looking(self) -> Session | None:
        """The appointment that is looked at."""
        return self._session(self._desk.looking)

    def session_of(self, appointment: str) -> Session | None:
        """An appointment that is read."""
        return self._session(self._desk.session_of(appointment))

    def _veiled(self, session: Session) -> Session:
        kept = self._transcripts.get(session.id)
        if kept is None or kept.of is not session.transcript:
            kept = self._transcripts[session.id] = VeiledTranscript(session.transcript)
        return replace(veiled_session(session), transcript=kept.grown())

    @property
    def rows(self) -> Mapping[str, Summary]:
        """The rows of the Schedule by id."""
        return {name: self._row(row) for name, row in self._desk.rows.items()}

    def summaries(self) -> list[Summary]:
        """The rows of the Schedule in order."""
        return [self._row(row) for row in self._desk.summaries()]

    def notice(self) -> Notice | None:
        """Who wants to join."""
        notice = self._desk.notice()
        return replace(notice, name=initials(notice.name)) if notice else None


def unnamed(sentence: str, desk: Desk) -> str:
    """A sentence of the service with initials for everybody whom the desk knows."""
    names = {row.patient for row in desk.rows.values()} | {p.name for row in desk.rows.values() for p in row.waiting}
    if desk.session is not None:
        names |= {person.name for person in desk.session.appointment.people.values()}
    for name in sorted(names - {""}, key=len, reverse=True):
        sentence = sentence.replace(name, initials(name))
    return sentence


def veiled_row(row: Summary) -> Summary:
    """A row of the Schedule."""
    waiting = tuple(replace(person, name=initials(person.name)) for person in row.waiting)
    return replace(row, patient=initials(row.patient), patient_id="", waiting=waiting)


def veiled_session(session: Session) -> Session:
    """A session with everyone and everything that was written in it."""
    acts = deque((_record(record) for record in session.acts), maxlen=session.acts.maxlen)
    return replace(session, appointment=_appointment(session.appointment), acts=acts)


def _entry(entry: Entry) -> Entry:
    return Entry(_record(entry.record), _line(entry.line) if entry.line else None)


def _line(line: ChatLine) -> ChatLine:
    file = replace(line.file, name=HIDDEN) if line.file else None
    by = replace(line.by, name=initials(line.by.name)) if line.by.role == "participant" else line.by
    return replace(line, by=by, text=HIDDEN if line.text else "", file=file)


def _appointment(was: Appointment) -> Appointment:
    return replace(
        was,
        patient=initials(was.patient),
        patient_id="",
        people={name: _person(person) for name, person in was.people.items()},
        chat=tuple(_line(line) for line in was.chat),
        notes=tuple(replace(note, text=HIDDEN) for note in was.notes),
    )


def _person(person: Person) -> Person:
    deliveries = tuple(replace(delivery, why="") for delivery in person.deliveries)
    return replace(person, name=initials(person.name), description="", email="", mobile="", deliveries=deliveries)


def _record(record: Recorded) -> Recorded:
    event = record.event
    if record.actor.role == "participant":
        record = replace(record, actor=replace(record.actor, name=initials(record.actor.name)))
    match event:
        case e.PersonInvited():
            return replace(
                record, event=structs.replace(event, name=initials(event.name), description="", email="", mobile="")
            )
        case e.ChatSaid() | e.NoteSaved():
            return replace(record, event=structs.replace(event, text=HIDDEN))
        case e.FileShared():
            return replace(record, event=structs.replace(event, name=HIDDEN))
        case e.InvitationMoved():
            return replace(record, event=structs.replace(event, why=""))
        case _:
            return record
