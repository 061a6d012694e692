"""Private notes: filed with the appointment, read by their author alone (S39-S43). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.context import Context, Decision
from ecm_tui.core.refused import Refused

if TYPE_CHECKING:
    from ecm_tui.core.appointment import Appointment

LONGEST_NOTE = 30_000
"""Characters of one note; a longer one is refused and not cut."""

MOST_NOTES = 500
"""Notes of one appointment, all authors together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One saved note."""

    id: str
    author: str
    """Account id; nobody else reads it."""
    at: datetime
    """When it was saved."""
    text: str = field(repr=False)


def save(was: Appointment, command: c.SaveNote, context: Context) -> Decision:
    """File the note; the same note again changes nothing, so that a lost answer never doubles it."""
    text = command.text.strip()
    known = next((note for note in was.notes if note.id == command.note_id), None)
    if known:
        if (known.author, known.text) == (context.actor.id, text):
            return []
        return Refused(code="note_exists", message="Another note has this id already. Nothing was saved.")
    if not text:
        return Refused(code="empty_text", message="The note is empty: there is nothing to save yet.")
    if len(text) > LONGEST_NOTE:
        message = f"A note has at most {LONGEST_NOTE:,} characters, and this has {len(text):,}. Nothing was saved."
        return Refused(code="text_too_long", message=message)
    if len(was.notes) >= MOST_NOTES:
        return Refused(code="too_many_notes", message=f"An appointment keeps at most {MOST_NOTES} notes.")
    return [e.NoteSaved(note_id=command.note_id, text=text)]
