"""What stands on the Schedule: what goes on now, one day, or what a search finds. Pure: rows and the time in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, cast, get_args

from ecm_tui.core.events import Kind
from ecm_tui.core.schedule import Summary, WaitingPerson, status, urgent
from ecm_tui.core.text import search_key

MOST_FOUND = 200
"""Appointments that a search shows: more is not read, but narrowed by one more letter."""

LIVE_BACK, LIVE_AHEAD = timedelta(days=30), timedelta(days=300)
"""The days whose rows come by themselves. The service sends more ahead: a console may stand open for weeks."""

FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(9998, 12, 30)
"""The days that can be shown: those whose neighbours the service can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The rows to show, in order."""

    day: date
    now: Sequence[Summary]
    """Where somebody waits or a call runs, of any day; none beside what a search finds."""
    rest: Sequence[Summary]
    """The day's other appointments, or what is found: of today and later, then of earlier days."""
    count: int
    """Appointments of the day, or all that are found."""
    query: str = ""


def board(rows: Sequence[Summary], day: date, query: str, now: datetime, zone: tzinfo) -> Board:
    """What to show of `rows`, which are in the order of their times; without `query` the day."""
    if query.strip():
        found = _nearest_first(found_rows(rows, query), start_of(now.astimezone(zone).date(), zone))
        return Board(day=day, now=(), rest=found[:MOST_FOUND], count=len(found), query=query)
    first, last = start_of(day, zone), start_of(day + timedelta(days=1), zone)
    of_day = rows[bisect_left(rows, first, key=_at) : bisect_left(rows, last, key=_at)]
    going_on = urgent(rows, now)
    apart = {row.id for row in going_on}
    return Board(day=day, now=going_on, rest=[row for row in of_day if row.id not in apart], count=len(of_day))


def start_of(day: date, zone: tzinfo) -> datetime:
    """When a day of the clinic begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _at(row: Summary) -> datetime:
    return row.at


def _nearest_first(rows: Sequence[Summary], today: datetime) -> list[Summary]:
    at = bisect_left(rows, today, key=_at)
    return [*rows[at:], *reversed(rows[:at])]


def found_rows(rows: Iterable[Summary], query: str) -> list[Summary]:
    """The appointments whose patient's name or ID holds every word of `query`, in any order, case and accents."""
    words = search_key(query).split()
    return [row for row in rows if all(word in _searched(row.patient, row.patient_id) for word in words)]


@lru_cache(maxsize=16_384)
def _searched(patient: str, patient_id: str) -> str:
    return f"{search_key(patient)}\n{search_key(patient_id)}"


def first_useful(rows: Sequence[Summary], now: datetime) -> str:
    """Where the selection begins: a running call, a patient who is there, else the next appointment; "" for none."""
    ranks = {"running": 0, "online": 1}
    ordered = [*urgent(rows, now), *sorted(rows, key=_at)]
    coming = [row for row in ordered if row.running or row.at + timedelta(minutes=row.minutes) > now]
    best = min(coming, key=lambda row: ranks.get(status(row, now), 2), default=None)
    return best.id if best else ""


def longest(row: Summary) -> WaitingPerson | None:
    """Whom `a` admits: who waits longest, and is connected."""
    return next((person for person in row.waiting if person.connected), None)


def listed(answer: Mapping[str, Any]) -> Summary | None:
    """A row of the service's answer about a day or a search, without the people in it; None for what is no row."""
    state, kind = answer.get("state"), answer.get("kind")
    try:
        return Summary(
            id=str(answer["id"]),
            seq=int(answer["seq"]),
            at=datetime.fromisoformat(str(answer["at"])).astimezone(UTC),
            minutes=int(answer["minutes"]),
            kind=cast("Kind", kind if kind in get_args(Kind) else "video"),
            patient=str(answer["patient"]),
            patient_id=str(answer["patient_id"]),
            running=state == "running",
            cancelled=state == "cancelled",
            outcome=state if state in ("taken", "missed") else None,
            waiting=(),
            admitted=int(answer["admitted"]),
            imported=state == "imported",
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
