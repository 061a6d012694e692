"""Days and times as people type them. What has no offset from UTC is meant in the clinic's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ecm_tui.core.zones import from_wall
from ecm_tui.errors import UsageError


def read_time(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """`now` or an ISO 8601 time as UTC. Raises `UsageError`."""
    if text == "now":
        return now.astimezone(UTC)
    try:
        typed = datetime.fromisoformat(text)
        if "T" not in text and " " not in text:
            raise ValueError("a day alone")
        if typed.tzinfo is not None:
            return typed.astimezone(UTC)
        return _in_zone(typed, zone)
    except (ValueError, OverflowError) as error:
        example = now.astimezone(zone).strftime("%Y-%m-%dT14:30")
        raise UsageError(f"--at takes `now` or a time such as {example}; in the zone {zone.key}.") from error


def _in_zone(typed: datetime, zone: ZoneInfo) -> datetime:
    at = from_wall(typed, zone)
    if at is None:
        raise UsageError(
            f"There is no {typed:%H:%M} on {typed:%Y-%m-%d} in {zone.key}: the clocks are put forward. "
            "Choose a time before or after."
        )
    return at


def read_day(text: str, now: datetime, zone: ZoneInfo) -> date:
    """An ISO day; empty means today in that zone. Raises `UsageError`."""
    if not text:
        return now.astimezone(zone).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--date takes a day such as {now.astimezone(zone).date()}.") from error
