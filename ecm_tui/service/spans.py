"""Which stretch of time a question about the Schedule means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ecm_tui.errors import RefusedError

EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def span(asked: Mapping[str, Any], timezone: str, now: datetime) -> tuple[datetime, datetime]:
    """From `first` to `last`, or the whole day `date`, or today. Raises RefusedError `bad_time`."""
    try:
        if asked.get("first") or asked.get("last"):
            return _moment(asked.get("first"), EVER[0]), _moment(asked.get("last"), EVER[1])
        zone = ZoneInfo(timezone)
        day = date.fromisoformat(str(asked["date"])) if asked.get("date") else now.astimezone(zone).date()
        return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
    except (ValueError, OverflowError) as error:
        raise RefusedError("A date is written as 2026-11-23.", "bad_time") from error


def _moment(text: object, otherwise: datetime) -> datetime:
    if not text:
        return otherwise
    at = datetime.fromisoformat(str(text))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
