"""A number means whom it was printed for, as they stood then, and nobody else ever."""

import pytest

from ecm_tui.console.plain.replies import Act, Open
from ecm_tui.core import commands as c
from tests.console.fake_service import FakeService
from tests.console.plain.talking import Talking


@pytest.fixture
def talking(service: FakeService, appointment: str) -> Talking:
    """Ann Lee and Bea Moreno wait in a running call; Omar Haddad is invited."""
    service.other(appointment, c.StartCall())
    service.enter(appointment, "Ann Lee")
    service.enter(appointment, "Bea Moreno")
    made = Talking(service)
    made.open(appointment)
    return made


def test_people_are_numbered_in_the_order_of_every_list(talking: Talking):
    assert talking.lines("people") == (
        "No one is here yet. Waiting: 2. Invited: 1.",
        "1. Ann Lee, Patient, waiting <1 min",
        "2. Bea Moreno, Daughter, waiting <1 min",
        "3. Omar Haddad, Interpreter, invited, email queued",
    )


def test_a_number_acts_on_whom_it_was_printed_for_though_the_rows_moved(talking: Talking, appointment: str):
    talking.lines("people")
    bea = talking.service.people(appointment)["Bea Moreno"]
    talking.service.leave(appointment, "Ann Lee")
    assert talking.commands("admit 2") == [c.Admit(person_id=bea)]
    assert talking.service.state(appointment, "Bea Moreno") == "waiting"


def test_who_changed_since_the_printing_is_printed_anew_and_not_acted_on(talking: Talking, appointment: str):
    talking.lines("people")
    ann = talking.service.people(appointment)["Ann Lee"]
    talking.service.other(appointment, c.Admit(person_id=ann))
    reply = talking.hear("disconnect 1")
    assert reply.wants == ()
    assert reply.lines == ("Nothing was done: Ann Lee changed meanwhile.", "1. Ann Lee, Patient, in call, mic, camera")
    assert talking.commands("mute 1") == [c.Mute(person_id=ann)]


def test_a_connection_that_is_lost_or_a_new_entry_is_a_change_too(talking: Talking, appointment: str):
    talking.lines("people")
    talking.service.presence(appointment, "Ann Lee", "lost")
    assert "reconnecting, in the waiting room" in talking.lines("admit 1")[1]
    assert talking.lines("admit 1") == ("Ann Lee lost the connection.",)
    talking.service.presence(appointment, "Ann Lee", "back")
    assert talking.hear("admit 1").wants == ()


def test_an_own_act_was_told_so_that_the_number_goes_on_to_mean_the_same_person(talking: Talking, appointment: str):
    talking.lines("people")
    ann = talking.service.people(appointment)["Ann Lee"]
    talking.do("admit 1")
    talking.interpreter.talk.told([ann])
    assert talking.commands("mute 1") == [c.Mute(person_id=ann)]


def test_numbers_of_another_list_or_session_mean_nobody(talking: Talking, appointment: str):
    assert talking.lines("admit 1") == ("No row has the number 1. Type people.",)
    talking.lines("schedule")
    assert talking.lines("admit 1") == ("Number 1 is an appointment. Type people to have other numbers.",)
    assert talking.lines("admit 0") == ("No row has the number 0. Type people.",)
    assert talking.lines(f"admit {'9' * 5000}") == ("No row has the number 999999. Type people.",)
    talking.lines("people")
    assert talking.lines("open 1") == ("Number 1 is a person. Type schedule to have other numbers.",)
    other = talking.service.schedule("Cem Oz")
    talking.open(other)
    assert talking.lines("details 1") == ("That number was of another session. Type people.",)


def test_a_name_means_somebody_only_when_nobody_else_can_be_meant(talking: Talking, appointment: str):
    talking.service.other(appointment, c.Invite(guest=c.Guest(name="Anna Berg", email="a@b.test")))
    reply = talking.hear("details ann")
    assert reply.lines[0] == "2 people match: type a number."
    assert reply.lines[2] == "2. Anna Berg, invited, email queued"
    assert talking.lines("details 2")[0] == "Name: Anna Berg"
    assert talking.lines("details ANN LEE")[0] == "Name: Ann Lee"
    assert talking.lines("mute zoe") == ("Nobody here is called “zoe”.",)
    assert talking.lines("mute") == ("Whom? Type a number that people printed, or a name.",)


def test_a_search_numbers_people_and_appointments_one_after_the_other(talking: Talking, appointment: str):
    other = talking.service.schedule("Moreno Berg", patient_id="12")
    lines = talking.lines("find moreno")
    assert lines == (
        "2 found.",
        "1. Bea Moreno, Daughter, waiting <1 min",
        "2. 09:30, Moreno Berg, ID 12, Scheduled, 15 min",
    )
    assert talking.wants("open 2") == (Open(other),)
    assert isinstance(talking.wants("admit 1")[0], Act)
    assert talking.lines("find") == ("Find whom? Type words of a name.",)
    assert talking.lines("find zzz") == ("0 found.",)


def test_an_appointment_is_opened_by_number_or_by_the_only_name_that_fits(talking: Talking, appointment: str):
    other = talking.service.schedule("Ann Berg")
    assert talking.lines("open ann")[0] == "2 appointments match: type open and a number."
    assert talking.wants("open 2") == (Open(other),)
    assert talking.wants("open berg") == (Open(other),)
    assert talking.lines("open zoe") == ("No appointment is found for “zoe”.",)
    assert talking.lines("open") == ("Which one? Type a number that schedule printed, or a patient's name.",)
