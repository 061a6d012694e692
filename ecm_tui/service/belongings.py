"""What belongs to an appointment: the asker's own notes and the shared files, and in which order lists are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import author
from ecm_tui.core.clinic import Account, Clinic
from ecm_tui.core.log import timestamp

STEP = 1 << 48
"""Numbers below it go on with the timeline; those above say which list goes on, and from where."""

ORDER = ("notes", "files", "timeline")
"""The lists of an answer, each given to its end before the next."""


def notes(account: Account, appointment: Appointment) -> list[dict[str, Any]]:
    """The asker's own notes, oldest first; nobody else's, whatever the asker's role (S41)."""
    return [
        {"id": note.id, "text": note.text, "saved_at": timestamp(note.at)}
        for note in appointment.notes
        if note.author == account.id
    ]


def files(appointment: Appointment, clinic: Clinic) -> list[dict[str, Any]]:
    """The files that were shared, oldest first."""
    names = {one.id: one.name for one in clinic.accounts.values()}
    return [
        {
            "id": line.file.id,
            "name": line.file.name,
            "size": line.file.size,
            "sha256": line.file.sha256,
            "from": author(line, appointment, names),
            "at": timestamp(line.at),
            "scan": line.file.scan,
        }
        for line in appointment.chat
        if line.file
    ]


def place(after: int) -> tuple[str, int]:
    """Which list goes on after that number, and how much of it was given; the timeline's by its sequence numbers."""
    which, given = divmod(after, STEP)
    if not which and given:
        return "timeline", given
    return ORDER[min(max(which - 1, 0), len(ORDER) - 1)], given


def number(name: str, given: int) -> int:
    """The number by which `place` finds its way back."""
    return (ORDER.index(name) + 1) * STEP + given


def following(name: str, lists: Mapping[str, Sequence[Any]]) -> str:
    """The list after that one that has anything in it; the timeline always has."""
    return next(each for each in ORDER[ORDER.index(name) + 1 :] if lists.get(each, True))
