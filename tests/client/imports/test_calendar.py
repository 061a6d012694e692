"""Calendars: one appointment an event, and one broken event costs no other."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecm_tui.client.imports.calendar import MOST_CONTENT
from ecm_tui.client.imports.line import MOST_LINES, ImportedLine
from ecm_tui.core.text import clean
from ecm_tui.errors import NotAListError
from ecm_tui.service.invitations.calendar import calendar as invitation_calendar
from tests.client.imports.reading import lines, only, taken, why
from tests.service.invitations.builders import invitation

HALF_PAST_TWO = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
USUAL = {
    "UID": ":u1@x",
    "DTSTART": ";TZID=Europe/Zurich:20261124T143000",
    "DTEND": ";TZID=Europe/Zurich:20261124T150000",
    "SUMMARY": ":Ann Lee",
}
OWN_ZONE = """BEGIN:VTIMEZONE
TZID:Practice
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def event(**changes: str | None) -> str:
    """Ann's event, with these properties put in, replaced or (None) left out; underscores stand for hyphens."""
    named = USUAL | {name.replace("_", "-"): value for name, value in changes.items()}
    body = "".join(f"{name}{value}\n" for name, value in named.items() if value is not None)
    return f"BEGIN:VEVENT\n{body}END:VEVENT\n"


def calendar(*events: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{''.join(events)}END:VCALENDAR\n"


def test_E10_an_event_is_an_appointment_of_its_title():
    command = only(calendar(event()))
    assert (command.source, command.at, command.minutes) == ("ics:u1@x", HALF_PAST_TWO, 30)
    assert (command.kind, command.patient.name, command.patient.email) == ("video", "Ann Lee", "")


@pytest.mark.parametrize(
    "start",
    [
        ":20261124T133000Z",
        ":20261124T143000",
        ";TZID=W. Europe Standard Time:20261124T143000",
        ";TZID=Practice:20261124T143000",
    ],
)
def test_a_time_is_read_with_its_zone_and_without_one_as_the_clinics(start: str):
    assert only(calendar(event(DTSTART=start), head=OWN_ZONE)).at == HALF_PAST_TWO


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"DTEND": None}, 15),
        ({"DTEND": None, "DURATION": ":PT45M"}, 45),
        ({"DTEND": None, "DURATION": ":PT90S"}, 2),
        ({"DTEND": ":20261124T140000Z"}, 30),
    ],
)
def test_how_long_follows_from_its_end_or_its_length(changes: dict, minutes: int):
    assert only(calendar(event(**changes))).minutes == minutes


def test_the_patient_is_the_first_attendee_who_is_not_the_organiser():
    doctor, ann = ";CN=Dr Roy:mailto:roy@x.org", ';CN="Lee, Ann":mailto:ann%2Bx@example.org'
    text = event(ORGANIZER=doctor, SUMMARY=":Review").replace("END:", f"ATTENDEE{doctor}\nATTENDEE{ann}\nEND:")
    patient = only(calendar(text)).patient
    assert (patient.name, patient.email) == ("Lee, Ann", "ann+x@example.org")


def test_an_attendee_without_a_name_has_the_titles_and_a_telephone_is_one():
    patient = only(calendar(event(ATTENDEE=";CN=ann@example.org:tel:+41791234567"))).patient
    assert (patient.name, patient.email, patient.mobile) == ("Ann Lee", "", "+41791234567")


def test_E10_further_attendees_who_come_and_can_be_reached_are_guests():
    attendees = [
        ";CN=Hall 2;CUTYPE=ROOM:mailto:hall@x.org",
        ";CN=Ann Lee:mailto:ann@example.org",
        ";CN=Dr Roy;ROLE=CHAIR:mailto:roy@x.org",
        ";CN=Ida Lee:mailto:ida@example.org",
        ";CN=Cem Oz:tel:+41791234567",
        ":mailto:interpreter@example.org",
        ";CN=Office;ROLE=NON-PARTICIPANT:mailto:office@x.org",
        ";CN=Bob;PARTSTAT=DECLINED:mailto:bob@example.org",
        ";CN=Nobody:urn:uuid:7",
        ";CN=Ida Lee:mailto:IDA@example.org",
        ";CN=Ann Lee:mailto:ann@example.org",
    ]
    text = event().replace("END:", "".join(f"ATTENDEE{each}\n" for each in attendees) + "END:")
    command = only(calendar(text))
    assert (command.patient.name, command.patient.email) == ("Ann Lee", "ann@example.org")
    assert [(each.name, each.email, each.mobile) for each in command.guests] == [
        ("Ida Lee", "ida@example.org", ""),
        ("Cem Oz", "", "+41791234567"),
        ("interpreter@example.org", "interpreter@example.org", ""),
    ]


def test_a_category_says_how_one_meets():
    assert only(calendar(event(CATEGORIES=":Follow-up,Phone"))).kind == "phone"
    assert only(calendar(event(CATEGORIES=":Follow-up"))).kind == "video"


