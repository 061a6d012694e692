"""E10: a list makes grey appointments, invites nobody, and the same list again changes them and doubles none."""

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Refused
from ecm_tui.core.feed import differences, left_alone
from ecm_tui.core.invites import MOST_PEOPLE, link_opens, sent_by_email
from ecm_tui.core.log import Actor
from ecm_tui.core.rights import view, view_summary
from ecm_tui.core.schedule import status, summary
from tests.core.session import TUESDAY, Session, as_person

ANN = c.Guest(name="Ann Lee", email="ann@example.org")
BOB = c.Guest(name="Bob", mobile="+441234567890")
HOUR = timedelta(hours=1)


def line(**fields: object) -> c.Import:
    return c.Import(**{"source": "uid-1", "at": TUESDAY, "patient": ANN, **fields})


def imported(command: c.Import | None = None) -> Session:
    session = Session()
    session.appointment, session.log = Appointment(id="a1"), []
    session.do(command or line())
    return session


def names(decision: object) -> list[str]:
    assert isinstance(decision, list), decision
    return [type(event).__name__ for event in decision]


def patient(session: Session) -> str:
    return next(person.id for person in session.appointment.people.values() if person.patient)


def shown(session: Session) -> str:
    return status(summary(session.appointment), session.now)


def test_E10_an_imported_appointment_is_grey_and_nobody_was_invited():
    session = imported(line(guests=(BOB,), patient_id=" 7 ", minutes=20, kind="phone"))
    row = summary(session.appointment)
    assert (shown(session), row.patient, row.patient_id, row.minutes) == ("imported", "Ann Lee", "7", 20)
    assert not any(person.deliveries for person in session.appointment.people.values())
    assert status(row, TUESDAY + 100 * HOUR) == "imported", "who was not invited did not fail to attend"


def test_E10_a_contact_may_be_missing_and_a_name_may_not():
    session = imported(line(patient=c.Guest(name="Ann")))
    assert shown(session) == "imported"
    assert session.code(line(patient=c.Guest(name=" "))) == "name_required"
    assert session.code(line(guests=(c.Guest(name=""),))) == "name_required"
    assert session.code(line(source=" ")) == "source_required"
    assert session.code(line(minutes=0)) == "bad_minutes"
    naive = datetime(2026, 11, 24, 9, 30)  # noqa: DTZ001  a time without offset is the point
    assert session.code(line(at=naive)) == "bad_time"
    assert session.code(line(guests=(BOB,) * MOST_PEOPLE)) == "too_many_people"


def test_E10_send_invite_makes_it_blue_and_says_who_cannot_be_reached():
    session = imported(line(guests=(BOB,)))
    assert names(session.do(c.SendInvites())) == ["InvitationMoved", "InvitationMoved"]
    assert shown(session) == "scheduled"
    assert session.do(c.SendInvites()) == []

    def refusal(*people: str) -> str:
        lacking = imported(line(patient=c.Guest(name="Ann"), guests=tuple(c.Guest(name=name) for name in people)))
        refused = lacking.do(c.SendInvites())
        assert isinstance(refused, Refused)
        assert refused.code == "contact_required"
        assert shown(lacking) == "imported"
        return refused.message

    assert refusal() == "Ann needs an email address or a mobile number."
    assert refusal("Bob") == "Ann and Bob need an email address or a mobile number."
    assert refusal("Bob", "Cem") == "Ann and 2 others need an email address or a mobile number."


def test_E10_green_and_yellow_win_over_grey():
    session = imported()
    session.now = TUESDAY
    session.enter(patient(session))
    assert shown(session) == "online"
    session.do(c.StartCall())
    assert shown(session) == "running"
    session.do(c.EndCall())
    assert shown(session) == "missed"


def test_E10_inviting_a_guest_alone_leaves_the_patient_uninvited_and_the_patient_alone_does_not():
    session = imported(line(guests=(BOB,)))
    session.do(c.Invite(guest=c.Guest(name="Cem", email="cem@example.org")))
    assert shown(session) == "imported"
    session.do(c.SendInvitation(person_id=patient(session)))
    assert shown(session) == "scheduled"


def test_the_invitation_of_somebody_without_contact_is_refused_and_they_can_be_edited_as_they_are():
    session = imported(line(patient=c.Guest(name="Ann")))
    ann = patient(session)
    assert session.code(c.SendInvitation(person_id=ann)) == "contact_required"
    assert names(session.do(c.EditPerson(person_id=ann, guest=c.Guest(name="Anne")))) == ["PersonChanged"]
    assert names(session.do(c.EditPerson(person_id=ann, guest=c.Guest(name="Anne", email="a@example.org")))) == [
        "PersonChanged"
    ], "adding a contact invites nobody"
    session.do(c.SendInvites())
    assert session.code(c.EditPerson(person_id=ann, guest=c.Guest(name="Anne"))) == "contact_required"


