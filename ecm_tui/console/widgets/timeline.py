"""The rows of the session's timeline: what happened, when, oldest first. Pure: state in, rows out."""

from __future__ import annotations

from datetime import tzinfo
from textwrap import wrap

from ecm_tui.console import words
from ecm_tui.console.model import Session
from ecm_tui.console.text import plain, short
from ecm_tui.console.timeline import sentence
from ecm_tui.console.widgets.row import Part, Row


def rows(session: Session, zone: tzinfo, width: int) -> list[Row]:
    """A row for each act worth telling."""
    made = []
    for record in session.acts:
        told = sentence(record, session.appointment.people)
        for number, line in enumerate(wrap(plain(told), max(width - 9, 10)) if told else ()):
            clock = words.clock(record.at, zone) if number == 0 else ""
            parts = (Part(f"{clock:<7}", "quiet"), Part(short(line, width - 9), "text"))
            made.append(Row("" if number else str(record.seq), parts))
    return made
