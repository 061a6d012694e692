"""What the numbers of the rows printed last stand for: whom they named, as they stood then. Pure.

A number never means who has moved to its place since. Where somebody changed after the printing, the number does
nothing but print the row anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ecm_tui.console.model import stamp
from ecm_tui.core.people import Person
from ecm_tui.core.schedule import Summary


@dataclass(frozen=True, slots=True)
class Row:
    """One numbered row."""

    kind: Literal["person", "appointment"]
    id: str
    stamp: object
    """What decided the meaning of acts when it was printed."""


def person_row(person: Person) -> Row:
    """The row of a person as they stand."""
    return Row("person", person.id, stamp(person))


def appointment_row(row: Summary) -> Row:
    """The row of an appointment as it stands."""
    return Row("appointment", row.id, (row.running, row.cancelled))


class Numbers:
    """The rows that were printed last, numbered from 1."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def begin(self, rows: Iterable[Row]) -> None:
        """A new list is printed; the numbers of the one before mean nothing any more."""
        self._rows = list(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> Row | None:
        """The row of that number; None when none was printed."""
        return self._rows[number - 1] if 1 <= number <= len(self._rows) else None

    def of(self, row: Row) -> int:
        """The number of this person or appointment, which goes on with the list when it has none yet."""
        for number, each in enumerate(self._rows, 1):
            if (each.kind, each.id) == (row.kind, row.id):
                return number
        self._rows.append(row)
        return len(self._rows)

    def told(self, row: Row) -> None:
        """It was said how this one stands now: its number, if it has one, means that."""
        self._rows = [row if (each.kind, each.id) == (row.kind, row.id) else each for each in self._rows]
