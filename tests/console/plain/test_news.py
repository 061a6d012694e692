"""What happens while nobody asks is told in whole lines, once."""

import pytest

from ecm_tui.console.plain.news import answer
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


def news(talking: Talking) -> list[str]:
    talking.hear_all()
    return talking.news.lines()


def test_S33_a_notice_names_who_wants_to_join_and_what_to_type(talking: Talking, appointment: str):
    talking.service.enter(appointment, "Ann Lee")
    assert news(talking) == ["* Ann Lee wants to join. Type: admit next"]
    assert news(talking) == []
    talking.service.enter(appointment, "Bea Moreno")
    assert news(talking) == [
        "* Bea Moreno came to the waiting room.",
        "* Ann Lee and 1 other want to join. Type: admit next",
    ]
    talking.service.leave(appointment, "Ann Lee")
    assert news(talking) == ["* Ann Lee left.", "* Bea Moreno wants to join. Type: admit next"]


def test_U2_what_others_do_is_told_with_their_name_and_own_acts_elsewhere_with_you(talking: Talking, appointment: str):
    ann = talking.service.enter(appointment, "Ann Lee")
    news(talking)
    talking.service.other(appointment, c.Admit(person_id=ann))
    assert news(talking) == ["* Dr Brown admitted Ann Lee."]
    talking.service.do(appointment, c.Mute(person_id=ann), talking.service.actor)
    assert news(talking) == ["* You muted Ann Lee."]


def test_what_was_the_answer_to_a_command_is_not_told_again(talking: Talking, appointment: str):
    ann = talking.service.enter(appointment, "Ann Lee")
    news(talking)
    talking.service.do(appointment, c.Admit(person_id=ann), talking.service.actor)
    talking.hear_all()
    session = talking.desk.session
    assert session is not None
    own = [record for record in session.acts if record.actor.id == "o1"][-1:]
    talking.news.answered(own)
    assert answer(session, own, "o1") == "You admitted Ann Lee."
    assert news(talking) == []


def test_S16a_many_admissions_are_one_answer(talking: Talking, appointment: str):
    people = [talking.service.enter(appointment, name) for name in ("Ann Lee", "Bea Moreno")]
    before = talking.service.streams[appointment].seq
    talking.service.do(appointment, c.AdmitAll(person_ids=tuple(people)), talking.service.actor)
    talking.hear_all()
    session = talking.desk.session
    assert session is not None
    came = [record for record in session.acts if record.seq > before]
    assert answer(session, came, "o1") == "You admitted Ann Lee and Bea Moreno."
    assert answer(session, [], "o1") == ""


def test_a_raised_hand_is_told(talking: Talking, appointment: str):
    ann = talking.service.enter(appointment, "Ann Lee")
    talking.service.other(appointment, c.Admit(person_id=ann))
    news(talking)
    talking.service.do(appointment, c.RaiseHand(up=True), Actor(role="participant", id=ann, name="Ann Lee"))
    assert news(talking) == ["* Ann Lee raised a hand."]


def test_the_line_is_told_when_it_breaks_and_when_it_is_back(talking: Talking):
    talking.desk.line = ("connected", "")
    assert news(talking) == []
    talking.desk.line = ("reconnecting", "")
    assert news(talking) == ["* Reconnecting to the service…"]
    talking.desk.line = ("gone", "The disk is full.")
    assert news(talking) == ["* The disk is full."]
    talking.desk.line = ("connected", "")
    assert news(talking) == ["* The service is back. Everything is as it says now."]


def test_what_happened_before_a_session_was_opened_is_not_news(service: FakeService, appointment: str):
    service.other(appointment, c.StartCall())
    service.enter(appointment, "Ann Lee")
    talking = Talking(service)
    assert talking.news.lines() == ["* Ann Lee wants to join. Type: admit next"]
    talking.open(appointment)
    assert news(talking) == []
    talking.desk.close()
    assert news(talking) == []


def test_an_observer_is_not_told_what_to_type(talking: Talking, appointment: str):
    talking.desk.account = ("o3", "Sam", "observer")
    talking.service.enter(appointment, "Ann Lee")
    assert news(talking) == ["* Ann Lee wants to join."]
