"""The calendar part, read back by another hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from ecm_tui.service.invitations.calendar import calendar
from tests.service.invitations.builders import NOW, invitation
from tests.service.invitations.test_mail import HOSTILE


def event(**more):
    read = icalendar.Calendar.from_ical(calendar(invitation(**more), "no-reply@lakeside.test", NOW))
    (found,) = read.walk("VEVENT")
    return read, found


def test_E9_the_event_is_at_the_appointments_time_in_the_clinics_zone_which_comes_along():
    read, found = event()
    assert found["DTSTART"].params["TZID"] == "Europe/Zurich"
    assert found.start == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    assert found.start.utcoffset() == timedelta(hours=1)
    assert found.end - found.start == timedelta(minutes=15)
    assert [zone["TZID"] for zone in read.walk("VTIMEZONE")] == ["Europe/Zurich"]
    assert (read["METHOD"], found["STATUS"], found["CLASS"]) == ("REQUEST", "CONFIRMED", "PRIVATE")


def test_it_names_who_invites_who_is_invited_and_where():
    _, found = event()
    assert (found["ORGANIZER"], found["ORGANIZER"].params["CN"]) == ("mailto:no-reply@lakeside.test", "Lakeside")
    assert (found["ATTENDEE"], found["ATTENDEE"].params["CN"]) == ("mailto:ann@home.test", "Ann Lee")
    assert found["URL"] == found["LOCATION"] == "https://call.lakeside.test/join/t0ken"
    assert "this computer only" in event(local_only=True)[1]["DESCRIPTION"]


def test_a_resend_is_a_later_version_of_the_same_event_and_a_guest_has_their_own():
    first, second, guest = event()[1], event(number=2)[1], event(person="p2")[1]
    assert first["UID"] == second["UID"] != guest["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]


def test_an_appointment_across_the_end_of_summer_time_takes_as_long_as_it_takes():
    night = datetime(2026, 10, 25, 2, 50, tzinfo=ZoneInfo("Europe/Zurich"))
    _, found = event(at=night)
    assert found.duration == timedelta(minutes=15)
    assert "DTEND" not in found


def test_a_cancellation_takes_the_same_event_back():
    read, found = event(cancelled=True)
    assert (read["METHOD"], found["STATUS"], found["UID"]) == ("CANCEL", "CANCELLED", event()[1]["UID"])
    assert found["SEQUENCE"] > event()[1]["SEQUENCE"]
    assert "URL" not in found


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_makes_a_line_of_its_own(name: str):
    from ecm_tui.core.text import clean

    _, found = event(name=clean(name, 80), patient=clean(name, 80))
    assert found["ATTENDEE"] == "mailto:ann@home.test"
    assert set(found.keys()) == set(event()[1].keys())
