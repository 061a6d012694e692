"""Appointments from the line mode: changed, marked, sent and cancelled, each on exactly the one that was printed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecm_tui.console.model import Session
from ecm_tui.console.plain.replies import Act, Read, Reply
from ecm_tui.core import commands as c
from tests.console.fake_service import TUESDAY, FakeService
from tests.console.plain.talking import Talking


@pytest.fixture
def talking(service: FakeService, appointment: str) -> Talking:
    made = Talking(service)
    made.lines("schedule")
    return made


def read(talking: Talking, line: str) -> Reply:
    """The reply after the appointment was read, as it is."""
    (want,) = talking.wants(line)
    assert isinstance(want, Read)
    session = Session(appointment=talking.service.streams[want.appointment], ready=True)
    return talking.interpreter.follow(want.then(session))


def test_an_appointment_is_changed_field_by_field_and_what_is_left_empty_stays(talking: Talking, appointment: str):
    assert "as it is" in read(talking, "edit 1").lines[0]
    asked = talking.interpreter.conversation
    assert asked is not None and asked.prompt == "Date [2026-11-24]: "
    for typed in ("tomorrow", "10:15", "", "", "Ann Lea", "", "", "", "-"):
        reply = talking.hear(typed)
    (first,) = reply.wants
    assert isinstance(first, Act) and isinstance(first.command, c.EditPerson)
    assert first.command.guest.name == "Ann Lea"
    assert first.after is not None
    (second,) = first.after({}).wants
    assert isinstance(second, Act) and second.stream == appointment
    at = TUESDAY + timedelta(days=1, minutes=45)
    assert second.command == c.EditAppointment(at=at, patient_id="")


def test_an_appointment_that_is_left_as_it_is_asks_nothing_of_the_service(talking: Talking):
    read(talking, "edit 1")
    for _ in range(9):
        reply = talking.hear("")
    assert reply.lines == ("Nothing was done.",) and not reply.wants


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        (0, "someday", "A day is written"),
        (2, "long", "number of minutes"),
        (3, "radio", "video, phone or face_to_face"),
    ],
)
def test_what_is_wrong_is_asked_for_again(talking: Talking, field: int, typed: str, says: str):
    read(talking, "edit 1")
    for number in range(9):
        reply = talking.hear(typed if number == field else "")
    assert says in reply.lines[0] and reply.then is not None


def test_no_name_or_contact_is_shown_while_names_are_hidden(talking: Talking):
    talking.lines("names")
    assert "Type names first" in talking.lines("edit 1")[0]


def test_an_appointment_is_marked(talking: Talking, appointment: str):
    assert talking.commands("mark 1 taken") == [c.MarkOutcome(outcome="taken")]
    assert talking.do("mark ann lee missed") == ()
    assert "marked so already" in talking.lines("mark 1 missed")[0]
    assert talking.lines("mark 1") == ("Type mark, an appointment, then taken or missed.",)


def test_cancelling_says_who_is_told_and_asks(talking: Talking, appointment: str):
    reply = read(talking, "cancel 1")
    assert reply.lines[0].startswith("Cancel the appointment of Ann Lee, Today")
    assert "Its links open nothing any more." in reply.lines[0]
    assert talking.lines("n") == ("Nothing was done.",)
    read(talking, "cancel 1")
    assert talking.commands("y") == [c.Cancel()]


def test_an_appointment_that_changed_since_it_was_printed_is_printed_anew(talking: Talking, appointment: str):
    talking.service.other(appointment, c.StartCall())
    reply = talking.hear("cancel 1")
    assert reply.lines[0] == "Nothing was done: the appointment changed meanwhile." and not reply.wants
    assert "Session running" in reply.lines[1]
    assert talking.lines("cancel 1") == ("The call is running. End it first.",)


def test_E10_only_imported_appointments_wait_for_their_invitations(talking: Talking, service: FakeService):
    assert "does not wait for it" in talking.lines("send 1")[0]
    assert talking.lines("send all") == ("Nobody imported for today waits for an invitation.",)
    guest = c.Guest(name="Ida Noor", email="ida@example.org")
    made = service.do("", c.Import(source="a", at=TUESDAY, patient=guest), service.actor)
    talking.lines("schedule")
    assert "ida@example.org" in read(talking, "send ida").lines[0]
    (want,) = talking.wants("y")
    assert isinstance(want, Act) and (want.stream, want.command) == (made["appointment_id"], c.SendInvites())
    assert talking.lines("send all") == ("Send the invitations of Ida Noor?",)
    assert talking.wants("y") == (want,)


def test_U2_who_only_looks_changes_no_appointment(talking: Talking):
    talking.desk.account = (*talking.desk.account[:2], "observer")
    for line in ("edit 1", "mark 1 taken", "cancel 1", "send 1", "send all"):
        reply = talking.hear(line)
        assert not reply.wants and "observer" in reply.lines[0], line


def test_a_list_is_imported_by_command(talking: Talking):
    assert "ecm-tui import FILE" in talking.lines("import")[0]
