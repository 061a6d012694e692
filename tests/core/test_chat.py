"""The general chat: one order, from those in the call to those in the call."""

from dataclasses import replace

import pytest

from ecm_tui.core import chat
from ecm_tui.core import commands as c
from ecm_tui.core.commands import Refused
from ecm_tui.core.context import Rules
from ecm_tui.core.log import Actor
from tests.core.session import LEE, ROY, Session, as_person, in_call

FILE = c.ShareFile(file_id="f1", name="plan.pdf", size=12, sha256="ab" * 32)


def texts(session: Session) -> list[str]:
    return [line.text or (line.file.name if line.file else "") for line in session.appointment.chat]


def test_S47_what_anyone_in_the_call_says_stands_in_one_order():
    session = in_call("Bob")
    session.do(c.Say(text="Good morning"))
    session.do(c.Say(text=" Hello\nthere "), as_person("p2"))
    session.do(c.Say(text="Hi"), as_person("p1"))
    assert texts(session) == ["Good morning", "Hello\nthere", "Hi"]
    assert [line.number for line in session.appointment.chat] == [1, 2, 3]
    assert [line.by.id for line in session.appointment.chat] == [LEE.id, "p2", "p1"]


def test_S47_who_waits_left_or_was_removed_says_nothing():
    session = in_call("Bob", "Cem")
    session.do(c.Remove(person_id="p2"))
    session.do(c.Hold(person_id="p3"))
    assert session.code(c.Say(text="x"), as_person("p2")) == "not_admitted"
    assert session.code(c.Say(text="x"), as_person("p3")) == "not_admitted"
    assert session.code(c.Say(text="x"), as_person("p9")) == "not_admitted"
    assert session.code(FILE, as_person("p2")) == "not_admitted"
    assert not session.appointment.chat


def test_nobody_writes_while_the_call_does_not_run():
    session = Session()
    assert session.code(c.Say(text="x")) == "call_not_running"
    assert session.code(FILE) == "call_not_running"


def test_an_empty_or_endless_message_is_refused_and_never_cut():
    session = in_call()
    assert session.code(c.Say(text=" \n ")) == "empty_text"
    assert session.code(c.Say(text="x" * (chat.LONGEST_LINE + 1))) == "text_too_long"
    assert session.code(c.Say(text="x" * chat.LONGEST_LINE)) == ""


def test_a_chat_has_an_end():
    session = in_call()
    session.do(c.Say(text="x"))
    line = session.appointment.chat[0]
    session.appointment = replace(session.appointment, chat=(line,) * chat.MOST_LINES)
    assert session.code(c.Say(text="one more")) == "chat_full"


def test_a_silenced_person_reads_and_does_not_write_whatever_way_they_come_back():
    session = in_call("Bob")
    session.do(c.Silence(person_id="p2"))
    assert session.do(c.Silence(person_id="p2")) == []
    assert session.code(c.Say(text="x"), as_person("p2")) == "silenced"
    assert session.code(FILE, as_person("p2")) == "silenced"
    session.do(c.Say(text="for all"), as_person("p1"))
    assert len(chat.heard(session.appointment, "p2", session.rules)) == 1
    session.do(c.Remove(person_id="p2"))
    session.enter("p2")
    session.do(c.Admit(person_id="p2"))
    assert session.code(c.Say(text="x"), as_person("p2")) == "silenced"
    session.do(c.Silence(person_id="p2", on=False))
    assert session.code(c.Say(text="x"), as_person("p2")) == ""
    assert session.code(c.Silence(person_id="p9")) == "no_such_person"


def test_S47_a_late_joiner_reads_the_chat_so_far_or_from_then_on_as_the_clinic_wants():
    session = Session("Bob")
    session.do(c.StartCall())
    session.do(c.Say(text="early"))
    session.enter("p1")
    assert chat.heard(session.appointment, "p1", Rules()) == ()
    session.do(c.Admit(person_id="p1"))
    session.do(c.Say(text="late"))
    assert [line.text for line in chat.heard(session.appointment, "p1", Rules())] == ["early", "late"]
    assert [line.text for line in chat.heard(session.appointment, "p1", Rules(history="none"))] == ["late"]
    assert chat.heard(session.appointment, "p9", Rules()) == ()


def test_S46_a_file_becomes_one_line_however_often_it_is_told():
    session = in_call()
    session.do(FILE, as_person("p1"))
    assert session.do(FILE, as_person("p1")) == []
    [line] = session.appointment.chat
    assert line.file is not None
    assert (line.file.name, line.file.size, line.file.sha256, line.file.by.id) == ("plan.pdf", 12, "ab" * 32, "p1")
    assert session.appointment.files == [line.file]


def test_a_line_names_its_author_by_the_invitation_or_the_account():
    session = in_call("Bob")
    session.do(c.Say(text="x"), as_person("p2"))
    session.do(c.Say(text="y"), replace(ROY, name=""))
    session.do(c.Say(text="z"))
    guest, unnamed, named = session.appointment.chat
    assert chat.author(guest, session.appointment, {}) == "Bob"
    assert chat.author(unnamed, session.appointment, {ROY.id: "Nurse Roy"}) == "Nurse Roy"
    assert chat.author(named, session.appointment, {}) == "Dr Lee"
    stranger = replace(guest, by=Actor(role="participant", id="p9", name="Who"))
    assert chat.author(stranger, session.appointment, {}) == "Who"


def test_a_page_gets_a_line_without_anything_of_the_log():
    session = in_call("Bob")
    session.do(c.Say(text="x"), as_person("p2"))
    session.do(FILE)
    said, shared = (chat.line_seen(line, "N") for line in session.appointment.chat)
    assert said == {
        "number": 1,
        "at": said["at"],
        "by": {"id": "p2", "name": "N", "organiser": False},
        "text": "x",
        "file": None,
    }
    assert shared["file"] == {"id": "f1", "name": "plan.pdf", "size": 12}
    assert shared["by"]["organiser"] is True


def test_a_message_is_not_in_the_repr_of_anything_that_could_be_logged():
    session = in_call()
    session.do(c.Say(text="canary"))
    assert "canary" not in repr(session.appointment) + repr(session.log) + repr(c.Say(text="canary"))


@pytest.mark.parametrize("role", ["participant", "organiser"])
def test_a_file_is_asked_about_before_it_is_sent(role: str):
    session = in_call()
    actor = as_person("p1") if role == "participant" else LEE
    assert chat.offer(session.appointment, actor, "plan.pdf", 12, session.rules) is None
    refused = chat.offer(session.appointment, actor, "plan.exe", 12, session.rules)
    assert isinstance(refused, Refused)
    assert refused.code == "program"
