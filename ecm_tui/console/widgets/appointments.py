"""The rows of the Schedule: today first, then the days that come, then the days that were. Pure: state in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from itertools import groupby

from ecm_tui.console import words
from ecm_tui.console.text import fit
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.core.schedule import Status, Summary, status

_LOOKS: Mapping[Status, str] = {
    "imported": "quiet",
    "scheduled": "blue",
    "online": "good",
    "running": "warn",
    "missed": "bad",
    "taken": "pale",
    "cancelled": "faint",
}

NARROW = 72
"""Cells below which a row has neither length nor ID."""


def rows(summaries: Iterable[Summary], query: str, now: datetime, zone: tzinfo, width: int) -> list[Row]:
    """All rows for a list `width` cells wide; `now` is the service's time."""
    today = now.astimezone(zone).date()
    made: list[Row] = []
    for _day, of_day in _days(summaries, zone, today):
        if made:
            made.append(Row("", ()))
        made.append(Row("", (Part(words.day(of_day[0].at, zone, now), "heading"),)))
        made += [_row(row, now, zone, width) for row in of_day]
    if not made and query:
        return [Row("", (Part("No appointment is found. Esc shows all of them again.", "quiet"),))]
    return made


def _days(summaries: Iterable[Summary], zone: tzinfo, today: date) -> list[tuple[date, list[Summary]]]:
    """Today and later in order, then earlier days, the nearest first."""

    def local(row: Summary) -> date:
        return row.at.astimezone(zone).date()

    days = [(each, list(of_day)) for each, of_day in groupby(sorted(summaries, key=lambda r: r.at), key=local)]
    later = [pair for pair in days if pair[0] >= today]
    return later + [pair for pair in reversed(days) if pair[0] < today]


def _row(row: Summary, now: datetime, zone: tzinfo, width: int) -> Row:
    state = status(row, now)
    glyph, word = words.STATUS[state]
    waits = words.waits(row, now)
    narrow = width < NARROW
    waited = waits or ("" if row.kind == "video" else words.KINDS[row.kind])
    minutes, waiting = (0, 18) if narrow else (8, 20)
    room = max(14, width - 1 - 7 - minutes - 18 - waiting)
    id_width = 0 if narrow else 12 if room > 40 else 9
    patient = room - id_width
    parts: Sequence[Part] = (
        Part(words.clock(row.at, zone) + "  ", "strong" if state in ("online", "running") else "text"),
        Part(fit(f"{row.minutes} min", minutes), "quiet"),
        Part(fit(f"{glyph} {word}", 18), _LOOKS[state]),
        Part(fit(row.patient, patient - 1) + " ", "faint" if state == "cancelled" else "strong"),
        Part(fit(row.patient_id, id_width - 1) + " " if id_width else "", "quiet"),
        Part(fit(waited, waiting), "warn" if row.waiting else "quiet"),
    )
    return Row(row.id, tuple(parts), (row.running, row.cancelled))
