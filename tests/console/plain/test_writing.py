"""Invitations and appointments field by field, chat, private notes."""

import pytest

from ecm_tui.console.plain.replies import Link
from ecm_tui.core import commands as c
from ecm_tui.core.log import Actor
from tests.console.fake_service import FakeService
from tests.console.plain.talking import Talking


@pytest.fixture
def talking(service: FakeService, appointment: str) -> Talking:
    service.other(appointment, c.StartCall())
    made = Talking(service)
    made.open(appointment)
    return made


def test_S26_S28_a_person_is_invited_field_by_field(talking: Talking, appointment: str):
    assert talking.lines("invite")[0].startswith("Invite a person.")
    prompts = []
    for line in ("Tom Lee", "tom@x.test", "", "Husband"):
        prompts.append(talking.interpreter.prompt)
        reply = talking.hear(line)
    assert prompts == ["Name: ", "Email: ", "Mobile: ", "Description: "]
    wanted = reply.wants[0]
    assert wanted.command == c.Invite(guest=c.Guest(name="Tom Lee", email="tom@x.test", description="Husband"))  # type: ignore[union-attr]
    result = talking.service.do(appointment, wanted.command, talking.service.actor)  # type: ignore[union-attr, arg-type]
    talking.hear_all()
    following = wanted.after(result)  # type: ignore[union-attr, misc]
    assert following.wants == (
        Link(appointment=appointment, person=result["person_id"], name="Tom Lee", before="Tom Lee is invited."),
    )


def test_S28_what_is_wrong_is_asked_for_again_and_nothing_else_is_lost(talking: Talking):
    talking.hear("invite")
    for line in ("Tom Lee", "", ""):
        talking.hear(line)
    assert talking.lines("Husband") == ("The person to invite needs an email address or a mobile number.",)
    assert talking.interpreter.prompt == "Email: "
    talking.hear("")
    assert talking.interpreter.prompt == "Mobile: "
    assert talking.commands("+41 79 123 45 67") == [
        c.Invite(guest=c.Guest(name="Tom Lee", mobile="+41 79 123 45 67", description="Husband"))
    ]


def test_S28_a_refusal_of_the_service_leads_to_its_field(talking: Talking):
    talking.hear("invite")
    for line in ("Tom Lee", "tom@", ""):
        talking.hear(line)
    assert "not complete" in talking.lines("")[0]
    assert talking.interpreter.prompt == "Email [tom@]: "
    talking.hear("tom@x..y")
    assert talking.interpreter.prompt in ("Mobile: ", "Description: ", "Email [tom@x..y]: ")


def test_a_form_is_given_up_by_a_full_stop(talking: Talking):
    talking.hear("invite")
    assert talking.lines(".") == ("Nothing was done.",)
    assert talking.interpreter.prompt == "> "


def test_E3_an_appointment_is_made_with_what_is_proposed(talking: Talking):
    talking.hear("new")
    assert talking.interpreter.prompt == "Date [2026-11-24]: "
    for line in ("", "14:30", "x", "video", "Cem Oz", "cem@x.test", ""):
        talking.hear(line)
    assert talking.lines("4711") == ("The length is a number of minutes, like 15.",)
    assert talking.interpreter.prompt == "Minutes [x]: "
    made = talking.commands("20")
    assert [(one.minutes, one.patient.name, one.patient_id, f"{one.at:%d %H:%M}") for one in made] == [  # type: ignore[union-attr]
        (20, "Cem Oz", "4711", "24 14:30")
    ]


@pytest.mark.parametrize(("field", "typed", "says"), [(0, "x", "day"), (3, "tea", "kind is video")])
def test_E3_each_field_of_an_appointment_says_how_it_is_written(talking: Talking, field: int, typed: str, says: str):
    talking.hear("new")
    lines = ["", "", "", "", "Cem Oz", "cem@x.test", "", ""]
    lines[field] = typed
    for line in lines:
        reply = talking.hear(line)
    assert says in reply.lines[0] or "date" in reply.lines[0]


def test_S47_S48_a_message_is_said_and_the_chat_read_with_who_reads_it(talking: Talking, appointment: str):
    assert talking.do("say  Good morning ") == ()
    person = talking.service.enter(appointment, "Ann Lee")
    talking.service.other(appointment, c.Admit(person_id=person))
    talking.news.lines()
    actor = Actor(role="participant", id=person, name="Ann Lee")
    talking.service.do(appointment, c.Say(text="Hello\nall"), actor)
    talking.hear_all()
    assert talking.news.lines()[-2:] == ["* Ann Lee: Hello", "*   all"]
    assert talking.lines("chat") == (
        "Chat, seen by everyone in the call: 2 lines.",
        "09:30 You: Good morning",
        "09:30 Ann Lee: Hello",
        "  all",
    )
    assert talking.lines("say") == ("Say what? Everyone in the call reads it.",)


def test_a_long_chat_is_read_from_its_end(talking: Talking, appointment: str):
    for number in range(25):
        talking.service.other(appointment, c.Say(text=f"line {number}"))
    lines = talking.lines("chat")
    assert lines[0].endswith("25 lines. The last 20:")
    assert len(lines) == 21
    assert lines[-1].endswith("line 24")


def test_U2_an_observer_makes_no_appointment(talking: Talking):
    talking.desk.account = ("o3", "Sam", "observer")
    assert talking.lines("new") == ("You are here as an observer: you can look, not act.",)
