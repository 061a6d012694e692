"""The rows of the session's timeline: what happened, when, oldest first. Pure: state in, rows out."""

from __future__ import annotations

from datetime import tzinfo

from rich.cells import cell_len

from ecm_tui.console import words
from ecm_tui.console.model import Session
from ecm_tui.console.text import fit, plain
from ecm_tui.console.timeline import sentence
from ecm_tui.console.widgets.rows import Part, Row


def rows(session: Session, zone: tzinfo, width: int) -> list[Row]:
    """A row for each act worth telling."""
    made = []
    for record in session.acts:
        told = sentence(record, session.appointment.people)
        if told:
            line = plain(told)
            room = max(width - 8, 10)
            shown = fit(line, room) if cell_len(line) > room else line
            made.append(Row(str(record.seq), (Part(words.clock(record.at, zone) + "  ", "quiet"), Part(shown, "text"))))
    return made
