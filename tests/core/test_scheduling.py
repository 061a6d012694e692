"""Editing, marking and inviting: whoever was told something that is not true any more is told again, nobody else is."""

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.commands import Refused
from ecm_tui.core.context import Rules
from ecm_tui.core.log import SERVICE
from ecm_tui.core.schedule import UNATTENDED, status, summary
from tests.core.session import TUESDAY, Session, as_person, in_call

HOUR = timedelta(hours=1)


def names(decision: object) -> list[str]:
    assert isinstance(decision, list), decision
    return [type(event).__name__ for event in decision]


def sendings(session: Session, person_id: str = "p1") -> list[tuple[str, int, str]]:
    return [(each.channel, each.number, each.state) for each in session.person(person_id).deliveries]


def edit_person(session: Session, person_id: str = "p1", **guest: str) -> list[e.Event] | Refused:
    known = {"name": "Ann", "email": "ann@example.org"}
    return session.do(c.EditPerson(person_id=person_id, guest=c.Guest(**{**known, **guest})))


def sent(session: Session, person_id: str = "p1", number: int = 1, channel: str = "email") -> None:
    session.do(c.NoteDelivery(person_id=person_id, channel=channel, number=number, state="sent"), SERVICE)


# the plan


def test_E3_a_new_time_is_the_appointments_and_everybody_who_was_invited_is_told():
    session = Session("Bob")
    sent(session)
    decision = session.do(c.EditAppointment(at=TUESDAY + HOUR, minutes=30))
    assert names(decision) == ["AppointmentChanged", "InvitationMoved", "InvitationMoved"]
    row = summary(session.appointment)
    assert (row.at, row.minutes, row.kind, row.patient) == (TUESDAY + HOUR, 30, "video", "Ann")
    assert sendings(session) == [("email", 2, "queued")]
    assert sendings(session, "p2") == [("sms", 2, "queued")]


def test_E3_an_edit_that_changes_nothing_is_nothing():
    session = Session()
    assert session.do(c.EditAppointment()) == []
    assert session.do(c.EditAppointment(at=TUESDAY, minutes=15, kind="video", patient_id="  ")) == []


def test_of_a_person_only_what_the_asker_changed_is_changed_where_they_say_how_they_knew_them():
    session = Session()
    known = c.Guest(name="Ann", email="ann@example.org")
    edit_person(session, mobile="+441234567890", name="Anna")
    session.do(c.EditPerson(person_id="p1", guest=structs.replace(known, email="lee@example.org"), known=known))
    person = session.person("p1")
    assert (person.name, person.email, person.mobile) == ("Anna", "lee@example.org", "+441234567890")


def test_E3_a_new_patient_id_tells_nobody():
    session = Session()
    assert names(session.do(c.EditAppointment(patient_id=" NHS 1 "))) == ["AppointmentChanged"]
    assert summary(session.appointment).patient_id == "NHS 1"


def test_an_edit_is_held_to_the_rules_of_a_new_appointment():
    session = Session()
    naive = datetime(2026, 11, 24, 9, 30)  # noqa: DTZ001  a time without offset is the point
    assert session.code(c.EditAppointment(at=naive)) == "bad_time"
    assert session.code(c.EditAppointment(at=TUESDAY.replace(year=1999))) == "bad_time"
    assert session.code(c.EditAppointment(minutes=0)) == "bad_minutes"


def test_the_time_of_a_running_call_is_not_changed_but_the_id_is():
    session = in_call()
    assert session.code(c.EditAppointment(at=TUESDAY + HOUR)) == "call_running"
    assert session.code(c.EditAppointment(kind="phone")) == "call_running"
    assert session.code(c.EditAppointment(minutes=20, patient_id="1")) == "call_running"
    assert session.code(c.EditAppointment(patient_id="1")) == ""
    assert session.code(c.MarkOutcome(outcome="taken")) == "call_running"


def test_nothing_of_a_cancelled_appointment_is_changed():
    session = Session()
    session.do(c.Cancel())
    guest = c.Guest(name="Ann", email="a@example.org")
    for command in (
        c.EditAppointment(minutes=20),
        c.EditPerson(person_id="p1", guest=guest),
        c.MarkOutcome(outcome="taken"),
        c.SendInvites(),
        c.SendInvitation(person_id="p1"),
        c.Invite(guest=guest),
        c.EndCall(),
    ):
        assert session.code(command) == "cancelled"


def test_nobody_is_told_of_a_change_to_what_is_past_or_whose_link_was_taken_back():
    session = Session()
    session.do(c.ReplaceLink(person_id="p1", revoke=True))
    assert names(session.do(c.EditAppointment(minutes=20))) == ["AppointmentChanged"]
    past = Session()
    past.now = TUESDAY + 48 * HOUR
    assert names(past.do(c.EditAppointment(at=TUESDAY - HOUR))) == ["AppointmentChanged"]
    ended = in_call()
    ended.do(c.EndCall())
    ended.now = TUESDAY + HOUR
    assert names(edit_person(ended, email="new@example.org")) == ["PersonChanged"]


