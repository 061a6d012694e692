"""Wall clocks: one time for each, none where they are put forward."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ecm_tui.core.zones import from_wall

ZURICH = ZoneInfo("Europe/Zurich")


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001  clocks on a wall know no offset


def test_a_time_on_the_wall_is_one_moment():
    assert from_wall(wall(2026, 11, 24, 14, 30), ZURICH) == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def test_a_time_that_the_clocks_leave_out_is_none_and_one_that_comes_twice_is_the_first():
    assert from_wall(wall(2026, 3, 29, 2, 30), ZURICH) is None
    twice = wall(2026, 10, 25, 2, 30)
    assert (
        from_wall(twice, ZURICH)
        == from_wall(twice.replace(fold=1), ZURICH)
        == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    )
