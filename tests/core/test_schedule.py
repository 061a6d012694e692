"""States of the Schedule, by the clock that is handed in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.schedule import Summary, WaitingPerson, status, summary, urgent
from tests.core.session import TUESDAY, Session


def test_E2_green_means_the_patient_waits_and_it_is_within_five_minutes_of_the_time_or_later():
    session = Session("Bob")
    session.enter("p2")
    early, green = TUESDAY - timedelta(minutes=5, seconds=1), TUESDAY - timedelta(minutes=5)
    assert status(summary(session.appointment), green) == "scheduled", "a guest does not make it green"
    session.enter("p1")
    row = summary(session.appointment)
    assert [status(row, now) for now in (early, green, TUESDAY + timedelta(hours=1))] == [
        "scheduled",
        "online",
        "online",
    ]
    session.lose("p1")
    assert status(summary(session.appointment), green) == "scheduled"


def test_E1_a_running_ended_or_cancelled_session_says_so():
    session = Session()
    session.do(c.StartCall())
    assert status(summary(session.appointment), TUESDAY) == "running"
    session.do(c.EndCall())
    assert status(summary(session.appointment), TUESDAY) == "missed"
    session.do(c.Cancel())
    assert status(summary(session.appointment), TUESDAY) == "cancelled"


def test_E2_a_row_knows_who_waits_longest_first():
    session = Session("Bob")
    session.enter("p2")
    session.enter("p1")
    waiting = summary(session.appointment).waiting
    assert [person.name for person in waiting] == ["Bob", "Ann"]
    assert waiting[0].since < waiting[1].since


def row(number: int, at: int, wait: int | None = None, **more: Any) -> Summary:
    """A row of `at` minutes from Tuesday's, where somebody waits since `wait` minutes."""
    since = TUESDAY - timedelta(minutes=wait or 0)
    waits = WaitingPerson(id="p1", name="Ann", since=since, connected=True, patient=True, entry=1)
    made = summary(Session().appointment)
    waiting = () if wait is None else (waits,)
    return replace(made, id=f"a{number}", at=TUESDAY + timedelta(minutes=at), waiting=waiting, **more)


def test_what_goes_on_has_the_longest_wait_in_front_and_who_came_early_last():
    rows = [
        row(1, -60, running=True),
        row(2, -90, running=True),
        row(3, 60, wait=50),
        row(4, 0, wait=3, running=True),
        row(5, 5, wait=7),
        row(6, 10),
        row(7, 0, wait=9, cancelled=True),
        row(8, 60, wait=5, running=True),
    ]
    assert [each.id for each in urgent(rows, TUESDAY)] == ["a5", "a8", "a4", "a2", "a1", "a3"]


def test_an_appointment_without_events_has_no_row():
    with pytest.raises(ValueError, match="no events"):
        summary(Appointment(id="a1"))
