"""The rows of the people list: who waits, is in the call, is invited, was here. Pure: state in, rows out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len

from ecm_tui.console import keys as keys_table
from ecm_tui.console import words
from ecm_tui.console.model import Asked, found_people, lasting, stamp
from ecm_tui.console.moment import Lines
from ecm_tui.console.text import fit
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.people import Person, in_call, invited, others, waiting

NO_LINES = Lines()

CONTROLS = 26
"""Cells of the column with the row's controls."""

NARROW = 72
"""Cells below which a row has no description, and the waiting time stands beside the state."""


class Moment(NamedTuple):
    """What a row tells besides the person. A tuple: seventy are made for each picture, to find the rows made before."""

    pending: str
    """What was asked for and not answered yet."""
    since: str
    """How long the person has waited."""
    speaking: bool
    weak: str
    """What is weak about the line; "" for nothing."""
    alike: bool
    """Whether the name could be taken for another's."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column but the sign's and the controls'."""

    name: int
    described: int
    state: int
    clock: int


def columns(width: int) -> Columns:
    """The columns of a list `width` cells wide."""
    rest = width - 1 - 2 - CONTROLS
    if width < NARROW:
        return Columns(name=max(rest - 15, 8), described=0, state=15, clock=0)
    room = max(20, rest - 13 - 9)
    name = min(max(room * 3 // 5, 14), 40)
    return Columns(name=name, described=room - name, state=13, clock=9)


LOOKS: Mapping[str, str] = {
    "Waiting": "warn",
    "In call": "good",
    "Invited": "quiet",
    "Left": "quiet",
    "Removed": "quiet",
    "Taken out": "quiet",
    "Disconnected": "quiet",
    "Reconnecting": "bad",
}


def rows(
    appointment: Appointment,
    query: str,
    asked: Mapping[tuple[str, str], Asked],
    now: datetime,
    width: int,
    lines: Lines = NO_LINES,
    alike: Collection[str] = (),
    keymap: Mapping[str, str] | None = None,
) -> list[Row]:
    """All rows for a list `width` cells wide; `alike` are those whose name could be taken for another's."""
    admit, admit_all, disconnect = (
        keys_table.key_of(f"people.{act}", keymap) for act in ("admit", "admit_all", "disconnect")
    )
    found = found_people(appointment, query)
    made: list[Row] = []
    sections: Sequence[tuple[str, list[Person]]] = (
        ("Waiting", waiting(found)),
        ("In call", in_call(found)),
        ("Invited", invited(found)),
        ("Not here", others(found)),
    )
    for title, people in sections:
        if not people and (query or title == "Not here"):
            continue
        if made:
            made.append(Row("", ()))
        made.append(_heading(title, people, admit_all))
        for person in people:
            pending = asked.get((appointment.id, person.id))
            moment = Moment(
                pending=pending.word if pending else "",
                since=lasting(person.waiting_since, now),
                speaking=person.id in lines.speaking,
                weak=lines.of(person.id).weak,
                alike=person.id in alike,
            )
            made.append(_row(person, moment, width, (admit, disconnect)))
    if not made:
        made.append(Row("", (Part(" Nobody is found. Esc shows everyone again.", "quiet"),)))
    return made


def _heading(title: str, people: Sequence[Person], admit_all: str) -> Row:
    able = [p for p in people if p.connected]
    parts = [Part(f"{title} ({len(people)})", "heading")]
    if title == "Waiting" and len(able) > 1:
        parts.append(Part(f"  [{admit_all}] admit all", "good", "admit_all"))
        return Row("", tuple(parts))
    return Row("", tuple(parts))


@lru_cache(1024)  # of a full call, most rows are the same after each of its two hundred events a second
def _row(person: Person, moment: Moment, width: int, keys: tuple[str, str]) -> Row:
    word, since = person.word, moment.since
    glyph = words.SPEAKING if moment.speaking and word == "In call" else words.PERSON[word]
    cells = columns(width)
    mark = words.ALIKE if moment.alike else ""
    name = cells.name - (0 if cells.described else cell_len(mark))
    described = fit(words.role(person), cells.described - 1 - cell_len(mark)) + " " if cells.described else ""
    parts: tuple[Part, ...] = (
        Part(f"{glyph} ", LOOKS[word]),
        Part(fit(person.name, name - 1) + " ", "strong" if person.present else "text"),
        Part(mark, "warn"),
        Part(described, "quiet"),
        Part(fit(_state(person, "" if cells.clock else since, cells.state), cells.state), LOOKS[word]),
    )
    if person.state == "invited" and not moment.pending:
        return Row(person.id, (*parts, *_invited(person, cells.clock)), stamp(person))
    clock = Part(fit(f"{since:>7}", cells.clock), "quiet")
    parts = (*parts, clock, *_controls(person, moment.pending, moment.weak, keys))
    return Row(person.id, parts, stamp(person))


def _state(person: Person, since: str, cells: int) -> str:
    """The state's word, and `since` beside it where both find room."""
    asked = person.state == "waiting" and person.asked_again and person.connected
    word = "Asked again" if asked else person.word
    return f"{word} {since}" if since and cell_len(word) + 1 + cell_len(since) < cells else word


def _controls(person: Person, pending: str, weak: str, keys: tuple[str, str]) -> Iterable[Part]:
    if pending:
        return (Part(fit(pending, CONTROLS), "warn"),)
    if person.state == "waiting":
        admit, disconnect = (f"[{key}] {act}" for key, act in zip(keys, ("admit", "disconnect"), strict=True))
        if cell_len(admit + disconnect) > CONTROLS - 3:  # longer keys of the user's own
            admit, disconnect = "[admit]", "[disconnect]"
        rest = " " * (CONTROLS - 2 - cell_len(admit + disconnect))
        return (
            Part(admit, "good", "admit"),
            Part("  ", "text"),
            Part(disconnect, "bad", "disconnect"),
            Part(rest, "text"),
        )
    if person.state == "admitted":
        hand = words.HAND if person.hand else ""
        return (
            Part(hand, "warn"),
            Part(fit(words.devices(person, weak), CONTROLS - 5 - cell_len(hand)) + " ", "quiet"),
            Part("[.] ", "faint", "options"),
        )
    return (Part(fit("", CONTROLS - 4), "quiet"), Part("[.] ", "faint", "options"))


def _invited(person: Person, cells: int) -> Iterable[Part]:
    """How the invitation travels, in the place of the controls, and of the clock's `cells` where it needs the room."""
    room = CONTROLS - 5
    sent = words.deliveries(person)
    if cell_len(sent) > room + cells and len(person.deliveries) > 1:
        sent = words.deliveries(person, why=False)
    clock = "" if cell_len(sent) > room else " " * cells
    failed = any(delivery.state == "failed" for delivery in person.deliveries)
    said = clock + fit(sent, room + cells - len(clock)) + " "
    return (Part(said, "bad" if failed else "quiet"), Part("[.] ", "faint", "options"))
