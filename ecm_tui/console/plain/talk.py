"""What the commands share: the desk, the numbers that were printed, and whom typed words mean. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import cast

from ecm_tui.console.board import found_rows
from ecm_tui.console.cells import plain
from ecm_tui.console.model import Desk, Notice, Session, found_people
from ecm_tui.console.plain.lists import NAME, appointment_line, person_line
from ecm_tui.console.plain.numbers import Numbers, Row, appointment_row, person_row
from ecm_tui.console.plain.replies import Reply, said
from ecm_tui.console.veil import Veil, unnamed
from ecm_tui.core.people import Person
from ecm_tui.core.schedule import Summary
from ecm_tui.core.text import search_key

NO_SESSION = "No session is open. Type schedule, then open and a number of it."


class Talk:
    """One console's."""

    def __init__(self, desk: Desk, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        """`now` gives the service's time, `new_id` an id for a note."""
        self._desk, self._veil = desk, cast("Desk", Veil(desk))
        self.private = False
        """Whether initials stand for names."""
        self.now = now
        self.new_id = new_id
        self.numbers = Numbers()
        self.noticed: Notice | None = None
        """The notice that was printed last: whom `admit next` means."""

    @property
    def desk(self) -> Desk:
        """What the console knows, as it may be read now."""
        return self._veil if self.private else self._desk

    def seen(self, sentence: str) -> str:
        """A sentence of the service as it may be read now."""
        return unnamed(sentence, self._desk) if self.private else sentence

    @property
    def session(self) -> Session | None:
        """The session that is open, when it was read."""
        session = self.desk.session
        return session if session is not None and session.ready else None

    def line_of(self, person: Person) -> str:
        """How this person stands now, in a line."""
        pending = self.desk.asked.get((self.session.id, person.id)) if self.session else None
        word = pending.word if pending else ""
        return person_line(person, self.now(), self.desk.lines, self.desk.alike(), word)

    def people_lines(self, people: Sequence[Person]) -> list[str]:
        """Their lines with the numbers that mean them from now on."""
        self.numbers.begin(person_row(person) for person in people)
        return [f"{number}. {self.line_of(person)}" for number, person in enumerate(people, 1)]

    def row_lines(self, rows: Sequence[Summary], first: int = 1) -> list[str]:
        """The lines of appointments, numbered from `first`."""
        now, zone = self.now(), self.desk.clinic.zone
        return [f"{number}. {appointment_line(row, now, zone)}" for number, row in enumerate(rows, first)]

    def told(self, people: Iterable[str]) -> None:
        """It was said how these people stand: the printed numbers mean that."""
        everyone = self.session.appointment.people if self.session else {}
        for one in people:
            if one in everyone:
                self.numbers.told(person_row(everyone[one]))

    # Whom typed words mean -------------------------------------------------------------------------------------------

    def person(self, typed: str) -> Person | Reply:
        """The person of a printed number or of a name; or what to say instead of acting on anybody."""
        if self.session is None:
            return said(NO_SESSION)
        if not typed:
            return said("Whom? Type a number that people printed, or a name.")
        row = self._numbered(typed, "person", "people") if typed.isdecimal() else None
        if isinstance(row, Reply):
            return row
        return self._unchanged(row, typed) if row else self._named(self.session, typed)

    def _numbered(self, typed: str, kind: str, command: str) -> Row | Reply:
        row = self.numbers[int(typed[:6])]
        if row is None:
            return said(f"No row has the number {typed[:6]}. Type {command}.")
        if row.kind != kind:
            is_one = "a person" if row.kind == "person" else "an appointment"
            return said(f"Number {typed} is {is_one}. Type {command} to have other numbers.")
        return row

    def _unchanged(self, row: Row, number: str) -> Person | Reply:
        person = self.session.appointment.people.get(row.id) if self.session else None
        if person is None:
            return said("That number was of another session. Type people.")
        if person_row(person) == row:
            return person
        return self.changed(person, number)

    def changed(self, person: Person, number: str = "") -> Reply:
        """Somebody is not as they were printed: said, and printed anew."""
        self.numbers.told(person_row(person))
        name = plain(person.name, NAME)
        before = f"{number}. " if number else ""
        return said(f"Nothing was done: {name} changed meanwhile.", f"{before}{self.line_of(person)}")

    def _named(self, session: Session, typed: str) -> Person | Reply:
        found = found_people(session.appointment, typed)
        exact = [person for person in found if search_key(person.name) == search_key(typed)]
        meant = exact or found
        if len(meant) == 1:
            return meant[0]
        if not meant:
            return said(f"Nobody here is called “{plain(typed, NAME)}”.")
        return said(f"{len(meant)} people match: type a number.", *self.people_lines(meant))

    def appointment(self, typed: str) -> Summary | Reply:
        """The appointment of a printed number or of a patient's name; or what to say instead."""
        if not typed:
            return said("Which one? Type a number that schedule printed, or a patient's name.")
        rows = self.desk.summaries()
        if typed.isdecimal():
            row = self._numbered(typed, "appointment", "schedule")
            if isinstance(row, Reply):
                return row
            found = [each for each in rows if each.id == row.id]
        else:
            found = found_rows(rows, typed)
        if len(found) == 1:
            return found[0]
        if not found:
            return said(f"No appointment is found for “{plain(typed, NAME)}”.")
        self.numbers.begin(appointment_row(each) for each in found)
        return said(f"{len(found)} appointments match: type open and a number.", *self.row_lines(found))
