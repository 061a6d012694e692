"""What the console knows, without Textual: folding, the notice, where the day begins."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from ecm_tui.console import words
from ecm_tui.console.board import first_useful
from ecm_tui.console.model import Clinic, Desk, clinic_of, lasting, zone_of
from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.people import Person, PersonState
from ecm_tui.core.schedule import summary
from tests.console.fake_service import TUESDAY, FakeClock, FakeService


def told(service: FakeService) -> Desk:
    """A desk that has heard the Schedule."""
    desk = Desk()
    for appointment in service.streams.values():
        desk.hear_summary(summary(appointment))
    desk.ready = True
    return desk


def opened(service: FakeService, appointment: str) -> Desk:
    desk = told(service)
    desk.open(appointment)
    for record in service.logs[appointment]:
        desk.hear(appointment, record)
    desk.caught_up(appointment)
    return desk


def test_an_older_row_of_the_schedule_changes_nothing(service: FakeService, appointment: str):
    desk = told(service)
    old = desk.rows[appointment]
    service.enter(appointment, "Ann Lee")
    desk.hear_summary(summary(service.streams[appointment]))
    desk.hear_summary(old)
    assert len(desk.rows[appointment].waiting) == 1


def test_an_event_heard_twice_or_of_another_appointment_changes_nothing(service: FakeService, appointment: str):
    desk = opened(service, appointment)
    before = desk.session
    desk.hear(appointment, service.logs[appointment][-1])
    desk.hear("another", service.logs[appointment][-1])
    assert desk.session is before


def test_the_notice_names_who_can_be_admitted_before_who_waits_longer_for_a_call_that_does_not_run(
    service: FakeService, clock: FakeClock, appointment: str
):
    other = service.schedule("Zed Young")
    service.enter(other, "Zed Young")
    clock.pass_(60)
    service.other(appointment, c.StartCall())
    service.enter(appointment, "Ann Lee")
    notice = told(service).notice()
    assert notice is not None
    assert (notice.name, notice.others, notice.running) == ("Ann Lee", 1, True)
    assert words.notice(notice) == "Ann Lee and 1 other want to join"


def test_a_person_who_is_reconnecting_is_not_named(service: FakeService, appointment: str):
    service.enter(appointment, "Ann Lee")
    service.presence(appointment, "Ann Lee", "lost")
    assert told(service).notice() is None
    assert told(service).wanting() == frozenset()


def test_the_open_session_tells_the_notice_before_the_schedule_does(service: FakeService, appointment: str):
    service.enter(appointment, "Ann Lee")
    desk = opened(service, appointment)
    service.leave(appointment, "Ann Lee")
    desk.hear(appointment, service.logs[appointment][-1])
    assert desk.notice() is None


def test_what_was_asked_is_answered_by_the_event_and_not_by_the_acknowledgement(service: FakeService, appointment: str):
    service.other(appointment, c.StartCall())
    person = service.enter(appointment, "Ann Lee")
    desk = opened(service, appointment)
    desk.ask(appointment, person, "admitting…")
    service.other(appointment, c.Admit(person_id=person))
    record = service.logs[appointment][-1]
    desk.answered(appointment, person, record.seq)
    assert desk.asked[appointment, person].word == "admitting…"
    desk.hear(appointment, record)
    assert desk.asked == {}


def test_a_refusal_answers_at_once(service: FakeService, appointment: str):
    desk = opened(service, appointment)
    desk.ask(appointment, "p2", "admitting…")
    desk.answered(appointment, "p2")
    assert desk.asked == {}


def test_the_day_begins_at_the_running_call_then_at_who_is_there_then_at_what_comes(service: FakeService):
    past = service.schedule("Past", at=TUESDAY - timedelta(hours=2))
    coming = service.schedule("Coming", at=TUESDAY + timedelta(hours=1))
    assert first_useful(told(service).summaries(), TUESDAY) == coming
    there = service.schedule("There", at=TUESDAY + timedelta(minutes=3))
    service.enter(there, "There")
    assert first_useful(told(service).summaries(), TUESDAY) == there
    service.other(past, c.StartCall())
    assert first_useful(told(service).summaries(), TUESDAY) == past
    assert first_useful([], TUESDAY) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "<1 min"), (0, "<1 min"), (59, "<1 min"), (60, "1 min"), (3599, "59 min"), (3600 + 5 * 60, "1 h 05")],
)
def test_how_long_something_lasts_is_said_coarsely(seconds: int, said: str):
    assert lasting(TUESDAY, TUESDAY + timedelta(seconds=seconds)) == said
    assert lasting(None, TUESDAY) == ""


def test_a_clinic_is_read_from_whatever_the_client_gives():
    given = {"name": "Lake", "timezone": "Europe/Zurich", "support": None}
    assert clinic_of(given) == Clinic(name="Lake", zone=zone_of("Europe/Zurich"))
    assert clinic_of(given | {"places": 4}).places == 4
    assert clinic_of(Clinic(name="Lake")).name == "Lake"
    assert zone_of("No/Such").utcoffset(TUESDAY) == timedelta(0)
    assert words.clock(TUESDAY, zone_of("Europe/Zurich")) == "10:30"
    assert words.day(TUESDAY.date(), TUESDAY.date() + timedelta(days=1)) == "Yesterday, Tuesday 24 November 2026"


def test_S36_a_row_can_be_drawn_for_every_word_of_a_person(clock: FakeClock):
    from ecm_tui.console.widgets.people import LOOKS, rows

    someone = Person(id="p1", name="Ann", waiting_since=clock(), lost_at=clock())
    people = [
        replace(someone, state=state, connected=connected)
        for state in get_args(PersonState)
        for connected in (True, False)
    ]
    people.append(replace(someone, state="removed", taken_out=True))
    for person in people:
        drawn = rows(Appointment(id="a1", people={"p1": person}), "", {}, clock(), 100)
        assert any(person.word in part.text for row in drawn for part in row.parts)
    assert {person.word for person in people} == set(LOOKS) == set(words.PERSON)


def test_who_speaks_and_whose_line_is_poor_is_shown_while_it_lasts(service: FakeService, clock: FakeClock):
    from ecm_tui.console.widgets.people import rows

    appointment = service.schedule("Ann Lee")
    service.other(appointment, c.StartCall())
    person = service.enter(appointment, "Ann Lee")
    service.other(appointment, c.Admit(person_id=person))
    desk = opened(service, appointment)

    def drawn() -> str:
        made = rows(service.streams[appointment], "", {}, clock(), 100, desk.lines)
        return "".join(part.text for row in made if row.id for part in row.parts)

    desk.hear_fact(appointment, "", {"kind": "speaking", "people": [person]})
    desk.hear_fact(appointment, person, {"kind": "quality", "weak": "upload"})
    desk.hear_fact("another", "", {"kind": "speaking", "people": []})
    assert drawn().startswith("◉ Ann Lee")
    assert "poor upload, mic" in drawn()
    desk.hear_fact(appointment, "", {"kind": "speaking", "people": []})
    desk.hear_fact(appointment, person, {"kind": "quality", "weak": ""})
    assert drawn().startswith("● Ann Lee")
    assert "poor" not in drawn()
