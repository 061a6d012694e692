"""What stands on the Schedule, and how its rows are drawn at every width (E1, E2, L2)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from rich.cells import cell_len

from ecm_tui.console.board import MOST_FOUND, board, listed
from ecm_tui.console.model import MOST_ASKED, Asked, Desk, zone_of
from ecm_tui.console.widgets.appointments import Around, rows
from ecm_tui.core import commands as c
from ecm_tui.core.schedule import MOST_ROWS, Summary, summary
from tests.console.fake_service import TUESDAY, FakeService

DAY = TUESDAY.date()


def summaries(service: FakeService) -> list[Summary]:
    return sorted((summary(each) for each in service.streams.values()), key=lambda row: row.at)


def drawn(service: FakeService, width: int = 80, day: date = DAY, query: str = "", **more: Asked) -> list[str]:
    asked = {(name.partition("_")[0], name.partition("_")[2]): each for name, each in more.items()}
    around = Around(now=TUESDAY, zone=UTC, width=width, asked=asked)
    made = rows(board(summaries(service), day, query, TUESDAY, UTC), around)
    return ["".join(part.text for part in row.parts) for row in made]


def test_E1_a_day_is_the_clinics_and_ends_at_its_midnight():
    zone = zone_of("America/New_York")
    service = FakeService()
    late = service.schedule("Late", at=datetime(2026, 11, 25, 4, 59, tzinfo=UTC))
    service.schedule("Next day", at=datetime(2026, 11, 25, 5, 0, tzinfo=UTC))
    shown = board(summaries(service), DAY, "", TUESDAY, zone)
    assert [row.id for row in shown.rest] == [late]
    assert shown.count == 1


def test_E2_whoever_waits_on_any_day_stands_above_every_day_with_the_longest_wait_in_front():
    service = FakeService()
    yesterday = service.schedule("Lena Fischer", "Bea Moreno|Daughter", at=TUESDAY - timedelta(days=1))
    today = service.schedule("Ann Lee", at=TUESDAY)
    service.schedule("Sven", at=TUESDAY)
    for each in (yesterday, today):
        service.other(each, c.StartCall())
    service.enter(yesterday, "Bea Moreno")
    for day in (DAY, DAY + timedelta(days=500)):
        shown = board(summaries(service), day, "", TUESDAY, UTC)
        assert [row.id for row in shown.now] == [yesterday, today]
    lines = drawn(service)
    assert lines[0] == "Now (2)"
    assert lines[1].startswith("23 Nov 09:30") and "Bea Moreno" in lines[1] and "[a] admit" in lines[1]
    assert "[a] admit" not in lines[2]
    assert lines[4] == "Today (1)"


def test_a_search_finds_over_all_days_and_each_hit_has_its_date_and_state_word():
    service = FakeService()
    for name, days in (("José Ñuñez", -400), ("Jose Lee", -1), ("Núñez José", 0), ("José Nunez", 400), ("Ann", 0)):
        service.schedule(name, at=TUESDAY + timedelta(days=days))
    lines = drawn(service, query="nunez JOSE")
    assert [line[:16].strip() for line in lines] == [
        "Today and later", "24 Nov 09:30", "29 Dec 27 09:30", "", "Earlier (1)", "20 Oct 25 09:30",
    ]  # fmt: skip
    assert ["◇ Scheduled" in line for line in lines if ":" in line] == [True, True, False]
    assert "✗ Did not attend" in lines[-1]


def test_a_search_that_finds_very_much_says_how_much_it_does_not_show():
    row = summary(next(iter(waiting_service().streams.values())))
    many = [replace(row, id=f"a{number}", waiting=()) for number in range(MOST_FOUND + 7)]
    made = rows(board(many, DAY, "ann", TUESDAY, UTC), Around(now=TUESDAY, zone=UTC, width=80, asked={}))
    assert sum(bool(each.id) for each in made) == MOST_FOUND
    assert made[-1].parts[0].text.startswith("And 7 more.")


def waiting_service() -> FakeService:
    service = FakeService()
    appointment = service.schedule("Ann Lee", "Bea Moreno|Daughter", "Omar Haddad", patient_id="4718")
    service.other(appointment, c.StartCall())
    for name in ("Bea Moreno", "Ann Lee"):
        service.enter(appointment, name)
    return service


@pytest.mark.parametrize("width", [58, 59, 60, 78, 79, 80, 99, 100, 119, 140, 200])
def test_L2_columns_are_aligned_and_fit_at_every_width(width: int):
    service = waiting_service()
    service.schedule(
        "A name that is much too long for any column of the list", at=TUESDAY, patient_id="1234567890123456"
    )
    service.schedule("Peter Ott", at=TUESDAY + timedelta(minutes=5), kind="face_to_face")
    early = service.schedule("Eve", at=TUESDAY + timedelta(hours=2))
    service.enter(early, "Eve")
    far = service.schedule("Ferdinand", at=TUESDAY - timedelta(days=300))
    service.other(far, c.StartCall())
    lines = [line for query in ("", "e") for line in drawn(service, width=width, query=query)]
    full = [line for line in lines if ":30" in line or ":35" in line]
    assert {cell_len(line) for line in full} <= {width - 1}
    assert all("Bea M" in line and "[a] admit" in line for line in lines if "▶" in line and "Ann" in line)
    assert any("◇ Scheduled" in line and "waiting" in line and "Eve" in line for line in lines)
    assert any("face to face" in line for line in lines)


def test_E2_who_waits_is_named_unless_it_is_the_patient_with_how_many_more():
    service = waiting_service()
    (line,) = [line for line in drawn(service, width=120) if "▶" in line]
    assert "Bea Moreno +1" in line
    appointment = next(iter(service.streams))
    service.presence(appointment, "Bea Moreno", "lost")
    (line,) = [line for line in drawn(service, width=120) if "▶" in line]
    assert "waiting +1" in line
    service.presence(appointment, "Ann Lee", "lost")
    (line,) = [line for line in drawn(service, width=120) if "▶" in line]
    assert "reconnecting +1" in line and "admit" not in line


def test_what_was_asked_for_stands_in_place_of_the_control():
    service = waiting_service()
    appointment = next(iter(service.streams))
    bea = service.people(appointment)["Bea Moreno"]
    (line,) = [line for line in drawn(service, **{f"{appointment}_{bea}": Asked("admitting…")}) if "▶" in line]
    assert line.endswith("admitting…")


def test_an_answer_about_a_day_becomes_rows_and_what_is_no_row_does_not():
    service = waiting_service()
    (answer,) = service.rows_of({})
    made = listed(answer)
    assert made is not None
    assert made == replace(summary(next(iter(service.streams.values()))), waiting=())
    assert listed(answer | {"at": "soon"}) is None
    assert listed({}) is None
    assert [made.outcome for state in ("missed", "taken", "x") if (made := listed(answer | {"state": state}))] == [
        "missed", "taken", None,
    ]  # fmt: skip


def test_what_comes_by_itself_is_not_replaced_by_what_was_asked_for_and_is_no_newer():
    service = waiting_service()
    row = summary(next(iter(service.streams.values())))
    desk = Desk()
    desk.hear_summary(row)
    desk.hear_answer([replace(row, waiting=())])
    assert desk.rows[row.id].waiting
    desk.hear_answer([replace(row, waiting=(), seq=row.seq + 1)])
    assert not desk.rows[row.id].waiting
    desk.hear_summary(replace(row, seq=row.seq + 1))
    assert desk.rows[row.id].waiting


def test_rows_that_were_asked_for_are_forgotten_when_there_are_many_and_those_that_come_by_themselves_never():
    row = summary(next(iter(waiting_service().streams.values())))
    desk = Desk()
    desk.hear_summary(row)
    desk.hear_answer(replace(row, id=f"far{number}") for number in range(MOST_ASKED + 5))
    assert len(desk.rows) == MOST_ASKED + 1
    assert row.id in desk.rows and "far4" not in desk.rows and "far5" in desk.rows
    assert desk.whole
    for number in range(MOST_ROWS):
        desk.hear_summary(replace(row, id=f"a{number}"))
    assert not desk.whole
