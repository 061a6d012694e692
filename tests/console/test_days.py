"""The Schedule's days by keys and mouse, and what is typed for them (E1)."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from ecm_tui.console.forms import Wrong, day_of, moment
from ecm_tui.console.model import zone_of
from ecm_tui.core import commands as c
from tests.console.driving import console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService

TODAY = TUESDAY.date()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        (" 1.12. ", date(2026, 12, 1)),
        ("1.12", date(2026, 12, 1)),
        ("1.12.27", date(2027, 12, 1)),
        ("1/12/2027", date(2027, 12, 1)),
        ("1 dec", date(2026, 12, 1)),
        ("1. December 2027", date(2027, 12, 1)),
        ("3 Jan", date(2027, 1, 3)),
        ("30.9.", date(2026, 9, 30)),
        ("29.2.", date(2028, 2, 29)),
        ("+3", date(2026, 11, 27)),
        ("- 1", date(2026, 11, 23)),
        ("fri", date(2026, 11, 27)),
        ("Monday", date(2026, 11, 30)),
        ("tue", date(2026, 12, 1)),
        ("Tomorrow", date(2026, 11, 25)),
        ("today", TODAY),
        ("yesterday", date(2026, 11, 23)),
    ],
)
def test_E1_a_day_is_read_as_people_write_it(typed: str, meant: date):
    today = date(2027, 6, 1) if typed == "29.2." else TODAY
    assert day_of(typed, today) == meant


@pytest.mark.parametrize("typed", ["", "soon", "31.2.", "30.2.", "1 xyz", "2026-13-01", "fr", "+", "٣٣٣", "1.1.0000"])
def test_what_is_no_day_gets_a_sentence(typed: str):
    found = day_of(typed, TODAY)
    assert isinstance(found, Wrong) and found.sentence.startswith("A day is written like")


@pytest.mark.parametrize("typed", ["-99999", "1.1.1900", "31.12.9999"])
def test_a_day_that_cannot_be_shown_says_so(typed: str):
    found = day_of(typed, TODAY)
    assert isinstance(found, Wrong) and found.sentence == "Days from 1970 on can be shown."


def test_E3_an_hour_that_the_clocks_leave_out_is_refused_and_an_appointment_takes_the_same_days():
    zone = zone_of("Europe/Zurich")
    found = moment("28.3.2027", "02:30", zone, TODAY)
    assert isinstance(found, Wrong) and found.field == "time" and "put forward" in found.sentence
    assert moment("tomorrow", "9:30", zone, TODAY) == TUESDAY + timedelta(days=1) - timedelta(hours=1)


@pytest.fixture
def week(service: FakeService) -> FakeService:
    """Appointments of several days."""
    for name, days in (("Yara", -1), ("Ann Lee", 0), ("Tom Okafor", 1), ("Fred Far", 700), ("Lone Past", -200)):
        service.schedule(name, at=TUESDAY + timedelta(days=days))
    return service


async def test_E1_today_is_first_and_keys_go_to_the_days_beside_it_and_back(
    week: FakeService, clock: FakeClock, state: Path
):
    async with console(week, clock, state) as seen:
        assert "[ Today, Tuesday 24 November 2026 ]  1 appointment" in seen.text
        assert "Ann Lee" in seen.text and "Tom Okafor" not in seen.text
        await seen.press("right_square_bracket")
        await seen.sees("[ Tomorrow, Wednesday 25 November 2026 ]  1 appointment")
        assert seen.line("Tom Okafor").startswith("▌") and "Ann Lee" not in seen.text
        await seen.press("left", "left")
        await seen.sees("Yesterday, Monday 23 November 2026")
        assert seen.line("Yara").startswith("▌")
        await seen.press("t")
        await seen.sees("Today, Tuesday")
        assert seen.line("Ann Lee").startswith("▌")
        await seen.press("right", "right")
        await seen.sees("No appointments on this day.")
        await seen.press("enter")
        await seen.sees("No appointment is selected.")
        assert seen.service.asked == []


async def test_the_brackets_and_the_day_can_be_clicked(week: FakeService, clock: FakeClock, state: Path):
    async with console(week, clock, state) as seen:
        await seen.pilot.click(offset=(seen.line("2026 ]").index("]"), 2))
        await seen.sees("Tomorrow, Wednesday")
        await seen.pilot.click(offset=(1, 2))
        await seen.sees("Today, Tuesday")
        await seen.click("Tuesday 24")
        await seen.sees("Go to day")


async def test_E1_a_day_is_typed_and_shown_and_a_wrong_one_loses_nothing(
    week: FakeService, clock: FakeClock, state: Path
):
    async with console(week, clock, state) as seen:
        await seen.press("d")
        await seen.sees("Go to day")
        await seen.type("nonsense")
        await seen.press("enter")
        await seen.sees("A day is written like")
        assert "nonsense" in seen.line("Day  ")
        await seen.press(*["backspace"] * 8)
        await seen.type("tomorrow")
        await seen.sees("Tomorrow, Wednesday 25 November 2026")
        await seen.press("enter")
        await seen.sees("Tom Okafor")


async def test_E1_a_day_that_does_not_come_by_itself_is_asked_for(week: FakeService, clock: FakeClock, state: Path):
    async with console(week, clock, state) as seen:
        assert "Fred Far" not in {row.patient for row in seen.app.desk.rows.values()}
        await seen.press("d")
        await seen.type("+700")
        await seen.press("enter")
        await seen.sees("Fred Far")
        assert seen.line("Fred Far").startswith("▌")
        assert seen.service.asked == [("appointments", {"date": "2028-10-24"})]
        await seen.press("enter")
        await seen.sees("In call (")


async def test_a_day_that_cannot_be_asked_for_says_why(week: FakeService, clock: FakeClock, state: Path, monkeypatch):
    from ecm_tui.errors import UnreachableError

    def gone(wanted: object) -> None:
        raise UnreachableError("The clinic service does not answer.")

    async with console(week, clock, state) as seen:
        monkeypatch.setattr(seen.service, "rows_of", gone)
        await seen.press("d")
        await seen.type("+700")
        await seen.press("enter")
        await seen.sees("The clinic service does not answer.")


async def test_E1_a_search_finds_far_days_too_and_Esc_brings_the_day_back(
    week: FakeService, clock: FakeClock, state: Path
):
    async with console(week, clock, state) as seen:
        await seen.press("slash")
        await seen.type("FAR")
        await seen.sees("Fred Far")
        assert "24 Oct 28 09:30" in seen.line("Fred Far") and "◇ Scheduled" in seen.line("Fred Far")
        await seen.sees("1 found for FAR")
        await seen.press("enter", "enter")
        await seen.sees("In call (")
        await seen.press("f6")
        await seen.sees("1 found for FAR")
        await seen.press("escape")
        await seen.sees("Today, Tuesday 24 November 2026")
        assert seen.line("Ann Lee").startswith("▌")


async def test_a_search_that_finds_nothing_says_so_after_all_days_were_looked_through(
    week: FakeService, clock: FakeClock, state: Path
):
    async with console(week, clock, state) as seen:
        await seen.press("slash")
        await seen.type("zz")
        await seen.sees("No appointment is found.")
        assert ("appointments", {"search": "zz"}) in seen.service.asked
        await seen.press("enter", "enter")
        await seen.sees("No appointment is selected.")


async def test_who_waits_on_another_day_is_seen_on_every_day(week: FakeService, clock: FakeClock, state: Path):
    async with console(week, clock, state) as seen:
        await seen.press("right_square_bracket")
        far = next(name for name, each in week.streams.items() if each.patient == "Fred Far")
        week.other(far, c.StartCall())
        week.enter(far, "Fred Far")
        await seen.sees("Now (1)")
        assert "24 Oct 28" in seen.line("▶ Session running")
        assert "Tomorrow (1)" in seen.text


async def test_the_day_follows_midnight_unless_another_is_shown(week: FakeService, clock: FakeClock, state: Path):
    async with console(week, clock, state) as seen:
        clock.pass_(24 * 3600)
        seen.app.paint()
        await seen.sees("Today, Wednesday 25 November 2026")
        await seen.press("left")
        clock.pass_(24 * 3600)
        seen.app.paint()
        await seen.settle()
        assert "] Tuesday" not in seen.text and "[ Tuesday 24 November 2026 ]" in seen.text
