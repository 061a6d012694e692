"""What happened, in sentences: of an appointment that came out of a list and was changed."""

from datetime import timedelta

from ecm_tui.console.timeline import sentence
from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from tests.core.session import TUESDAY, Session


def told(session: Session) -> list[str]:
    sentences = [sentence(record, session.appointment.people) for record in session.log]
    return [each for each in sentences if each]


def test_E10_a_list_adds_people_and_only_who_is_written_to_was_invited():
    session = Session()
    session.appointment, session.log = Appointment(id="a1"), []
    session.do(c.Import(source="1", at=TUESDAY, patient=c.Guest(name="Ann", email="ann@example.org")))
    assert told(session) == ["Dr Lee imported the appointment", "Dr Lee added Ann"]
    session.do(c.SendInvites())
    assert told(session)[-1] == "Dr Lee invited Ann"


def test_E1_changes_and_marks_are_told():
    session = Session()
    session.do(c.EditAppointment(at=TUESDAY + timedelta(hours=1)))
    session.do(c.EditPerson(person_id="p1", guest=c.Guest(name="Anna", email="ann@example.org")))
    session.do(c.MarkOutcome(outcome="missed"))
    session.do(c.MarkOutcome(outcome="taken"))
    assert told(session) == [
        "Dr Lee made the appointment",
        "Dr Lee invited Ann",
        "Dr Lee changed the appointment",
        "Dr Lee changed the data of Anna",
        "Dr Lee marked it: Did not attend",
        "Dr Lee marked it: Taken",
    ]
