"""The Clinic Schedule: what each appointment looks like from outside its session. Pure; the time is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.events import Kind, Line, Name, Outcome
from ecm_tui.core.people import waiting

Status = Literal["imported", "scheduled", "online", "running", "missed", "taken", "cancelled"]
"""The states of E1; grey, blue, green, yellow, red, pale, and cancelled."""

EARLY = timedelta(minutes=5)
"""A waiting patient turns the appointment green from this long before its time (E2)."""

UNATTENDED = timedelta(minutes=30)
"""A video appointment to which nobody came shows Did not attend by itself this long after its planned end (E1)."""

ROWS_BACK = timedelta(days=31)
ROWS_AHEAD = timedelta(days=366)
MOST_ROWS = 5_000
"""The rows that a console is given at first and kept up to date; other days are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPerson:
    """Someone in a waiting room, for notices and waiting times."""

    id: str
    name: Name
    since: datetime
    connected: bool
    patient: bool
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One row of the Schedule."""

    id: str
    seq: int
    """Newest event of the appointment's stream that this row knows."""
    at: datetime
    minutes: int
    kind: Kind
    patient: Name
    patient_id: Line
    running: bool
    cancelled: bool
    outcome: Outcome | None
    waiting: tuple[WaitingPerson, ...]
    """Longest wait first."""
    admitted: int
    imported: bool = False
    """Whether it came from a list and its patient was not invited yet."""
    erased: bool = False
    """Whether what people wrote was erased."""
    taken_out: bool = False
    """Whether a list took somebody out, who may have to hear of it still."""


def summary(appointment: Appointment) -> Summary:
    """The Schedule's row of an appointment that exists. Raises `ValueError` for one that does not."""
    if appointment.at is None:
        raise ValueError("this appointment has no events")
    return Summary(
        id=appointment.id,
        seq=appointment.seq,
        at=appointment.at,
        minutes=appointment.minutes,
        kind=appointment.kind,
        patient=appointment.patient,
        patient_id=appointment.patient_id,
        running=appointment.running,
        cancelled=appointment.cancelled,
        outcome=appointment.outcome,
        waiting=tuple(
            WaitingPerson(
                id=p.id,
                name=p.name,
                since=p.waiting_since or appointment.at,
                connected=p.connected,
                patient=p.patient,
                entry=p.entry,
            )
            for p in waiting(appointment.people.values())
        ),
        admitted=appointment.admitted,
        imported=appointment.imported,
        erased=appointment.erased,
        taken_out=any(person.taken_out for person in appointment.people.values()),
    )


def status(row: Summary, now: datetime) -> Status:
    """The state word of the row at the service's time `now` (E1, E2)."""
    if row.cancelled:
        return "cancelled"
    if row.running:
        return "running"
    if now >= row.at - EARLY and any(p.patient and p.connected for p in row.waiting):
        return "online"
    if row.outcome or row.imported:
        return row.outcome or "imported"
    ended = row.at + timedelta(minutes=row.minutes)
    # Without an outcome no call was ended: nobody can have been admitted.
    return "missed" if row.kind == "video" and not row.waiting and now >= ended + UNATTENDED else "scheduled"


def urgent(rows: Iterable[Summary], now: datetime) -> list[Summary]:
    """Where somebody waits or a call runs: those due or running with the longest wait first, then calls where nobody
    waits, then who came early."""

    def rank(row: Summary) -> tuple[int, datetime, str]:
        since = row.waiting[0].since if row.waiting else row.at
        if not row.waiting:
            return 1, since, row.id
        return (0 if row.running or now >= row.at - EARLY else 2), since, row.id

    return sorted((row for row in rows if not row.cancelled and (row.running or row.waiting)), key=rank)