def test_E10_the_same_line_again_is_nothing_and_another_one_its_difference():
    session = imported(line(guests=(BOB,)))
    assert session.do(line(guests=(BOB,))) == []
    assert names(session.do(line(at=TUESDAY + HOUR, guests=(BOB,)))) == ["AppointmentChanged"]
    moved = c.Guest(name="Ann Lee", email="new@example.org")
    assert names(session.do(line(at=TUESDAY + HOUR, patient=moved))) == ["PersonChanged"]
    assert session.code(line(minutes=0)) == "bad_minutes"
    assert shown(session) == "imported"


def test_E10_a_list_takes_nothing_away_that_it_does_not_know():
    session = imported(line(patient=c.Guest(name="Ann Lee"), patient_id="7"))
    typed = c.Guest(name="Ann Lee", email="ann@example.org", mobile="+44", description="hard of hearing")
    session.do(c.EditPerson(person_id=patient(session), guest=typed))
    session.do(c.Invite(guest=BOB))
    assert session.do(line(patient=c.Guest(name="Ann Lee"))) == []


FAMILY = "family@example.org"
IDA, CEM = c.Guest(name="Ida", email=FAMILY), c.Guest(name="Cem", email=FAMILY)


@pytest.mark.parametrize(
    "again",
    [
        (IDA, CEM, BOB),
        (BOB, CEM, IDA),
        (c.Guest(name="ida", email="new@example.org"), CEM, BOB),
        (CEM, c.Guest(name="Ida Lee", email="Family@example.org"), BOB),
        (IDA, CEM, c.Guest(name="Robert", mobile=BOB.mobile)),
    ],
)
def test_E10_guests_of_a_list_stay_who_they_are_in_whatever_order_they_come(again: tuple[c.Guest, ...]):
    session = imported(line(guests=(IDA, CEM, BOB)))
    ids = {person.id: person.name[:2].casefold() for person in session.appointment.people.values()}
    session.do(line(guests=again))
    now = session.appointment.people
    assert set(now) == set(ids), "nobody is doubled"
    changed = [person.name for person in now.values() if person.name[:2].casefold() != ids[person.id]]
    assert changed in ([], ["Robert"])
    session.do(line(guests=again))
    assert set(session.appointment.people) == set(ids)


def test_E10_guests_without_any_contact_are_found_again_by_their_name():
    session = imported(line(guests=(c.Guest(name="Ida"), c.Guest(name="Cem"))))
    people = set(session.appointment.people)
    session.do(line(guests=(c.Guest(name="Cem"), c.Guest(name="Ida", mobile=BOB.mobile))))
    assert set(session.appointment.people) == people
    session.do(line(guests=(c.Guest(name="Di"),)))
    assert len(session.appointment.people) == len(people) + 1


def test_E10_who_was_invited_is_told_once_what_a_list_changes():
    session = imported(line(guests=(BOB,)))
    session.do(c.SendInvites())
    other = c.Guest(name="Ann Lee", email="new@example.org")
    new_bob = c.Guest(name="bob ", mobile="+449999999999")
    decision = session.do(line(at=TUESDAY + HOUR, patient=other, guests=(new_bob,)))
    assert names(decision) == [
        "AppointmentChanged",
        "InvitationMoved",
        "InvitationMoved",
        "PersonChanged",
        "PersonChanged",
    ]
    deliveries = [each for person in session.appointment.people.values() for each in person.deliveries]
    assert [(each.channel, each.number) for each in deliveries] == [("email", 2), ("sms", 2)]


def test_E10_a_further_guest_of_a_list_is_invited_when_the_others_were():
    session = imported(line(guests=(BOB,)))
    cem = c.Guest(name="Cem", email="cem@example.org")
    assert names(session.do(line(guests=(BOB, cem)))) == ["PersonInvited"]
    session.do(c.SendInvites())
    dan = c.Guest(name="Dan", email="dan@example.org")
    assert names(session.do(line(guests=(BOB, cem, dan)))) == ["PersonInvited", "InvitationMoved"]
    renamed = c.Guest(name="Cem Kaya", email="CEM@example.org")
    assert names(session.do(line(guests=(BOB, renamed)))) == ["PersonChanged", "InvitationMoved"], (
        "found by the address"
    )
    crowd = tuple(c.Guest(name=f"G{n}") for n in range(MOST_PEOPLE - 1))
    assert session.code(line(guests=crowd)) == "too_many_people"


def guests(session: Session) -> dict[str, str]:
    return {each.name: each.word for each in session.appointment.people.values() if not each.patient}


def test_E10_a_guest_whom_a_list_brought_and_names_no_more_is_taken_out():
    session = imported(line(guests=(IDA, BOB), whole=True))
    session.do(c.Invite(guest=CEM))  # invited at once: by hand
    assert session.do(line(guests=(IDA,))) == [], "a list that may not name all takes nobody out"
    before = session.appointment
    decision = session.do(line(guests=(IDA,), whole=True))
    assert names(decision) == ["LinkReplaced"]
    assert guests(session) == {"Ida": "Invited", "Bob": "Taken out", "Cem": "Invited"}
    (bob,) = [each for each in session.appointment.people.values() if each.name == "Bob"]
    assert not link_opens(session.appointment, bob.id, bob.link, TUESDAY)
    assert differences(before, session.appointment) == ["further people"]
    assert session.do(line(guests=(IDA,), whole=True)) == []
    assert session.code(c.SendInvitation(person_id=bob.id)) == "link_not_valid"
    assert names(session.do(c.SendInvites())) == ["InvitationMoved"] * 2, "nobody writes to who was taken out"


