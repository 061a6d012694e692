"""What people type for a time, in the clinic's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from ecm_tui.cli.times import read_day, read_time
from ecm_tui.errors import UsageError

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)


def test_now_is_the_services_now():
    assert read_time("now", NOW, ZURICH) == NOW


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-24T14:30", 13),
        ("2026-11-24 14:30", 13),
        ("2026-11-24T14:30Z", 14),
        ("2026-11-24T14:30+05:00", 9),
        ("2026-07-24T14:30", 12),
    ],
)
def test_a_time_without_an_offset_is_meant_in_the_clinics_zone(text: str, hour: int):
    at = read_time(text, NOW, ZURICH)
    assert (at.hour, at.minute, at.tzinfo) == (hour, 30, UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-11-24", "14:30", "2026-13-01T10:00", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_answered_with_an_example(text: str):
    with pytest.raises(UsageError, match=r"such as 2026-11-25T14:30; in the zone Europe/Zurich"):
        read_time(text, NOW, ZURICH)


def test_a_time_that_the_clocks_leave_out_does_not_exist():
    with pytest.raises(UsageError, match="no 02:30 on 2027-03-28"):
        read_time("2027-03-28T02:30", NOW, ZURICH)


def test_today_is_the_clinics_day_and_not_that_of_utc():
    assert read_day("", NOW, ZURICH) == date(2026, 11, 25)
    assert read_day("2026-12-01", NOW, ZURICH) == date(2026, 12, 1)
    with pytest.raises(UsageError, match="such as 2026-11-25"):
        read_day("1.12.2026", NOW, ZURICH)
