"""How an entry of the chat view is drawn: clock, author, wrapped text. Pure: an entry in, pieces of text out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import cache

from rich.cells import cell_len, chop_cells

from ecm_tui.console.cells import short
from ecm_tui.console.timeline import sentence
from ecm_tui.console.transcript import Entry
from ecm_tui.console.widgets.row import Part
from ecm_tui.core.chat import ChatLine
from ecm_tui.core.files import SharedFile, in_words
from ecm_tui.core.people import Person
from ecm_tui.core.text import clean

CLOCK = 7
"""Cells of the column with the time."""

MOST_PIECES = 30
"""Lines of the screen that one message takes at most; its menu shows the rest."""

NOT_SCANNED = "not scanned"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the drawing of every entry depends on."""

    zone: tzinfo
    own: str
    """Account whose lines are `You`."""
    people: Mapping[str, Person] = field(compare=False)
    acts: bool = True
    """Whether what happened is shown between what was written."""


@dataclass(frozen=True, slots=True)
class Laid:
    """One entry, or the date above the first one of a day, as it is drawn."""

    id: str
    """Number of the entry's event; empty for a date, which is never selected."""
    day: date
    clock: str
    author: str
    """With its colon; empty for an act and a date."""
    own: bool
    pieces: tuple[str, ...]
    """Lines of the screen; the author stands at the beginning of the first."""
    look: str

    def parts(self, piece: int) -> tuple[Part, ...]:
        """One line of the screen."""
        clock = Part(f"{self.clock if piece == 0 else '':<{CLOCK}}", "quiet")
        text = self.pieces[piece]
        if piece or not self.author:
            return (clock, Part(text, self.look))
        name = Part(self.author, "heading" if self.own else "strong")
        return (clock, name, Part(text[len(self.author) :], self.look))


def laid(entry: Entry, frame: Frame, width: int) -> Laid | None:
    """The entry as drawn in this frame, in lines of `width` cells; None for what is not told in it."""
    at, line = entry.at.astimezone(frame.zone), entry.line
    clock, today = f"{at.hour:02}:{at.minute:02}", at.date()
    room = max(width - CLOCK, 12)
    if line is None:
        told = sentence(entry.record, frame.people) if frame.acts else ""
        acted = wrapped(f"· {clean(told)}", room)
        return Laid(str(entry.seq), today, clock, "", False, acted, "quiet") if told else None
    own = line.by.role != "participant" and line.by.id == frame.own
    author = f"{short(author_of(line, frame.people, own), max(room // 2, min(room - 6, 26)))}:"
    return Laid(str(entry.seq), today, clock, author, own, wrapped(f"{author} {text_of(line)}", room), "text")


def day(at: date) -> Laid:
    """The date above the first entry of a day."""
    return Laid("", at, "", "", False, (f"{at:%A} {at.day} {at:%B %Y}",), "heading")


def author_of(line: ChatLine, people: Mapping[str, Person], own: bool) -> str:
    """`You`, a participant's name, or a colleague's with the role, so that no patient can look like one."""
    if own:
        return "You"
    if line.by.role == "participant":
        person = people.get(line.by.id)
        return person.name if person else line.by.name
    return f"{short(line.by.name or 'A colleague', 24)} ({line.by.role})"


def text_of(line: ChatLine) -> str:
    """What was written, through the gate; for a file what is known of it."""
    return file_words(line.file) if line.file else clean(line.text, multiline=True)


def file_words(file: SharedFile) -> str:
    """`▤ report.pdf · 1.2 MB · not scanned`."""
    scan = "scanned" if file.scan == "clean" else NOT_SCANNED
    return f"▤ {clean(file.name, 200)} · {in_words(file.size)} · {scan}"


def wrapped(text: str, room: int, most: int = MOST_PIECES) -> tuple[str, ...]:
    """`text` in lines of at most `room` cells, broken between words; the last one says when there are more than `most`.

    `room` is at least 2.
    """
    made: list[str] = []
    for line in text.split("\n"):
        width = cell_len(line)
        if width <= room:
            made.append(line)
        else:
            made += _broken(line, room) if width == len(line) else _broken_wide(line, room)
        if len(made) > most:
            return (*made[: most - 1], short("… there is more: . shows it", room))
    return tuple(made)


@cache
def _pieces(room: int) -> re.Pattern[str]:
    return re.compile(rf"(.{{1,{room}}})(?:\s+|$)|(\S{{{room}}})")


def _broken(line: str, room: int) -> list[str]:
    """A line in which every character is one cell wide."""
    return [fitting or chopped for fitting, chopped in _pieces(room).findall(line)]


_WORDS = re.compile(r"\s*\S+|\s+")


def _broken_wide(line: str, room: int) -> list[str]:
    made, used = [""], 0
    for word in _WORDS.findall(line):
        width = cell_len(word)
        if used + width <= room:
            made[-1] += word
            used += width
            continue
        pieces = chop_cells(word.lstrip() if used else word, room) or [""]
        made += pieces if used else [made.pop() + pieces[0], *pieces[1:]]
        used = cell_len(made[-1])
    return made
