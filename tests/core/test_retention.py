"""What people wrote is erased when its time is over, never while anybody is there, and for good."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment, evolve, fold
from ecm_tui.core.commands import Refused
from ecm_tui.core.context import Rules
from ecm_tui.core.feed import left_alone
from ecm_tui.core.invites import link_opens
from ecm_tui.core.log import ERASED, SERVICE, Actor, Body, Recorded, seal, unseal
from ecm_tui.core.retention import due
from ecm_tui.core.rights import MAY, view
from ecm_tui.core.schedule import status, summary
from ecm_tui.core.wire import COMMANDS, decode_command, decode_event, encode
from tests.core.session import LEE, ROY, TUESDAY, Session, as_person, in_call

DAYS = timedelta(days=30)
RULES = Rules(keep_days=30)
ENDS = TUESDAY + timedelta(minutes=15)


def keeping(session: Session) -> Session:
    session.rules = RULES
    return session


def full() -> Session:
    """A call that has ended, with everything in it that people can write."""
    session = keeping(in_call("Bob Ray"))
    session.do(c.OpenWindow(visit="w1"))
    session.do(c.Say(text="How are you?"))
    session.do(c.Say(text="Fine"), as_person("p1"))
    session.do(c.ShareFile(file_id="f1", name="letter.pdf", size=3, sha256="00" * 32, scan="none"), LEE)
    session.do(c.SaveNote(note_id="n1", text="A private thought"))
    session.do(c.EditPerson(person_id="p2", guest=c.Guest(name="Bob", description="Uncle", mobile="+441234567890")))
    session.do(c.EditAppointment(patient_id="P-1007"))
    session.do(c.EndCall())
    return session


def erased(session: Session) -> Session:
    session.now = ENDS + 2 * DAYS
    assert session.decide_by_service(c.EraseContent()) == [e.ContentErased()]
    return session


@pytest.mark.parametrize(
    ("after_the_end", "days", "answer"),
    [
        (DAYS - timedelta(seconds=1), 30, False),
        (DAYS, 30, True),
        (10 * DAYS, 0, False),
        (timedelta(days=1), 1, True),
    ],
)
def test_it_is_due_so_many_days_after_the_planned_end(after_the_end: timedelta, days: int, answer: bool):
    assert due(Session().appointment, Rules(keep_days=days), ENDS + after_the_end) is answer


def test_it_is_due_after_the_last_calls_end_when_that_was_later():
    session = keeping(in_call())
    session.now = ENDS + timedelta(days=3)
    session.do(c.EndCall())
    assert not due(session.appointment, RULES, ENDS + DAYS)
    assert due(session.appointment, RULES, session.now + DAYS)


def test_it_is_never_due_while_the_call_runs_or_anybody_is_there():
    session = keeping(in_call())
    assert not due(session.appointment, RULES, ENDS + 10 * DAYS)
    session.do(c.EndCall())
    session.enter("p1", again=True)
    assert not due(session.appointment, RULES, ENDS + 10 * DAYS)
    session.now = ENDS + 10 * DAYS
    assert session.code(c.EraseContent(), SERVICE) == "not_due"
    session.presence("p1", "lost")
    assert not due(session.appointment, RULES, ENDS + 20 * DAYS)
    session.presence("p1", "over")
    assert due(session.appointment, RULES, ENDS + 20 * DAYS)


def test_an_appointment_without_events_is_never_due():
    assert not due(Appointment(id="a1"), RULES, ENDS + DAYS)


@pytest.mark.parametrize("actor", [LEE, ROY, as_person("p1"), Actor(role="observer", id="o-x")])
def test_nobody_but_the_service_erases(actor: Actor):
    session = keeping(Session())
    session.now = ENDS + 2 * DAYS
    assert session.code(c.EraseContent(), actor) == "not_allowed"
    assert not session.appointment.erased


def test_cancelled_imported_and_other_appointments_are_erased_too():
    for session in (Session(kind="phone"), Session(kind="face_to_face"), Session()):
        session.do(c.Cancel())
        erased(keeping(session))


def test_U4_afterwards_no_text_that_people_wrote_is_left():
    appointment = erased(full()).appointment
    assert (appointment.patient, appointment.patient_id) == (ERASED, ERASED)
    shown = str(appointment) + str(encode(summary(appointment)))
    shown += str(appointment.notes[0].text) + str([line.text for line in appointment.chat])
    for word in ("Ann", "Bob", "Uncle", "example", "4412345", "letter", "Fine", "thought", "P-1007", "How are", "Lee"):
        assert word not in shown.replace("o-lee", ""), word
    assert appointment.people["p1"].description == "", "what was never there does not come into being"


def test_it_stays_known_that_something_happened():
    appointment = erased(full()).appointment
    assert (appointment.outcome, len(appointment.people), len(appointment.chat)) == ("taken", 2, 3)
    assert status(summary(appointment), ENDS + 2 * DAYS) == "taken"
    assert summary(appointment).erased
    assert [file.id for file in appointment.files] == ["f1"]


def test_folding_the_stream_without_bodies_gives_the_same_appointment():
    session = erased(full())
    bare = []
    for record in session.log:
        sealed, _ = seal(type(record.event), encode(record.event), lambda text: Body(id="b", salt=b"s", content=text))
        event = decode_event(unseal(sealed, {}))
        bare.append(replace(record, event=event, actor=replace(record.actor, name="")))
    assert fold("a1", bare) == session.appointment


def test_erasing_twice_changes_nothing():
    session = erased(full())
    assert session.decide_by_service(c.EraseContent()) == []
    assert not due(session.appointment, RULES, session.now)
    again = Recorded(seq=99, at=session.now, actor=SERVICE, event=e.ContentErased())
    assert replace(evolve(session.appointment, again), seq=session.appointment.seq) == session.appointment


EXAMPLES: dict[str, dict] = {
    "admit_all": {"person_ids": ["p1"]},
    "invite": {"guest": {"name": "Eve", "email": "eve@example.org"}},
    "edit_person": {"person_id": "p1", "guest": {"name": "Eve", "email": "eve@example.org"}},
    "mark_outcome": {"outcome": "missed"},
    "say": {"text": "hello"},
    "save_note": {"note_id": "n2", "text": "x"},
    "silence": {"person_id": "p1", "on": True},
    "enter": {"visit": "v9"},
    "report_devices": {"devices": {"camera": "on", "microphone": "on"}},
    "report_window": {"devices": {"camera": "on", "microphone": "on"}},
    "raise_hand": {"up": True},
    "answer_unmute": {"accept": True},
    "answer_screenshot": {"consent_id": "c1", "allow": True},
    "open_window": {"visit": "w1"},
    "close_window": {"visit": "w1"},
}
TO_A_PERSON = (
    *("admit", "disconnect", "remove", "hold", "mute", "ask_unmute", "lower_hand", "ask_screenshot"),
    *("cancel_screenshot", "replace_link", "send_invitation"),
)
PLAIN = ("cancel", "start_call", "end_call", "leave", "set_switches", "choose_view", "send_invites", "edit_appointment")


@pytest.mark.parametrize("kind", [*EXAMPLES, *TO_A_PERSON, *PLAIN])
def test_nothing_more_can_be_done_with_it(kind: str):
    session = erased(full())
    fields = EXAMPLES.get(kind, {"person_id": "p1"} if kind in TO_A_PERSON else {})
    command = decode_command({"type": kind, **fields})
    actor = as_person("p1") if type(command) in MAY["participant"] - MAY["organiser"] else LEE
    decision = session.decide(command, actor)
    assert isinstance(decision, Refused) and decision.code == "erased"
    assert "Make a new appointment." in decision.message


def test_every_command_of_people_was_tried():
    of_people = {name for name, cls in COMMANDS.items() if cls in MAY["organiser"] | MAY["participant"]}
    clinics = {"note_export", "add_account", "issue_token", "revoke_tokens", "schedule", "import"}
    assert of_people - clinics <= {*EXAMPLES, *TO_A_PERSON, *PLAIN}


@pytest.mark.parametrize(
    "command",
    [
        c.NoteDelivery(person_id="p1", channel="email", number=1, state="sent"),
        c.EndScreenshot(person_id="p1", consent_id="c1", outcome="timeout"),
        c.Presence(person_id="p1", visit="v1", sign="lost"),
    ],
)
def test_what_the_service_was_about_to_say_comes_to_nothing(command: c.Command):
    assert erased(full()).decide_by_service(command) == []


def test_its_links_open_nothing_and_no_invitation_waits():
    session = keeping(Session())
    assert any(each.state == "queued" for each in session.person("p1").deliveries)
    erased(session)
    assert session.person("p1").deliveries == ()
    assert not link_opens(session.appointment, "p1", 1, TUESDAY)


def test_a_list_that_still_has_it_leaves_it_alone():
    session = erased(full())
    again = c.Import(source="uid-1", at=TUESDAY, patient=c.Guest(name="Ann", email="ann@example.org"))
    assert session.do(again) == []
    assert "erased" in left_alone(session.appointment)


@pytest.mark.parametrize("role", ["organiser", "clerk", "observer"])
def test_every_role_is_told_that_it_was_erased(role):
    record = Recorded(seq=9, at=TUESDAY, actor=SERVICE, event=e.ContentErased())
    assert view(record, Actor(role=role, id="o-x")) == record