def test_a_missed_appointment_that_is_put_off_is_still_to_come_and_its_people_are_told():
    session = Session()
    session.do(c.MarkOutcome(outcome="missed"))
    session.now = TUESDAY + HOUR
    assert names(session.do(c.EditAppointment(minutes=20))) == ["AppointmentChanged"]
    assert session.appointment.outcome == "missed"
    assert names(session.do(c.EditAppointment(at=TUESDAY + 24 * HOUR))) == ["AppointmentChanged", "InvitationMoved"]
    assert status(summary(session.appointment), session.now) == "scheduled"


# people


def test_the_patients_new_name_is_the_appointments_too_and_no_reason_to_write():
    session = Session("Bob")
    assert names(edit_person(session, name=" Anna Lee ", description="in a wheelchair")) == ["PersonChanged"]
    person = session.person("p1")
    assert (person.name, person.description, person.email) == ("Anna Lee", "in a wheelchair", "ann@example.org")
    assert summary(session.appointment).patient == "Anna Lee"
    assert names(edit_person(session, "p2", name="Bobby", email="", mobile="+441234567890")) == ["PersonChanged"]
    assert summary(session.appointment).patient == "Anna Lee", "a guest is not the patient"
    assert edit_person(session, "p2", name="Bobby", email="", mobile="+441234567890") == []


def test_S28_a_persons_edit_needs_a_name_and_a_contact():
    session = Session("Bob")
    assert edit_person(session, name=" ").message == "The patient needs a name."
    assert edit_person(session, "p2", email="").code == "contact_required"
    assert edit_person(session, "p9").code == "no_such_person"


def test_a_new_address_gets_the_invitation_and_the_telephone_hears_nothing_again():
    session = Session()
    edit_person(session, mobile="+441234567890")
    assert sendings(session) == [("email", 1, "queued"), ("sms", 1, "queued")]
    edit_person(session, email="new@example.org", mobile="+441234567890")
    assert sorted(sendings(session)) == [("email", 2, "queued"), ("sms", 1, "queued")]


def test_what_waits_for_an_address_that_is_no_more_never_goes_out_and_the_telephone_gets_it():
    session = Session()
    session.rules = Rules(channel="email")
    edit_person(session, mobile="+441234567890")
    assert sendings(session) == [("email", 1, "queued")], "this clinic invites by email"
    edit_person(session, email="", mobile="+441234567890")
    assert sendings(session) == [("email", 1, "failed"), ("sms", 1, "queued")]
    assert session.person("p1").deliveries[0].why == "the email address was taken out"


def test_an_address_that_was_written_to_and_is_taken_out_leaves_its_history():
    session = Session()
    sent(session)
    edit_person(session, email="", mobile="+441234567890")
    assert sendings(session) == [("email", 1, "sent"), ("sms", 1, "queued")]


# what it came to


@pytest.mark.parametrize("kind", ["phone", "face_to_face"])
def test_E3_phone_and_face_to_face_are_marked_and_corrected(kind: str):
    session = Session(kind=kind)
    assert names(session.do(c.MarkOutcome(outcome="taken"))) == ["OutcomeMarked"]
    assert session.do(c.MarkOutcome(outcome="taken")) == []
    assert status(summary(session.appointment), TUESDAY + 24 * HOUR) == "taken"
    session.do(c.MarkOutcome(outcome="missed"))
    assert status(summary(session.appointment), TUESDAY) == "missed"


def test_E1_nobody_came_shows_by_itself_until_somebody_says_otherwise():
    session = Session()
    over = TUESDAY + timedelta(minutes=15) + UNATTENDED
    row = summary(session.appointment)
    assert status(row, over - timedelta(seconds=1)) == "scheduled"
    assert status(row, over) == "missed"
    session.do(c.MarkOutcome(outcome="taken"))
    assert status(summary(session.appointment), over) == "taken"
    assert status(summary(Session(kind="phone").appointment), over) == "scheduled", "nobody can know"


def test_E1_somebody_who_still_waits_was_not_missed():
    session = Session("Bob")
    session.enter("p2")
    assert status(summary(session.appointment), TUESDAY + 4 * HOUR) == "scheduled"
    session.do(c.Leave(), as_person("p2"))
    assert status(summary(session.appointment), TUESDAY + 4 * HOUR) == "missed"


def test_E7_the_end_of_a_later_call_sets_the_outcome_anew():
    session = Session()
    session.do(c.MarkOutcome(outcome="taken"))
    session.do(c.StartCall())
    session.do(c.EndCall())
    assert session.appointment.outcome == "missed"
    session.do(c.MarkOutcome(outcome="taken"))
    assert session.appointment.outcome == "taken"