def test_E10_whom_a_list_names_again_is_back_under_the_same_id_and_invited_as_the_others_were():
    session = imported(line(guests=(BOB,), whole=True))
    for invited in (False, True):
        if invited:
            session.do(c.SendInvites())
        session.do(line(whole=True))
        assert guests(session) == {"Bob": "Taken out"}
        renamed = c.Guest(name="Bob", mobile="+449999999999" if invited else BOB.mobile)
        decision = session.do(line(guests=(renamed,), whole=True))
        assert names(decision) == ["LinkReplaced", *["PersonChanged", "InvitationMoved"] * invited]
        assert guests(session) == {"Bob": "Invited"}
    (bob,) = [each for each in session.appointment.people.values() if each.name == "Bob"]
    assert (bob.link, [each.number for each in bob.deliveries], bob.by_list) == (5, [2], True)
    session.do(line(whole=True))
    assert guests(session) == {"Bob": "Taken out"}


@pytest.mark.parametrize("act", ["changed", "linked", "came", "back"])
def test_E10_no_list_takes_out_who_was_here_or_whom_somebody_here_changed(act: str):
    session = imported(line(guests=(BOB,), whole=True))
    bob = next(each.id for each in session.appointment.people.values() if not each.patient)
    if act == "changed":
        session.do(c.EditPerson(person_id=bob, guest=structs.replace(BOB, email="bob@example.org")))
    elif act == "linked":
        session.do(c.ReplaceLink(person_id=bob))
    elif act == "came":
        session.enter(bob)
        session.do(c.Leave(), as_person(bob))
    else:
        session.do(line(whole=True))
        session.do(c.ReplaceLink(person_id=bob))
    before = guests(session)
    assert session.do(line(whole=True)) == []
    assert guests(session) == before and "Taken out" not in before.values()


def test_who_was_taken_out_stays_so_when_their_link_is_taken_back_as_well():
    session = imported(line(guests=(BOB,), whole=True))
    session.do(line(whole=True))
    bob = next(each.id for each in session.appointment.people.values() if not each.patient)
    session.do(c.ReplaceLink(person_id=bob, revoke=True))
    assert guests(session) == {"Bob": "Taken out"}
    assert sent_by_email(session.person(bob)) == 0
    assert summary(session.appointment).taken_out


@pytest.mark.parametrize("acts", [(c.Cancel(),), (c.StartCall(),), (c.StartCall(), c.EndCall())])
def test_E10_what_is_cancelled_running_or_over_is_left_alone(acts: tuple[c.Command, ...]):
    session = imported()
    assert left_alone(session.appointment) == ""
    for act in acts:
        session.do(act)
    assert session.do(line(at=TUESDAY + HOUR)) == []
    assert left_alone(session.appointment).endswith(".")


def test_an_observer_reads_no_contact_and_no_id_of_what_was_changed():
    session = imported()
    session.do(line(patient=c.Guest(name="Ann Lee", email="new@example.org"), patient_id="7"))
    observer = Actor(role="observer", id="o1")
    seen = [view(record, observer).event for record in session.log]
    assert not any(isinstance(each, e.PersonInvited | e.PersonChanged) and each.email for each in seen)
    planned = [each for each in seen if isinstance(each, e.AppointmentScheduled | e.AppointmentChanged)]
    assert len(planned) == 2 and not any(each.patient_id for each in planned)
    assert view_summary(summary(session.appointment), "observer").patient_id == ""


@pytest.mark.parametrize("role", ["observer", "participant", "service"])
def test_only_who_works_on_the_schedule_imports_edits_and_marks(role: str):
    session = Session()
    before = session.appointment
    guest = c.Guest(name="Ann", email="a@example.org")
    for command in (
        line(),
        c.SendInvites(),
        c.EditAppointment(minutes=20),
        c.EditPerson(person_id="p1", guest=guest),
        c.MarkOutcome(outcome="taken"),
    ):
        assert session.code(command, Actor(role=role, id="x")) == "not_allowed"
        assert session.code(command, Actor(role="clerk", id="o2")) == ""
    assert before.outcome is None and session.appointment.outcome == "taken"


def test_E10_what_a_line_changes_is_named():
    session = imported(line(guests=(BOB,)))
    before = session.appointment
    assert differences(before, before) == []
    session.do(line(at=TUESDAY + HOUR, minutes=20, kind="phone", patient_id="7"))
    assert differences(before, session.appointment) == ["time", "length", "kind", "patient ID"]
    before = session.appointment
    session.do(c.EditPerson(person_id=patient(session), guest=c.Guest(name="Anna", mobile="+44")))
    session.do(c.Invite(guest=c.Guest(name="Cem", email="c@example.org")))
    assert differences(before, session.appointment) == ["name", "contact", "further people"]
