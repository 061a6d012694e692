"""Times as clocks on a wall show them. Pure: the zone is an argument."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def from_wall(shown: datetime, zone: tzinfo) -> datetime | None:
    """When the clocks of `zone` show the time `shown`, in UTC; None where they are put forward over it.

    Of a time that comes twice it is the first. Raises `OverflowError` at the ends of the calendar.
    """
    at = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return at if at.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None) else None