def test_our_own_invitation_can_be_read_again():
    made = invitation()
    command = only(invitation_calendar(made, "no-reply@lakeside.test", HALF_PAST_TWO))
    assert (command.at, command.minutes, command.patient.name) == (made.at, 15, "Ann Lee")
    assert command.patient.email == "ann@home.test"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"RRULE": ":FREQ=WEEKLY"}, "RRULE: it repeats"),
        ({"RDATE": ":20261125T133000Z"}, "it repeats"),
        ({"UID": None}, "UID: it is missing"),
        ({"DTSTART": None}, "DTSTART: it is missing"),
        ({"DTSTART": ":next Tuesday"}, "DTSTART: it is no date and time"),
        ({"DTSTART": ";VALUE=DATE:20261124"}, "DTSTART: it is a whole day"),
        ({"DTSTART": ";TZID=Mars/Base:20261124T143000"}, 'the time zone "Mars/Base" is not known'),
        ({"DTSTART": ";TZID=Europe/Zurich:20260329T023000"}, "DTSTART: there is no 02:30 on 2026-03-29"),
        ({"DTSTART": ":20260329T023000"}, "the clocks are put forward"),
        ({"DTSTART": ":00010101T000000"}, "DTSTART"),
        ({"DTEND": ":20261124T130000Z"}, "DTEND: it ends before it begins"),
        ({"DTEND": None, "DURATION": ":soon"}, "DURATION: it is no length of time"),
        ({"DTEND": None, "DURATION": ":-PT15M"}, "DURATION: it ends before"),
        ({"DTEND": ":x"}, "DTEND: it is no date and time"),
        ({"SUMMARY": None}, "The patient's name is missing"),
        ({"SUMMARY": ": "}, "The patient's name is missing"),
    ],
)
def test_what_cannot_be_taken_says_which_field_and_why(changes: dict, words: str):
    assert words in why(calendar(event(**changes)))


def test_a_property_that_stands_twice_is_not_guessed_at():
    assert "stands there twice" in why(calendar(event().replace("END:", "DTSTART:20261125T133000Z\nEND:")))


@pytest.mark.parametrize(
    "text", [calendar(event(STATUS=":CANCELLED")), calendar(event(), head="METHOD:CANCEL\n")], ids=["event", "calendar"]
)
def test_what_the_list_calls_cancelled_is_skipped_and_nothing_is_wrong(text: str):
    (line,) = lines(text)
    assert line.skipped and "cancelled" in str(line.what)


def test_instances_of_a_repeated_event_are_appointments_of_their_own():
    days = [
        event(RECURRENCE_ID=f":2026112{day}T133000Z", DTSTART=f":2026112{day}T133000Z", DTEND=None) for day in (4, 5)
    ]
    found = lines(calendar(*days))
    assert len({line.what.source for line in found if not isinstance(line.what, str)}) == 2


def test_the_same_event_twice_is_taken_once():
    found = lines(calendar(event(), event(SUMMARY=":Bob")))
    assert found[1].what == "It is the same appointment as number 1, which is taken."


def test_a_key_of_any_length_and_form_fits():
    sources = {
        only(calendar(event(UID=f":{uid}"))).source for uid in ("x" * 1000, "x" * 999 + "y", "a\u202eb", "a\u200eb")
    }
    assert len(sources) == 4
    assert all(len(source) < 200 and clean(source) == source for source in sources)


@pytest.mark.parametrize(
    "broken",
    [
        event().replace("END:VEVENT\n", ""),
        event().replace("SUMMARY:Ann Lee", "this is no line"),
        event(DTSTART=":nonsense"),
        event().replace("BEGIN:VEVENT", "BEGIN:VEVENT\nBEGIN:VALARM"),
        "BEGIN:VEVENT\nEND:VEVENT\n",
    ],
)
def test_a_broken_event_costs_no_other(broken: str):
    assert taken(calendar(broken, event(UID=":u2", SUMMARY=":Bob"))).get(2) == "Bob"


def test_rubbish_between_events_costs_none():
    text = calendar(event(), "rubbish\n", event(UID=":u2", SUMMARY=":Bob"))
    assert taken(text) == {1: "Ann Lee", 2: "Bob"}
    cancelled = lines(calendar(event(), "rubbish\n", head="METHOD:CANCEL\n"))
    assert cancelled[0].skipped


def test_names_pass_the_gate():
    name = only(calendar(event(SUMMARY=":Ann\x1b]52;c;eA==\x07\u202e\x00" + "x" * 500))).patient.name
    assert not {"\x1b", "\x07", "\u202e", "\x00"} & set(name)
    assert len(name) == 80


def test_a_calendar_without_events_or_with_too_many_is_refused():
    with pytest.raises(NotAListError, match="no events"):
        lines(calendar())
    with pytest.raises(NotAListError, match=f"more than {MOST_LINES} events"):
        lines(calendar(*["BEGIN:VEVENT\nEND:VEVENT\n"] * (MOST_LINES + 1)))
    with pytest.raises(NotAListError, match=f"more than {MOST_CONTENT} lines"):
        lines(calendar(event(), "A:b\n" * MOST_CONTENT))
    assert "damaged" in why("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Ann")


@given(st.lists(st.sampled_from([*event().splitlines(), "BEGIN:VALARM", "END:VCALENDAR", "X" * 90, ":", ";=:", " y"])))
def test_no_calendar_makes_anything_but_lines_or_a_sentence(parts: list[str]):
    try:
        found = lines("\n".join(["BEGIN:VCALENDAR", *parts]))
    except NotAListError as error:
        assert error.message.endswith(".")
        return
    assert all(isinstance(line, ImportedLine) for line in found)
    assert [line.number for line in found] == list(range(1, len(found) + 1))


def test_a_time_that_comes_twice_is_the_first():
    command = only(calendar(event(DTSTART=":20261025T023000", DTEND=None)))
    assert command.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert command.at.utcoffset() == timedelta()
